/* SPDX-License-Identifier: MIT */
/* bitmap.h - bits in an array of words, searched and set in runs. Bit n is bit n % BITS_PER_LONG of
 * word n / BITS_PER_LONG; size is in bits everywhere. Not atomic: the caller holds the lock. */
#pragma once
#include "lib/bitops.h"
#include "types.h"

/* The first set (clear) bit at or behind start. Returns: size when there is none. */
unsigned long find_next_bit(const unsigned long *map, unsigned long size, unsigned long start);
unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long start);

/* Set (clear) the n bits from start on. */
void bitmap_set(unsigned long *map, unsigned long start, unsigned long n);
void bitmap_clear(unsigned long *map, unsigned long start, unsigned long n);

/* How many of the n bits from start on are set. */
unsigned long bitmap_weight(const unsigned long *map, unsigned long start, unsigned long n);

/* The first run of n > 0 clear bits at or behind start that begins at a multiple of align (a power
 * of two). Returns: its first bit, or size: there is none. */
unsigned long bitmap_find_zero_area(const unsigned long *map, unsigned long size,
                                    unsigned long start, unsigned long n, unsigned long align);
