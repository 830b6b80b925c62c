/* SPDX-License-Identifier: MIT */
/* string.h - the string instructions behind memset and memcpy. */
#pragma once
#include "types.h"

static inline void rep_stosb(void *dst, int c, size_t n)
{
	u32 word = (u8)c * 0x01010101u;
	size_t words = n / 4;

	__asm__ volatile("rep stosl" : "+D"(dst), "+c"(words) : "a"(word) : "memory");
	n &= 3;
	__asm__ volatile("rep stosb" : "+D"(dst), "+c"(n) : "a"(c) : "memory");
}

static inline void rep_movsb(void *dst, const void *src, size_t n)
{
	size_t words = n / 4;

	__asm__ volatile("rep movsl" : "+D"(dst), "+S"(src), "+c"(words) : : "memory");
	n &= 3;
	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
}
