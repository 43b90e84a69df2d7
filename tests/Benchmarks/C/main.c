/* Reads "NAME COUNT" lines; makes so many mappings where NAME is mappings, and else answers each with the nanoseconds and the processor's nanoseconds that one
   of COUNT took, and with the bytes that it allocated in managed memory, which in C are none. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "loops.h"

static const struct {
    const char *name;
    void (*run)(long count);
} loops[] = {
    {"pio", loop_pio},
    {"mmio", loop_mmio},
    {"string", loop_string},
    {"immediate", loop_immediate},
    {"version", loop_version},
    {"extension", loop_extension},
    {"create", loop_create},
    {"at-once-1", loop_at_once_1},
    {"at-once-2", loop_at_once_2},
    {"at-once-4", loop_at_once_4},
    {"dispatch-pio-1", loop_dispatch_pio_1},
    {"dispatch-pio-10", loop_dispatch_pio_10},
    {"dispatch-pio-100", loop_dispatch_pio_100},
    {"dispatch-pio-1000", loop_dispatch_pio_1000},
    {"dispatch-mmio-1000", loop_dispatch_mmio_1000},
};

void check(int succeeded, const char *what)
{
    if (!succeeded) {
        fprintf(stderr, "%s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static double nanoseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

static int run(const char *name, long count)
{
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        if (strcmp(loops[i].name, name) == 0) {
            double elapsed = nanoseconds(CLOCK_MONOTONIC);
            double processor = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
            loops[i].run(count);
            processor = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - processor;
            elapsed = nanoseconds(CLOCK_MONOTONIC) - elapsed;
            printf("%.4f %.4f 0\n", elapsed / count, processor / count);
            fflush(stdout);
            return 0;
        }
    }
    fprintf(stderr, "there is no loop %s\n", name);
    return 1;
}

static long count_mappings(void)
{
    long lines = 0;
    int character;
    FILE *maps = fopen("/proc/self/maps", "r");
    check(maps != NULL, "/proc/self/maps");
    while ((character = fgetc(maps)) != EOF)
        lines += character == '\n';
    fclose(maps);
    return lines;
}

/* Fills the address space up to so many mappings, half of them with pages. KVM_CREATE_VM locks each mapping
   of its process (mm_take_all_locks), and a process has many or few whatever it does with VMs. */
static void make_mappings(long wanted)
{
    long page = sysconf(_SC_PAGESIZE);
    long more = wanted - count_mappings();
    if (more <= 0)
        return;
    char *start = mmap(NULL, more * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(start != MAP_FAILED, "mmap");
    for (long i = 0; i < more; i += 2) {
        check(mprotect(start + i * page, page, PROT_READ | PROT_WRITE) == 0, "mprotect");
        start[i * page] = 1;
    }
}

/* Every VMM has more threads than one, as the runtime's process has. It matters: while a process has only
   one, the kernel finds its files without counting references to them. */
static void *wait_for_ever(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

int main(void)
{
    char name[64];
    long count;
    pthread_t other;
    check(pthread_create(&other, NULL, wait_for_ever, NULL) == 0, "pthread_create");
    while (scanf("%63s %ld", name, &count) == 2) {
        if (strcmp(name, "mappings") == 0)
            make_mappings(count);
        else if (run(name, count) != 0)
            return 2;
    }
    return 0;
}
