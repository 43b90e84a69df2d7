// Ports and addresses of nobody, and the small ones.
#include "kernel.h"

static const u16 nobody[] =
{
    0x2f8, 0x3e8, 0x2e8, 0x84, 0xe0, 0xe4, 0xf0, 0x100, 0x200, 0x300, 0x330, 0x388, 0x402, 0x500, 0x1234, 0x2000,
    0x5658, 0xb000, 0xcf0, 0xfff0,
};

void main(u32 magic, u32 *info)
{
    for (u32 i = 0; i < sizeof nobody / sizeof *nobody; i++)
    {
        u16 port = nobody[i];
        out8(port, 0x55);
        print("port ");
        hex(port, 4);
        print(": ");
        hex(in8(port), 2);
        put('\n');
    }

    show("two bytes", in16(0x1234));
    show("four bytes", in32(0x1234));
    show("port 92", in8(0x92));
    show("debug exit", in32(0xf4));
    out8(0x80, 1);
    out8(0xe9, 'x');
    out8(0xed, 1);
    write32(0xc0000000, 5);
    write32(0xb8000, 0x07410742);
    show("screen", read32(0xb8000));

    static u8 in[4];
    static const char text[] = "a string\n";
    u32 count = 4;
    void *to = in;
    const char *from = text;
    __asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(0x1234) : "memory");
    show("string in", *(u32 *)in);
    count = sizeof text - 1;
    __asm__ volatile("rep outsb" : "+S"(from), "+c"(count) : "d"(0x3f8));
    finish(0x19);
}
