/* SPDX-License-Identifier: MIT */
/* traps.h - exceptions: their numbers and what an oops says. */
#pragma once
#include "asm/ptrace.h"
#include "compiler.h"

enum {
	X86_TRAP_DE = 0,
	X86_TRAP_DB = 1,
	X86_TRAP_NMI = 2,
	X86_TRAP_BP = 3,
	X86_TRAP_UD = 6,
	X86_TRAP_NM = 7,
	X86_TRAP_DF = 8,
	X86_TRAP_GP = 13,
	X86_TRAP_PF = 14,
	NR_EXCEPTIONS = 32,
};

enum {
	X86_PF_PROT = 0x01, /* 0: no page there, 1: rights violated */
	X86_PF_WRITE = 0x02,
	X86_PF_USER = 0x04,
	X86_PF_RSVD = 0x08,  /* a reserved bit is set in an entry */
	X86_PF_INSTR = 0x10, /* instruction fetch */
};

/* Entry point of entry.asm for every vector. Context: interrupts off. */
void trap_dispatch(struct pt_regs *regs);

/* Called for debug traps when set: tests step through code with EFLAGS.TF. */
extern void (*single_step_hook)(struct pt_regs *regs);
#define X86_EFLAGS_TF 0x100u

/* Called for non-maskable interrupts when set. Returns: whether it knows the reason. */
extern bool (*nmi_hook)(struct pt_regs *regs);

/* Name of an exception ("page fault"), for 0..31. */
const char *trap_name(unsigned long trapno);

/* Tell everything about a fault that nobody handles: one MMBUG line, the decoded error code, the
 * page-table walk of the address, registers, symbols. Then come back to a waiting test, or panic.
 */
void oops(struct pt_regs *regs, unsigned long address) __noreturn;

/* Print the registers. */
void show_regs(const struct pt_regs *regs);
