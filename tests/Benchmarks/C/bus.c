#include <stdlib.h>
#include <string.h>

#include "loops.h"

#define PORTS 65536

/* The table that readers see is reached through one pointer, so that it can be exchanged under them. */
static inline struct range *pio_find(struct pio_bus *bus, uint16_t port)
{
    return __atomic_load_n(&bus->table, __ATOMIC_ACQUIRE)[port];
}

static inline void range_read(const struct range *range, uint64_t address, uint8_t *data, size_t length)
{
    uint64_t offset = address - range->start;
    if (length > range->size - offset) {
        size_t inside = range->size - offset;
        memset(data + inside, 0xff, length - inside);
        length = inside;
    }
    range->read(range->device, offset, data, length);
}

static inline void range_write(
    const struct range *range, uint64_t address, const uint8_t *data, size_t length)
{
    uint64_t offset = address - range->start;
    if (length > range->size - offset)
        length = range->size - offset;
    range->write(range->device, offset, data, length);
}

void pio_register(struct pio_bus *bus, struct range *range)
{
    if (bus->table == NULL)
        bus->table = calloc(PORTS, sizeof *bus->table);
    for (uint64_t port = range->start; port < range->start + range->size; port++)
        bus->table[port] = range;
}

void pio_read(struct pio_bus *bus, uint16_t port, uint8_t *data, size_t length)
{
    struct range *range = pio_find(bus, port);
    if (range == NULL) {
        memset(data, 0xff, length);
        __atomic_fetch_add(&bus->unclaimed_reads, 1, __ATOMIC_RELAXED);
        return;
    }
    range_read(range, port, data, length);
}

void pio_write(struct pio_bus *bus, uint16_t port, const uint8_t *data, size_t length)
{
    struct range *range = pio_find(bus, port);
    if (range == NULL) {
        __atomic_fetch_add(&bus->unclaimed_writes, 1, __ATOMIC_RELAXED);
        return;
    }
    range_write(range, port, data, length);
}

void pio_read_string(struct pio_bus *bus, uint16_t port, size_t size, uint8_t *data, size_t length)
{
    for (; length >= size; data += size, length -= size)
        pio_read(bus, port, data, size);
}

void pio_write_string(
    struct pio_bus *bus, uint16_t port, size_t size, const uint8_t *data, size_t length)
{
    for (; length >= size; data += size, length -= size)
        pio_write(bus, port, data, size);
}

void mmio_append(struct mmio_bus *bus, struct range *range)
{
    if (bus->map == NULL)
        bus->map = calloc(1, sizeof *bus->map);
    struct mmio_map *map = bus->map;
    map->starts = realloc(map->starts, (map->count + 1) * sizeof *map->starts);
    map->ranges = realloc(map->ranges, (map->count + 1) * sizeof *map->ranges);
    map->starts[map->count] = range->start;
    map->ranges[map->count] = range;
    map->count++;
}

static inline struct range *mmio_find(struct mmio_bus *bus, uint64_t address)
{
    const struct mmio_map *map = __atomic_load_n(&bus->map, __ATOMIC_ACQUIRE);
    size_t low = 0;
    size_t high = map->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (map->starts[middle] <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    struct range *range = map->ranges[low - 1];
    return address - range->start < range->size ? range : NULL;
}

void mmio_read(struct mmio_bus *bus, uint64_t address, uint8_t *data, size_t length)
{
    struct range *range = mmio_find(bus, address);
    if (range == NULL) {
        memset(data, 0xff, length);
        __atomic_fetch_add(&bus->unclaimed_reads, 1, __ATOMIC_RELAXED);
        return;
    }
    range_read(range, address, data, length);
}

void mmio_write(struct mmio_bus *bus, uint64_t address, const uint8_t *data, size_t length)
{
    struct range *range = mmio_find(bus, address);
    if (range == NULL) {
        __atomic_fetch_add(&bus->unclaimed_writes, 1, __ATOMIC_RELAXED);
        return;
    }
    range_write(range, address, data, length);
}
