/* SPDX-License-Identifier: MIT */
/* room.c - what loops keep their pages in. Owns: room for pointers, numbers in random order. */
#include "loops.h"

enum { HELD_ORDER = 2, SHUFFLED_ORDER = 2 };
_Static_assert(BENCH_MAX_HELD * sizeof(void *) <= PAGE_SIZE << HELD_ORDER, "room for what is held");
_Static_assert(2 * BENCH_MAX_HELD * sizeof(u16) <= PAGE_SIZE << SHUFFLED_ORDER, "room for numbers");

void **bench_held;
static u16 *shuffled; /* for each power of two n: n numbers from index n on */

static void shuffle(u16 *numbers, unsigned int n)
{
	u32 state = BENCH_SEED;

	for (unsigned int i = 0; i < n; i++)
		numbers[i] = (u16)i;
	for (unsigned int i = n - 1; i; i--) {
		unsigned int k = bench_random(&state) % (i + 1);
		u16 other = numbers[k];

		numbers[k] = numbers[i];
		numbers[i] = other;
	}
}

const u16 *bench_shuffled(unsigned int n)
{
	return shuffled + n;
}

bool bench_get_room(void)
{
	bench_held = (void **)__get_free_pages(GFP_KERNEL, HELD_ORDER);
	shuffled = (u16 *)__get_free_pages(GFP_KERNEL, SHUFFLED_ORDER);
	for (unsigned int n = 2; shuffled && n <= BENCH_MAX_HELD; n *= 2)
		shuffle(shuffled + n, n);
	return bench_held && shuffled;
}

void bench_put_room(void)
{
	free_pages((unsigned long)bench_held, HELD_ORDER);
	free_pages((unsigned long)shuffled, SHUFFLED_ORDER);
}
