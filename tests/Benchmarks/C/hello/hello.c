/* 2 + 2 on a serial port, as examples/HelloVm has it: what a process in C takes for that. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUEST_ADDRESS 0x1000
#define PAGE_SIZE 0x1000
#define SERIAL_PORT 0x3f8

static int check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "hello: %s: %s\n", what, strerror(errno));
        exit(1);
    }
    return result;
}

static void *map(size_t size, int flags, int fd)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
    check(memory == MAP_FAILED ? -1 : 0, "mmap");
    return memory;
}

static void serial_out(const struct kvm_run *run)
{
    const uint8_t *data = (const uint8_t *)run + run->io.data_offset;
    if (run->io.direction == KVM_EXIT_IO_OUT && run->io.port == SERIAL_PORT)
        check((int)write(STDOUT_FILENO, data, 1), "write");
}

int main(void)
{
    static const uint8_t guest[] = {
        0xba, 0xf8, 0x03, /* mov dx, 0x3f8 */
        0x00, 0xd8,       /* add al, bl */
        0x04, '0',        /* add al, '0' */
        0xee,             /* out dx, al */
        0xb0, '\n',       /* mov al, '\n' */
        0xee,             /* out dx, al */
        0xf4,             /* hlt */
    };
    int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    check(ioctl(kvm, KVM_GET_API_VERSION, 0) == KVM_API_VERSION ? 0 : -1, "KVM_GET_API_VERSION");
    int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    void *memory = map(PAGE_SIZE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    struct kvm_userspace_memory_region region = {
        .guest_phys_addr = GUEST_ADDRESS,
        .memory_size = PAGE_SIZE,
        .userspace_addr = (uintptr_t)memory,
    };
    check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
    memcpy(memory, guest, sizeof guest);
    int vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    int run_size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    struct kvm_run *run = map((size_t)run_size, MAP_SHARED, vcpu);
    struct kvm_sregs special;
    check(ioctl(vcpu, KVM_GET_SREGS, &special), "KVM_GET_SREGS");
    special.cs.base = 0;
    special.cs.selector = 0;
    check(ioctl(vcpu, KVM_SET_SREGS, &special), "KVM_SET_SREGS");
    struct kvm_regs registers = {.rip = GUEST_ADDRESS, .rax = 2, .rbx = 2, .rflags = 2};
    check(ioctl(vcpu, KVM_SET_REGS, &registers), "KVM_SET_REGS");
    for (;;) {
        check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
        switch (run->exit_reason) {
        case KVM_EXIT_IO:
            serial_out(run);
            break;
        case KVM_EXIT_HLT:
            return 0;
        default:
            fprintf(stderr, "hello: exit reason %u\n", run->exit_reason);
            return 1;
        }
    }
}
