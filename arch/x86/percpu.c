/* SPDX-License-Identifier: MIT */
/* percpu.c - the per-CPU areas. Owns: __per_cpu_offset.
 * The template in .data..percpu is never written: each CPU works on a copy. */
#include "asm/percpu.h"
#include "asm/sections.h"
#include "lib/string.h"

unsigned long __per_cpu_offset[NR_CPUS];
DEFINE_PER_CPU(unsigned long, this_cpu_off);
DEFINE_PER_CPU(unsigned int, cpu_number);

void setup_boot_cpu_area(void)
{
	memcpy(__boot_cpu_area, __per_cpu_start, (size_t)(__per_cpu_end - __per_cpu_start));
	__per_cpu_offset[0] = (unsigned long)(__boot_cpu_area - __per_cpu_start);
	per_cpu(this_cpu_off, 0) = __per_cpu_offset[0];
	per_cpu(cpu_number, 0) = 0;
}
