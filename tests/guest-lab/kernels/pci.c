// PCI by configuration mechanism 1: the host bridge, and what is not there.
#include "kernel.h"

static void address(int bus, int device, int function, int at)
{
    out32(0xcf8, 0x80000000u | bus << 16 | device << 11 | function << 8 | (at & 0xfc));
}

static u32 get(int at) { address(0, 0, 0, at); return in32(0xcfc); }

void main(u32 magic, u32 *info)
{
    address(0, 0, 0, 0);
    show("address", in32(0xcf8));
    out8(0xcf8, 0x55);
    out16(0xcf8, 0x5555);
    show("address, written narrowly", in32(0xcf8));
    show("reset control", in8(0xcf9));
    show("host bridge", get(0));
    show("vendor", in16(0xcfc));
    show("device", in16(0xcfe));
    show("last byte", in8(0xcff));
    show("class", get(8));
    show("header", get(0x0c) >> 16 & 0xff);
    for (int bar = 0x10; bar < 0x28; bar += 4)
    {
        address(0, 0, 0, bar);
        out32(0xcfc, 0xffffffff);
        show("base address, written", in32(0xcfc));
    }

    address(0, 0, 0, 0);
    out32(0xcfc, 0);
    show("host bridge, written", in32(0xcfc));
    address(0, 0, 0, 0x3c);
    out8(0xcfc, 11);
    show("interrupt", in32(0xcfc) & 0xffff);
    address(0, 31, 7, 0);
    show("no device", in32(0xcfc));
    show("no device, word", in16(0xcfc));
    show("no device, byte", in8(0xcfd));
    address(9, 0, 0, 0);
    show("no bus", in32(0xcfc));
    out32(0xcf8, 0);
    show("not enabled", in32(0xcfc));
    finish(0x17);
}
