/* The loops that C runs beside the runtime's: what a careful VMM in C does for the same thing. */
#ifndef LOOPS_H
#define LOOPS_H

#include <stddef.h>
#include <stdint.h>

/* The bus: a table or a sorted array that could be exchanged as a whole while vCPUs run, and an
   indirect call with the offset and the bytes that lie inside the device. */
typedef void (*device_read)(void *device, uint64_t offset, uint8_t *data, size_t length);
typedef void (*device_write)(void *device, uint64_t offset, const uint8_t *data, size_t length);

struct range {
    uint64_t start;
    uint64_t size;
    device_read read;
    device_write write;
    void *device;
};

struct pio_bus {
    struct range **table; /* 65,536 */
    uint64_t unclaimed_reads;
    uint64_t unclaimed_writes;
};

struct mmio_map {
    size_t count;
    uint64_t *starts; /* rising */
    struct range **ranges;
};

struct mmio_bus {
    struct mmio_map *map;
    uint64_t unclaimed_reads;
    uint64_t unclaimed_writes;
};

void pio_register(struct pio_bus *bus, struct range *range);
void pio_read(struct pio_bus *bus, uint16_t port, uint8_t *data, size_t length);
void pio_write(struct pio_bus *bus, uint16_t port, const uint8_t *data, size_t length);
void pio_read_string(struct pio_bus *bus, uint16_t port, size_t size, uint8_t *data, size_t length);
void pio_write_string(
    struct pio_bus *bus, uint16_t port, size_t size, const uint8_t *data, size_t length);

/* By rising start. */
void mmio_append(struct mmio_bus *bus, struct range *range);
void mmio_read(struct mmio_bus *bus, uint64_t address, uint8_t *data, size_t length);
void mmio_write(struct mmio_bus *bus, uint64_t address, const uint8_t *data, size_t length);

/* Devices: a sum of what was written. There are several kinds, each with functions of its own. */
struct range *make_device(unsigned kind, uint64_t start, uint64_t size);

/* A loop does its thing so often. */
void loop_pio(long count);
void loop_mmio(long count);
void loop_string(long count);
void loop_immediate(long count);
void loop_version(long count);
void loop_extension(long count);
void loop_create(long count);
void loop_at_once_1(long count);
void loop_at_once_2(long count);
void loop_at_once_4(long count);
void loop_dispatch_pio_1(long count);
void loop_dispatch_pio_10(long count);
void loop_dispatch_pio_100(long count);
void loop_dispatch_pio_1000(long count);
void loop_dispatch_mmio_1000(long count);

/* Ends the program with what failed. */
void check(int succeeded, const char *what);

#endif
