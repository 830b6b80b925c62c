/* SPDX-License-Identifier: MIT */
/* pages.c - the benchmarks of pages. Owns: nothing. */
#include "loops.h"
#include "patterns.h"

enum { MEASURED = BENCH_MEASURED, FEW = 2000, BULK = 64 };

static noinline void loop_page(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		__free_page(page);
	}
}

#define LOOP_ORDER(order)                                                                          \
	static noinline void loop_order##order(unsigned long n)                                    \
	{                                                                                          \
		for (unsigned long i = 0; i < n; i++) {                                            \
			struct page *page = alloc_pages(GFP_KERNEL, order);                        \
                                                                                                   \
			__free_pages(page, order);                                                 \
		}                                                                                  \
	}
LOOP_ORDER(1)
LOOP_ORDER(2)
LOOP_ORDER(3)
LOOP_ORDER(4)
LOOP_ORDER(5)
LOOP_ORDER(6)
LOOP_ORDER(7)
LOOP_ORDER(8)
LOOP_ORDER(9)
LOOP_ORDER(10)

static noinline void loop_highuser(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		struct page *page = alloc_page(GFP_HIGHUSER_MOVABLE);

		__free_page(page);
	}
}

BENCH_PATTERNS(page, 256, alloc_page(GFP_KERNEL), __free_page)
BENCH_PATTERNS(page, 4096, alloc_page(GFP_KERNEL), __free_page)

static noinline void loop_bulk(unsigned long n)
{
	struct page **pages = (struct page **)bench_held;

	for (int k = 0; k < BULK; k++)
		pages[k] = NULL;
	for (unsigned long i = 0; i < n; i++) {
		alloc_pages_bulk_array(GFP_KERNEL, BULK, pages);
		bench_free_bulk(BULK, pages);
	}
}

/* Two blocks at a time, so that each is really split off and merged back. */
static noinline void loop_order4_merge(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		struct page *a = alloc_pages(GFP_KERNEL, 4), *b = alloc_pages(GFP_KERNEL, 4);

		__free_pages(a, 4);
		__free_pages(b, 4);
	}
}

static const struct bench benches[] = {
	{"alloc_page-pair", loop_page, MEASURED, 1, 0, 0},
	{"alloc_page-highuser-pair", loop_highuser, MEASURED, 1, 0, 0},
	{"alloc_pages-order1-pair", loop_order1, MEASURED, 1, 0, 1},
	{"alloc_pages-order2-pair", loop_order2, MEASURED, 1, 0, 2},
	{"alloc_pages-order3-pair", loop_order3, MEASURED, 1, 0, 3},
	{"alloc_pages-order4-pair", loop_order4, MEASURED, 1, 0, 4},
	{"alloc_pages-order5-pair", loop_order5, MEASURED, 1, 0, 5},
	{"alloc_pages-order6-pair", loop_order6, MEASURED, 1, 0, 6},
	{"alloc_pages-order7-pair", loop_order7, MEASURED, 1, 0, 7},
	{"alloc_pages-order8-pair", loop_order8, MEASURED, 1, 0, 8},
	{"alloc_pages-order9-pair", loop_order9, FEW, 1, 0, 9},
	{"alloc_pages-order10-pair", loop_order10, FEW, 1, 0, 10},
	{"alloc_pages-order4-merge-pair", loop_order4_merge, MEASURED / 2, 2, 0, 4},
	BENCH_PATTERN_LIST("alloc_page", page, 256, 256),
	BENCH_PATTERN_LIST("alloc_page", page, 4096, 4096),
	{"alloc_pages-bulk64-per-page", loop_bulk, MEASURED / BULK + 1, BULK, 0, 0},
};

unsigned int bench_pages(const char *pattern)
{
	return bench_run_list(benches, ARRAY_SIZE(benches), pattern);
}
