// What a kernel is told, and the state that it begins in.
#define MULTIBOOT_FLAGS 3
#include "kernel.h"

static u32 zeros[1024];

static void show_modules(u32 count, u32 *module)
{
    for (u32 i = 0; i < count; i++, module += 4)
    {
        show_text("module", (const char *)module[2]);
        show("  in its page", module[0] & 0xfff);
        show("  size", module[1] - module[0]);
        show("  begins with", *(u32 *)module[0]);
    }
}

void main(u32 magic, u32 *info)
{
    u16 code, data;
    u32 cr0, eflags, sum = 0;
    __asm__ volatile("mov %%cs, %0; mov %%ds, %1" : "=r"(code), "=r"(data));
    __asm__ volatile("mov %%cr0, %0; pushf; pop %1" : "=r"(cr0), "=r"(eflags));
    show("magic", magic);
    show("cs", code);
    show("ds", data);
    show("cr0", cr0);
    show("interrupts", eflags & 0x200);
    show("flags", info[0]);
    show("mem_lower", info[1]);
    show("boot_device", info[3]);
    show_text("cmdline", (const char *)info[4]);
    show("modules", info[5]);
    show_modules(info[5], (u32 *)info[6]);
    for (u8 *entry = (u8 *)info[12], *end = entry + info[11]; entry < end; entry += *(u32 *)entry + 4)
    {
        u32 *fields = (u32 *)entry;
        if (fields[5] == 1)
        {
            show("memory at", fields[1]);
            show("  entry's size", fields[0]);
        }
    }

    for (int i = 0; i < 1024; i++) sum |= zeros[i];
    show("bss", sum);

    // Behind the limit is the base, which is real mode's: 0.
    struct { u16 limit; u32 base; } __attribute__((packed)) table;
    __asm__ volatile("sidt %0" : "=m"(table));
    show("interrupts' limit", table.limit);
    show("  base", table.base);
    show("BIOS: COM1", *(volatile u16 *)0x400);
    show("BIOS: KiB", *(volatile u16 *)0x413);
    show("BIOS: extended area", *(volatile u16 *)0x40e);
    finish(0x10);
}
