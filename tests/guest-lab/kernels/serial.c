// COM1's registers, loop and interrupt. Lines are printed when the port is as it was.
#include "kernel.h"

static const char *names[64];
static u32 values[64];
static int count;

static u8 get(int at) { return in8(0x3f8 + at); }
static void set(int at, u8 v) { out8(0x3f8 + at, v); }
static void keep(const char *name, u32 v) { names[count] = name; values[count++] = v; }

static void show_kept(void)
{
    for (int i = 0; i < count; i++) show(names[i], values[i]);
    count = 0;
}

static void registers(void)
{
    keep("IER", get(1));
    keep("IIR", get(2));
    keep("MCR", get(4));
    keep("LSR", get(5));
    keep("MSR", get(6));
    set(3, 0x83);
    keep("divisor", get(0) | get(1) << 8);
    set(0, 0x34);
    set(1, 0x12);
    keep("divisor set", get(0) | get(1) << 8);
    set(0, 1);
    set(1, 0);
    set(3, 3);
    keep("LCR set", get(3));
    set(7, 0xa5);
    keep("SCR set", get(7));
    set(1, 0xff);
    keep("IER set", get(1));
    keep("IIR: transmitter", get(2));
    keep("IIR: taken", get(2));
    set(1, 0);
    set(4, 0xff);
    keep("MCR set", get(4));
    set(4, 0);
    set(2, 0xc7);
    keep("IIR: FIFOs", get(2));
    set(2, 0);
    keep("IIR: no FIFOs", get(2));
}

static void loop(void)
{
    static const u8 outputs[] = { 0x10, 0x11, 0x12, 0x14, 0x18, 0x1f };
    for (int i = 0; i < 6; i++)
    {
        set(4, outputs[i]);
        get(6);
        keep("MSR: outputs", get(6));
    }

    set(4, 0x10);
    set(0, 0xae);
    keep("LSR: received", get(5));
    keep("RBR", get(0));
    keep("LSR: taken", get(5));
    set(0, 1);
    set(0, 2);
    keep("LSR: overrun", get(5));
    keep("LSR: again", get(5));
    keep("RBR: the second", get(0));
    set(2, 7);
    for (int i = 0; i < 18; i++) set(0, 0x40 + i);
    keep("LSR: FIFO full", get(5));
    u32 bytes = 0, sum = 0;
    for (; get(5) & 1; bytes++) sum += get(0);
    keep("FIFO: bytes", bytes);
    keep("FIFO: sum", sum);
    set(0, 1);
    set(2, 3);
    keep("LSR: FIFO cleared", get(5));
    set(2, 0);
}

static void interrupt(void)
{
    start_pics();
    keep("PIC before", requests(0x20) & 0x10);
    set(1, 2);
    keep("PIC: transmitter", requests(0x20) & 0x10);
    set(1, 0);
    start_pics();
    keep("PIC: taken", requests(0x20) & 0x10);
    set(1, 1);
    set(0, 0x55);
    keep("PIC: received", requests(0x20) & 0x10);
    keep("IIR: received", get(2));
    get(0);
    set(1, 0);
    set(4, 0);
    get(6);
}

void main(u32 magic, u32 *info)
{
    registers();
    show_kept();
    loop();
    interrupt();
    show_kept();
    finish(0x11);
}
