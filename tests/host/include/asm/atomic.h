/* SPDX-License-Identifier: MIT */
/* atomic.h - by the compiler's builtins. */
#pragma once
#include "types.h"

static inline bool atomic_dec_and_test(int *v)
{
	return __atomic_sub_fetch(v, 1, __ATOMIC_ACQ_REL) == 0;
}
