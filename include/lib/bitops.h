/* SPDX-License-Identifier: MIT */
/* bitops.h - single bits and bit arrays (arrays of unsigned long, bit 0 first).
 * The plain forms are not atomic: the caller holds the lock or owns the word. */
#pragma once
#include "kernel.h"

#define BITS_PER_LONG    (sizeof(unsigned long) * 8)
#define BITS_TO_LONGS(n) DIV_ROUND_UP(n, BITS_PER_LONG)
#define BIT(n)           (1ul << (n))

#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

static inline bool test_bit(unsigned long nr, const unsigned long *map)
{
	return map[nr / BITS_PER_LONG] >> (nr % BITS_PER_LONG) & 1;
}

static inline void __set_bit(unsigned long nr, unsigned long *map)
{
	map[nr / BITS_PER_LONG] |= BIT(nr % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned long nr, unsigned long *map)
{
	map[nr / BITS_PER_LONG] &= ~BIT(nr % BITS_PER_LONG);
}

/* Index of the lowest set bit. word must not be 0. */
static inline unsigned int __ffs(unsigned long word)
{
	return (unsigned int)__builtin_ctzl(word);
}

/* Index of the highest set bit. word must not be 0. */
static inline unsigned int __fls(unsigned long word)
{
	return (unsigned int)(BITS_PER_LONG - 1) - (unsigned int)__builtin_clzl(word);
}

/* Number of the highest set bit counted from 1; 0 for 0. */
static inline unsigned int fls(unsigned long word)
{
	return word ? __fls(word) + 1 : 0;
}

/* Number of set bits (no libgcc call, so not __builtin_popcount). */
static inline unsigned int hweight(unsigned long word)
{
	unsigned int n = 0;

	for (; word; word &= word - 1)
		n++;
	return n;
}

/* Largest power of two <= n. n must not be 0. */
static inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return BIT(__fls(n));
}

/* Smallest power of two >= n. n must not be 0. */
static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : BIT(fls(n - 1));
}
