#include <stddef.h>
#include <stdint.h>

/* Where things lie in guest memory. */
enum {
    GDT = 0x500,
    BOOT_PARAMS = 0x7000,
    STACK = 0x8ff0,
    PAGE_TABLES = 0x9000,
    COMMAND_LINE = 0x20000,
    LOW_MEMORY_END = 0x9fc00,
    RSDP = 0xe0000,
    KERNEL = 0x100000,
};

/* boot.c, acpi.c: what stands in memory at the start. */
void load_linux(uint8_t *memory, size_t size, const char *kernel, const char *initrd, const char *line);
void build_acpi(uint8_t *memory, int cpu_count);

/* devices.c; called by one processor at a time. */
void read_port(uint16_t port, uint8_t *data, int size);
void write_port(uint16_t port, const uint8_t *data, int size);

/* main.c */
void set_line(int line, int level);
void end(const char *how, int code) __attribute__((noreturn));
