/* Dispatch alone: accesses at random devices of a bus, a read and a write in turn. */
#include <stdlib.h>
#include <string.h>

#include "loops.h"

#define ACCESSES 4096
#define MASK (ACCESSES - 1)
#define KINDS 5
#define MMIO_STRIDE 0x2000
#define MMIO_SIZE 0x1000

/* Each kind has functions of its own, as devices have that are not all alike. */
#define KIND(kind)                                                                              \
    static void read_##kind(void *device, uint64_t offset, uint8_t *data, size_t length)        \
    {                                                                                           \
        uint32_t value = *(uint32_t *)device + kind;                                            \
        (void)offset;                                                                           \
        if (length == sizeof value)                                                             \
            memcpy(data, &value, sizeof value);                                                 \
        else                                                                                    \
            memset(data, (int)value, length);                                                   \
    }                                                                                           \
    static void write_##kind(void *device, uint64_t offset, const uint8_t *data, size_t length) \
    {                                                                                           \
        uint32_t value = 0;                                                                     \
        (void)offset;                                                                           \
        if (length == sizeof value)                                                             \
            memcpy(&value, data, sizeof value);                                                 \
        else if (length > 0)                                                                    \
            value = data[0];                                                                    \
        *(uint32_t *)device += value + kind;                                                    \
    }

KIND(0)
KIND(1)
KIND(2)
KIND(3)
KIND(4)

static const device_read reads[KINDS] = {read_0, read_1, read_2, read_3, read_4};
static const device_write writes[KINDS] = {write_0, write_1, write_2, write_3, write_4};

struct range *make_device(unsigned kind, uint64_t start, uint64_t size)
{
    struct range *range = calloc(1, sizeof *range);
    range->start = start;
    range->size = size;
    range->read = reads[kind % KINDS];
    range->write = writes[kind % KINDS];
    range->device = calloc(1, sizeof(uint32_t));
    return range;
}

/* The same numbers on both sides. */
static void choose(unsigned devices, unsigned *chosen)
{
    uint32_t random = 1;
    for (unsigned i = 0; i < ACCESSES; i++) {
        random = random * 1664525 + 1013904223;
        chosen[i] = (random >> 16) % devices;
    }
}

struct pio_loop {
    struct pio_bus bus;
    uint16_t ports[ACCESSES];
};

static void run_pio(struct pio_loop *loop, unsigned devices, long count)
{
    if (loop->bus.table == NULL) {
        unsigned chosen[ACCESSES];
        choose(devices, chosen);
        for (unsigned i = 0; i < devices; i++)
            pio_register(&loop->bus, make_device(i, i * 8, 8));
        for (unsigned i = 0; i < ACCESSES; i++)
            loop->ports[i] = (uint16_t)(chosen[i] * 8 + 4);
    }
    uint8_t data[4] = {1, 2, 3, 4};
    for (long i = 0; i < count; i += 2) {
        pio_read(&loop->bus, loop->ports[i & MASK], data, sizeof data);
        pio_write(&loop->bus, loop->ports[(i + 1) & MASK], data, sizeof data);
    }
}

static struct pio_loop with_1, with_10, with_100, with_1000;

void loop_dispatch_pio_1(long count) { run_pio(&with_1, 1, count); }
void loop_dispatch_pio_10(long count) { run_pio(&with_10, 10, count); }
void loop_dispatch_pio_100(long count) { run_pio(&with_100, 100, count); }
void loop_dispatch_pio_1000(long count) { run_pio(&with_1000, 1000, count); }

void loop_dispatch_mmio_1000(long count)
{
    static struct mmio_bus bus;
    static uint64_t addresses[ACCESSES];
    if (bus.map == NULL) {
        unsigned chosen[ACCESSES];
        choose(1000, chosen);
        for (unsigned i = 0; i < 1000; i++)
            mmio_append(&bus, make_device(i, (uint64_t)i * MMIO_STRIDE, MMIO_SIZE));
        for (unsigned i = 0; i < ACCESSES; i++)
            addresses[i] = (uint64_t)chosen[i] * MMIO_STRIDE + 8;
    }
    uint8_t data[4] = {1, 2, 3, 4};
    for (long i = 0; i < count; i += 2) {
        mmio_read(&bus, addresses[i & MASK], data, sizeof data);
        mmio_write(&bus, addresses[(i + 1) & MASK], data, sizeof data);
    }
}
