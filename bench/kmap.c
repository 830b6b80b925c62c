/* SPDX-License-Identifier: MIT */
/* kmap.c - the benchmarks of kmap and of per-CPU memory. Owns: the pages that are mapped. */
#include "loops.h"

enum { BLOCK_ORDER = 10, BLOCK = 1 << BLOCK_ORDER }; /* more pages than kmap has entries */

static struct page *pages; /* a block of high ones */

static noinline void loop_kmap_atomic(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		void *va = kmap_atomic(pages);

		kunmap_atomic(va);
	}
}

static noinline void loop_kmap_local(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		void *va = kmap_local_page(pages);

		kunmap_local(va);
	}
}

static noinline void loop_kmap(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		kmap(pages);
		kunmap(pages);
	}
}

/* Each page in turn is mapped anew: the table's laps and flushes included. */
static noinline void loop_kmap_new(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		struct page *page = pages + i % BLOCK;

		kmap(page);
		kunmap(page);
	}
}

static noinline void loop_percpu(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		free_percpu(alloc_percpu(long));
}

static const struct bench percpu_bench = {
	"alloc_percpu-pair", loop_percpu, BENCH_MEASURED, 1, 0, 0};
static const struct bench benches[] = {
	{"kmap_atomic-pair", loop_kmap_atomic, BENCH_MEASURED, 1, 0, 0},
	{"kmap_local-pair", loop_kmap_local, BENCH_MEASURED, 1, 0, 0},
	{"kmap-pair", loop_kmap, BENCH_MEASURED, 1, 0, 0},
	{"kmap-new-page-pair", loop_kmap_new, BENCH_MEASURED, 1, 0, 0},
};

/* Those of kmap are left out on a machine without a block of high pages. */
unsigned int bench_kmap(const char *pattern)
{
	unsigned int ran = bench_run_list(&percpu_bench, 1, pattern);

	pages = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, BLOCK_ORDER);
	if (pages && PageHighMem(pages))
		ran += bench_run_list(benches, ARRAY_SIZE(benches), pattern);
	if (pages)
		__free_pages(pages, BLOCK_ORDER);
	return ran;
}
