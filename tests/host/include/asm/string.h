/* SPDX-License-Identifier: MIT */
/* string.h - the string instructions as loops; volatile, or the compiler would call memset. */
#pragma once
#include "types.h"

static inline void rep_stosb(void *dst, int c, size_t n)
{
	for (volatile u8 *p = dst; n--;)
		*p++ = (u8)c;
}

static inline void rep_movsb(void *dst, const void *src, size_t n)
{
	const u8 *from = src;

	for (volatile u8 *p = dst; n--;)
		*p++ = *from++;
}
