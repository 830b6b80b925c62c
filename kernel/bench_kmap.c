/* SPDX-License-Identifier: MIT */
/* bench_kmap.c - the benchmarks of kmap and of per-CPU memory. Owns: the pages that are mapped. */
#include "bench.h"
#include "compiler.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"

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
		struct page *page = pages + i % (2 * LAST_PKMAP);

		kmap(page);
		kunmap(page);
	}
}

static noinline void loop_percpu(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		free_percpu(alloc_percpu(long));
}

static const struct bench percpu_bench = {"alloc_percpu-pair", loop_percpu, BENCH_MEASURED, 1};
static const struct bench benches[] = {
	{"kmap_atomic-pair", loop_kmap_atomic, BENCH_MEASURED, 1},
	{"kmap_local-pair", loop_kmap_local, BENCH_MEASURED, 1},
	{"kmap-pair", loop_kmap, BENCH_MEASURED, 1},
	{"kmap-new-page-pair", loop_kmap_new, BENCH_MEASURED, 1},
};

static unsigned int run_one(const struct bench *b, const char *pattern)
{
	if (!glob_match(pattern, b->name))
		return 0;
	bench_print(b->name, bench_measure(b), (u64)b->n * b->per);
	return 1;
}

/* Those of kmap are left out on a machine without a block of high pages. */
unsigned int bench_run_kmap(const char *pattern)
{
	unsigned int ran = run_one(&percpu_bench, pattern);

	pages = alloc_pages(GFP_HIGHUSER, MAX_ORDER - 1);
	for (u32 i = 0; pages && PageHighMem(pages) && i < ARRAY_SIZE(benches); i++)
		ran += run_one(&benches[i], pattern);
	if (pages)
		__free_pages(pages, MAX_ORDER - 1);
	return ran;
}
