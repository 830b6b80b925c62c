/* SPDX-License-Identifier: MIT */
/* percpu.h - one copy of a variable for each CPU, reached through %fs.
 *
 * The variables are linked at PERCPU_BASE, where nothing is mapped (asm/memlayout.h): &variable, or
 * what alloc_percpu() gives, is a name for all copies and faults when it is used as an address. CPU
 * n's copy lies __per_cpu_offset[n] = (n + 1) * PERCPU_UNIT_SIZE higher, and its %fs segment has
 * that offset as base, so that `%fs:variable` is this CPU's copy in one instruction, safe against
 * interrupts and preemption. A CPU that is not there has offset 0: its "copies" fault too.
 *
 *   this_cpu_*    one instruction: any context
 *   __this_cpu_*  the same for code that has to stay on its CPU anyway: the checking build tells
 *                 when it could be moved
 *   raw_cpu_*     the same, unchecked */
#pragma once
#include "asm/memlayout.h"
#include "asm/percpu_ops.h"
#include "compiler.h"
#include "types.h"

#define DEFINE_PER_CPU(type, name)  __section(".data..percpu") __typeof__(type) name
#define DECLARE_PER_CPU(type, name) extern __section(".data..percpu") __typeof__(type) name

extern unsigned long __per_cpu_offset[NR_CPUS];

/* The checking build looks whether there is such a CPU, and tells the caller when there is not:
 * the offset is then 0. */
unsigned long checked_per_cpu_offset(unsigned int cpu);
#ifdef CONFIG_DEBUG
#define per_cpu_offset(cpu) checked_per_cpu_offset(cpu)
#else
#define per_cpu_offset(cpu) (__per_cpu_offset[cpu])
#endif

/* The checking build tells when the running code could be moved to another CPU right now. */
void check_stays_on_cpu(const char *what);
#ifdef CONFIG_DEBUG
#define __this_cpu_check(what) check_stays_on_cpu(what)
#else
#define __this_cpu_check(what) ((void)0)
#endif

/* CPU cpu's copy. */
#define per_cpu_ptr(ptr, cpu) ((__typeof__(ptr))((unsigned long)(ptr) + per_cpu_offset(cpu)))
#define per_cpu(var, cpu)     (*per_cpu_ptr(&(var), cpu))

DECLARE_PER_CPU(unsigned long, this_cpu_off);
DECLARE_PER_CPU(unsigned int, cpu_number);

#define __percpu_is8(var) (sizeof(var) == 8)
#define __percpu_choose(var, expr8, expr4)                                                         \
	({                                                                                         \
		__typeof__(var) _out_ =                                                            \
			(__typeof__(var))__builtin_choose_expr(__percpu_is8(var), expr8, expr4);   \
		_out_;                                                                             \
	})
/* val as an 8-byte variable takes it; 0 for a variable of another size, perhaps a pointer. */
#define __percpu_val8(var, val)                                                                    \
	((u64)(__typeof__(__builtin_choose_expr(__percpu_is8(var), (var),                          \
	                                        0ull)))__builtin_choose_expr(__percpu_is8(var),    \
	                                                                     (val), 0))

#define raw_cpu_read(var)                                                                          \
	__percpu_choose(var, __percpu_read8((const u64 *)&(var)), __percpu_read4(var))
#define raw_cpu_write(var, val)                                                                    \
	do {                                                                                       \
		if (__percpu_is8(var))                                                             \
			__percpu_xchg8((u64 *)&(var), __percpu_val8(var, val));                    \
		else                                                                               \
			__percpu_op2("mov", var, val);                                             \
	} while (0)
#define raw_cpu_add(var, val)                                                                      \
	do {                                                                                       \
		if (__percpu_is8(var))                                                             \
			__percpu_add8((u64 *)&(var), __percpu_val8(var, val));                     \
		else                                                                               \
			__percpu_op2("add", var, val);                                             \
	} while (0)
#define raw_cpu_sub(var, val) raw_cpu_add(var, -(__typeof__(var))(val))
#define raw_cpu_inc(var)      raw_cpu_add(var, 1)
#define raw_cpu_dec(var)      raw_cpu_add(var, -1)
#define raw_cpu_and(var, val) __percpu_op2("and", var, val)
#define raw_cpu_or(var, val)  __percpu_op2("or", var, val)
/* The value before. */
#define raw_cpu_xchg(var, val)                                                                     \
	__percpu_choose(var, __percpu_xchg8((u64 *)&(var), __percpu_val8(var, val)),               \
	                __percpu_swap("xchg", var, val))
#define raw_cpu_fetch_add(var, val)                                                                \
	__percpu_choose(var, __percpu_add8((u64 *)&(var), __percpu_val8(var, val)),                \
	                __percpu_swap("xadd", var, val))
/* The value before: new is there now if it was old. */
#define raw_cpu_cmpxchg(var, old, new)                                                             \
	__percpu_choose(var,                                                                       \
	                __percpu_cmpxchg8((u64 *)&(var), __percpu_val8(var, old),                  \
	                                  __percpu_val8(var, new)),                                \
	                __percpu_cmpxchg4(var, old, new))
/* The value afterwards. */
#define raw_cpu_add_return(var, val)                                                               \
	({                                                                                         \
		__typeof__(var) _n = (__typeof__(var))(val);                                       \
		(__typeof__(var))(raw_cpu_fetch_add(var, _n) + _n);                                \
	})

#define this_cpu_read(var)              raw_cpu_read(var)
#define this_cpu_write(var, val)        raw_cpu_write(var, val)
#define this_cpu_add(var, val)          raw_cpu_add(var, val)
#define this_cpu_sub(var, val)          raw_cpu_sub(var, val)
#define this_cpu_inc(var)               raw_cpu_inc(var)
#define this_cpu_dec(var)               raw_cpu_dec(var)
#define this_cpu_and(var, val)          raw_cpu_and(var, val)
#define this_cpu_or(var, val)           raw_cpu_or(var, val)
#define this_cpu_xchg(var, val)         raw_cpu_xchg(var, val)
#define this_cpu_fetch_add(var, val)    raw_cpu_fetch_add(var, val)
#define this_cpu_cmpxchg(var, old, new) raw_cpu_cmpxchg(var, old, new)
#define this_cpu_add_return(var, val)   raw_cpu_add_return(var, val)
#define this_cpu_inc_return(var)        raw_cpu_add_return(var, 1)
#define this_cpu_dec_return(var)        raw_cpu_add_return(var, -1)

#define __this_cpu_read(var) (__this_cpu_check("__this_cpu_read"), raw_cpu_read(var))
#define __this_cpu_write(var, val)                                                                 \
	do {                                                                                       \
		__this_cpu_check("__this_cpu_write");                                              \
		raw_cpu_write(var, val);                                                           \
	} while (0)
#define __this_cpu_add(var, val)                                                                   \
	do {                                                                                       \
		__this_cpu_check("__this_cpu_add");                                                \
		raw_cpu_add(var, val);                                                             \
	} while (0)
#define __this_cpu_sub(var, val)  __this_cpu_add(var, -(__typeof__(var))(val))
#define __this_cpu_inc(var)       __this_cpu_add(var, 1)
#define __this_cpu_dec(var)       __this_cpu_add(var, -1)
#define __this_cpu_xchg(var, val) (__this_cpu_check("__this_cpu_xchg"), raw_cpu_xchg(var, val))
#define __this_cpu_add_return(var, val)                                                            \
	(__this_cpu_check("__this_cpu_add_return"), raw_cpu_add_return(var, val))

/* A pointer to this CPU's copy. It stays right only while the caller stays on this CPU. */
#define raw_cpu_ptr(ptr) ((__typeof__(ptr))((unsigned long)(ptr) + raw_cpu_read(this_cpu_off)))
#define this_cpu_ptr(ptr)                                                                          \
	((__typeof__(ptr))(__this_cpu_check("this_cpu_ptr"), (unsigned long)raw_cpu_ptr(ptr)))

#define raw_smp_processor_id() raw_cpu_read(cpu_number)
#define smp_processor_id()     (__this_cpu_check("smp_processor_id"), raw_smp_processor_id())

/* Copy the template for the boot CPU and map the copy at the start of its unit.
 * Context: boot, before any per-CPU variable is used; __supported_pte_mask is right. */
void setup_boot_cpu_area(void);
