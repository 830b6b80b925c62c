/* SPDX-License-Identifier: MIT */
/* setjmp.h - leave a deep call at once: how a test survives a fault or a panic it asked for. */
#pragma once
#include "types.h"

struct jmp_context {
	unsigned long bx, si, di, bp, sp, ip, flags;
};

/* Returns: 0 at first, the (non-zero) value given to arch_longjmp when it comes back. */
int arch_setjmp(struct jmp_context *ctx) __attribute__((returns_twice));
void arch_longjmp(const struct jmp_context *ctx, int value) __attribute__((noreturn));
