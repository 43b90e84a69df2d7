// The keyboard controller with its two devices, as a driver sets them up.
#include "kernel.h"

static void command(u8 v) { out8(0x64, v); }
static void data(u8 v) { out8(0x60, v); }

static u32 answer(void)
{
    for (int i = 0; i < 10000; i++)
    {
        if (in8(0x64) & 1) return in8(0x60);
    }

    return 0xdead;
}

static void ask(const char *name, u8 v) { command(v); show(name, answer()); }

static void device(const char *name, int is_mouse, u8 v, int answers)
{
    if (is_mouse) command(0xd4);
    data(v);
    for (int i = 0; i < answers; i++)
    {
        u8 status = in8(0x64) & 0x21;
        show(name, status << 8 | answer());
    }
}

void main(u32 magic, u32 *info)
{
    show("status", in8(0x64));
    ask("config", 0x20);
    command(0xad);
    command(0xa7);
    ask("config, disabled", 0x20);
    ask("self test", 0xaa);
    show("status, tested", in8(0x64));
    ask("keyboard's line", 0xab);
    ask("mouse's line", 0xa9);
    ask("input port", 0xc0);
    ask("output port", 0xd0);
    command(0x60);
    data(0x74);
    ask("config, set", 0x20);
    command(0xa8);
    command(0xae);
    ask("config, enabled", 0x20);
    command(0xd2);
    data(0x77);
    show("looped", answer());
    command(0xff);
    show("status, nothing pulsed", in8(0x64) & 0x21);

    device("echo", 0, 0xee, 1);
    device("identify, translated", 0, 0xf2, 3);
    command(0x60);
    data(0x04);
    device("identify", 0, 0xf2, 3);
    device("scan codes", 0, 0xf0, 1);
    device("which", 0, 0, 2);
    device("lights", 0, 0xed, 1);
    device("all", 0, 7, 1);
    device("enable", 0, 0xf4, 1);
    device("defaults", 0, 0xf6, 1);
    device("reset", 0, 0xff, 2);

    device("mouse: reset", 1, 0xff, 3);
    device("mouse: identify", 1, 0xf2, 2);
    device("mouse: status", 1, 0xe9, 4);
    device("mouse: resolution", 1, 0xe8, 1);
    device("mouse: 8 a mm", 1, 3, 1);
    device("mouse: rate", 1, 0xf3, 1);
    device("mouse: 200", 1, 200, 1);
    device("mouse: rate", 1, 0xf3, 1);
    device("mouse: 100", 1, 100, 1);
    device("mouse: rate", 1, 0xf3, 1);
    device("mouse: 80", 1, 80, 1);
    device("mouse: with a wheel", 1, 0xf2, 2);
    device("mouse: status", 1, 0xe9, 4);
    device("mouse: read", 1, 0xeb, 5);

    start_pics();
    command(0x60);
    data(0x07);
    data(0xee);
    show("PIC: keyboard", requests(0x20) & 2);
    show("echo", answer());
    start_pics();
    show("PIC: taken", requests(0x20) & 2);
    finish(0x12);
}
