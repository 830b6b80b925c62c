/* SPDX-License-Identifier: MIT */
/* restart.c - sends an interrupted restartable section back to its start. Owns: nr_restarts. */
#include "asm/restart.h"

struct restart_section {
	unsigned long first, commit;
};

extern const struct restart_section __start___restart_table[], __stop___restart_table[];

unsigned long nr_restarts;

void restart_interrupted_section(struct pt_regs *regs)
{
	const struct restart_section *s;

	for (s = __start___restart_table; s < __stop___restart_table; s++) {
		if (regs->ip > s->first && regs->ip <= s->commit) {
			regs->ip = s->first;
			__atomic_fetch_add(&nr_restarts, 1, __ATOMIC_RELAXED);
			return;
		}
	}
}
