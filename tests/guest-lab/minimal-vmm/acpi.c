/* ACPI 6.5 tables of a machine without ACPI hardware: the serial port, power-off, and the processors. */
#include <string.h>

#include "vmm.h"

enum { XSDT = RSDP + 0x40, FADT = RSDP + 0x100, DSDT = RSDP + 0x400, MADT = RSDP + 0x800 };

static void put32(uint8_t *at, uint32_t value) { memcpy(at, &value, sizeof value); }
static void put64(uint8_t *at, uint64_t value) { memcpy(at, &value, sizeof value); }

static uint8_t checksum(const uint8_t *bytes, size_t length)
{
    uint8_t sum = 0;
    while (length-- > 0)
        sum += *bytes++;
    return -sum;
}

/* The head that every table but the first pointer has (5.2.6). */
static void finish(uint8_t *table, const char *signature, uint8_t revision, uint32_t length)
{
    memcpy(table, signature, 4);
    put32(table + 4, length);
    table[8] = revision;
    memcpy(table + 10, "MINVMMMINIMAL ", 14);
    put32(table + 24, 1);
    memcpy(table + 28, "VMM ", 4);
    put32(table + 32, 1);
    table[9] = checksum(table, length);
}

static void put_io_address(uint8_t *at, uint16_t port)
{
    at[0] = 1; /* system I/O */
    at[1] = 8;
    at[3] = 1; /* byte access */
    put64(at + 4, port);
}

static void build_dsdt(uint8_t *table)
{
    /* Name (\_S5, Package () { 5 }); Device (\_SB.COM1): PNP0501, interrupt 4, edge, ports 0x3f8 to 0x3ff. */
    static const uint8_t aml[] = {
        0x08, '_', 'S', '5', '_', 0x12, 0x04, 0x01, 0x0a, 0x05,
        0x10, 0x39, '\\', '_', 'S', 'B', '_', 0x5b, 0x82, 0x31, 'C', 'O', 'M', '1',
        0x08, '_', 'H', 'I', 'D', 0x0c, 0x41, 0xd0, 0x05, 0x01, 0x08, '_', 'U', 'I', 'D', 0x00,
        0x08, '_', 'C', 'R', 'S', 0x11, 0x16, 0x0a, 0x13,
        0x89, 0x06, 0x00, 0x03, 0x01, 0x04, 0x00, 0x00, 0x00,
        0x47, 0x01, 0xf8, 0x03, 0xf8, 0x03, 0x01, 0x08, 0x79, 0x00,
    };
    memcpy(table + 36, aml, sizeof aml);
    finish(table, "DSDT", 2, 36 + sizeof aml);
}

static void build_fadt(uint8_t *table)
{
    put32(table + 112, 1 << 20 | 1 << 4 | 1 << 5); /* hardware-reduced; no power and sleep buttons */
    table[131] = 5; /* minor revision */
    put64(table + 140, DSDT);
    put_io_address(table + 244, 0x600); /* sleep control */
    put_io_address(table + 256, 0x600); /* sleep status */
    finish(table, "FACP", 6, 276);
}

static void build_madt(uint8_t *table, int cpu_count)
{
    uint8_t *at = table + 44;
    put32(table + 36, 0xfee00000);
    put32(table + 40, 1); /* there are 8259As too */
    for (int cpu = 0; cpu < cpu_count; cpu++, at += 8) {
        memcpy(at, (uint8_t[]) { 0, 8, cpu, cpu, 1 }, 5);
    }
    memcpy(at, (uint8_t[]) { 1, 12 }, 2);
    put32(at + 4, 0xfec00000);
    finish(table, "APIC", 4, at + 12 - table);
}

void build_acpi(uint8_t *memory, int cpu_count)
{
    uint8_t *rsdp = memory + RSDP;
    build_dsdt(memory + DSDT);
    build_fadt(memory + FADT);
    build_madt(memory + MADT, cpu_count);
    put64(memory + XSDT + 36, FADT);
    put64(memory + XSDT + 44, MADT);
    finish(memory + XSDT, "XSDT", 1, 52);
    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "MINVMM", 6);
    rsdp[15] = 2;
    put32(rsdp + 20, 36);
    put64(rsdp + 24, XSDT);
    rsdp[8] = checksum(rsdp, 20);
    rsdp[32] = checksum(rsdp, 36);
}
