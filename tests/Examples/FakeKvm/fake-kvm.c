/*
 * Preloaded into HelloVm: a KVM without a guest, so that all of the program runs where there is none. KVM_RUN
 * reports what HelloVm's guest does: two characters to the serial port, and a halt. At the end, the assemblies
 * that are mapped are written to the file that FAKE_KVM_ASSEMBLIES names.
 *
 * .NET asks dlsym for the functions that it calls, in the C library itself: so dlsym is what is replaced.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
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
#define SERIAL_PORT 0x3f8

static struct kvm_run *run;
static int exits;

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
    int fd = memfd_create("fake kvm", MFD_CLOEXEC);
    return ftruncate(fd, size) == 0 ? fd : -1;
}

static int fake_open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    if (strcmp(path, "/dev/kvm") == 0)
        return file(PAGE);
    return ((int (*)(const char *, int, ...))original(RTLD_NEXT, "open"))(path, flags, mode);
}

static void next_exit(void)
{
    static const char output[] = "4\n";
    if (output[exits] == 0) {
        run->exit_reason = KVM_EXIT_HLT;
        return;
    }
    run->exit_reason = KVM_EXIT_IO;
    run->io.direction = KVM_EXIT_IO_OUT;
    run->io.port = SERIAL_PORT;
    run->io.size = 1;
    run->io.count = 1;
    run->io.data_offset = PAGE;
    ((char *)run)[PAGE] = output[exits++];
}

static int fake_ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
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
        fd = file(RUN_SIZE);
        run = mmap(NULL, RUN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        return fd;
    case KVM_RUN:
        next_exit();
        return 0;
    default: /* Registers, memory, the signal mask: nobody looks at them. */
        return 0;
    }
}

void *dlsym(void *handle, const char *name)
{
    if (strcmp(name, "open") == 0)
        return fake_open;
    if (strcmp(name, "ioctl") == 0)
        return fake_ioctl;
    return original(handle, name);
}

__attribute__((destructor)) static void report(void)
{
    const char *name = getenv("FAKE_KVM_ASSEMBLIES");
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
