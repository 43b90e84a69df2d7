/* minimal-vmm KERNEL INITRD COMMAND_LINE [MEMORY_MIB [CPUS]]: boots a Linux bzImage with as little as a stock
 * kernel takes: ACPI tables, a 16550A, a clock chip, and no PCI. What examples/LinuxVm is measured beside.
 *
 * The serial port goes to stdout. A write to port 0xf4 or an ACPI power-off ends it, with the time since its
 * start and the exits in one line on stderr.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

enum { MAX_CPUS = 16, EXIT_REASONS = 64 };

struct cpu {
    int fd;
    struct kvm_run *run;
    uint64_t exits[EXIT_REASONS];
    uint64_t elements; /* Port accesses, each element of a string instruction for itself. */
};

static struct cpu cpus[MAX_CPUS];
static int cpu_count;
static int vm;
static struct timespec begun;
static pthread_mutex_t devices = PTHREAD_MUTEX_INITIALIZER;

static int try_ioctl(int fd, unsigned long request, void *argument, const char *name)
{
    int result = ioctl(fd, request, argument);
    if (result < 0)
        err(1, "%s", name);
    return result;
}

#define CALL(fd, request, argument) try_ioctl(fd, request, (void *)(argument), #request)

void set_line(int line, int level)
{
    struct kvm_irq_level change = { .irq = line, .level = level };
    CALL(vm, KVM_IRQ_LINE, &change);
}

void end(const char *how, int code)
{
    static const struct { int reason; const char *name; } names[] = {
        { KVM_EXIT_IO, "io" }, { KVM_EXIT_MMIO, "mmio" }, { KVM_EXIT_HLT, "hlt" }, { KVM_EXIT_INTR, "intr" },
    };
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t total = 0, elements = 0, sums[EXIT_REASONS] = { 0 };
    for (int cpu = 0; cpu < cpu_count; cpu++) {
        elements += cpus[cpu].elements;
        for (int reason = 0; reason < EXIT_REASONS; reason++) {
            sums[reason] += cpus[cpu].exits[reason];
            total += cpus[cpu].exits[reason];
        }
    }
    fflush(stdout);
    fprintf(stderr, "minimal-vmm: %s after %.3f s, exits: total %llu", how,
        (double)(now.tv_sec - begun.tv_sec) + (double)(now.tv_nsec - begun.tv_nsec) / 1e9,
        (unsigned long long)total);
    for (size_t each = 0; each < sizeof names / sizeof *names; each++)
        fprintf(stderr, ", %s %llu", names[each].name, (unsigned long long)sums[names[each].reason]);
    fprintf(stderr, "\n");
    _exit(code);
}

static void set_segment(struct kvm_segment *segment, int selector, int type, int is_code)
{
    *segment = (struct kvm_segment) {
        .limit = 0xffffffff, .selector = selector, .type = type, .present = 1, .s = 1, .g = 1,
        .l = is_code, .db = !is_code,
    };
}

/* The 64-bit boot protocol (Documentation/arch/x86/boot.rst): long mode, paging, rsi = boot_params. */
static void set_boot_registers(int fd)
{
    struct kvm_sregs special;
    CALL(fd, KVM_GET_SREGS, &special);
    special.cr0 |= 0x80000001;
    special.cr3 = PAGE_TABLES;
    special.cr4 |= 0x20;
    special.efer |= 0x500;
    set_segment(&special.cs, 0x10, 0xb, 1);
    set_segment(&special.ds, 0x18, 3, 0);
    special.es = special.fs = special.gs = special.ss = special.ds;
    CALL(fd, KVM_SET_SREGS, &special);
    struct kvm_regs registers = { .rip = KERNEL + 0x200, .rsi = BOOT_PARAMS, .rsp = STACK, .rflags = 2 };
    CALL(fd, KVM_SET_REGS, &registers);
}

static void set_cpuid(int kvm, int fd, int id)
{
    enum { ENTRIES = 256 };
    static union { struct kvm_cpuid2 head; char room[8 + ENTRIES * sizeof(struct kvm_cpuid_entry2)]; } list;
    list.head.nent = ENTRIES;
    CALL(kvm, KVM_GET_SUPPORTED_CPUID, &list);
    struct kvm_cpuid_entry2 *entries = (void *)(list.room + sizeof list.head);
    for (unsigned each = 0; each < list.head.nent; each++) {
        struct kvm_cpuid_entry2 *leaf = &entries[each];
        switch (leaf->function) {
        case 1:
            leaf->ebx = (leaf->ebx & 0xffff) | cpu_count << 16 | id << 24;
            leaf->ecx |= 1u << 31 | 1 << 24; /* There is a hypervisor; TSC deadline. */
            leaf->edx = (leaf->edx & ~(1u << 28)) | (cpu_count > 1 ? 1u << 28 : 0);
            break;
        case 0xa:
            leaf->eax = leaf->ebx = leaf->ecx = leaf->edx = 0;
            break;
        case 0xb:
        case 0x1f:
            leaf->edx = id;
            break;
        case 0x80000008:
            leaf->ecx &= ~0xffu;
            break;
        case 0x8000001e:
            leaf->eax = id;
            break;
        }
    }
    CALL(fd, KVM_SET_CPUID2, &list);
}

static void add_cpu(int kvm, int id, size_t mapping)
{
    struct cpu *cpu = &cpus[id];
    cpu->fd = CALL(vm, KVM_CREATE_VCPU, (intptr_t)id);
    cpu->run = mmap(NULL, mapping, PROT_READ | PROT_WRITE, MAP_SHARED, cpu->fd, 0);
    if (cpu->run == MAP_FAILED)
        err(1, "mmap of kvm_run");
    set_cpuid(kvm, cpu->fd, id);

    /* What firmware leaves: fast strings, all memory write-back, legacy interrupts let through. */
    struct { struct kvm_msrs head; struct kvm_msr_entry entries[2]; } msrs = {
        .head.nmsrs = 2, .entries = { { .index = 0x1a0, .data = 1 }, { .index = 0x2ff, .data = 0x806 } },
    };
    CALL(cpu->fd, KVM_SET_MSRS, &msrs);
    struct kvm_lapic_state lapic;
    CALL(cpu->fd, KVM_GET_LAPIC, &lapic);
    *(uint32_t *)(lapic.regs + 0x350) = 0x700;
    *(uint32_t *)(lapic.regs + 0x360) = 0x400;
    CALL(cpu->fd, KVM_SET_LAPIC, &lapic);
    if (id == 0)
        set_boot_registers(cpu->fd);
}

static void handle_port(struct cpu *cpu)
{
    struct kvm_run *run = cpu->run;
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    pthread_mutex_lock(&devices);
    for (uint32_t each = 0; each < run->io.count; each++, data += run->io.size) {
        cpu->elements++;
        if (run->io.direction == KVM_EXIT_IO_OUT)
            write_port(run->io.port, data, run->io.size);
        else
            read_port(run->io.port, data, run->io.size);
    }
    pthread_mutex_unlock(&devices);
}

static void *run_cpu(void *argument)
{
    struct cpu *cpu = argument;
    for (;;) {
        if (ioctl(cpu->fd, KVM_RUN, 0) < 0) {
            /* A processor that waits to be started comes back with EAGAIN, and is to wait on. */
            if (errno == EAGAIN || errno == EINTR)
                continue;
            err(1, "KVM_RUN");
        }
        uint32_t reason = cpu->run->exit_reason;
        cpu->exits[reason % EXIT_REASONS]++;
        switch (reason) {
        case KVM_EXIT_IO:
            handle_port(cpu);
            break;
        case KVM_EXIT_MMIO:
            if (!cpu->run->mmio.is_write)
                memset(cpu->run->mmio.data, 0xff, sizeof cpu->run->mmio.data);
            break;
        case KVM_EXIT_SHUTDOWN:
            end("triple fault", 3);
        default:
            fprintf(stderr, "minimal-vmm: exit reason %u\n", reason);
            end("unhandled exit", 2);
        }
    }
}

static void create_vm(int kvm, uint8_t *memory, size_t size)
{
    vm = CALL(kvm, KVM_CREATE_VM, 0);
    uint64_t identity_map = 0xfffbc000;
    CALL(vm, KVM_SET_TSS_ADDR, 0xfffbd000);
    CALL(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map);
    CALL(vm, KVM_CREATE_IRQCHIP, 0);
    struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
    CALL(vm, KVM_CREATE_PIT2, &pit);
    struct kvm_userspace_memory_region region = { .memory_size = size, .userspace_addr = (uintptr_t)memory };
    CALL(vm, KVM_SET_USER_MEMORY_REGION, &region);
}

int main(int count, char **arguments)
{
    clock_gettime(CLOCK_MONOTONIC, &begun);
    if (count < 4)
        errx(1, "usage: minimal-vmm KERNEL INITRD COMMAND_LINE [MEMORY_MIB [CPUS]]");
    size_t size = (count > 4 ? strtoul(arguments[4], NULL, 0) : 256) << 20;
    cpu_count = count > 5 ? atoi(arguments[5]) : 1;
    if (size < 96 << 20 || size > 3ul << 30 || cpu_count < 1 || cpu_count > MAX_CPUS)
        errx(1, "96 to 3072 MiB of memory, 1 to %d processors", MAX_CPUS);

    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED)
        err(1, "mmap of guest memory");
    load_linux(memory, size, arguments[1], arguments[2], arguments[3]);
    build_acpi(memory, cpu_count);

    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0)
        err(1, "/dev/kvm");
    create_vm(kvm, memory, size);
    size_t mapping = CALL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    for (int id = 0; id < cpu_count; id++)
        add_cpu(kvm, id, mapping);
    for (int id = 1; id < cpu_count; id++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_cpu, &cpus[id]) != 0)
            errx(1, "pthread_create");
    }
    run_cpu(&cpus[0]);
}
