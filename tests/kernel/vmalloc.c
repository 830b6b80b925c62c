/* SPDX-License-Identifier: MIT */
/* vmalloc.c - tests of vmalloc, vmap and kvmalloc: memory behind addresses, and all of it back. */
#include "mm/vmalloc.h"
#include "asm/devices.h"
#include "asm/irq.h"
#include "asm/irqflags.h"
#include "asm/page_ops.h"
#include "asm/pgwalk.h"
#include "asm/tlb.h"
#include "asm/uaccess.h"
#include "console.h"
#include "fail.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/alloc_hooks.h"
#include "mm/debug_pagealloc.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/shrinker.h"
#include "mm/slab.h"
#include "mm/vmap_area.h"
#include "mm/vmstat.h"
#include "shell.h"

static u32 pattern_of(const void *va, unsigned long i)
{
	return (u32)(unsigned long)va * 2654435761u ^ (u32)(i * 40503);
}

/* Every word of [va, va + size) its own value. */
static void fill(void *va, unsigned long size)
{
	for (unsigned long i = 0; i < size / 4; i++)
		((volatile u32 *)va)[i] = pattern_of(va, i);
}

static unsigned long count_wrong(const void *va, unsigned long size)
{
	unsigned long wrong = 0;

	for (unsigned long i = 0; i < size / 4; i++)
		wrong += ((const volatile u32 *)va)[i] != pattern_of(va, i);
	return wrong;
}

static bool is_there(const void *va)
{
	unsigned long word;

	return probe_kernel_word((void *)((unsigned long)va & ~3ul), &word);
}

KTEST(vmalloc, memory_holds_what_is_written_at_every_size)
{
	unsigned long bytes = 1;

	for (unsigned int i = 0; i < 40; i++) {
		void *va = vmalloc(bytes);
		unsigned long pages = PAGE_ALIGN(bytes) / PAGE_SIZE;

		ASSERT_TRUE(va && is_vmalloc_addr(va) && IS_ALIGNED((unsigned long)va, PAGE_SIZE));
		EXPECT_EQ(get_vm_area_size(find_vm_area(va)), pages * PAGE_SIZE);
		EXPECT_EQ(find_vm_area(va)->nr_pages, pages);
		fill(va, bytes);
		EXPECT_EQ(count_wrong(va, bytes), 0);
		vfree(va);
		bytes += bytes / 3 + ktest_below(97) + 1;
		if (bytes > 512 * 1024)
			bytes = 1 + ktest_below(70000);
	}
	EXPECT_SOUND(vmalloc_check());
}

KTEST(vmalloc, areas_do_not_share_memory)
{
	enum { N = 24 };
	unsigned long size[N], wrong = 0;
	void *va[N];

	for (unsigned int i = 0; i < N; i++) {
		size[i] = 4 + ktest_below(9 * PAGE_SIZE);
		va[i] = vmalloc(size[i]);
		ASSERT_TRUE(va[i]);
		fill(va[i], size[i]);
	}
	EXPECT_SOUND(vmalloc_check());
	for (unsigned int i = 0; i < N; i++)
		wrong += count_wrong(va[i], size[i]);
	EXPECT_EQ(wrong, 0);
	for (unsigned int i = 0; i < N; i++)
		vfree(va[i]);
}

KTEST(vmalloc, page_behind_the_area_is_never_mapped)
{
	for (unsigned int pages = 1; pages <= 20; pages++) {
		char *va = vmalloc(pages * PAGE_SIZE);

		ASSERT_TRUE(va);
		EXPECT_TRUE(is_there(va + pages * PAGE_SIZE - 1));
		EXPECT_TRUE(!is_there(va + pages * PAGE_SIZE));
		EXPECT_TRUE(!is_there(va - 1));
		vfree(va);
	}
}

KTEST(vmalloc, frames_come_from_high_memory_first)
{
	const struct zone *first = first_zone(GFP_KERNEL | __GFP_HIGHMEM);
	unsigned long high = 0;
	char *va;

	SKIP_UNLESS(is_highmem(first), "no high memory on this node");
	SKIP_UNLESS(zone_page_state(first, NR_FREE_PAGES) > high_wmark_pages(first) + 200,
	            "high memory is scarce");
	va = vmalloc(100 * PAGE_SIZE);
	ASSERT_TRUE(va);
	for (unsigned int i = 0; i < 100; i++)
		high += PageHighMem(vmalloc_to_page(va + i * PAGE_SIZE));
	EXPECT_EQ(high, 100);
	vfree(va);
}

KTEST(vmalloc, vmalloc_32_stays_in_low_memory)
{
	char *va = vmalloc_32(30 * PAGE_SIZE);

	ASSERT_TRUE(va);
	for (unsigned int i = 0; i < 30; i++)
		EXPECT_TRUE(vmalloc_to_pfn(va + i * PAGE_SIZE) < max_low_pfn);
	vfree(va);
}

KTEST(vmalloc, vmalloc_node_takes_frames_of_that_node)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		struct zone *zone = &pgdat->node_zones[ZONE_NORMAL];
		char *va;

		if (!managed_zone(zone) ||
		    zone_page_state(zone, NR_FREE_PAGES) < high_wmark_pages(zone) + 64)
			continue;
		va = vmalloc_node(8 * PAGE_SIZE, pgdat->node_id);
		ASSERT_TRUE(va);
		for (unsigned int i = 0; i < 8; i++)
			EXPECT_EQ(page_to_nid(vmalloc_to_page(va + i * PAGE_SIZE)), pgdat->node_id);
		vfree(va);
	}
}

KTEST(vmalloc, vzalloc_is_zero_even_where_memory_was_used)
{
	for (unsigned int round = 0; round < 4; round++) {
		unsigned long size = (1 + ktest_below(12)) * PAGE_SIZE, sum = 0;
		char *va = vmalloc(size);

		ASSERT_TRUE(va);
		memset(va, 0xee, size);
		vfree(va);
		va = vzalloc(size);
		ASSERT_TRUE(va);
		for (unsigned long i = 0; i < size; i++)
			sum += va[i] != 0;
		EXPECT_EQ(sum, 0);
		vfree(va);
	}
}

KTEST(vmalloc, vmalloc_user_is_zeroed_and_marked)
{
	u32 *va = vmalloc_user(3 * PAGE_SIZE);

	ASSERT_TRUE(va);
	EXPECT_TRUE(find_vm_area(va)->flags & VM_USERMAP);
	EXPECT_TRUE(!va[0] && !va[3 * PAGE_SIZE / 4 - 1]);
	vfree(va);
}

KTEST(vmalloc, large_area_uses_large_pages)
{
	const struct vm_struct *vm;
	unsigned long size = 5 * SZ_1M + 3 * PAGE_SIZE, large = 0;
	char *va;

	SKIP_UNLESS(nr_free_pages() > 8192, "less than 32 MiB are free");
	va = vmalloc(size);
	ASSERT_TRUE(va);
	vm = find_vm_area(va);
	EXPECT_TRUE(IS_ALIGNED((unsigned long)va, PMD_SIZE));
	for (unsigned long at = 0; at < size; at += PAGE_SIZE)
		large += pgwalk((unsigned long)va + at).large;
	EXPECT_EQ(large, vm->nr_large * 512ul);
	EXPECT_TRUE(vm->nr_large == 2 || !any_zone_is_large());
	EXPECT_EQ(vm_nr_blocks(vm), vm->nr_large + size / PAGE_SIZE - vm->nr_large * 512);
	fill(va, size);
	EXPECT_EQ(count_wrong(va, size), 0);
	EXPECT_SOUND(vmalloc_check());
	EXPECT_TRUE(!is_there(va + size));
	vfree(va);
	EXPECT_TRUE(!is_there(va) && !is_there(va + size - 1));
}

/* Without a single block of 2 MiB the area is made of small pages: whichever allocation
 * fails, there is an area or nothing. */
KTEST(vmalloc, large_area_falls_back_to_small_pages)
{
	unsigned int small = 0;

	SKIP_UNLESS(nr_free_pages() > 4096, "less than 16 MiB are free");
	vfree(vmalloc(3 * SZ_1M)); /* the caches have a descriptor and an array from now on */
	for (unsigned long nth = 1; nth <= 6; nth++) {
		char *va;

		fail_arm(FAIL_alloc_pages, nth);
		va = __vmalloc(3 * SZ_1M, GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN);
		fail_arm(FAIL_alloc_pages, 0);
		EXPECT_SOUND(vmalloc_check());
		if (!va)
			continue;
		small += find_vm_area(va)->nr_large == 0;
		fill(va, 3 * SZ_1M);
		EXPECT_EQ(count_wrong(va, 3 * SZ_1M), 0);
		vfree(va);
	}
	EXPECT_TRUE(small > 0);
}

/* The list of frames of a large area may be an area itself. */
KTEST(vmalloc, array_of_pages_need_not_be_in_one_piece)
{
	unsigned long size = 1200 * PAGE_SIZE;
	char *va;

	SKIP_UNLESS(nr_free_pages() > 4096, "less than 16 MiB are free");
	fail_arm(FAIL_slab, 2); /* 1: the descriptor; 2: the array */
	va = vmalloc(size);
	fail_arm(FAIL_slab, 0);
	ASSERT_TRUE(va);
	EXPECT_TRUE(is_vmalloc_addr(find_vm_area(va)->pages));
	EXPECT_SOUND(vmalloc_check());
	fill(va, size);
	EXPECT_EQ(count_wrong(va, size), 0);
	vfree(va);
	EXPECT_SOUND(vmalloc_check());
}

KTEST(vmalloc, freed_area_faults_at_once)
{
	for (unsigned int pages = 1; pages < 60; pages += 1 + pages / 2) {
		char *va = vmalloc(pages * PAGE_SIZE);
		unsigned long seen = 0;

		ASSERT_TRUE(va);
		for (unsigned int i = 0; i < pages; i++)
			va[i * PAGE_SIZE] = 1; /* the TLB knows all of it */
		vfree(va);
		for (unsigned int i = 0; i < pages; i++)
			seen += is_there(va + i * PAGE_SIZE);
		EXPECT_EQ(seen, 0);
	}
}

KTEST(vmalloc, freed_small_area_comes_back_to_the_next_of_its_size)
{
	void *first, *second, *other;
	struct page *page;

	SKIP_UNLESS(!alloc_hooks, "hooks look at every page, so nothing is kept");
	first = vmalloc(3 * PAGE_SIZE);
	ASSERT_TRUE(first);
	page = vmalloc_to_page(first);
	vfree(first);
	EXPECT_TRUE(vmalloc_stats().cached >= 3);
	EXPECT_EQ(page_ref_count(page), 1); /* nobody else's yet */
	other = vmalloc(4 * PAGE_SIZE);
	second = vmalloc(3 * PAGE_SIZE);
	EXPECT_TRUE(other && other != first);
	EXPECT_TRUE(second == first && vmalloc_to_page(second) == page);
	EXPECT_SOUND(vmalloc_check());
	vfree(second);
	vfree(other);
	EXPECT_SOUND(vmalloc_check());
}

KTEST(vmalloc, cache_stops_growing_and_all_of_it_can_be_taken_back)
{
	enum { N = 300 };
	static void *va[N];
	unsigned long most, n = 0, free_before;

	vm_unmap_aliases();
	drain_all_pages(NULL);
	free_before = nr_free_pages();
	while (n < N &&
	       (va[n] = __vmalloc(16 * PAGE_SIZE,
	                          GFP_KERNEL | __GFP_HIGHMEM | __GFP_NOWARN | __GFP_NORETRY)) &&
	       nr_free_pages() > free_before / 2)
		n++;
	n += n < N && va[n];
	for (unsigned long i = 0; i < n; i++)
		vfree(va[i]);
	most = vmalloc_stats().cached + vmalloc_stats().lazy;
	EXPECT_TRUE(most <= max(totalram_pages() / 32, 200ul));
	vm_unmap_aliases();
	EXPECT_EQ(vmalloc_stats().cached + vmalloc_stats().lazy, 0);
	EXPECT_SOUND(vmalloc_check());
}

static unsigned long flushes_told;

static void (*real_flush)(unsigned long start, unsigned long end, unsigned long caller);

static void count_flush(unsigned long start, unsigned long end, unsigned long caller)
{
	if (real_flush)
		real_flush(start, end, caller);
	flushes_told++;
}

KTEST(vmalloc, other_cpus_are_flushed_once_for_many_frees)
{
	unsigned long frees = 0;

	SKIP_UNLESS(!debug_pagealloc_enabled(), "vmalloc keeps nothing");
	SKIP_UNLESS(nr_free_pages() > 4096, "less than 16 MiB are free");
	vm_unmap_aliases();
	flushes_told = 0;
	real_flush = tlb_flush_others;
	tlb_flush_others = count_flush;
	for (unsigned int i = 0; i < 3; i++, frees++) {
		void *va = vmalloc_node(17 * PAGE_SIZE, numa_node_id()); /* not for the cache */

		if (va)
			vfree(va);
	}
	EXPECT_EQ(flushes_told, 0);
	EXPECT_EQ(vmalloc_stats().lazy, frees * 18);
	vm_unmap_aliases();
	tlb_flush_others = real_flush;
	/* one for the areas, one for each table that became unused */
	EXPECT_TRUE(flushes_told >= 1 && flushes_told <= 3);
}

KTEST(vmalloc, frames_go_back_only_after_every_cpu_was_flushed)
{
	struct page *page;
	char *va;

	SKIP_UNLESS(!debug_pagealloc_enabled(), "vmalloc keeps nothing");
	va = vmalloc_node(20 * PAGE_SIZE, numa_node_id());
	ASSERT_TRUE(va);
	page = vmalloc_to_page(va + 19 * PAGE_SIZE);
	flushes_told = 0;
	real_flush = tlb_flush_others;
	tlb_flush_others = count_flush; /* as if there were others */
	vfree(va);
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_SOUND(vmalloc_check());
	vm_unmap_aliases();
	tlb_flush_others = real_flush;
	EXPECT_TRUE(flushes_told >= 1);
	EXPECT_EQ(page_ref_count(page), 0);
}

KTEST(vmalloc, memory_pressure_takes_back_what_is_kept)
{
	vfree(vmalloc(9 * PAGE_SIZE));
	SKIP_UNLESS(vmalloc_stats().cached, "hooks look at every page, so nothing is kept");
	EXPECT_TRUE(shrink_slab(GFP_KERNEL, 0, 0) >= 9);
	EXPECT_EQ(vmalloc_stats().cached + vmalloc_stats().lazy, 0);
}

KTEST(vmalloc, strict_mode_keeps_nothing)
{
	char *va;
	struct page *page;

	vmalloc_set_strict(true);
	va = vmalloc(PAGE_SIZE);
	if (va) {
		page = vmalloc_to_page(va);
		vfree(va);
		EXPECT_EQ(page_ref_count(page), 0);
		EXPECT_EQ(vmalloc_stats().cached + vmalloc_stats().lazy, 0);
	}
	vmalloc_set_strict(debug_pagealloc_enabled());
	EXPECT_TRUE(va);
}

KTEST(vmalloc, look_ups_know_every_address)
{
	char *va = vmalloc(5 * PAGE_SIZE);

	ASSERT_TRUE(va);
	EXPECT_TRUE(find_vm_area(va) == find_vm_area(va + 5 * PAGE_SIZE - 1));
	EXPECT_TRUE(find_vm_area(va) == find_vm_area(va + 5 * PAGE_SIZE)); /* its guard */
	EXPECT_TRUE(find_vm_area(va)->addr == va);
	EXPECT_TRUE(find_vm_area(va) != find_vm_area(va + 6 * PAGE_SIZE));
	EXPECT_TRUE(vmalloc_to_page(va + 4 * PAGE_SIZE + 17) == find_vm_area(va)->pages[4]);
	EXPECT_TRUE(!vmalloc_to_page(va + 5 * PAGE_SIZE) && !vmalloc_to_pfn((void *)0x1000));
	EXPECT_TRUE(!find_vm_area(NULL) && !is_vmalloc_addr(&va));
	vfree(va);
	EXPECT_TRUE(!find_vm_area(va));
}

KTEST(vmalloc, caller_and_nodes_are_in_vmallocinfo)
{
	static char text[8192];
	void *va = vmalloc(7 * PAGE_SIZE);
	char line[80], *s;

	ASSERT_TRUE(va);
	snprintf(line, sizeof(line), "0x%08lx-0x%08lx   32768 ktest_vmalloc_caller_and_nodes",
	         (unsigned long)va, (unsigned long)va + 8 * PAGE_SIZE);
	console_capture(text, sizeof(text));
	shell_execute("cat /proc/vmallocinfo");
	console_capture_end();
	s = strstr(text, line);
	EXPECT_TRUE(s);
	EXPECT_TRUE(s && strstr(s, " pages=7 vmalloc N"));
	vfree(va);
}

KTEST(vmalloc, free_of_null_is_nothing)
{
	vfree(NULL);
	vunmap(NULL);
	kvfree(NULL);
}

KTEST(vmalloc, random_sizes_and_lives_stay_sound)
{
	enum { SLOTS = 40 };
	struct {
		void *va;
		unsigned long size;
	} s[SLOTS] = {{0}};
	unsigned long wrong = 0, most = any_zone_is_large() ? 200000 : 30000;

	for (unsigned int step = 0; step < 1200; step++) {
		unsigned int i = ktest_below(SLOTS);

		if (s[i].va) {
			wrong += count_wrong(s[i].va, min(s[i].size, 512ul));
			vfree(s[i].va);
			s[i].va = NULL;
		} else {
			s[i].size = 1 + ktest_below(ktest_below(4) ? 5 * PAGE_SIZE : most);
			s[i].va = vmalloc(s[i].size);
			if (s[i].va)
				fill(s[i].va, min(s[i].size, 512ul));
		}
		if (step % 100 == 0)
			EXPECT_SOUND(vmalloc_check());
	}
	for (unsigned int i = 0; i < SLOTS; i++)
		vfree(s[i].va);
	EXPECT_EQ(wrong, 0);
	EXPECT_SOUND(vmalloc_check());
}

/* --- vmap --------------------------------------------------------------------------------- */

KTEST(vmap, pages_are_seen_in_order_and_twice)
{
	enum { N = 10 };
	struct page *pages[N] = {NULL};
	u32 *one, *two;

	ASSERT_TRUE(alloc_pages_bulk_array(GFP_KERNEL, N, pages) == N);
	one = vmap(pages, N, VM_MAP, PAGE_KERNEL);
	two = vmap(pages, N, VM_MAP, PAGE_KERNEL_RO);
	ASSERT_TRUE(one && two && one != two);
	for (unsigned int i = 0; i < N; i++)
		one[i * PAGE_SIZE / 4] = i * 3;
	for (unsigned int i = 0; i < N; i++)
		EXPECT_TRUE(two[i * PAGE_SIZE / 4] == i * 3 &&
		            *(u32 *)lowmem_page_address(pages[i]) == i * 3);
	EXPECT_SOUND(vmalloc_check());
	vunmap(one);
	EXPECT_TRUE(!is_there(one) && is_there(two));
	vunmap(two);
	EXPECT_TRUE(!is_there(two));
	free_pages_bulk_array(N, pages);
}

KTEST(vmap, unmap_reaches_every_cpu_before_it_returns)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *va;

	ASSERT_TRUE(page);
	va = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	ASSERT_TRUE(va);
	flushes_told = 0;
	real_flush = tlb_flush_others;
	tlb_flush_others = count_flush;
	vunmap(va);
	tlb_flush_others = real_flush;
	EXPECT_EQ(flushes_told, 1);
	__free_page(page);
}

KTEST(vmap, middle_pages_of_a_block_can_be_mapped)
{
	struct page *block = alloc_pages(GFP_KERNEL, 2);
	struct page *pages[4];
	void *va;

	ASSERT_TRUE(block);
	for (unsigned int i = 0; i < 4; i++)
		pages[i] = block + 3 - i;
	va = vmap(pages, 4, VM_MAP, PAGE_KERNEL);
	EXPECT_TRUE(va && vmalloc_to_page(va) == block + 3);
	vunmap(va);
	__free_pages(block, 2);
}

/* --- kvmalloc ----------------------------------------------------------------------------- */

KTEST(kvmalloc, small_is_in_one_piece_and_large_need_not_be)
{
	void *small = kvmalloc(100, GFP_KERNEL), *large;

	EXPECT_TRUE(small && !is_vmalloc_addr(small));
	kvfree(small);
	starve(); /* no block of any order */
	large = kvmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	starve_end();
	kvfree(large);
	SKIP_UNLESS(nr_free_pages() > 4096, "less than 16 MiB are free");
	large = kvzalloc(5 * SZ_1M, GFP_KERNEL); /* more than kmalloc gives */
	ASSERT_TRUE(large);
	EXPECT_TRUE(is_vmalloc_addr(large) && !((char *)large)[5 * SZ_1M - 1]);
	kvfree(large);
}

KTEST(kvmalloc, falls_back_when_no_block_is_left)
{
	void *va;

	fail_arm(FAIL_alloc_pages, 1);
	va = kvmalloc(64 * 1024, GFP_KERNEL);
	fail_arm(FAIL_alloc_pages, 0);
	EXPECT_TRUE(va);
	kvfree(va);
}
