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

#define per_cpu_offset(cpu)   (__per_cpu_offset[cpu])
#define per_cpu_ptr(ptr, cpu) ((__typeof__(ptr))((unsigned long)(ptr) + __per_cpu_offset[cpu]))
#define per_cpu(var, cpu)     (*per_cpu_ptr(&(var), cpu))

#define raw_cpu_ptr(ptr)          per_cpu_ptr(ptr, host_cpu)
#define raw_cpu_read(var)         (*raw_cpu_ptr(&(var)))
#define raw_cpu_write(var, val)   ((void)(raw_cpu_read(var) = (val)))
#define raw_cpu_add(var, val)     ((void)(raw_cpu_read(var) += (val)))
#define raw_cpu_sub(var, val)     ((void)(raw_cpu_read(var) -= (val)))
#define raw_cpu_and(var, val)     ((void)(raw_cpu_read(var) &= (val)))
#define raw_cpu_or(var, val)      ((void)(raw_cpu_read(var) |= (val)))
#define raw_cpu_xchg(var, val)    __atomic_exchange_n(raw_cpu_ptr(&(var)), val, __ATOMIC_RELAXED)
#define raw_cpu_fetch_add(var, n) __atomic_fetch_add(raw_cpu_ptr(&(var)), n, __ATOMIC_RELAXED)
#define raw_cpu_cmpxchg(var, old, new)                                                             \
	({                                                                                         \
		__typeof__(var) _old = (old);                                                      \
		__atomic_compare_exchange_n(raw_cpu_ptr(&(var)), &_old, new, false,                \
		                            __ATOMIC_RELAXED, __ATOMIC_RELAXED);                   \
		_old;                                                                              \
	})

#define this_cpu_ptr(ptr)               raw_cpu_ptr(ptr)
#define this_cpu_read(var)              raw_cpu_read(var)
#define this_cpu_write(var, val)        raw_cpu_write(var, val)
#define this_cpu_add(var, val)          raw_cpu_add(var, val)
#define this_cpu_sub(var, val)          raw_cpu_sub(var, val)
#define this_cpu_inc(var)               raw_cpu_add(var, 1)
#define this_cpu_dec(var)               raw_cpu_sub(var, 1)
#define this_cpu_and(var, val)          raw_cpu_and(var, val)
#define this_cpu_or(var, val)           raw_cpu_or(var, val)
#define this_cpu_xchg(var, val)         raw_cpu_xchg(var, val)
#define this_cpu_fetch_add(var, n)      raw_cpu_fetch_add(var, n)
#define this_cpu_cmpxchg(var, old, new) raw_cpu_cmpxchg(var, old, new)
#define this_cpu_add_return(var, n)     (raw_cpu_add(var, n), raw_cpu_read(var))

#define smp_processor_id()     (host_cpu)
#define raw_smp_processor_id() (host_cpu)
