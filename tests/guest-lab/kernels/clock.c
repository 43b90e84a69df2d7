// The clock: registers, time in its forms, memory, interrupt.
#include "kernel.h"

static u8 get(u8 at) { out8(0x70, at); return in8(0x71); }
static void set(u8 at, u8 v) { out8(0x70, at); out8(0x71, v); }
static void stop(void) { set(11, get(11) | 0x80); }
static void go(void) { set(11, get(11) & 0x7f); }

static void set_time(u8 hour, u8 minute, u8 second)
{
    stop();
    set(0, second);
    set(2, minute);
    set(4, hour);
    go();
}

static void memory(void)
{
    show("memory: base", get(0x15) | get(0x16) << 8);
    show("memory: extended", get(0x17) | get(0x18) << 8);
    show("memory: above 16 MiB", get(0x34) | get(0x35) << 8);
    show("memory: above 4 GiB", get(0x5b) | get(0x5c) << 8 | get(0x5d) << 16);
    show("shutdown code", get(0x0f));
    show("other processors", get(0x5f));
    set(0x50, 0xa5);
    show("kept", get(0x50));
    show("kept, NMI off", get(0x80 | 0x50));
    show("index", in8(0x70));
}

static void time(void)
{
    set(0x32, 0x20);
    stop();
    set(6, 4);
    set(7, 0x28);
    set(8, 2);
    set(9, 0x24);
    go();
    set_time(0x23, 0x59, 0x59);
    show("hour", get(4));
    while (get(4) == 0x23) { }
    show("next hour", get(4));
    show("next day", get(7));
    show("next month", get(8));
    show("next year", get(9));
    show("next century", get(0x32));
}

// Alarm and periodic requests as they wait in the PIC.
static void interrupt(void)
{
    start_pics();
    set(11, 2);
    get(12);
    show("PIC before", requests(0xa0) & 1);
    set(11, 0x42);
    while (!(requests(0xa0) & 1)) { }
    show("periodic", get(12) & 0xc0);
    set(11, 2);
    get(12);
    start_pics();
    set_time(0x12, 0, 0);
    set(1, 1);
    set(3, 0xff);
    set(5, 0xff);
    set(11, 0x22);
    while (!(requests(0xa0) & 1)) { }
    show("alarm", get(12) & 0xb0);
    show("alarm at", get(0));
    set(11, 2);
    show("taken", get(12) & 0xa0);
}

void main(u32 magic, u32 *info)
{
    show("A", get(10) & 0x7f);
    show("B", get(11));
    show("D", get(13));
    memory();
    time();
    interrupt();
    finish(0x13);
}
