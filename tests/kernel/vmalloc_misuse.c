/* SPDX-License-Identifier: MIT */
/* vmalloc_misuse.c - tests of what must not be done with kernel addresses: told by name with the
 * area that is meant, refused, and everything as it was. */
#include "asm/devices.h"
#include "asm/irq.h"
#include "asm/irqflags.h"
#include "asm/page_ops.h"
#include "asm/traps.h"
#include "catch.h"
#include "fail.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/alloc_hooks.h"
#include "mm/ioremap.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"
#include "mm/vmap_area.h"
#include "mm/vmstat.h"
#include "preempt.h"

#define ROM_PA 0xfffc0000ull /* the firmware: nobody maps it */

static void read_at(void *arg)
{
	(void)*(volatile u8 *)arg;
}

static void write_at(void *arg)
{
	*(volatile u8 *)arg = 1;
}

static struct caught run(void (*fn)(void *), const void *at)
{
	struct caught c;

	catch_run(fn, (void *)at, &c);
	return c;
}

static void expect_area(const char *field, const void *va, unsigned long size)
{
	char want[32];

	snprintf(want, sizeof(want), "0x%08lx-0x%08lx", (unsigned long)va,
	         (unsigned long)va + size - 1);
	ktest_expect_field(__FILE__, __LINE__, field, want);
}

/* --- V1: no area begins there ------------------------------------------------------------- */

KTEST(vmisuse, unaligned_free_names_the_area)
{
	char *va = vmalloc(2 * PAGE_SIZE);

	ASSERT_TRUE(va);
	EXPECT_REPORT(vfree_invalid, vfree(va + 8));
	EXPECT_FIELD("what", "unaligned");
	EXPECT_FIELD("action", "refused");
	EXPECT_FIELD("nearest_size", "8192");
	expect_area("nearest", va, 2 * PAGE_SIZE);
	EXPECT_FIELD_HERE("alloc");
	EXPECT_FIELD_HERE("caller");
	EXPECT_TRUE(find_vm_area(va));
	EXPECT_SOUND(vmalloc_check());
	vfree(va);
}

KTEST(vmisuse, interior_free_names_the_area)
{
	char *va = vmalloc(3 * PAGE_SIZE);

	ASSERT_TRUE(va);
	EXPECT_REPORT(vfree_invalid, vfree(va + PAGE_SIZE));
	EXPECT_FIELD("what", "interior");
	expect_area("nearest", va, 3 * PAGE_SIZE);
	EXPECT_REPORT(vfree_invalid, vfree(va + 3 * PAGE_SIZE)); /* its guard */
	EXPECT_FIELD("what", "interior");
	va[3 * PAGE_SIZE - 1] = 1;
	EXPECT_SOUND(vmalloc_check());
	vfree(va);
}

KTEST(vmisuse, free_of_what_was_never_allocated)
{
	static int global;
	char *low = (char *)__get_free_page(GFP_KERNEL), *va = vmalloc(PAGE_SIZE);

	ASSERT_TRUE(low && va);
	EXPECT_REPORT(vfree_invalid, vfree((void *)(VMALLOC_END - 16 * PAGE_SIZE)));
	EXPECT_FIELD("what", "never_allocated");
	EXPECT_REPORT(vfree_invalid, vfree(low));
	EXPECT_FIELD("what", "low_memory");
	EXPECT_REPORT(vfree_invalid, vfree(&global));
	EXPECT_FIELD("what", "low_memory");
	EXPECT_REPORT(vfree_invalid, vfree((void *)0x1000));
	EXPECT_FIELD("what", "user_address");
	EXPECT_REPORT(vfree_invalid, vfree((void *)0xfffff000));
	EXPECT_FIELD("what", "above_the_window");
	EXPECT_SOUND(vmalloc_check());
	free_page((unsigned long)low);
	vfree(va);
}

/* --- V2: twice, or by the wrong call ------------------------------------------------------ */

KTEST(vmisuse, second_free_names_the_first)
{
	unsigned long sizes[] = {PAGE_SIZE, 16 * PAGE_SIZE, 40 * PAGE_SIZE};

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *va = vmalloc(sizes[i]);

		ASSERT_TRUE(va);
		vfree(va);
		EXPECT_REPORT(vfree_twice, vfree(va));
		EXPECT_FIELD_HERE("first_free");
		EXPECT_FIELD_HERE("alloc");
		EXPECT_FIELD("type", "vmalloc");
		expect_area("area", va, sizes[i]);
		EXPECT_SOUND(vmalloc_check());
	}
}

KTEST(vmisuse, second_free_is_known_after_the_purge_too)
{
	void *va = vmalloc(30 * PAGE_SIZE);

	ASSERT_TRUE(va);
	vfree(va);
	vm_unmap_aliases();
	EXPECT_REPORT(vfree_twice, vfree(va));
	EXPECT_FIELD_HERE("first_free");
	expect_area("area", va, 30 * PAGE_SIZE);
}

KTEST(vmisuse, free_by_another_call_than_made_it)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *va = vmalloc(PAGE_SIZE), *map, *io = ioremap(ROM_PA, 64);

	ASSERT_TRUE(page && va && io);
	map = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	ASSERT_TRUE(map);
	EXPECT_REPORT(vfree_mismatch, iounmap(va));
	EXPECT_FIELD("call", "iounmap");
	EXPECT_FIELD("type", "vmalloc");
	EXPECT_FIELD_HERE("alloc");
	EXPECT_REPORT(vfree_mismatch, vunmap(va));
	EXPECT_REPORT(vfree_mismatch, vfree(io));
	EXPECT_FIELD("type", "ioremap");
	EXPECT_REPORT(vfree_mismatch, vfree(map));
	EXPECT_FIELD("type", "vmap");
	EXPECT_REPORT(vfree_mismatch, vunmap(io));
	EXPECT_REPORT(vfree_mismatch, iounmap(map));
	EXPECT_SOUND(vmalloc_check());
	vunmap(map);
	EXPECT_REPORT(vfree_twice, vunmap(map));
	iounmap(io);
	EXPECT_REPORT(vfree_twice, iounmap(io));
	EXPECT_FIELD("type", "ioremap");
	vfree(va);
	__free_page(page);
}

/* --- V3, V4: accesses --------------------------------------------------------------------- */

KTEST(vmisuse, running_off_the_end_is_decoded)
{
	char *va = vmalloc(2 * PAGE_SIZE);

	ASSERT_TRUE(va);
	EXPECT_REPORT(kernel_fault, run(write_at, va + 2 * PAGE_SIZE));
	EXPECT_FIELD("what", "guard");
	EXPECT_FIELD("class", "vmalloc");
	EXPECT_FIELD("size", "8192");
	expect_area("area", va, 2 * PAGE_SIZE);
	EXPECT_FIELD_HERE("alloc");
	vfree(va);
}

KTEST(vmisuse, running_before_the_start_is_decoded)
{
	char *va;

	vm_unmap_aliases();
	/* below the first area is the hole above the direct map; below another the guard of one */
	va = vmalloc_node(SZ_1M / 4, NUMA_NO_NODE);
	ASSERT_TRUE(va);
	EXPECT_REPORT(kernel_fault, run(read_at, va - 1));
	if (find_vm_area(va - 1))
		EXPECT_FIELD("what", "guard");
	else
		EXPECT_FIELD("what", "before_area");
	vfree(va);
}

KTEST(vmisuse, access_after_free_names_the_freed_area)
{
	unsigned long sizes[] = {PAGE_SIZE, 5 * PAGE_SIZE, 50 * PAGE_SIZE};

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *va = vmalloc(sizes[i]);

		ASSERT_TRUE(va);
		memset(va, 1, sizes[i]);
		vfree(va);
		EXPECT_REPORT(kernel_fault, run(read_at, va + sizes[i] - 1));
		EXPECT_FIELD("what", "freed_area");
		EXPECT_FIELD("access", "read");
		expect_area("area", va, sizes[i]);
		EXPECT_FIELD_HERE("freed_by");
		EXPECT_FIELD_HERE("alloc");
	}
}

KTEST(vmisuse, access_after_purge_names_the_area)
{
	char *va = vmalloc(50 * PAGE_SIZE);

	ASSERT_TRUE(va);
	vfree(va);
	vm_unmap_aliases();
	EXPECT_REPORT(kernel_fault, run(write_at, va + 49 * PAGE_SIZE));
	EXPECT_FIELD("what", "freed_area");
	EXPECT_FIELD_HERE("freed_by");
}

KTEST(vmisuse, access_to_nothing_names_the_nearest)
{
	void *va = vmalloc(PAGE_SIZE);

	ASSERT_TRUE(va);
	for (unsigned int i = 0; i < 70; i++)
		iounmap(ioremap(ROM_PA, 4)); /* what was there long ago is forgotten */
	EXPECT_REPORT(kernel_fault, run(read_at, (void *)(VMALLOC_END - 8 * PAGE_SIZE)));
	EXPECT_FIELD("what", "no_area");
	EXPECT_TRUE(strstr(report_last_line(), "nearest=0x"));
	vfree(va);
}

/* --- V5: sizes ---------------------------------------------------------------------------- */

KTEST(vmisuse, impossible_sizes_are_refused)
{
	EXPECT_REPORT(vmalloc_bad_size, EXPECT_TRUE(!vmalloc(0)));
	EXPECT_FIELD("reason", "zero");
	EXPECT_FIELD("size", "0");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(vmalloc_bad_size, EXPECT_TRUE(!vmalloc(VMALLOC_END - VMALLOC_START)));
	EXPECT_FIELD("reason", "larger_than_window");
	EXPECT_REPORT(vmalloc_bad_size, EXPECT_TRUE(!vzalloc(~0ul)));
	EXPECT_FIELD("reason", "larger_than_window");
	EXPECT_REPORT(vmalloc_bad_size, EXPECT_TRUE(!vmalloc_array(1ul << 20, 1ul << 14)));
	EXPECT_FIELD("reason", "overflow");
	EXPECT_FIELD("what", "vmalloc_array");
	EXPECT_REPORT(vmalloc_bad_size, EXPECT_TRUE(!vcalloc(~0ul, 2)));
	EXPECT_REPORT(vmalloc_bad_size, EXPECT_TRUE(!kvmalloc_array(1ul << 31, 4, GFP_KERNEL)));
	EXPECT_FIELD("what", "kvmalloc_array");
	EXPECT_SOUND(vmalloc_check());
}

KTEST(vmisuse, impossible_alignments_are_refused)
{
	gfp_t gfp = GFP_KERNEL;

	EXPECT_REPORT(vmalloc_bad_size,
	              EXPECT_TRUE(!__vmalloc_caller(1, 1ul << 28, gfp, NUMA_NO_NODE, 0, 0)));
	EXPECT_FIELD("reason", "alignment_larger_than_window");
	EXPECT_REPORT(vmalloc_bad_size,
	              EXPECT_TRUE(!__vmalloc_caller(1, 3 * PAGE_SIZE, gfp, NUMA_NO_NODE, 0, 0)));
	EXPECT_FIELD("reason", "alignment");
	EXPECT_REPORT(vmalloc_bad_size,
	              EXPECT_TRUE(!__vmalloc_caller(1, 64, gfp, NUMA_NO_NODE, 0, 0)));
	EXPECT_FIELD("reason", "alignment");
}

KTEST(vmisuse, missing_node_is_refused)
{
	EXPECT_REPORT(bad_node, EXPECT_TRUE(!vmalloc_node(PAGE_SIZE, 99)));
	EXPECT_FIELD("node", "99");
}

KTEST(vmisuse, more_than_all_memory_is_no_area)
{
	SKIP_UNLESS(totalram_pages() << PAGE_SHIFT < VMALLOC_END - VMALLOC_START - SZ_2M,
	            "all memory fits into the window");
	EXPECT_TRUE(!__vmalloc((totalram_pages() + 1) << PAGE_SHIFT, GFP_KERNEL | __GFP_NOWARN));
	EXPECT_SOUND(vmalloc_check());
}

/* --- V6: failures ------------------------------------------------------------------------- */

/* Let the nth allocation of each kind fail until the call no longer meets one. */
static unsigned long sweep(enum fail_site site, void *(*make)(void), void (*undo)(const void *))
{
	unsigned long nth = 0, areas;
	void *va;

	vm_unmap_aliases(); /* tables too */
	areas = vmalloc_stats().areas;
	do {
		unsigned long injected = fail_injected[site];

		fail_arm(site, ++nth);
		va = make();
		fail_arm(site, 0);
		if (fail_injected[site] == injected) {
			undo(va);
			break;
		}
		if (va)
			undo(va); /* it found another way */
		vm_unmap_aliases();
		if (vmalloc_stats().areas != areas)
			ktest_fail(__FILE__, __LINE__, "an area is left by failure %lu", nth);
		EXPECT_SOUND(vmalloc_check());
	} while (nth < 2000);
	return nth;
}

static void *make_small(void)
{
	return __vmalloc(21 * PAGE_SIZE, GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN);
}

/* More than a page of entries, more than one table, blocks of 2 MiB. */
static void *make_large(void)
{
	return __vmalloc(5 * SZ_1M, GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN);
}

static struct page *some_pages[600];

static void *make_vmap(void)
{
	return vmap(some_pages, 600, VM_MAP, PAGE_KERNEL);
}

static void *make_ioremap(void)
{
	return ioremap(0xfc000000, SZ_2M + 4096); /* a table at least */
}

static void undo_ioremap(const void *va)
{
	iounmap(va);
}

KTEST(vmisuse, every_failing_allocation_of_vmalloc_leaves_nothing)
{
	unsigned long n;

	n = sweep(FAIL_alloc_pages, make_small, vfree);
	EXPECT_TRUE(n >= 22); /* 21 frames, a table */
}

KTEST(vmisuse, failing_allocations_of_a_large_area_leave_nothing)
{
	unsigned long areas = vmalloc_stats().areas;

	SKIP_UNLESS(nr_free_pages() > 4096, "less than 16 MiB are free");
	for (unsigned long nth = 1; nth < 300; nth += 1 + nth / 4) {
		void *va;

		fail_arm(FAIL_alloc_pages, nth);
		va = make_large();
		fail_arm(FAIL_alloc_pages, 0);
		vfree(va);
		vm_unmap_aliases();
		EXPECT_EQ(vmalloc_stats().areas, areas);
	}
	EXPECT_SOUND(vmalloc_check());
}

KTEST(vmisuse, every_failing_allocation_of_vmap_and_ioremap_leaves_nothing)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	for (unsigned int i = 0; i < ARRAY_SIZE(some_pages); i++)
		some_pages[i] = page;
	EXPECT_TRUE(sweep(FAIL_alloc_pages, make_vmap, vunmap) >= 2);
	EXPECT_TRUE(sweep(FAIL_alloc_pages, make_ioremap, undo_ioremap) >= 2);
	__free_page(page);
}

KTEST(vmisuse, without_memory_the_answer_is_null)
{
	void *va;

	starve();
	va = __vmalloc(4 * PAGE_SIZE, GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN);
	starve_end();
	EXPECT_TRUE(!va);
	EXPECT_SOUND(vmalloc_check());
}

/* --- V7: a window full of single-page gaps ------------------------------------------------ */

KTEST(vmisuse, fragmented_window_tells_its_largest_hole)
{
	struct page *page;
	unsigned long n = 0, window = (VMALLOC_END - VMALLOC_START) >> PAGE_SHIFT, most;
	void **va, *gap;
	char want[16];

	SKIP_UNLESS(any_zone_is_large(), "the tables of a full window take 256 KiB");
	page = alloc_page(GFP_KERNEL);
	va = vmalloc(window / 2 * sizeof(*va));
	ASSERT_TRUE(page && va);
	/* areas of one page and its guard; every second one is then given back */
	while ((most = vmalloc_stats().largest_hole / (2 * PAGE_SIZE)))
		while (most--)
			va[n++] = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	for (unsigned long i = 1; i + 1 < n; i += 2) {
		vunmap(va[i]);
		va[i] = NULL;
	}
	EXPECT_REPORT(vmalloc_no_hole, EXPECT_TRUE(!vmalloc(3 * PAGE_SIZE)));
	most = vmalloc_stats().largest_hole; /* of two pages, or three beside an odd one */
	EXPECT_TRUE(most == 2 * PAGE_SIZE || most == 3 * PAGE_SIZE);
	snprintf(want, sizeof(want), "%lu", most);
	EXPECT_FIELD("largest_hole", want);
	EXPECT_FIELD("size", "12288");
	EXPECT_FIELD_HERE("caller");
	gap = vmalloc(PAGE_SIZE);
	EXPECT_TRUE(gap);
	vfree(gap);
	EXPECT_SOUND(vmalloc_check());
	for (unsigned long i = 0; i < n; i++)
		vunmap(va[i]);
	vfree(va);
	__free_page(page);
}

/* --- V10: vmap, interrupts ---------------------------------------------------------------- */

KTEST(vmisuse, vmap_of_null_or_free_pages_is_refused)
{
	struct page *pages[3], *freed = alloc_page(GFP_KERNEL);

	pages[0] = alloc_page(GFP_KERNEL);
	pages[1] = NULL;
	pages[2] = pages[0];
	ASSERT_TRUE(pages[0] && freed);
	EXPECT_REPORT(vmap_bad_page, EXPECT_TRUE(!vmap(pages, 3, VM_MAP, PAGE_KERNEL)));
	EXPECT_FIELD("what", "null");
	EXPECT_FIELD("index", "1");
	EXPECT_FIELD("size", "12288");
	EXPECT_FIELD_HERE("caller");
	pages[1] = pages[0];
	pages[2] = freed;
	__free_page(freed);
	EXPECT_REPORT(vmap_bad_page, EXPECT_TRUE(!vmap(pages, 3, VM_MAP, PAGE_KERNEL)));
	EXPECT_FIELD("what", "free");
	EXPECT_FIELD("index", "2");
	pages[2] = (struct page *)((char *)pages[0] + 4);
	EXPECT_REPORT(vmap_bad_page, EXPECT_TRUE(!vmap(pages, 3, VM_MAP, PAGE_KERNEL)));
	EXPECT_FIELD("what", "no_page");
	EXPECT_REPORT(vmalloc_bad_size, EXPECT_TRUE(!vmap(pages, 0, VM_MAP, PAGE_KERNEL)));
	EXPECT_SOUND(vmalloc_check());
	__free_page(pages[0]);
}

static void as_if_in_interrupt(void (*fn)(void *), void *arg)
{
	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	fn(arg);
	preempt_count_sub(HARDIRQ_OFFSET);
}

static void *freed_in_irq;

static void free_it(void *arg)
{
	vfree(arg);
}

KTEST(vmisuse, free_in_an_interrupt_is_done_later)
{
	unsigned long sizes[] = {PAGE_SIZE, 30 * PAGE_SIZE};

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct page *page;

		freed_in_irq = vmalloc(sizes[i]);
		ASSERT_TRUE(freed_in_irq);
		page = vmalloc_to_page(freed_in_irq);
		as_if_in_interrupt(free_it, freed_in_irq);
		EXPECT_TRUE(!find_vm_area(freed_in_irq)); /* nobody's any more */
		EXPECT_EQ(page_ref_count(page), 1);
		EXPECT_REPORT(vfree_twice, vfree(freed_in_irq));
		vm_unmap_aliases();
		EXPECT_EQ(page_ref_count(page), 0);
		EXPECT_SOUND(vmalloc_check());
	}
}

static void *made_in_irq;

static void make_it(void *arg)
{
	(void)arg;
	made_in_irq = vmalloc(40 * PAGE_SIZE);
}

KTEST(vmisuse, vmalloc_in_an_interrupt_is_refused)
{
	EXPECT_REPORT(sleep_in_atomic, as_if_in_interrupt(make_it, NULL));
	EXPECT_TRUE(!made_in_irq);
}

/* Also when there is a kept area to be had, and in any context that may not sleep. */
static void *made_atomic;

static void make_kept(void *arg)
{
	struct page **pages = arg;

	EXPECT_REPORT(sleep_in_atomic, made_atomic = vmalloc(PAGE_SIZE));
	EXPECT_FIELD("what", "vmalloc");
	EXPECT_FIELD("action", "refused");
	EXPECT_FIELD_HERE("caller");
	EXPECT_TRUE(!made_atomic);
	EXPECT_REPORT(sleep_in_atomic, made_atomic = vzalloc(PAGE_SIZE));
	EXPECT_TRUE(!made_atomic);
	EXPECT_REPORT(sleep_in_atomic, made_atomic = vmap(pages, 1, VM_MAP, PAGE_KERNEL));
	EXPECT_FIELD("what", "vmap");
	EXPECT_FIELD_HERE("caller");
	EXPECT_TRUE(!made_atomic);
	EXPECT_REPORT(sleep_in_atomic, made_atomic = ioremap(ROM_PA, 64));
	EXPECT_FIELD("what", "ioremap");
	EXPECT_FIELD_HERE("caller");
	EXPECT_TRUE(!made_atomic);
}

KTEST(vmisuse, areas_are_not_made_where_nobody_may_sleep)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	vfree(vmalloc(PAGE_SIZE));
	as_if_in_interrupt(make_kept, &page);
	report_rearm();
	preempt_disable();
	make_kept(&page);
	preempt_enable();
	EXPECT_SOUND(vmalloc_check());
	__free_page(page);
}

KTEST(vmisuse, vmap_of_no_array_or_unknown_flags_is_refused)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	EXPECT_REPORT(vmap_bad_page, EXPECT_TRUE(!vmap(NULL, 1, VM_MAP, PAGE_KERNEL)));
	EXPECT_FIELD("what", "null_array");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(vmap_bad_page, EXPECT_TRUE(!vmap(&page, 1, ~0ul, PAGE_KERNEL)));
	EXPECT_FIELD("what", "flags");
	EXPECT_SOUND(vmalloc_check());
	__free_page(page);
}

KTEST(vmisuse, frames_of_an_area_are_not_freed_from_under_it)
{
	char *va = vmalloc(3 * PAGE_SIZE);
	struct page *page;

	ASSERT_TRUE(va);
	page = vmalloc_to_page(va + PAGE_SIZE);
	EXPECT_REPORT(bad_page, __free_page(page));
	EXPECT_FIELD("reason", "vmalloc");
	EXPECT_FIELD("action", "refused");
	EXPECT_FIELD_HERE("caller");
	EXPECT_FIELD_HERE("alloc");
	EXPECT_REPORT(bad_page, put_page(page));
	EXPECT_FIELD("reason", "vmalloc");
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_SOUND(vmalloc_check());
	vfree(va);
}

KTEST(vmisuse, check_finds_a_mapped_page_that_is_free)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *va;

	ASSERT_TRUE(page);
	va = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	ASSERT_TRUE(va);
	__free_page(page);
	EXPECT_STREQ(vmalloc_check(), "vmap area maps a page that is free");
	vunmap(va);
	EXPECT_SOUND(vmalloc_check());
}

/* A frame that somebody else holds does not come back to the next vmalloc. */
KTEST(vmisuse, frame_with_another_reference_is_quarantined)
{
	void *va = vmalloc(PAGE_SIZE), *next;
	struct page *page;

	ASSERT_TRUE(va);
	page = vmalloc_to_page(va);
	get_page(page);
	/* not kept: it goes back, at the latest now, and is found in use */
	EXPECT_REPORT(bad_page, (vfree(va), vm_unmap_aliases()));
	next = vmalloc(PAGE_SIZE);
	EXPECT_TRUE(next && vmalloc_to_page(next) != page);
	vfree(next);
	ktest_allow_quarantine(1);
}

KTEST(vmisuse, checker_finds_what_is_broken)
{
	char *va = vmalloc(18 * PAGE_SIZE);
	pte_t *pte, saved;
	struct page *page;

	ASSERT_TRUE(va);
	pte = lookup_kernel_pte((unsigned long)va);
	saved = pte[1];
	set_pte(&pte[1], pte[2]);
	EXPECT_TRUE(vmalloc_check());
	set_pte(&pte[1], (pte_t){0});
	EXPECT_STREQ(vmalloc_check(), "vmalloc page is not mapped");
	set_pte(&pte[1], saved);
	set_pte(&pte[18], saved);
	EXPECT_STREQ(vmalloc_check(), "guard page of a vmalloc area is mapped");
	set_pte(&pte[18], (pte_t){0});
	page = find_vm_area(va)->pages[0];
	set_page_count(page, 0);
	EXPECT_STREQ(vmalloc_check(), "vmalloc area has a frame that is free");
	set_page_count(page, 1);
	EXPECT_SOUND(vmalloc_check());
	vfree(va);
	EXPECT_SOUND(vmalloc_check());
}
