// The timer chip and the interrupt controllers of an AT.
#include "kernel.h"

static u8 status(int channel)
{
    out8(0x43, 0xe0 | 2 << channel);
    return in8(0x40 + channel) & 0x3f;
}

static u16 latched(int channel)
{
    out8(0x43, channel << 6);
    u8 low = in8(0x40 + channel);
    return low | in8(0x40 + channel) << 8;
}

static void load(int channel, u8 mode, u16 count)
{
    out8(0x43, channel << 6 | 0x30 | mode << 1);
    out8(0x40 + channel, (u8)count);
    out8(0x40 + channel, count >> 8);
}

static void controllers(void)
{
    show("mask 0", in8(0x21));
    show("mask 1", in8(0xa1));
    show("levels 1", in8(0x4d1));
    out8(0x4d0, 0xff);
    show("levels 0, set", in8(0x4d0));
    out8(0x4d1, 0xff);
    show("levels 1, set", in8(0x4d1));
    out8(0x4d0, 0);
    out8(0x4d1, 0x0c);
    start_pics();
    show("mask, set up", in8(0x21));
    out8(0x21, 0x5a);
    show("mask, set", in8(0x21));
    out8(0x21, 0xff);
    out8(0x20, 0x0b);
    show("in service", in8(0x20));
}

static void channels(void)
{
    show("channel 0", status(0));
    out8(0x61, 3);
    show("port 61", in8(0x61) & 3);
    out8(0x61, 1);
    load(2, 0, 0x1000);
    show("channel 2", status(2));
    while (!(in8(0x61) & 0x20)) { }
    show("channel 2, done", in8(0x61) & 0x20);
    out8(0x61, 0);
    load(0, 2, 0);
    show("rate generator", status(0));
    u16 one = latched(0);
    while (latched(0) == one) { }
    load(0, 3, 0);
    show("square wave", status(0));
    out8(0x43, 0x14);
    out8(0x40, 100);
    show("low byte only", status(0));
    show("low byte", in8(0x40) <= 100);
}

static void interrupt(void)
{
    start_pics();
    load(0, 2, 1193);
    while (!(requests(0x20) & 1)) { }
    show("request", requests(0x20) & 1);
    out8(0x20, 0x0b);
    show("in service", in8(0x20));
}

void main(u32 magic, u32 *info)
{
    controllers();
    channels();
    interrupt();
    finish(0x14);
}
