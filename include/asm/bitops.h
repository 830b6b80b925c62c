/* SPDX-License-Identifier: MIT */
/* bitops.h - one bit of an array in one instruction. Not atomic. */
#pragma once
#include "types.h"

/* Set bit nr. Returns: whether it was set before. */
static __attribute__((always_inline)) inline bool __test_and_set_bit(unsigned long nr,
                                                                     unsigned long *map)
{
	bool was;

	__asm__("btsl %2, (%1)" : "=@ccc"(was) : "r"(map), "r"(nr) : "memory");
	return was;
}
