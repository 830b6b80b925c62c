/* SPDX-License-Identifier: MIT */
/* uaccess.h - reads that may fault, each with a fixup in the exception table. */
#pragma once
#include "asm/ptrace.h"
#include "types.h"

/* Read a word that may not be there. Returns: false when the address faults.
 * Context: any. For reports that must look at a suspect pointer. */
static inline bool probe_kernel_word(const void *va, unsigned long *out)
{
	unsigned long word = 0, ok = 0;

	__asm__ volatile("1:\tmovl (%2), %0\n\t"
	                 "movl $1, %1\n"
	                 "2:\n\t"
	                 ".pushsection __ex_table, \"a\"\n\t"
	                 ".long 1b, 2b\n\t"
	                 ".popsection"
	                 : "+r"(word), "+r"(ok)
	                 : "r"(va)
	                 : "memory");
	*out = word;
	return ok;
}

/* Send a fault at regs->ip to its fixup, if the instruction has one. */
bool fixup_exception(struct pt_regs *regs);
