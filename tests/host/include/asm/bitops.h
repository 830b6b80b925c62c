/* SPDX-License-Identifier: MIT */
/* bitops.h - one bit of an array. Not atomic. */
#pragma once
#include "lib/bitops.h"

static inline bool __test_and_set_bit(unsigned long nr, unsigned long *map)
{
	bool was = test_bit(nr, map);

	__set_bit(nr, map);
	return was;
}
