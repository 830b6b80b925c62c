/* SPDX-License-Identifier: MIT */
/* extable.c - instructions that are allowed to fault and where they go on. Owns: nothing. */
#include "asm/uaccess.h"

struct exception_entry {
	unsigned long insn, fixup;
};

extern const struct exception_entry __start___ex_table[], __stop___ex_table[];

bool fixup_exception(struct pt_regs *regs)
{
	const struct exception_entry *e;

	for (e = __start___ex_table; e < __stop___ex_table; e++) {
		if (e->insn == regs->ip) {
			regs->ip = e->fixup;
			return true;
		}
	}
	return false;
}
