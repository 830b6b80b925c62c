/* SPDX-License-Identifier: MIT */
/* percpu.h - one copy of a variable for each CPU, as on the machine: the linker gathers the
 * variables in one section, which is the template, and CPU n works on a copy at template +
 * __per_cpu_offset[n]. A test says which CPU it plays by setting host_cpu. The template itself is
 * poisoned while tests run, so that code which forgets this_cpu_ptr() is caught. */
#pragma once
#include "compiler.h"
#include "types.h"

#define NR_CPUS 8

#define DEFINE_PER_CPU(type, name)  __section("percpu_data") __typeof__(type) name
#define DECLARE_PER_CPU(type, name) extern __section("percpu_data") __typeof__(type) name

extern unsigned long __per_cpu_offset[NR_CPUS];
extern unsigned int host_cpu;

#define per_cpu_ptr(ptr, cpu) ((__typeof__(ptr))((unsigned long)(ptr) + __per_cpu_offset[cpu]))
#define per_cpu(var, cpu)     (*per_cpu_ptr(&(var), cpu))

#define this_cpu_ptr(ptr)        per_cpu_ptr(ptr, host_cpu)
#define this_cpu_read(var)       (*this_cpu_ptr(&(var)))
#define this_cpu_write(var, val) ((void)(this_cpu_read(var) = (val)))
#define this_cpu_add(var, val)   ((void)(this_cpu_read(var) += (val)))
#define this_cpu_inc(var)        this_cpu_add(var, 1)
#define this_cpu_dec(var)        this_cpu_add(var, -1)

#define smp_processor_id() (host_cpu)
