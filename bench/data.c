/* SPDX-License-Identifier: MIT */
/* data.c - what moving data costs, apart from bookkeeping. Owns: two pages.
 * An iteration of a REP instruction counts as one, so 4 bytes a count are REP's best here. */
#include "loops.h"

enum { MEASURED = 1000 };

static struct page *from, *to;

static noinline void loop_clear(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		clear_highpage(to);
}

static noinline void loop_copy(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		copy_highpage(to, from);
}

static noinline void loop_zeroed(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		free_page(get_zeroed_page(GFP_KERNEL));
}

static const struct bench benches[] = {
	{"data-clear-page", loop_clear, MEASURED, 1, 0, 0},
	{"data-copy-page", loop_copy, MEASURED, 1, 0, 0},
	{"get_zeroed_page-pair", loop_zeroed, MEASURED, 1, 0, 0},
};

unsigned int bench_data(const char *pattern)
{
	unsigned int ran = 0;

	from = alloc_page(GFP_KERNEL);
	to = alloc_page(GFP_KERNEL);
	if (from && to)
		ran = bench_run_list(benches, ARRAY_SIZE(benches), pattern);
	if (from)
		__free_page(from);
	if (to)
		__free_page(to);
	return ran;
}
