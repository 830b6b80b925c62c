/* SPDX-License-Identifier: MIT */
/* percpu_ops.h - one operation on this CPU's copy of a variable in one instruction, through %fs.
 *
 * Atomic against interrupts and preemption of its own CPU, because an instruction is; not against
 * other CPUs, which have copies of their own. Variables of 1, 2 and 4 bytes, pointers included. Of
 * 8 bytes: cmpxchg8b, in a loop where it takes one. The linker refuses another size. */
#pragma once
#include "compiler.h"
#include "types.h"

extern void __bad_percpu_size(void);

/* insn on memory with a value: mov, add, and, or. */
#define __percpu_op2(insn, var, val)                                                               \
	do {                                                                                       \
		unsigned long _val = (unsigned long)(val);                                         \
		switch (sizeof(var)) {                                                             \
		case 1:                                                                            \
			__asm__ volatile(insn "b %b1, %%fs:%0"                                     \
			                 : "+m"(var)                                               \
			                 : "qi"((u8)_val)                                          \
			                 : "memory", "cc");                                        \
			break;                                                                     \
		case 2:                                                                            \
			__asm__ volatile(insn "w %w1, %%fs:%0"                                     \
			                 : "+m"(var)                                               \
			                 : "ri"((u16)_val)                                         \
			                 : "memory", "cc");                                        \
			break;                                                                     \
		case 4:                                                                            \
			__asm__ volatile(insn "l %1, %%fs:%0"                                      \
			                 : "+m"(var)                                               \
			                 : "ri"(_val)                                              \
			                 : "memory", "cc");                                        \
			break;                                                                     \
		default:                                                                           \
			__bad_percpu_size();                                                       \
		}                                                                                  \
	} while (0)

/* insn that leaves memory's old value in the register it was given one in: xchg, xadd. */
#define __percpu_swap(insn, var, val)                                                              \
	({                                                                                         \
		unsigned long _reg = (unsigned long)(val);                                         \
		switch (sizeof(var)) {                                                             \
		case 1:                                                                            \
			__asm__ volatile(insn "b %b0, %%fs:%1"                                     \
			                 : "+q"(_reg), "+m"(var)                                   \
			                 :                                                         \
			                 : "memory", "cc");                                        \
			_reg = (u8)_reg;                                                           \
			break;                                                                     \
		case 2:                                                                            \
			__asm__ volatile(insn "w %w0, %%fs:%1"                                     \
			                 : "+r"(_reg), "+m"(var)                                   \
			                 :                                                         \
			                 : "memory", "cc");                                        \
			_reg = (u16)_reg;                                                          \
			break;                                                                     \
		case 4:                                                                            \
			__asm__ volatile(insn "l %0, %%fs:%1"                                      \
			                 : "+r"(_reg), "+m"(var)                                   \
			                 :                                                         \
			                 : "memory", "cc");                                        \
			break;                                                                     \
		default:                                                                           \
			__bad_percpu_size();                                                       \
		}                                                                                  \
		_reg;                                                                              \
	})

static __always_inline u64 __percpu_cmpxchg8(u64 *var, u64 old, u64 new)
{
	__asm__ volatile("cmpxchg8b %%fs:%1"
	                 : "+A"(old), "+m"(*var)
	                 : "b"((u32) new), "c"((u32)(new >> 32))
	                 : "memory", "cc");
	return old;
}

/* Zero for zero or nothing at all: either way the value comes out whole. */
static __always_inline u64 __percpu_read8(const u64 *var)
{
	return __percpu_cmpxchg8((u64 *)var, 0, 0);
}

static __always_inline u64 __percpu_xchg8(u64 *var, u64 new)
{
	u64 old = __percpu_read8(var), seen;

	while ((seen = __percpu_cmpxchg8(var, old, new)) != old)
		old = seen;
	return old;
}

/* Returns: the value before. */
static __always_inline u64 __percpu_add8(u64 *var, u64 n)
{
	u64 old = __percpu_read8(var), seen;

	while ((seen = __percpu_cmpxchg8(var, old, old + n)) != old)
		old = seen;
	return old;
}

#define __percpu_read4(var)                                                                        \
	({                                                                                         \
		unsigned long _out = 0;                                                            \
		switch (sizeof(var)) {                                                             \
		case 1:                                                                            \
			__asm__ volatile("movb %%fs:%1, %b0" : "=q"(_out) : "m"(var));             \
			_out = (u8)_out;                                                           \
			break;                                                                     \
		case 2:                                                                            \
			__asm__ volatile("movw %%fs:%1, %w0" : "=r"(_out) : "m"(var));             \
			_out = (u16)_out;                                                          \
			break;                                                                     \
		case 4:                                                                            \
			__asm__ volatile("movl %%fs:%1, %0" : "=r"(_out) : "m"(var));              \
			break;                                                                     \
		default:                                                                           \
			__bad_percpu_size();                                                       \
		}                                                                                  \
		_out;                                                                              \
	})

#define __percpu_cmpxchg4(var, old, new)                                                           \
	({                                                                                         \
		unsigned long _old = (unsigned long)(old), _new = (unsigned long)(new);            \
		switch (sizeof(var)) {                                                             \
		case 1:                                                                            \
			__asm__ volatile("cmpxchgb %b2, %%fs:%1"                                   \
			                 : "+a"(_old), "+m"(var)                                   \
			                 : "q"(_new)                                               \
			                 : "memory", "cc");                                        \
			_old = (u8)_old;                                                           \
			break;                                                                     \
		case 2:                                                                            \
			__asm__ volatile("cmpxchgw %w2, %%fs:%1"                                   \
			                 : "+a"(_old), "+m"(var)                                   \
			                 : "r"(_new)                                               \
			                 : "memory", "cc");                                        \
			_old = (u16)_old;                                                          \
			break;                                                                     \
		case 4:                                                                            \
			__asm__ volatile("cmpxchgl %2, %%fs:%1"                                    \
			                 : "+a"(_old), "+m"(var)                                   \
			                 : "r"(_new)                                               \
			                 : "memory", "cc");                                        \
			break;                                                                     \
		default:                                                                           \
			__bad_percpu_size();                                                       \
		}                                                                                  \
		_old;                                                                              \
	})
