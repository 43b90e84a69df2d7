/*
 * Preloaded into both programs: KVM_RUN as a function that reports an exit at once, so that what is left is what
 * a program does for an exit. EXIT says which, by the name of the loop whose guest makes it; without it the exits
 * are those of HelloVm's guest, two characters on the serial port and a halt. tests/Examples uses that, to run
 * HelloVm whole where there is no KVM: at the end the assemblies that are mapped are written to the file that
 * ASSEMBLIES names.
 *
 * C's program calls open and ioctl here; .NET asks dlsym for them, in the C library itself, so that is replaced
 * as well.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define RUN_SIZE (2 * PAGE)
#define PORT 0x40
#define SERIAL_PORT 0x3f8
#define MMIO 0x30000
#define STRING 64

static struct kvm_run *run;

/* What is left to print; NULL where the exit is the same each time. */
static const char *text;

static void *original(void *handle, const char *name)
{
    static void *(*find)(void *, const char *);
    if (!find)
        find = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (!find)
        find = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
    return find(handle, name);
}

static int file(int size)
{
    int fd = memfd_create("no kernel", MFD_CLOEXEC);
    return ftruncate(fd, size) == 0 ? fd : -1;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    if (strcmp(path, "/dev/kvm") == 0)
        return file(PAGE);
    return ((int (*)(const char *, int, ...))original(RTLD_NEXT, "open"))(path, flags, mode);
}

/* What the guest asks for each time; data lies in the second page. */
static int make_vcpu(void)
{
    const char *name = getenv("EXIT");
    int fd = file(RUN_SIZE);
    run = mmap(NULL, RUN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (name == NULL)
        text = "4\n";
    else if (strcmp(name, "mmio") == 0) {
        run->exit_reason = KVM_EXIT_MMIO;
        run->mmio.phys_addr = MMIO;
        run->mmio.len = 1;
        run->mmio.is_write = 1;
        return fd;
    }
    run->exit_reason = KVM_EXIT_IO;
    run->io.direction = KVM_EXIT_IO_OUT;
    run->io.port = text != NULL ? SERIAL_PORT : PORT;
    run->io.size = 1;
    run->io.count = 1;
    run->io.data_offset = PAGE;
    if (name != NULL && strcmp(name, "string") == 0) {
        run->io.direction = KVM_EXIT_IO_IN;
        run->io.count = STRING;
    }
    return fd;
}

static int run_vcpu(void)
{
    if (run->immediate_exit) {
        errno = EINTR;
        return -1;
    }
    if (text != NULL) {
        if (*text == 0)
            run->exit_reason = KVM_EXIT_HLT;
        else
            ((char *)run)[PAGE] = *text++;
    }
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (request == KVM_RUN)
        return run_vcpu();
    if (_IOC_TYPE(request) != KVMIO)
        return ((int (*)(int, unsigned long, ...))original(RTLD_NEXT, "ioctl"))(fd, request, argument);
    switch (request) {
    case KVM_GET_API_VERSION:
        return KVM_API_VERSION;
    case KVM_CHECK_EXTENSION:
        return 1;
    case KVM_GET_VCPU_MMAP_SIZE:
        return RUN_SIZE;
    case KVM_CREATE_VM:
        return file(PAGE);
    case KVM_CREATE_VCPU:
        return make_vcpu();
    default: /* Registers, memory, the signal mask: nobody looks at them. */
        return 0;
    }
}

void *dlsym(void *handle, const char *name)
{
    if (strcmp(name, "open") == 0)
        return open;
    if (strcmp(name, "ioctl") == 0)
        return ioctl;
    return original(handle, name);
}

__attribute__((destructor)) static void report(void)
{
    const char *name = getenv("ASSEMBLIES");
    if (!run || !name)
        return;
    FILE *maps = fopen("/proc/self/maps", "r");
    FILE *out = fopen(name, "w");
    char line[PAGE];
    while (maps && out && fgets(line, sizeof line, maps)) {
        const char *path = strchr(line, '/');
        if (path && strstr(path, ".dll\n"))
            fputs(strrchr(path, '/') + 1, out);
    }
    if (out)
        fclose(out);
}
