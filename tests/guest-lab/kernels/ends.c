// Ends of a machine, by the last character of the command line.
#include "kernel.h"

void main(u32 magic, u32 *info)
{
    const char *end = (const char *)info[4];
    while (*end) end++;
    print("end ");
    put(end[-1]);
    put('\n');
    switch (end[-1])
    {
        case 'a': out8(0xf4, 0); break;
        case 'b': out8(0xf4, 0x7f); break;
        case 'c': out16(0xf4, 0x1281); break;
        case 'd': out32(0xf4, 0xffffffff); break;
        case 'e': out16(0x604, 0x2000); break;
        case 'f': out8(0xcf9, 6); break;
        case 'g': out8(0x64, 0xfe); break;
        case 'h': out8(0x92, 1); break;
        default: __asm__ volatile("lidt %0; ud2" : : "m"(*(const u8 (*)[6])"\0\0\0\0\0\0")); break;
    }

    for (;;) __asm__ volatile("hlt");
}
