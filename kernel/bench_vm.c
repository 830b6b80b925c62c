/* SPDX-License-Identifier: MIT */
/* bench_vm.c - the benchmarks of kernel addresses. Owns: nothing. */
#include "bench.h"
#include "compiler.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/ioremap.h"
#include "mm/page_alloc.h"
#include "mm/vmalloc.h"

#define ROM_PA 0xfffc0000ull /* the firmware: nobody maps it */

enum { FURTHER = 15, VMAP_PAGES = 16 };

static struct page *pages[VMAP_PAGES];

#define LOOP_VMALLOC(n_pages)                                                                      \
	static noinline void loop_vmalloc##n_pages(unsigned long n)                                \
	{                                                                                          \
		for (unsigned long i = 0; i < n; i++)                                              \
			vfree(vmalloc((n_pages)*PAGE_SIZE));                                       \
	}
LOOP_VMALLOC(1)
LOOP_VMALLOC(16)
LOOP_VMALLOC(64)
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
	{"vmalloc-4K-pair", loop_vmalloc1, BENCH_MEASURED, 1},
	{"vmalloc-64K-pair", loop_vmalloc16, BENCH_MEASURED, 1},
	{"vmalloc-256K-pair", loop_vmalloc64, BENCH_MEASURED / 10, 1},
	{"vmalloc-4M-pair", loop_vmalloc1024, BENCH_MEASURED / 100, 1},
	{"vmap-16-pair", loop_vmap, BENCH_MEASURED / 10, 1},
	{"ioremap-pair", loop_ioremap, BENCH_MEASURED / 10, 1},
};

/* What fifteen pages more cost than one page, by page. */
static void print_further_page(void)
{
	u64 one = bench_measure(&benches[0]), sixteen = bench_measure(&benches[1]);

	bench_print("vmalloc-further-page", sixteen > one ? sixteen - one : 0,
	            (u64)BENCH_MEASURED * FURTHER);
}

unsigned int bench_run_vm(const char *pattern)
{
	unsigned int ran = 0;

	if (alloc_pages_bulk_array(GFP_KERNEL, VMAP_PAGES, pages) < VMAP_PAGES)
		return 0;
	for (u32 i = 0; i < ARRAY_SIZE(benches) && !console_break(); i++) {
		if (!glob_match(pattern, benches[i].name))
			continue;
		bench_print(benches[i].name, bench_measure(&benches[i]),
		            (u64)benches[i].n * benches[i].per);
		ran++;
	}
	if (glob_match(pattern, "vmalloc-further-page") && ++ran)
		print_further_page();
	free_pages_bulk_array(VMAP_PAGES, pages);
	return ran;
}
