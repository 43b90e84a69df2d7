// Local and I/O APIC, by what waits in the local one, and the start of the other processors.
#include "kernel.h"

#define LOCAL 0xfee00000
#define IO 0xfec00000

u32 alive, ids;

static u32 io_read(u8 at) { write32(IO, at); return read32(IO + 0x10); }
static void io_write(u8 at, u32 v) { write32(IO, at); write32(IO + 0x10, v); }
static u32 waits(u8 vector) { return read32(LOCAL + 0x200 + 0x10 * (vector / 32)) >> vector % 32 & 1; }

static u32 wait_for(u8 vector)
{
    for (u32 i = 0; i < 2000000 && !waits(vector); i++) { }
    return waits(vector);
}

static void registers(void)
{
    show("id", read32(LOCAL + 0x20));
    show("version", read32(LOCAL + 0x30) & 0xff);
    show("spurious", read32(LOCAL + 0xf0));
    show("LINT0", read32(LOCAL + 0x350) & 0x10700);
    show("LINT1", read32(LOCAL + 0x360) & 0x10700);
    show("timer", read32(LOCAL + 0x320));
    show("I/O id", io_read(0));
    show("I/O pins", io_read(1) >> 16);
    for (int pin = 0; pin < 24; pin++)
    {
        if (io_read(0x10 + 2 * pin) != 0x10000) show("unmasked pin", pin);
    }
}

// With interrupts off what comes waits in the local APIC for ever, so each has a vector of its own.
static void pin(const char *name, int number, u8 vector, void (*raise)(void))
{
    io_write(0x11 + 2 * number, 0);
    io_write(0x10 + 2 * number, vector);
    raise();
    show(name, wait_for(vector));
    io_write(0x10 + 2 * number, 0x10000);
}

static void local(void)
{
    write32(LOCAL + 0x300, 0x40040);
    show("to itself", wait_for(0x40));
    write32(LOCAL + 0x310, 0);
    write32(LOCAL + 0x300, 0x41);
    show("to id 0", wait_for(0x41));
    write32(LOCAL + 0x3e0, 0xb);
    write32(LOCAL + 0x320, 0x42);
    write32(LOCAL + 0x380, 100000);
    show("its timer", wait_for(0x42));
    show("its timer, left", read32(LOCAL + 0x390));
    write32(LOCAL + 0x320, 0x10042);
}

static void start_timer(void)
{
    out8(0x43, 0x34);
    out8(0x40, 0x00);
    out8(0x40, 0x10);
}

static void start_serial(void) { out8(0x3fc, 8); out8(0x3f9, 2); out8(0x3f9, 0); }

static void start_clock(void)
{
    out8(0x70, 0x0b);
    out8(0x71, 0x42);
    out8(0x70, 0x0c);
    in8(0x71);
}

extern u8 trampoline[], trampoline_end[];

// Real mode at 0x8000, flat 32-bit mode by a table of its own, a stack for each by its number.
__asm__(".data; .balign 8; table: .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff;"
        "trampoline: .code16; cli; xor %ax, %ax; mov %ax, %ds; lgdtl 0x8f00; mov %cr0, %eax; or $1, %al;"
        "mov %eax, %cr0; ljmpl $8, $in_flat_mode; .code32; trampoline_end: .text;"
        "in_flat_mode: mov $16, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %ss; mov 0xfee00020, %ecx;"
        "shr $24, %ecx; mov $1, %eax; shl %cl, %eax; lock orl %eax, ids; lock incl alive; 1: hlt; jmp 1b");

static void pause(void)
{
    for (int i = 0; i < 200; i++) in8(0x80);
}

static void start_processors(u32 others)
{
    extern u8 table[];
    u8 *to = (u8 *)0x8000;
    for (u8 *from = trampoline; from < trampoline_end; from++) *to++ = *from;
    *(volatile u16 *)0x8f00 = 23;
    *(volatile u32 *)0x8f02 = (u32)table;
    write32(LOCAL + 0x300, 0xc4500);
    pause();

    // Again for those that had not come to their INIT when the call came: it is then lost, and no harm to others.
    for (int tries = 0; tries < 100 && *(volatile u32 *)&alive < others; tries++)
    {
        write32(LOCAL + 0x300, 0xc4608);
        for (int i = 0; i < 1000 && *(volatile u32 *)&alive < others; i++) in8(0x80);
    }

    show("alive", *(volatile u32 *)&alive);
    show("ids", *(volatile u32 *)&ids);
}

void main(u32 magic, u32 *info)
{
    registers();
    start_pics();
    write32(LOCAL + 0xf0, 0x1ff);
    show("nothing", waits(0x50));
    local();
    pin("timer on pin 2", 2, 0x50, start_timer);
    pin("serial port on pin 4", 4, 0x51, start_serial);
    pin("clock on pin 8", 8, 0x52, start_clock);
    start_processors(3);
    finish(0x15);
}
