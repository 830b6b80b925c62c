/* SPDX-License-Identifier: MIT */
/* bench.c - the benchmarks of pages and objects. Owns: nothing. */
#include "bench.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/mm_init.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"

enum { MEASURED = BENCH_MEASURED, FIFO = 256, BULK = 64 };

static struct page *held[FIFO];

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

static noinline void loop_fifo(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		for (int k = 0; k < FIFO; k++)
			held[k] = alloc_page(GFP_KERNEL);
		for (int k = 0; k < FIFO; k++)
			__free_page(held[k]);
	}
}

static noinline void loop_bulk(unsigned long n)
{
	for (int k = 0; k < BULK; k++)
		held[k] = NULL;
	for (unsigned long i = 0; i < n; i++) {
		alloc_pages_bulk_array(GFP_KERNEL, BULK, held);
		free_pages_bulk_array(BULK, held);
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

static noinline void loop_zeroed(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		free_page(get_zeroed_page(GFP_KERNEL));
}

/* --- objects ------------------------------------------------------------------------------ */

static void *objects[FIFO];

#define LOOP_KMALLOC(size)                                                                         \
	static noinline void loop_kmalloc##size(unsigned long n)                                   \
	{                                                                                          \
		for (unsigned long i = 0; i < n; i++)                                              \
			kfree(kmalloc(size, GFP_KERNEL));                                          \
	}
LOOP_KMALLOC(8)
LOOP_KMALLOC(64)
LOOP_KMALLOC(96)
LOOP_KMALLOC(2048)
LOOP_KMALLOC(8192)
LOOP_KMALLOC(65536)

static volatile size_t variable_size = 64;

static noinline void loop_kmalloc_var(unsigned long n)
{
	size_t size = variable_size;

	for (unsigned long i = 0; i < n; i++)
		kfree(kmalloc(size, GFP_KERNEL));
}

static noinline void loop_kmalloc_fifo(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		for (int k = 0; k < FIFO; k++)
			objects[k] = kmalloc(64, GFP_KERNEL);
		for (int k = 0; k < FIFO; k++)
			kfree(objects[k]);
	}
}

static struct kmem_cache *bench_cache;

static noinline void loop_cache(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		kmem_cache_free(bench_cache, kmem_cache_alloc(bench_cache, GFP_KERNEL));
}

static noinline void loop_cache_bulk(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		kmem_cache_alloc_bulk(bench_cache, GFP_KERNEL, BULK, objects);
		kmem_cache_free_bulk(bench_cache, BULK, objects);
	}
}

static const struct bench benches[] = {
	{"alloc_page-pair", loop_page, MEASURED, 1},
	{"alloc_page-highuser-pair", loop_highuser, MEASURED, 1},
	{"alloc_pages-order1-pair", loop_order1, MEASURED, 1},
	{"alloc_pages-order2-pair", loop_order2, MEASURED, 1},
	{"alloc_pages-order3-pair", loop_order3, MEASURED, 1},
	{"alloc_pages-order4-pair", loop_order4, MEASURED, 1},
	{"alloc_pages-order5-pair", loop_order5, MEASURED, 1},
	{"alloc_pages-order6-pair", loop_order6, MEASURED, 1},
	{"alloc_pages-order7-pair", loop_order7, MEASURED, 1},
	{"alloc_pages-order8-pair", loop_order8, MEASURED, 1},
	{"alloc_pages-order9-pair", loop_order9, MEASURED, 1},
	{"alloc_pages-order10-pair", loop_order10, MEASURED, 1},
	{"alloc_pages-order4-merge-pair", loop_order4_merge, MEASURED / 2, 2},
	{"alloc_page-256-pair", loop_fifo, MEASURED / FIFO + 1, FIFO},
	{"alloc_pages-bulk64-per-page", loop_bulk, MEASURED / BULK + 1, BULK},
	{"get_zeroed_page-pair", loop_zeroed, 1000, 1},
	{"kmalloc-const-8-pair", loop_kmalloc8, MEASURED, 1},
	{"kmalloc-const-64-pair", loop_kmalloc64, MEASURED, 1},
	{"kmalloc-const-96-pair", loop_kmalloc96, MEASURED, 1},
	{"kmalloc-const-2048-pair", loop_kmalloc2048, MEASURED, 1},
	{"kmalloc-const-8192-pair", loop_kmalloc8192, MEASURED, 1},
	{"kmalloc-const-64K-pair", loop_kmalloc65536, MEASURED, 1},
	{"kmalloc-var-64-pair", loop_kmalloc_var, MEASURED, 1},
	{"kmalloc-256-pair", loop_kmalloc_fifo, MEASURED / FIFO + 1, FIFO},
	{"kmem_cache_alloc-pair", loop_cache, MEASURED, 1},
	{"kmem_cache_alloc-bulk64-per-object", loop_cache_bulk, MEASURED / BULK + 1, BULK},
};

unsigned int bench_run(const char *pattern)
{
	unsigned int ran = 0;

	if (!clock_counts_instructions())
		cprintf("# the clock does not count instructions: figures are time; run with "
		        "-icount shift=0,sleep=off\n");
	bench_cache = kmem_cache_create("bench", 120, 0, 0, NULL);
	for (u32 i = 0; i < ARRAY_SIZE(benches) && !console_break(); i++) {
		if (!glob_match(pattern, benches[i].name))
			continue;
		bench_print(benches[i].name, bench_measure(&benches[i]),
		            (u64)benches[i].n * benches[i].per);
		ran++;
	}
	kmem_cache_destroy(bench_cache);
	ran += bench_run_vm(pattern);
	ran += bench_run_kmap(pattern);
	if (glob_match(pattern, "boot-memmap-per-page") && ++ran)
		bench_print("boot-memmap-per-page", memmap_cost.tsc, memmap_cost.pages);
	return ran;
}
