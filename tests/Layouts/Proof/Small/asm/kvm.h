/* Our own, for tests. */
#define SIGNATURE "KVM"
struct bits;
