// What a BIOS answers in real mode, where some kernels go back to ask it.
#include "kernel.h"

#define SEGMENT 0x6000
#define TRAMPOLINE ((volatile u8 *)(SEGMENT << 4))

struct answer { u32 eax, ebx, ecx, edx, flags; };

// From flat 32-bit code to real mode, one interrupt or a halt, and back; in a segment of its own below 1 MiB. Its
// data: registers, and the vector, which is in the instruction.
__asm__(
    ".section .rodata; .globl real, real_end, real_registers, real_vector\n"
    "real: .code32; push %ebx; push %esi; push %edi; push %ebp; mov %esp, %ebp; lgdt 0x60000 + table - real;"
    "ljmp $8, $narrow - real; narrow: .code16; mov $16, %ax; mov %ax, %ds; mov %ax, %es; mov %ax, %ss;"
    "mov %cr0, %eax; and $0xfe, %al; mov %eax, %cr0; ljmp $0x6000, $low - real;"
    "low: mov %cs, %ax; mov %ax, %ds; mov %ax, %es; mov %ax, %ss; mov $0xf000, %sp; lidtl idt - real; push %ebp;"
    "mov real_registers - real, %eax; mov real_registers - real + 4, %ebx; mov real_registers - real + 8, %ecx;"
    "mov real_registers - real + 12, %edx; mov $0x8000, %di; sti; .byte 0xcd; real_vector: .byte 0; cli;"
    "mov %eax, real_registers - real; mov %ebx, real_registers - real + 4; mov %ecx, real_registers - real + 8;"
    "mov %edx, real_registers - real + 12; pushfl; popl real_registers - real + 16; pop %ebp; lgdtl table - real;"
    "mov %cr0, %eax; or $1, %al; mov %eax, %cr0; ljmpl $24, $0x60000 + wide - real;"
    "wide: .code32; mov $32, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %ss; mov %ebp, %esp;"
    "pop %ebp; pop %edi; pop %esi; pop %ebx; ret;"
    ".balign 8; segments: .quad 0, 0x00009b060000ffff, 0x000093060000ffff, 0x00cf9b000000ffff, 0x00cf93000000ffff;"
    "table: .word 39; .long 0x60000 + segments - real; idt: .word 0x3ff; .long 0; real_registers: .skip 20;"
    "real_end: .text");
extern u8 real[], real_end[], real_registers[], real_vector[];

static struct answer call(u8 vector, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
    volatile struct answer *registers = (volatile struct answer *)(TRAMPOLINE + (real_registers - real));
    for (u32 i = 0; i < (u32)(real_end - real); i++) TRAMPOLINE[i] = real[i];
    registers->eax = eax;
    registers->ebx = ebx;
    registers->ecx = ecx;
    registers->edx = edx;
    TRAMPOLINE[real_vector - real] = vector;
    ((void (*)(void))TRAMPOLINE)();
    return *registers;
}

static void memory_map(void)
{
    u32 *entry = (u32 *)(TRAMPOLINE + 0x8000), next = 0;
    do
    {
        struct answer a = call(0x15, 0xe820, next, 20, 0x534d4150);
        if (a.flags & 1 || a.eax != 0x534d4150)
        {
            show("the map ends by an error", a.eax);
            break;
        }

        next = a.ebx;
        if (entry[4] == 1 || entry[0] == 0x9fc00)
        {
            show("memory at", entry[0]);
            show("  its type", entry[4]);
            show("  bytes told", a.ecx);
        }
    } while (next);

    show("a map without its signature", call(0x15, 0xe820, 0, 20, 0).flags & 1);
    show("room for less than an entry", call(0x15, 0xe820, 0, 19, 0x534d4150).flags & 1);
}

void main(u32 magic, u32 *info)
{
    show("KiB", call(0x12, 0xffffffff, 0, 0, 0).eax);
    show("coprocessor, serial lines", call(0x11, 0, 0, 0, 0).eax & 0x0e02);
    struct answer a = call(0x15, 0x8800, 0, 0, 0);

    // QEMU's firmware keeps the last 128 KiB.
    show("KiB beyond 1 MiB", (a.eax + 0x80) & ~0xff);
    show("  refused", a.flags & 1);
    a = call(0x15, 0xe801, 0, 0, 0);
    show("KiB to 16 MiB", a.eax);
    show("  again", a.ecx);
    show("64 KiB beyond", (a.ebx + 2) & ~3);
    show("  again", (a.edx + 2) & ~3);
    memory_map();
    a = call(0x15, 0x1234, 0, 0, 0);
    show("no such service", a.eax >> 8 & 0xff);
    show("  refused", a.flags & 1);
    a = call(0x13, 0x0800, 0, 0, 0x80);
    show("no such disk", a.eax >> 8 & 0xff);
    show("  refused", a.flags & 1);
    show("no key: zero flag", call(0x16, 0x0100, 0, 0, 0).flags & 0x40);
    show("no shift key", call(0x16, 0x0200, 0, 0, 0).eax & 0xff);
    show("nothing to do", call(0x1c, 0x12345678, 0, 0, 0).eax);

    // Two ticks, counted by the interrupt of the timer.
    a = call(0x1a, 0, 0, 0, 0);
    show("no midnight", a.eax & 0xff);
    u32 before = a.ecx << 16 | (a.edx & 0xffff), now = before;
    while (now - before < 2)
    {
        a = call(0x1a, 0, 0, 0, 0);
        now = a.ecx << 16 | (a.edx & 0xffff);
    }

    // A slow host may have made them more.
    show("two ticks later", now - before >= 2);
    show("  in the data area", *(volatile u32 *)0x46c - now < 1000);
    finish(0x17);
}
