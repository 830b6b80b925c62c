/* SPDX-License-Identifier: MIT */
/* measure.c - how a benchmark is measured. Owns: nothing.
 * Ticks are masked while a loop runs, so that none falls into the figure. Where counts are time,
 * the least of some runs is taken: what else the host does only adds. */
#include "loops.h"

enum { WARM_UP = 3000, TRIES = 5 };

static noinline void loop_empty(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		barrier();
}

static noinline u64 measure(void (*loop)(unsigned long n), unsigned long n)
{
	unsigned int ticks = bench_mask_ticks();
	u64 before = bench_clock();

	loop(n);
	before = bench_clock() - before;
	bench_unmask_ticks(ticks);
	return before;
}

/* A thousand more turns of a loop of a few instructions must cost a few thousand, exactly. */
bool clock_counts_instructions(void)
{
	u64 one = measure(loop_empty, 1000), two = measure(loop_empty, 2000);
	u64 more = two - one;

	return two > one && more >= 2000 && more <= 8000 && div64_u64(more, 1000) * 1000 == more &&
	       measure(loop_empty, 2000) == two;
}

static u64 measure_once(const struct bench *b)
{
	u64 empty = measure(loop_empty, b->n), loop = measure(b->loop, b->n);

	return loop > empty ? loop - empty : 0;
}

u64 bench_measure(const struct bench *b)
{
	unsigned int tries = clock_counts_instructions() ? 1 : TRIES;
	u64 least = ~0ull;

	measure(b->loop, DIV_ROUND_UP(WARM_UP, b->per));
	while (tries--)
		least = min(least, measure_once(b));
	return least;
}

/* --- telling ---------------------------------------------------------------------------------- */

static unsigned long troubles; /* bench_troubles() when the figures began */

void bench_begin(void)
{
	troubles = bench_troubles();
}

void bench_left_out(const char *name, const char *why)
{
	bench_say("# %s: no figure, %s\n", name, why);
}

static bool is_spoiled(const char *name)
{
	if (bench_troubles() == troubles)
		return false;
	bench_left_out(name, "an allocation failed");
	return true;
}

void bench_print(const char *name, u64 total, u64 operations)
{
	u64 tenths = div64_u64(total * 10, operations), whole = div64_u64(tenths, 10);

	if (is_spoiled(name))
		return;
	bench_say("BENCH %s %llu.%u n=%llu\n", name, whole, (unsigned int)(tenths - whole * 10),
	          operations);
}

void bench_print_hundredths(const char *name, u64 hundredths, u64 operations)
{
	u64 whole = div64_u64(hundredths, 100);

	if (is_spoiled(name))
		return;
	bench_say("BENCH %s %llu.%02u n=%llu\n", name, whole,
	          (unsigned int)(hundredths - whole * 100), operations);
}

/* --- a list ----------------------------------------------------------------------------------- */

/* Is there memory for it? The loops themselves do not look: that would be part of the figure. */
static bool fits(const struct bench *b)
{
	struct page *block;

	if (bench_free_pages() < b->pages * 2)
		return false;
	block = alloc_pages(GFP_KERNEL | __GFP_NOWARN, b->order);
	if (block)
		__free_pages(block, b->order);
	return block;
}

static void run_one(const struct bench *b)
{
	if (!fits(b)) {
		bench_left_out(b->name, "not enough memory");
		return;
	}
	bench_begin();
	bench_print(b->name, bench_measure(b), (u64)b->n * b->per);
}

unsigned int bench_run_list(const struct bench *list, unsigned int count, const char *pattern)
{
	unsigned int ran = 0;

	for (const struct bench *b = list; b < list + count && !bench_stopped(); b++) {
		if (!bench_matches(pattern, b->name))
			continue;
		run_one(b);
		ran++;
	}
	return ran;
}
