/* SPDX-License-Identifier: MIT */
/* bitmap.c - runs of bits, a word at a time. Owns: nothing. Context: any. */
#include "lib/bitmap.h"
#include "kernel.h"

/* The first bit at or behind start that is set in map ^ flip. */
static unsigned long find_next(const unsigned long *map, unsigned long size, unsigned long start,
                               unsigned long flip)
{
	unsigned long i = start / BITS_PER_LONG, word;

	if (start >= size)
		return size;
	word = (map[i] ^ flip) & (~0ul << (start % BITS_PER_LONG));
	while (!word) {
		if (++i * BITS_PER_LONG >= size)
			return size;
		word = map[i] ^ flip;
	}
	return min(i * BITS_PER_LONG + __ffs(word), size);
}

unsigned long find_next_bit(const unsigned long *map, unsigned long size, unsigned long start)
{
	return find_next(map, size, start, 0);
}

unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long start)
{
	return find_next(map, size, start, ~0ul);
}

/* The bits of [start, start + n) that lie in start's word, n > 0. */
static unsigned long bits_in_word(unsigned long start, unsigned long n)
{
	unsigned long first = start % BITS_PER_LONG, most = BITS_PER_LONG - first;

	return (n < most ? BIT(n) - 1 : ~0ul >> first) << first;
}

/* How many of n bits from start on lie in start's word. */
static unsigned long step(unsigned long start, unsigned long n)
{
	return min(n, BITS_PER_LONG - start % BITS_PER_LONG);
}

void bitmap_set(unsigned long *map, unsigned long start, unsigned long n)
{
	for (unsigned long k; n; start += k, n -= k) {
		map[start / BITS_PER_LONG] |= bits_in_word(start, n);
		k = step(start, n);
	}
}

void bitmap_clear(unsigned long *map, unsigned long start, unsigned long n)
{
	for (unsigned long k; n; start += k, n -= k) {
		map[start / BITS_PER_LONG] &= ~bits_in_word(start, n);
		k = step(start, n);
	}
}

unsigned long bitmap_weight(const unsigned long *map, unsigned long start, unsigned long n)
{
	unsigned long sum = 0;

	for (unsigned long k; n; start += k, n -= k) {
		sum += hweight(map[start / BITS_PER_LONG] & bits_in_word(start, n));
		k = step(start, n);
	}
	return sum;
}

unsigned long bitmap_find_zero_area(const unsigned long *map, unsigned long size,
                                    unsigned long start, unsigned long n, unsigned long align)
{
	for (;;) {
		unsigned long next;

		start = ALIGN(find_next_zero_bit(map, size, start), align);
		if (start >= size || n > size - start)
			return size;
		next = find_next_bit(map, start + n, start);
		if (next == start + n)
			return start;
		start = next + 1;
	}
}
