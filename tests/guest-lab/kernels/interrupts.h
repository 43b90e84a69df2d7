// Segments, gates and handlers of a kernel's own, for those that let interrupts in.
#include "kernel.h"

struct frame { u32 ip, cs, flags; };

#define HANDLER __attribute__((interrupt))

enum { CODE = 8, DATA = 16, USER_CODE = 24, USER_DATA = 32, TASK = 40, ABSENT = 48 };

static u64 segments[] = {
    0, 0x00cf9a000000ffff, 0x00cf92000000ffff, 0x00cffa000000ffff, 0x00cff2000000ffff, 0, 0x00cf12000000ffff,
};
static u64 gates[256];

struct table { u16 limit; u32 address; } __attribute__((packed));

static inline void use_tables(void)
{
    struct table gdt = { sizeof(segments) - 1, (u32)segments };
    struct table idt = { sizeof(gates) - 1, (u32)gates };

    __asm__ volatile("lgdt %0; lidt %1; ljmp $8, $1f; 1: mov %2, %%ds; mov %2, %%es; mov %2, %%ss"
        : : "m"(gdt), "m"(idt), "r"(DATA) : "memory");
}

// An interrupt gate; one that any privilege level may use has 0x60 more.
static inline void set_gate(int vector, void *handler, u32 more)
{
    u32 at = (u32)handler;

    gates[vector] = (u64)((at & 0xffff0000) | 0x8e00 | more << 8) << 32 | CODE << 16 | (at & 0xffff);
}
