/* SPDX-License-Identifier: MIT */
/* percpu_offset.c - which CPU this is and how far its copies lie. Owns: __per_cpu_offset and each
 * CPU's copy of its own number. Below printing and panic, which ask. */
#include "asm/percpu.h"

unsigned long __per_cpu_offset[NR_CPUS];
DEFINE_PER_CPU(unsigned long, this_cpu_off);
DEFINE_PER_CPU(unsigned int, cpu_number);
