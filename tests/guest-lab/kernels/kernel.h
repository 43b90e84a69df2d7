// What these kernels have in common: multiboot header, start, ports, lines on COM1, the end by port 0xf4.
// Interrupts stay off, but in those that include interrupts.h: what is pending is read from the controllers.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifndef MULTIBOOT_FLAGS
#define MULTIBOOT_FLAGS 0
#endif

__attribute__((section(".multiboot"), used))
static const u32 multiboot[] = { 0x1badb002, MULTIBOOT_FLAGS, -(0x1badb002u + MULTIBOOT_FLAGS) };

static inline u8 in8(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u16 in16(u16 port) { u16 v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u32 in32(u16 port) { u32 v; __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static inline void out16(u16 port, u16 v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
static inline void out32(u16 port, u32 v) { __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port)); }
static inline u32 read32(u32 address) { return *(volatile u32 *)address; }
static inline void write32(u32 address, u32 v) { *(volatile u32 *)address = v; }

static inline void put(char c)
{
    while (!(in8(0x3fd) & 0x20)) { }
    out8(0x3f8, c);
}

static inline void print(const char *text)
{
    while (*text) put(*text++);
}

static inline void hex(u32 v, int digits)
{
    while (digits-- > 0) put("0123456789abcdef"[v >> (4 * digits) & 15]);
}

static inline void show(const char *name, u32 v)
{
    print(name);
    print(": ");
    hex(v, 8);
    put('\n');
}

static inline void show_text(const char *name, const char *text)
{
    print(name);
    print(": ");
    print(text);
    put('\n');
}

static inline void finish(u32 code)
{
    out32(0xf4, code);
    for (;;) __asm__ volatile("cli; hlt");
}

// Both PICs from vector 0x20 on, all interrupts masked.
static inline void start_pics(void)
{
    out8(0x20, 0x11); out8(0xa0, 0x11);
    out8(0x21, 0x20); out8(0xa1, 0x28);
    out8(0x21, 4); out8(0xa1, 2);
    out8(0x21, 1); out8(0xa1, 1);
    out8(0x21, 0xff); out8(0xa1, 0xff);
}

// The requests that wait in a PIC (port 0x20 or 0xa0): by edge, and until they are served or it is set up again.
static inline u8 requests(u16 pic)
{
    out8(pic, 0x0a);
    return in8(pic);
}

void main(u32 magic, u32 *info);

// The stack is the kernel's; segments are the loader's, which are flat.
__asm__(".text; .globl _start; _start: mov $stack_top, %esp; push %ebx; push %eax; call main;"
        "1: hlt; jmp 1b; .bss; .balign 16; .skip 16384; stack_top: .text");
