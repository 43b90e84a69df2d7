// ACPI's tables as kernels look for them: root, RSDT, FADT, MADT.
#include "kernel.h"

static u8 sum(const u8 *bytes, u32 count)
{
    u8 s = 0;
    while (count-- > 0) s += *bytes++;
    return s;
}

static u8 *table_of(u32 rsdt, u32 signature)
{
    for (u32 at = rsdt + 36; at < rsdt + read32(rsdt + 4); at += 4)
    {
        if (read32(read32(at)) == signature) return (u8 *)read32(at);
    }

    return 0;
}

// The entries that are the same on all of these machines, with 2 processors.
static void show_processors(u8 *madt)
{
    show("local APIC", read32((u32)madt + 36));
    show("has PICs", read32((u32)madt + 40));
    for (u8 *entry = madt + 44; entry < madt + read32((u32)madt + 4); entry += entry[1])
    {
        if (entry[0] == 0) show("processor", entry[2] << 16 | entry[3] << 8 | entry[4]);
        if (entry[0] == 1) show("I/O APIC", read32((u32)entry + 4));
        if (entry[0] == 2 && entry[3] == 0) show("timer's pin", read32((u32)entry + 4));
        if (entry[0] == 4) show("NMI", entry[2] << 8 | entry[5]);
    }
}

void main(u32 magic, u32 *info)
{
    u32 root = 0;
    for (u32 at = 0xe0000; at < 0x100000 && !root; at += 16)
    {
        if (read32(at) == 0x20445352 && read32(at + 4) == 0x20525450) root = at;
    }

    show("root", root != 0);
    show("root's sum", sum((u8 *)root, 20));
    u32 rsdt = read32(root + 16);
    show("RSDT", read32(rsdt));
    show("RSDT's sum", sum((u8 *)rsdt, read32(rsdt + 4)));
    u8 *fadt = table_of(rsdt, 0x50434146), *madt = table_of(rsdt, 0x43495041);
    show("FADT's sum", sum(fadt, read32((u32)fadt + 4)));
    show("PM1 control", read32((u32)fadt + 64));
    show("PM1 control's size", fadt[89]);
    show("ACPI is on", in16(0x604) & 1 || read32((u32)fadt + 48) != 0);
    u32 dsdt = read32((u32)fadt + 40);
    show("DSDT", read32(dsdt));
    show("DSDT's sum", sum((u8 *)dsdt, read32(dsdt + 4)));
    show("MADT's sum", sum(madt, read32((u32)madt + 4)));
    show_processors(madt);
    finish(0x18);
}
