/* SPDX-License-Identifier: MIT */
/* smpboot.h - from one CPU to all of them, in three steps that init.c calls in order.
 * maxcpus=N leaves CPUs out; fail=cpu_start:N makes the N-th not answer. */
#pragma once
#include "boot/srat.h"
#include "types.h"

/* Step 1. Decide which CPUs of the MADT to start, which numbers they get, which node each belongs
 * to, and reserve the page below 1 MiB on which they begin. More than NR_CPUS are left out with a
 * message. Context: boot, memblock in charge.
 * info: of the SRAT, NULL: none. fake_nodes: of numa=fake=, 0: none; the CPUs are dealt out to
 * them. maxcpus: at most so many, 0: as many as there are room for. */
void smp_find_cpus(const struct numa_info *info, unsigned int fake_nodes, unsigned int maxcpus);

/* Step 2. Give each its per-CPU area and its pagesets, in memory of its node. A CPU for which there
 * is none is left out. Context: boot, page allocator up, before anything else loops over CPUs. */
void smp_prepare_cpus(void);

/* Step 3. Start them, one after the other, and give the page back. One that does not answer is
 * told and stays possible, but never gets online. Context: boot, interrupts on. */
void smp_start_cpus(void);

/* Called on each CPU but the first when it is up: interrupts off. Set before smp_start_cpus(). */
extern void (*cpu_startup_hook)(void);
