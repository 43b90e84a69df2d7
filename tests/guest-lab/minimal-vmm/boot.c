/* A bzImage by the 64-bit boot protocol: Documentation/arch/x86/boot.rst. */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmm.h"

/* Fields of the setup header, by their place in the file and in boot_params. */
enum { SETUP_SECTS = 0x1f1, MAGIC = 0x202, XLOADFLAGS = 0x236, ENTRIES = 0x1e8, E820 = 0x2d0 };

static void put32(uint8_t *at, uint32_t value) { memcpy(at, &value, sizeof value); }
static void put64(uint8_t *at, uint64_t value) { memcpy(at, &value, sizeof value); }

static size_t file_size(int fd, const char *name)
{
    struct stat about;
    if (fd < 0 || fstat(fd, &about) < 0)
        err(1, "%s", name);
    return about.st_size;
}

static void read_all(int fd, void *to, size_t length, off_t from, const char *name)
{
    while (length > 0) {
        ssize_t got = pread(fd, to, length, from);
        if (got <= 0)
            err(1, "%s", name);
        to = (char *)to + got;
        length -= got;
        from += got;
    }
}

static void add_range(uint8_t *params, uint64_t start, uint64_t size, uint32_t type)
{
    uint8_t *entry = params + E820 + 20 * params[ENTRIES]++;
    put64(entry, start);
    put64(entry + 8, size);
    put32(entry + 16, type);
}

static void load_kernel(uint8_t *memory, size_t size, const char *name)
{
    uint8_t header[0x280];
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    size_t length = file_size(fd, name);
    read_all(fd, header, sizeof header, 0, name);
    if (memcmp(header + MAGIC, "HdrS", 4) != 0 || !(header[XLOADFLAGS] & 1))
        errx(1, "%s is no bzImage with a 64-bit entry", name);
    size_t setup = (header[SETUP_SECTS] + 1) * 512;
    if (length < setup || length - setup > size - KERNEL)
        errx(1, "%s does not fit", name);
    read_all(fd, memory + KERNEL, length - setup, setup, name);
    close(fd);
    memcpy(memory + BOOT_PARAMS + SETUP_SECTS, header + SETUP_SECTS, 0x202 + header[0x201] - SETUP_SECTS);
}

static void load_initrd(uint8_t *memory, size_t size, const char *name)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    size_t length = file_size(fd, name);
    size_t limit = size < 0x7fffffff ? size : 0x7fffffff; /* initrd_addr_max of the kernels of today */
    if (length > limit - (KERNEL << 5))
        errx(1, "%s does not fit", name);
    size_t start = (limit - length) & ~0xffful;
    read_all(fd, memory + start, length, 0, name);
    close(fd);
    put32(memory + BOOT_PARAMS + 0x218, start);
    put32(memory + BOOT_PARAMS + 0x21c, length);
}

static void identity_map(uint8_t *memory)
{
    uint8_t *tables = memory + PAGE_TABLES;
    put64(tables, (PAGE_TABLES + 0x1000) | 3);
    put64(tables + 0x1000, (PAGE_TABLES + 0x2000) | 3);
    for (uint64_t each = 0; each < 512; each++)
        put64(tables + 0x2000 + 8 * each, each << 21 | 0x83);
}

void load_linux(uint8_t *memory, size_t size, const char *kernel, const char *initrd, const char *line)
{
    uint8_t *params = memory + BOOT_PARAMS;
    load_kernel(memory, size, kernel);
    load_initrd(memory, size, initrd);
    if (strlen(line) > 0x7ff)
        errx(1, "the command line is too long");
    strcpy((char *)memory + COMMAND_LINE, line);
    params[0x210] = 0xff; /* type_of_loader: none that is registered */
    put32(params + 0x228, COMMAND_LINE);
    put64(params + 0x070, RSDP);
    add_range(params, 0, LOW_MEMORY_END, 1);
    add_range(params, LOW_MEMORY_END, KERNEL - LOW_MEMORY_END, 2);
    add_range(params, KERNEL, size - KERNEL, 1);
    identity_map(memory);
}
