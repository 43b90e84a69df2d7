// What the processor itself interrupts by: exceptions with their codes, calls from another privilege level, a page
// that is not there, a step; and 64-bit code.
#include "interrupts.h"

static volatile u32 vector, code, address, skip;
static u32 task[26] = { [25] = 104 << 16 };
static u8 user_stack[1024], task_stack[4096];
static u32 directory[1024] __attribute__((aligned(4096)));
static u64 tables[3][512] __attribute__((aligned(4096)));

static void note(int which, u32 error, struct frame *f)
{
    vector = which;
    code = error;
    f->ip += skip;
}

#define PLAIN(name, which) HANDLER static void name(struct frame *f) { note(which, 0, f); }
#define CODED(name, which) HANDLER static void name(struct frame *f, u32 error) { note(which, error, f); }

PLAIN(on_divide, 0)
PLAIN(on_break, 3)
PLAIN(on_undefined, 6)
CODED(on_absent, 11)
CODED(on_protection, 13)
PLAIN(on_call, 0x80)

HANDLER static void on_step(struct frame *f)
{
    u32 why;
    __asm__ volatile("mov %%dr6, %0" : "=r"(why));
    code += why >> 14 & 1;
    vector = 1;
    f->flags &= ~0x100;
}

HANDLER static void on_page(struct frame *f, u32 error)
{
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    note(14, error, f);
}

// One instruction of so many bytes, and what came of it.
#define TRY(name, bytes, ...) do { \
    vector = code = 0xff; skip = bytes; __asm__ volatile(__VA_ARGS__); \
    show(name, vector << 16 | (code & 0xffff)); } while (0)

static void faults(void)
{
    TRY("breakpoint", 0, "int3" : : : "memory");
    TRY("call", 0, "int $0x80" : : : "memory");
    TRY("undefined", 2, "ud2" : : : "memory");
    TRY("division by 0", 2, "div %%ecx" : : "a"(1), "d"(0), "c"(0) : "memory");
    TRY("quotient too large", 2, "div %%ecx" : : "a"(0), "d"(2), "c"(1) : "memory");
    TRY("selector beyond the table", 2, "mov %%eax, %%fs" : : "a"(0x1234) : "memory");
    TRY("segment not there", 2, "mov %%eax, %%fs" : : "a"(ABSENT) : "memory");
    TRY("gate not there", 2, "int $0x99" : : : "memory");
    code = 0;
    __asm__ volatile("pushf; orl $0x100, (%%esp); popf; nop; nop" : : : "memory", "cc");
    show("step", vector << 16 | code);
}

static void pages(void)
{
    for (u32 i = 0; i < 1024; i++) directory[i] = i << 22 | 0x83; // 4 MiB each, present, writable
    directory[64] = 0;
    directory[65] = 65 << 22 | 0x81;
    __asm__ volatile("mov %%cr4, %%eax; or $0x10, %%eax; mov %%eax, %%cr4; mov %0, %%cr3;"
        "mov %%cr0, %%eax; or $0x80010000, %%eax; mov %%eax, %%cr0" : : "r"(directory) : "eax", "memory");
    TRY("read of no page", 2, "mov (%%ecx), %%eax" : : "c"(0x10000123) : "eax", "memory");
    show("its address", address);
    TRY("write of no page", 2, "mov %%eax, (%%ecx)" : : "c"(0x10000456) : "eax", "memory");
    show("its address", address);
    TRY("write of a page to read", 2, "mov %%eax, (%%ecx)" : : "c"(0x10400000) : "eax", "memory");
    show("accessed, dirty", directory[65] & 0x60);
    write32(0x300000, 0x12345678);
    show("accessed, dirty", directory[0] & 0x60);
    __asm__ volatile("mov %%cr0, %%eax; and $0x7fffffff, %%eax; mov %%eax, %%cr0" : : : "eax", "memory");
}

// At privilege level 3: a call is let through, an instruction of the kernel's is not.
static void user(void)
{
    task[1] = (u32)task_stack + sizeof(task_stack);
    task[2] = DATA;
    u32 base = (u32)task;
    segments[TASK / 8] = (u64)((base & 0xff000000) | 0x8900 | (base >> 16 & 0xff)) << 32 | base << 16 | (sizeof(task) - 1);
    __asm__ volatile("ltr %w0" : : "r"(TASK));
    vector = code = 0xff;
    skip = 1;
    static volatile u32 level, first;
    __asm__ volatile(
        "mov %%esp, %%esi; mov %[data], %%eax; mov %%eax, %%ds; mov %%eax, %%es; pushl %[data]; pushl %[stack]; pushf; pushl %[code]; pushl $1f; iret;"
        "1: mov %%cs, %%eax; mov %%eax, %[level]; cli; mov %[vector], %%eax; mov %%eax, %[first];"
        "movl $0, %[skip]; int $0x81"
        : [level] "=m"(level), [first] "=m"(first), [skip] "=m"(skip)
        : [data] "i"(USER_DATA | 3), [stack] "r"(user_stack + sizeof(user_stack)), [code] "i"(USER_CODE | 3),
          [vector] "m"(vector)
        : "eax", "edx", "esi", "memory");
    show("level", level & 3);
    show("cli", first << 16 | (code & 0xffff));
}

// Ends the stay at level 3: back on the stack that is kept in esi.
__asm__(".text; leave_user: mov $16, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %ss;"
        "mov (%esp), %edx; mov %esi, %esp; jmp *%edx");
extern char leave_user[];

// Pages of 2 MiB for the first GiB, and 64-bit code, which answers in two halves.
static void long_mode(void)
{
    u32 low = 0, high = 0, efer = 0;

    tables[0][0] = (u32)tables[1] | 3;
    tables[1][0] = (u32)tables[2] | 3;
    for (u32 i = 0; i < 512; i++) tables[2][i] = i << 21 | 0x83;
    segments[TASK / 8] = 0x00af9a000000ffff;
    __asm__ volatile(
        "mov %%cr4, %%eax; or $0x20, %%eax; mov %%eax, %%cr4; mov %[top], %%cr3;"
        "mov $0xc0000080, %%ecx; rdmsr; or $0x100, %%eax; wrmsr;"
        "mov %%cr0, %%eax; or $0x80000000, %%eax; mov %%eax, %%cr0; ljmp $40, $1f;"
        ".code64; 1: mov $0x123456789, %%r8; mov $0x1000, %%r15d; imul %%r15, %%r8; mov %%r8, %%rsi;"
        "mov %%r8, %%rdi; shr $32, %%rdi; rdmsr; mov %%eax, %%ebx; pushq $8; lea 2f(%%rip), %%rax; push %%rax; lretq;"
        ".code32; 2: mov %%cr0, %%eax; and $0x7fffffff, %%eax; mov %%eax, %%cr0"
        : "=S"(low), "=D"(high), "=b"(efer) : [top] "r"(tables[0]) : "eax", "ecx", "edx", "memory");
    show("high", high);
    show("low", low);
    show("efer", efer & 0x500);
}

void main(u32 magic, u32 *info)
{
    use_tables();
    set_gate(0, on_divide, 0);
    set_gate(1, on_step, 0);
    set_gate(3, on_break, 0);
    set_gate(6, on_undefined, 0);
    set_gate(11, on_absent, 0);
    set_gate(13, on_protection, 0);
    set_gate(14, on_page, 0);
    set_gate(0x80, on_call, 0);
    set_gate(0x81, leave_user, 0x60);
    faults();
    pages();
    user();
    long_mode();
    finish(0x16);
}
