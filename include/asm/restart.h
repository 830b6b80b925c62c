/* SPDX-License-Identifier: MIT */
/* restart.h - restartable sections: a few instructions that are atomic against interrupts and
 * preemption of their own CPU without switching interrupts off.
 *
 * A section reads, decides, and ends with ONE instruction that commits by a single store. An
 * interrupt that arrives after the section began and before the commit was executed sends the
 * interrupted code back to the section's first instruction, so that it never acts on what it read
 * before. Nothing needs undoing, because nothing was visible before the commit. The sections are
 * listed in __restart_table as {first instruction, commit instruction}.
 * Cost: nothing on the path itself, a look at the table in each interrupt.
 * Source: Bershad, Redell and Ellis, "Fast Mutual Exclusion for Uniprocessors", 1992 (Linux's
 * rseq does the same for user space). */
#pragma once
#include "asm/ptrace.h"

/* In assembly: local label 1 begins the section, label 2 is the commit instruction. */
#define RESTART_TABLE_ENTRY                                                                        \
	".pushsection __restart_table, \"a\"\n\t"                                                  \
	".long 1b, 2b\n\t"                                                                         \
	".popsection\n\t"

/* The end of every section that pops: %1 is where, below %fs, a stack's top pointer lies; %0
 * becomes the entry. There is none where the top entry is 0: to label `empty`. */
#define RESTART_POP                                                                                \
	"movl %%fs:(%1), %0\n\t"                                                                   \
	"movl (%0), %0\n\t"                                                                        \
	"testl %0, %0\n\t"                                                                         \
	"jz %l[empty]\n"                                                                           \
	"2:\tsubl $4, %%fs:(%1)\n\t" /* commit */                                                  \
		RESTART_TABLE_ENTRY

/* Called first in every interrupt: move regs->ip back if it stands inside a section. */
void restart_interrupted_section(struct pt_regs *regs);

/* How many interrupts have sent a section back: shown by tests. */
extern unsigned long nr_restarts;
