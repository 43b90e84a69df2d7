/* A VM with a vCPU in real mode, and its run loop. */
#ifndef MACHINE_H
#define MACHINE_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "loops.h"

struct kvm_run;

struct machine {
    int vm;
    int vcpu;
    void *memory;
    struct kvm_run *run;
    size_t run_size;
    struct pio_bus pio;
    struct mmio_bus mmio;
};

/* A VM with memory and a program, and its vCPU 0. */
void machine_create(struct machine *machine, const uint8_t *program, size_t length);

/* Another vCPU of the VM, as a machine that shares its memory. */
void machine_add_vcpu(struct machine *machine, const struct machine *first, unsigned long id);

/* Which port a program finds in dx. */
void machine_set_dx(struct machine *machine, uint16_t port);

/* A run that others can interrupt, by a signal with a handler and kvm_run's immediate_exit. */
void machine_begin_run(sigset_t *before);
void machine_end_run(const sigset_t *before);

/* Runs until the guest halts, is interrupted, or so many exits were handled on the buses. */
int machine_run(struct machine *machine, struct pio_bus *pio, struct mmio_bus *mmio, long exits);

#endif
