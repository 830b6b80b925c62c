/* SPDX-License-Identifier: MIT */
/* div64.h - the hardware's 64 by 32 bit division. */
#pragma once
#include "types.h"

/* n / d with n's upper half below d, so that the quotient fits 32 bits. */
static inline u32 div_64_32(u64 n, u32 d, u32 *rem)
{
	u32 q;

	__asm__("divl %4" : "=a"(q), "=d"(*rem) : "0"((u32)n), "1"((u32)(n >> 32)), "rm"(d));
	return q;
}
