/* SPDX-License-Identifier: MIT */
/* preempt.h - the count that stands against preemption, as this CPU keeps it.
 *
 * Bit 31 is set while nobody else asks for the CPU. So the whole word is 0 exactly when the running
 * code may be preempted AND should be: the decrement that ends a section tells both by its flags.
 */
#pragma once
#include "compiler.h"
#include "types.h"

#define PREEMPT_NO_RESCHED 0x80000000u

/* var -= 1 of this CPU's copy. Returns: whether the whole word is 0 now. */
#define raw_cpu_dec_and_test(var)                                                                  \
	({                                                                                         \
		bool _zero;                                                                        \
		__asm__ volatile("decl %%fs:%0" : "+m"(var), "=@ccz"(_zero) : : "memory");         \
		_zero;                                                                             \
	})

/* var -= n. Returns: as above. */
#define raw_cpu_sub_and_test(var, n)                                                               \
	({                                                                                         \
		bool _zero;                                                                        \
		__asm__ volatile("subl %2, %%fs:%0"                                                \
		                 : "+m"(var), "=@ccz"(_zero)                                       \
		                 : "i"(n)                                                          \
		                 : "memory");                                                      \
		_zero;                                                                             \
	})

/* Is this bit pattern in this CPU's copy all zeroes? One instruction. */
#define raw_cpu_test_zero(var, mask)                                                               \
	({                                                                                         \
		bool _zero;                                                                        \
		__asm__ volatile("testl %2, %%fs:%1" : "=@ccz"(_zero) : "m"(var), "i"(mask));      \
		_zero;                                                                             \
	})

/* Let whoever is asking run. All registers are kept (arch/x86/switch.asm). */
static __always_inline void __preempt_schedule(void)
{
	__asm__ volatile("call preempt_schedule_thunk" : : : "memory", "cc");
}
