// Interrupts that are taken: of the timer, the clock, COM1, keyboard and mouse, by the PICs, the I/O APIC and the
// local APIC. Counts that depend on time are compared with what they must be at least.
#include "interrupts.h"

enum { TIMER, KEYBOARD, CASCADE, SERIAL, CLOCK, MOUSE, LOCAL, SELF, SOURCES };

static volatile u32 counts[SOURCES], seen[SOURCES], order;
static volatile int uses_apic;

static void came(int source, u32 what)
{
    counts[source]++;
    seen[source] = what;
    order = order << 4 | source;
}

static void end(int line)
{
    if (uses_apic) {
        write32(0xfee000b0, 0);
        return;
    }
    if (line >= 8) out8(0xa0, 0x20);
    out8(0x20, 0x20);
}

static u32 in_service(void)
{
    out8(0x20, 0x0b);
    out8(0xa0, 0x0b);
    return in8(0x20) | in8(0xa0) << 8;
}

static u8 clock(u8 index)
{
    out8(0x70, index);
    return in8(0x71);
}

static void set_clock(u8 index, u8 value)
{
    out8(0x70, index);
    out8(0x71, value);
}

HANDLER static void on_timer(struct frame *f) { came(TIMER, uses_apic ? 0 : in_service()); end(0); }
HANDLER static void on_keyboard(struct frame *f) { u8 s = in8(0x64); came(KEYBOARD, (s & 0x21) << 8 | in8(0x60)); end(1); }
HANDLER static void on_serial(struct frame *f) { u8 i = in8(0x3fa) & 15; came(SERIAL, i == 4 ? i << 8 | in8(0x3f8) : i); end(4); }
HANDLER static void on_clock(struct frame *f) { u32 s = uses_apic ? 0 : in_service(); came(CLOCK, s << 8 | clock(0x0c)); end(8); }
HANDLER static void on_mouse(struct frame *f) { u8 s = in8(0x64); came(MOUSE, (s & 0x21) << 8 | in8(0x60)); end(12); }
HANDLER static void on_local(struct frame *f) { came(LOCAL, 0); write32(0xfee000b0, 0); }
HANDLER static void on_self(struct frame *f) { came(SELF, read32(0xfee000a0)); write32(0xfee000b0, 0); }

static void load(u8 mode, u16 count)
{
    out8(0x43, 0x30 | mode << 1);
    out8(0x40, (u8)count);
    out8(0x40, count >> 8);
}

static void forget(void)
{
    for (int i = 0; i < SOURCES; i++) counts[i] = seen[i] = 0;
    order = 0;
}

// Halts until it came so often.
static void wait(int source, u32 count)
{
    __asm__ volatile("cli");
    while (counts[source] < count) __asm__ volatile("sti; hlt; cli" : : : "memory");
}

// About 20 ms by channel 2, interrupts on.
static void pass(void)
{
    __asm__ volatile("sti");
    out8(0x61, 1);
    out8(0x43, 0xb0);
    out8(0x42, (u8)23864);
    out8(0x42, 23864 >> 8);
    while (!(in8(0x61) & 0x20)) { }
    __asm__ volatile("cli");
}

// An interrupt of the keyboard controller's: a byte as from the keyboard (0xd2) or the mouse (0xd3).
static void say(u8 command, u8 value)
{
    while (in8(0x64) & 2) { }
    out8(0x64, command);
    while (in8(0x64) & 2) { }
    out8(0x60, value);
}

static void sources(void)
{
    forget();
    load(2, 11932);
    wait(TIMER, 5);
    load(0, 1000);
    pass();
    show("timer, in service", seen[TIMER]);
    forget();
    load(0, 1000);
    wait(TIMER, 1);
    pass();
    show("timer, once", counts[TIMER]);

    clock(0x0c);
    set_clock(0x0b, clock(0x0b) | 0x40);
    wait(CLOCK, 4);
    show("clock, periodic", seen[CLOCK] & ~0x30);
    set_clock(0x0b, (clock(0x0b) & ~0x40) | 0x10);
    clock(0x0c);
    do wait(CLOCK, counts[CLOCK] + 1); while (!(seen[CLOCK] & 0x10)); // One of the others may have waited.
    show("clock, updated", seen[CLOCK] & 0x90);
    set_clock(0x0b, clock(0x0b) & ~0x70);
    clock(0x0c);

    say(0x60, 0x43);
    say(0xd2, 0x5a);
    wait(KEYBOARD, 1);
    show("keyboard", seen[KEYBOARD]);
    say(0xd3, 0xa5);
    wait(MOUSE, 1);
    show("mouse", seen[MOUSE]);
}

// The transmitter's interrupt, and a character that comes back in the loop.
static void serial(void)
{
    forget();
    out8(0x3fc, 0x0b);
    out8(0x3f9, 2);
    wait(SERIAL, 1);
    out8(0x3f9, 0);
    show("transmitter", seen[SERIAL]);
    forget();
    out8(0x3fc, 0x1b);
    out8(0x3f9, 1);
    out8(0x3f8, 'x');
    u32 tries = 100000000;
    __asm__ volatile("sti");
    while (!counts[SERIAL] && --tries) { }
    __asm__ volatile("cli");
    out8(0x3f9, 0);
    out8(0x3fc, 0x0b);
    show("receiver", seen[SERIAL]);
}

// What waits while interrupts are off comes by the priority of its line: 0, 8, 12, 4.
static void priorities(void)
{
    forget();
    out8(0x3f9, 2);
    say(0xd3, 1);
    u32 tries = 1000000;
    while (--tries && !(in8(0x64) & 1)) { }
    load(0, 100);
    set_clock(0x0a, 0x2f); // Twice a second: no second one comes while the others are taken.
    set_clock(0x0b, clock(0x0b) | 0x40);
    do { out8(0xa0, 0x0a); } while (!(in8(0xa0) & 1));
    do { out8(0x20, 0x0a); } while (!(in8(0x20) & 1));
    wait(SERIAL, 1);
    out8(0x3f9, 0);
    set_clock(0x0b, clock(0x0b) & ~0x40);
    set_clock(0x0a, 0x26);
    clock(0x0c);
    show("order", order);
}

static void masks(void)
{
    forget();
    out8(0x21, 0xff);
    load(0, 100);
    pass();
    show("masked", counts[TIMER]);
    out8(0x21, 0);
    pass();
    show("unmasked", counts[TIMER]);
    out8(0x20, 0x11);
    out8(0x21, 0x20);
    out8(0x21, 4);
    out8(0x21, 3); // Ends by themselves.
    out8(0x21, 0);
    forget();
    load(0, 100);
    wait(TIMER, 1);
    show("in service, automatic end", seen[TIMER]);
}

static void redirect(u32 pin, u32 low)
{
    write32(0xfec00000, 0x11 + 2 * pin);
    write32(0xfec00010, 0);
    write32(0xfec00000, 0x10 + 2 * pin);
    write32(0xfec00010, low);
}

static void apics(void)
{
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
    uses_apic = 1;
    write32(0xfee00350, 0x10000);
    write32(0xfee000f0, 0x1ff);
    redirect(2, 0x20);
    redirect(4, 0x24);
    redirect(8, 0x28);
    redirect(1, 0x10021);
    forget();
    load(2, 11932);
    wait(TIMER, 3);
    load(0, 100);
    pass();
    serial();
    forget();
    set_clock(0x0b, clock(0x0b) | 0x40);
    clock(0x0c);
    wait(CLOCK, 3);
    set_clock(0x0b, clock(0x0b) & ~0x40);
    clock(0x0c);
    show("clock by the I/O APIC", seen[CLOCK] & ~0x30);
    say(0xd2, 0x11);
    pass();
    show("masked pin", counts[KEYBOARD]);
    in8(0x60);

    // Of vectors the higher one comes first, and none that the task's priority is not below.
    forget();
    write32(0xfee00080, 0x60);
    write32(0xfee00300, 0x40050);
    write32(0xfee00300, 0x40070);
    pass();
    show("below the priority", order);
    write32(0xfee00080, 0);
    pass();
    show("all", order);
    show("processor's priority", seen[SELF]);
    write32(0xfee003e0, 0x0b);
    write32(0xfee00320, 0x50);
    forget();
    write32(0xfee00380, 100000);
    wait(LOCAL, 1);
    pass();
    show("local timer, once", counts[LOCAL]);
    write32(0xfee00320, 0x20050);
    write32(0xfee00380, 100000);
    wait(LOCAL, 5);
    write32(0xfee00320, 0x10000);
    show("local timer", counts[LOCAL] >= 5);
}

void main(u32 magic, u32 *info)
{
    use_tables();
    start_pics();
    set_gate(0x20, on_timer, 0);
    set_gate(0x21, on_keyboard, 0);
    set_gate(0x24, on_serial, 0);
    set_gate(0x28, on_clock, 0);
    set_gate(0x2c, on_mouse, 0);
    set_gate(0x50, on_local, 0);
    set_gate(0x70, on_self, 0);
    out8(0x21, 0);
    out8(0xa1, 0);
    sources();
    serial();
    priorities();
    masks();
    apics();
    finish(0x15);
}
