// QEMU's fw_cfg: items, its list of files, DMA.
#include "kernel.h"

struct access { u32 control, length; u64 address; } __attribute__((packed, aligned(16)));

static struct access access;
static u8 buffer[64];

static void select(u16 key) { out16(0x510, key); }
static u8 next(void) { return in8(0x511); }

static u32 item(u16 key, int bytes)
{
    u32 v = 0;
    select(key);
    for (int i = 0; i < bytes; i++) v |= (u32)next() << 8 * i;
    return v;
}

// Names begin with the directory, and keys go up one by one.
static void files(void)
{
    select(0x19);
    u32 count = (next() << 24 | next() << 16 | next() << 8 | next()), expected = 0x20, wrong = 0;
    show("files", count > 0 && count < 100);
    for (u32 i = 0; i < count; i++)
    {
        for (int skip = 0; skip < 4; skip++) next();
        u32 key = next() << 8 | next();
        wrong += key != expected++;
        for (int skip = 0; skip < 58; skip++) next();
    }

    show("keys out of order", wrong);
}

static void dma(u32 control, u32 length)
{
    access.control = __builtin_bswap32(control);
    access.length = __builtin_bswap32(length);
    access.address = __builtin_bswap64((u32)buffer);
    out32(0x514, 0);
    out32(0x518, __builtin_bswap32((u32)&access));
    while (__builtin_bswap32(*(volatile u32 *)&access.control) & ~1u) { }
    show("DMA", __builtin_bswap32(access.control));
}

void main(u32 magic, u32 *info)
{
    show("signature", item(0, 4));
    show("id", item(1, 4));
    show("memory", item(3, 4));
    show("processors", item(5, 2));
    show("most processors", item(15, 2));
    show("timer on pin 2", item(0x8002, 4));
    show("not there", item(0x7777, 4));
    show("behind the end", (item(5, 2), next()));
    files();
    show("DMA's signature", in32(0x514));
    show("DMA's signature, 2", in32(0x518));
    dma(0x0a, 4); // Select item 0, read.
    show("read", *(volatile u32 *)buffer);
    dma(5 << 16 | 0x0a, 2);
    show("read processors", *(volatile u32 *)buffer);
    finish(0x16);
}
