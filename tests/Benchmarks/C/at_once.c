/* Several vCPUs of one VM at once, each with a thread and a device of its own on the bus that they share. */
#include <pthread.h>

#include "machine.h"

#define MOST 4
#define FIRST_PORT 0x40
#define PORTS_OF_EACH 4

struct side {
    struct group *group;
    struct machine machine;
};

struct group {
    unsigned count;
    long exits_of_each;
    struct pio_bus pio;
    struct mmio_bus mmio;
    pthread_barrier_t begin;
    pthread_barrier_t end;
    struct side sides[MOST];
};

static void run_side(struct side *side)
{
    sigset_t before;
    machine_begin_run(&before);
    check(
        machine_run(&side->machine, &side->group->pio, &side->group->mmio, side->group->exits_of_each) == 0,
        "a run of one of several vCPUs");
    machine_end_run(&before);
}

static void *serve(void *argument)
{
    struct side *side = argument;
    for (;;) {
        pthread_barrier_wait(&side->group->begin);
        run_side(side);
        pthread_barrier_wait(&side->group->end);
    }
    return NULL;
}

static void make(struct group *group, unsigned count)
{
    static const uint8_t program[] = {0xee, 0xeb, 0xfd}; /* again: out dx, al; jmp again */
    group->count = count;
    pthread_barrier_init(&group->begin, NULL, count);
    pthread_barrier_init(&group->end, NULL, count);
    for (unsigned i = 0; i < count; i++) {
        struct side *side = &group->sides[i];
        side->group = group;
        if (i == 0)
            machine_create(&side->machine, program, sizeof program);
        else
            machine_add_vcpu(&side->machine, &group->sides[0].machine, i);
        uint16_t port = (uint16_t)(FIRST_PORT + i * PORTS_OF_EACH);
        machine_set_dx(&side->machine, port);
        pio_register(&group->pio, make_device(i, port, PORTS_OF_EACH));
        pthread_t thread;
        if (i > 0)
            check(pthread_create(&thread, NULL, serve, side) == 0, "pthread_create");
    }
}

/* So many exits of all together. This thread runs the first vCPU. */
static void run_group(struct group *group, unsigned count, long exits)
{
    if (group->count == 0)
        make(group, count);
    group->exits_of_each = exits / count;
    pthread_barrier_wait(&group->begin);
    run_side(&group->sides[0]);
    pthread_barrier_wait(&group->end);
}

static struct group of_1, of_2, of_4;

void loop_at_once_1(long count) { run_group(&of_1, 1, count); }
void loop_at_once_2(long count) { run_group(&of_2, 2, count); }
void loop_at_once_4(long count) { run_group(&of_4, 4, count); }
