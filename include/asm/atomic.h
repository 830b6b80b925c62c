/* SPDX-License-Identifier: MIT */
/* atomic.h - the one atomic step that the compiler's builtins do in more instructions. */
#pragma once
#include "compiler.h"
#include "types.h"

/* Subtract one. Returns: whether the result is 0. (A builtin would load the value as well.) */
static __always_inline bool atomic_dec_and_test(int *v)
{
	bool zero;

	__asm__ volatile("lock decl %0" : "+m"(*v), "=@ccz"(zero) : : "memory");
	return zero;
}
