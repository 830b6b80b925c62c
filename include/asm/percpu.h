/* SPDX-License-Identifier: MIT */
/* percpu.h - one copy of a variable for each CPU, reached through %fs.
 *
 * The linker gathers the variables in .data..percpu, which is the template. CPU n works on a copy
 * at template + __per_cpu_offset[n]; its %fs segment has that offset as base, so that
 * `%fs:variable` is this CPU's copy in one instruction, safe against interrupts and preemption. */
#pragma once
#include "compiler.h"
#include "types.h"

#define NR_CPUS 8

#define DEFINE_PER_CPU(type, name)  __section(".data..percpu") __typeof__(type) name
#define DECLARE_PER_CPU(type, name) extern __section(".data..percpu") __typeof__(type) name

extern unsigned long __per_cpu_offset[NR_CPUS];

#define per_cpu_ptr(ptr, cpu) ((__typeof__(ptr))((unsigned long)(ptr) + __per_cpu_offset[cpu]))
#define per_cpu(var, cpu)     (*per_cpu_ptr(&(var), cpu))

DECLARE_PER_CPU(unsigned long, this_cpu_off);
DECLARE_PER_CPU(unsigned int, cpu_number);

/* 4-byte variables only; the linker refuses another size (__bad_percpu_size). */
extern void __bad_percpu_size(void);

#define __percpu_op(insn, var, val)                                                                \
	do {                                                                                       \
		if (sizeof(var) != 4)                                                              \
			__bad_percpu_size();                                                       \
		__asm__ volatile(insn " %1, %%fs:%0" : "+m"(var) : "ri"(val) : "memory", "cc");    \
	} while (0)

#define this_cpu_read(var)                                                                         \
	({                                                                                         \
		__typeof__(var) _v;                                                                \
		if (sizeof(var) != 4)                                                              \
			__bad_percpu_size();                                                       \
		__asm__ volatile("movl %%fs:%1, %0" : "=r"(_v) : "m"(var));                        \
		_v;                                                                                \
	})
#define this_cpu_write(var, val) __percpu_op("movl", var, val)
#define this_cpu_add(var, val)   __percpu_op("addl", var, val)
#define this_cpu_inc(var)        this_cpu_add(var, 1)
#define this_cpu_dec(var)        this_cpu_add(var, -1)

/* A pointer to this CPU's copy. It stays right only while the caller stays on this CPU. */
#define this_cpu_ptr(ptr) ((__typeof__(ptr))((unsigned long)(ptr) + this_cpu_read(this_cpu_off)))

#define smp_processor_id() this_cpu_read(cpu_number)

/* Copy the template for the boot CPU and point __per_cpu_offset[0] at it.
 * Context: first thing in kernel_main, before any per-CPU variable is written. */
void setup_boot_cpu_area(void);
