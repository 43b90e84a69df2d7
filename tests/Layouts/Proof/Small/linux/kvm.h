/* Our own, with every shape that KVM's header has. */
#include "../types.h"
#include <asm/kvm.h>
#define EMPTY
#define FUNCTION(x) ((x) + 1)
#define MEMBER(m, n) (offsetof(struct mixed, m) < 16 ? (int)(((n) & 15) << 4) : -1)
#define UNKNOWN (OTHER + 1)
#define BIG (1UL << 63)
#define NEGATIVE (-1)
#define GONE 1
#undef GONE
#define GET (_IOC_READ << 30 | sizeof(struct mixed) << 16 | 0xAE << 8 | 1)
enum kind { KIND_A, KIND_B = (1 << 2) };
struct bits { __u32 low : 3, high : 7, : 22; __u32 next : 1; };
# 1 "tree/asm/kvm.h"
struct mixed {
    __u8 a;
    __s16 b[3];
    union {
        struct { __u64 port; __u32 count; } io;
        unsigned long word;
    } __attribute__((aligned(8)));
    struct bits inner;
    void *where;
    __u8 rest[];
};
