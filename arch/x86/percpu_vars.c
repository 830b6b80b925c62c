/* SPDX-License-Identifier: MIT */
/* percpu_vars.c - where this CPU's copies lie, and its number: below everything that prints.
 * Owns: __per_cpu_offset, which percpu.c fills in. */
#include "asm/percpu.h"

unsigned long __per_cpu_offset[NR_CPUS];
DEFINE_PER_CPU(unsigned long, this_cpu_off);
DEFINE_PER_CPU(unsigned int, cpu_number);
