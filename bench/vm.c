/* SPDX-License-Identifier: MIT */
/* vm.c - the benchmarks of kernel addresses. Owns: the pages that are mapped. */
#include "loops.h"

#define ROM_PA 0xfffc0000ul /* the firmware: nobody maps it */

enum { FURTHER = 15, VMAP_PAGES = 16 };

static struct page *pages[VMAP_PAGES];

#define LOOP_VMALLOC(n_pages)                                                                      \
	static noinline void loop_vmalloc##n_pages(unsigned long n)                                \
	{                                                                                          \
		for (unsigned long i = 0; i < n; i++)                                              \
			vfree(vmalloc((n_pages)*PAGE_SIZE));                                       \
	}
LOOP_VMALLOC(1)
LOOP_VMALLOC(2)
LOOP_VMALLOC(4)
LOOP_VMALLOC(16)
LOOP_VMALLOC(64)
LOOP_VMALLOC(256)
LOOP_VMALLOC(1024)

static noinline void loop_vmap(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		vunmap(vmap(pages, VMAP_PAGES, VM_MAP, PAGE_KERNEL));
}

static noinline void loop_ioremap(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		iounmap(ioremap(ROM_PA, 1024));
}

static const struct bench benches[] = {
	{"vmalloc-4K-pair", loop_vmalloc1, BENCH_MEASURED, 1, 0, 0},
	{"vmalloc-64K-pair", loop_vmalloc16, BENCH_MEASURED, 1, 0, 0},
	{"vmalloc-8K-pair", loop_vmalloc2, BENCH_MEASURED, 1, 0, 0},
	{"vmalloc-16K-pair", loop_vmalloc4, BENCH_MEASURED, 1, 0, 0},
	{"vmalloc-256K-pair", loop_vmalloc64, BENCH_MEASURED / 10, 1, 0, 0},
	{"vmalloc-1M-pair", loop_vmalloc256, BENCH_MEASURED / 10, 1, 512, 0},
	{"vmalloc-4M-pair", loop_vmalloc1024, BENCH_MEASURED / 100, 1, 2048, 0},
	{"vmap-16-pair", loop_vmap, BENCH_MEASURED / 10, 1, 0, 0},
	{"ioremap-pair", loop_ioremap, BENCH_MEASURED / 10, 1, 0, 0},
};

/* What fifteen pages more cost than one page, by page. */
static void print_further_page(void)
{
	u64 one, sixteen;

	bench_begin();
	one = bench_measure(&benches[0]);
	sixteen = bench_measure(&benches[1]);
	bench_print("vmalloc-further-page", sixteen > one ? sixteen - one : 0,
	            (u64)BENCH_MEASURED * FURTHER);
}

static unsigned int run_all(const char *pattern)
{
	unsigned int ran = bench_run_list(benches, ARRAY_SIZE(benches), pattern);

	if (bench_matches(pattern, "vmalloc-further-page") && ++ran)
		print_further_page();
	return ran;
}

unsigned int bench_vm(const char *pattern)
{
	unsigned int got = 0, ran = 0;

	while (got < VMAP_PAGES && (pages[got] = alloc_page(GFP_KERNEL)))
		got++;
	if (got == VMAP_PAGES)
		ran = run_all(pattern);
	while (got--)
		__free_page(pages[got]);
	return ran;
}
