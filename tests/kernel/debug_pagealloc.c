/* SPDX-License-Identifier: MIT */
/* debug_pagealloc.c - tests of free pages without addresses (P11). On a machine that was booted
 * without it, it is switched on for the case. */
#include "mm/debug_pagealloc.h"
#include "asm/page_ops.h"
#include "asm/paging.h"
#include "asm/pgwalk.h"
#include "catch.h"
#include "fail.h"
#include "ktest.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/alloc_hooks.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"

static bool was_on;

static bool begin(void)
{
	was_on = debug_pagealloc_enabled();
	return !debug_pagealloc_enable();
}

static void end(void)
{
	if (!was_on)
		debug_pagealloc_disable();
}

static void read_at(void *arg)
{
	(void)*(volatile u8 *)arg;
}

static void write_at(void *arg)
{
	*(volatile u8 *)arg = 1;
}

static struct caught run(void (*fn)(void *), unsigned long at)
{
	struct caught c;

	catch_run(fn, (void *)at, &c);
	return c;
}

KTEST(pagealloc, read_after_free_is_decoded)
{
	unsigned long va;
	char want[16];

	ASSERT_TRUE(begin());
	va = __get_free_page(GFP_KERNEL);
	if (va) {
		*(char *)va = 5;
		free_page(va);
		EXPECT_REPORT(kernel_fault, run(read_at, va + 77));
		EXPECT_FIELD("what", "freed_page");
		EXPECT_FIELD("class", "direct_map");
		EXPECT_FIELD("offset", "77");
		snprintf(want, sizeof(want), "%lu", PFN_DOWN(__pa((void *)va)));
		EXPECT_FIELD("pfn", want);
		EXPECT_FIELD_HERE("freed_by");
		EXPECT_FIELD_HERE("alloc");
	}
	end();
	EXPECT_TRUE(va);
}

KTEST(pagealloc, every_page_of_a_freed_block_faults)
{
	unsigned long va;

	ASSERT_TRUE(begin());
	va = __get_free_pages(GFP_KERNEL, 3);
	if (va) {
		free_pages(va, 3);
		for (unsigned int i = 0; i < 8; i++) {
			EXPECT_REPORT(kernel_fault, run(write_at, va + i * PAGE_SIZE + i));
			EXPECT_FIELD("access", "write");
			EXPECT_FIELD("what", "freed_page");
			EXPECT_FIELD_HERE("freed_by");
		}
	}
	end();
	EXPECT_TRUE(va);
}

KTEST(pagealloc, allocated_pages_are_there_and_writable)
{
	unsigned long wrong = 0, va;

	ASSERT_TRUE(begin());
	for (unsigned int i = 0; i < 300; i++) {
		unsigned int order = ktest_below(6);

		va = __get_free_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_ZERO, order);
		if (!va)
			continue;
		for (unsigned int k = 0; k < PAGE_SIZE << order; k += PAGE_SIZE / 2)
			wrong += *(u8 *)(va + k) != 0;
		memset((void *)va, 0x5a, PAGE_SIZE << order);
		free_pages(va, order);
	}
	end();
	EXPECT_EQ(wrong, 0);
}

KTEST(pagealloc, free_pages_are_unmapped_and_nothing_else)
{
	unsigned long free_mapped = 0, used_unmapped = 0;
	struct pgwalk w;

	ASSERT_TRUE(begin());
	drain_all_pages(NULL);
	for (unsigned long pfn = 0; pfn < max_low_pfn; pfn++) {
		const char *kind = page_kind(pfn);

		if (strcmp(kind, "free") && strcmp(kind, "allocated") && strcmp(kind, "slab"))
			continue;
		w = pgwalk((unsigned long)__va(PFN_PHYS(pfn)));
		free_mapped += !strcmp(kind, "free") && w.present;
		used_unmapped += strcmp(kind, "free") && !w.present;
	}
	end();
	EXPECT_EQ(free_mapped, 0);
	EXPECT_EQ(used_unmapped, 0);
}

KTEST(pagealloc, switching_off_maps_and_joins_everything)
{
	unsigned long tables = nr_kernel_page_tables(), hidden = 0;

	SKIP_UNLESS(!debug_pagealloc_enabled(), "the machine was booted with it");
	drain_all_pages(NULL);
	ASSERT_TRUE(begin());
	end();
	EXPECT_EQ(nr_kernel_page_tables(), tables);
	for (unsigned long pfn = 0; pfn < max_low_pfn; pfn++)
		if (!strcmp(page_kind(pfn), "free"))
			hidden += !pgwalk((unsigned long)__va(PFN_PHYS(pfn))).present;
	EXPECT_EQ(hidden, 0);
}

KTEST(pagealloc, freed_vmalloc_frames_are_unmapped_too)
{
	unsigned long pfn = 0, va;
	char *area;

	ASSERT_TRUE(begin());
	area = vmalloc_32(PAGE_SIZE);
	if (area) {
		pfn = vmalloc_to_pfn(area);
		va = (unsigned long)__va(PFN_PHYS(pfn));
		vfree(area);
		EXPECT_REPORT(kernel_fault, run(read_at, va));
		EXPECT_FIELD("what", "freed_page");
		EXPECT_FIELD_HERE("freed_by");
		EXPECT_REPORT(kernel_fault, run(read_at, (unsigned long)area));
		EXPECT_FIELD("what", "freed_area");
	}
	end();
	EXPECT_TRUE(pfn);
}

KTEST(pagealloc, without_memory_for_tables_it_stays_off)
{
	SKIP_UNLESS(!debug_pagealloc_enabled(), "the machine was booted with it");
	SKIP_UNLESS(direct_map_2m > 3, "the direct map has few 2 MiB pages");
	fail_arm(FAIL_alloc_pages, 3);
	EXPECT_TRUE(debug_pagealloc_enable() != 0);
	fail_arm(FAIL_alloc_pages, 0);
	EXPECT_TRUE(!debug_pagealloc_enabled() && !(alloc_hooks & HOOK_MAP));
}
