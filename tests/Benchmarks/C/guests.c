/* Guests that make exits, and KVM's calls by themselves. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

#define MEMORY_SIZE 0x10000
#define ENTRY 0x1000
#define PORT 0x40
#define MMIO 0x30000
#define KICK (SIGRTMIN + 6)

/* KVM_RUN ends because there is a handler, and not for what it does. */
static void kicked(int signal)
{
    (void)signal;
}

static int kvm(void)
{
    static int fd = -1;
    if (fd < 0) {
        fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
        check(fd >= 0, "/dev/kvm");
        check(ioctl(fd, KVM_GET_API_VERSION, 0) == KVM_API_VERSION, "KVM_GET_API_VERSION");
        signal(KICK, kicked);
    }
    return fd;
}

static sigset_t kick_signal(void)
{
    sigset_t kick;
    sigemptyset(&kick);
    sigaddset(&kick, KICK);
    return kick;
}

static size_t run_size(void)
{
    static int size;
    if (size == 0)
        size = ioctl(kvm(), KVM_GET_VCPU_MMAP_SIZE, 0);
    return (size_t)size;
}

/* Makes the vCPU, in real mode before the first instruction. */
static void create_vcpu(struct machine *machine, unsigned long id)
{
    machine->vcpu = ioctl(machine->vm, KVM_CREATE_VCPU, id);
    check(machine->vcpu >= 0, "KVM_CREATE_VCPU");
    machine->run_size = run_size();
    machine->run =
        mmap(NULL, machine->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, machine->vcpu, 0);
    check(machine->run != MAP_FAILED, "mmap of kvm_run");
    struct kvm_sregs special;
    check(ioctl(machine->vcpu, KVM_GET_SREGS, &special) == 0, "KVM_GET_SREGS");
    special.cs.selector = 0;
    special.cs.base = 0;
    special.ds.selector = MMIO >> 4;
    special.ds.base = MMIO;
    check(ioctl(machine->vcpu, KVM_SET_SREGS, &special) == 0, "KVM_SET_SREGS");
    struct kvm_regs registers = {.rip = ENTRY, .rsp = 0x8000, .rflags = 2};
    check(ioctl(machine->vcpu, KVM_SET_REGS, &registers) == 0, "KVM_SET_REGS");
}

void machine_create(struct machine *machine, const uint8_t *program, size_t length)
{
    machine->vm = ioctl(kvm(), KVM_CREATE_VM, 0);
    check(machine->vm >= 0, "KVM_CREATE_VM");
    machine->memory = mmap(
        NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(machine->memory != MAP_FAILED, "mmap");
    struct kvm_userspace_memory_region region = {
        .memory_size = MEMORY_SIZE,
        .userspace_addr = (uintptr_t)machine->memory,
    };
    check(ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region) == 0, "KVM_SET_USER_MEMORY_REGION");
    memcpy((char *)machine->memory + ENTRY, program, length);
    create_vcpu(machine, 0);
}

void machine_add_vcpu(struct machine *machine, const struct machine *first, unsigned long id)
{
    machine->vm = first->vm;
    machine->memory = first->memory;
    create_vcpu(machine, id);
}

void machine_set_dx(struct machine *machine, uint16_t port)
{
    struct kvm_regs registers;
    check(ioctl(machine->vcpu, KVM_GET_REGS, &registers) == 0, "KVM_GET_REGS");
    registers.rdx = port;
    check(ioctl(machine->vcpu, KVM_SET_REGS, &registers) == 0, "KVM_SET_REGS");
}

static void destroy(struct machine *machine)
{
    munmap(machine->run, machine->run_size);
    close(machine->vcpu);
    close(machine->vm);
    munmap(machine->memory, MEMORY_SIZE);
}

void machine_begin_run(sigset_t *before)
{
    sigset_t kick = kick_signal();
    check(pthread_sigmask(SIG_UNBLOCK, &kick, before) == 0, "pthread_sigmask");
}

void machine_end_run(const sigset_t *before)
{
    if (sigismember(before, KICK)) {
        sigset_t kick = kick_signal();
        pthread_sigmask(SIG_BLOCK, &kick, NULL);
    }
}

int machine_run(struct machine *machine, struct pio_bus *pio, struct mmio_bus *mmio, long exits)
{
    struct kvm_run *run = machine->run;
    while (exits-- > 0) {
        if (ioctl(machine->vcpu, KVM_RUN, 0) < 0) {
            check(errno == EINTR || errno == EAGAIN, "KVM_RUN");
            __atomic_store_n(&run->immediate_exit, 0, __ATOMIC_SEQ_CST);
            return -EINTR;
        }
        switch (run->exit_reason) {
        case KVM_EXIT_IO: {
            size_t length = (size_t)run->io.size * run->io.count;
            if (length > machine->run_size || run->io.data_offset > machine->run_size - length)
                return -1;
            uint8_t *data = (uint8_t *)run + run->io.data_offset;
            if (run->io.direction == KVM_EXIT_IO_OUT)
                pio_write_string(pio, run->io.port, run->io.size, data, length);
            else
                pio_read_string(pio, run->io.port, run->io.size, data, length);
            break;
        }
        case KVM_EXIT_MMIO: {
            size_t length = run->mmio.len < sizeof run->mmio.data ? run->mmio.len : sizeof run->mmio.data;
            if (run->mmio.is_write)
                mmio_write(mmio, run->mmio.phys_addr, run->mmio.data, length);
            else
                mmio_read(mmio, run->mmio.phys_addr, run->mmio.data, length);
            break;
        }
        default:
            return (int)run->exit_reason;
        }
    }
    return 0;
}

/* Made at the first call and kept. */
static void run_guest(struct machine *machine, const uint8_t *program, size_t length, long exits)
{
    if (machine->run == NULL) {
        machine_create(machine, program, length);
        pio_register(&machine->pio, make_device(0, PORT, 4));
        mmio_append(&machine->mmio, make_device(0, MMIO, 0x1000));
    }
    sigset_t before;
    machine_begin_run(&before);
    check(machine_run(machine, &machine->pio, &machine->mmio, exits) == 0, "a run of the guest");
    machine_end_run(&before);
}

void loop_pio(long count)
{
    static const uint8_t program[] = {0xe6, PORT, 0xeb, 0xfc}; /* again: out PORT, al; jmp again */
    static struct machine machine;
    run_guest(&machine, program, sizeof program, count);
}

void loop_mmio(long count)
{
    /* again: mov [0], al; jmp again. With ds the address is MMIO. */
    static const uint8_t program[] = {0xa2, 0, 0, 0xeb, 0xfb};
    static struct machine machine;
    run_guest(&machine, program, sizeof program, count);
}

void loop_string(long count)
{
    /* mov dx, PORT; again: mov cx, 64; mov di, 0x2000; rep insb; jmp again */
    static const uint8_t program[] = {
        0xba, PORT, 0, 0xb9, 64, 0, 0xbf, 0, 0x20, 0xf3, 0x6c, 0xeb, 0xf6};
    static struct machine machine;
    run_guest(&machine, program, sizeof program, count);
}

void loop_immediate(long count)
{
    static const uint8_t program[] = {0xf4}; /* hlt */
    static struct machine machine;
    if (machine.run == NULL)
        machine_create(&machine, program, sizeof program);
    machine.run->immediate_exit = 1;
    for (long i = 0; i < count; i++)
        check(ioctl(machine.vcpu, KVM_RUN, 0) == -1 && errno == EINTR, "KVM_RUN");
}

void loop_version(long count)
{
    int fd = kvm();
    for (long i = 0; i < count; i++)
        check(ioctl(fd, KVM_GET_API_VERSION, 0) == KVM_API_VERSION, "KVM_GET_API_VERSION");
}

void loop_extension(long count)
{
    int fd = kvm();
    for (long i = 0; i < count; i++)
        check(ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY) > 0, "KVM_CHECK_EXTENSION");
}

void loop_create(long count)
{
    static const uint8_t program[] = {0xf4}; /* hlt */
    for (long i = 0; i < count; i++) {
        struct machine machine = {0};
        sigset_t before;
        machine_create(&machine, program, sizeof program);
        machine_begin_run(&before);
        check(machine_run(&machine, &machine.pio, &machine.mmio, 1) == KVM_EXIT_HLT, "a run to its halt");
        machine_end_run(&before);
        destroy(&machine);
    }
}
