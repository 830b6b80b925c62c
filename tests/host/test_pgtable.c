/* SPDX-License-Identifier: MIT */
/* test_pgtable.c - the kernel's tables through mm/pgtable.c, read by a walker of our own. */
#include "asm/memtype.h"
#include "asm/tlb.h"
#include "errno.h"
#include "fail.h"
#include "host.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "vm.h"
#include "world.h"

enum { WINDOW_PAGES = 3000 };
#define BASE VMALLOC_START

static unsigned long free_before;

static void boot(void)
{
	struct world w;

	world_small(&w);
	world_build(&w);
	pat_init();
	free_before = world_free_pages();
}

static void check_tables(void)
{
	unsigned long present;

	CHECK_SOUND(kernel_tables_check(VMALLOC_START, VMALLOC_END, &present));
}

static void close_window(void)
{
	trim_kernel_tables(VMALLOC_START, VMALLOC_END);
	check_tables();
	CHECK_EQ(nr_kernel_page_tables(), 0);
	CHECK_EQ(world_free_pages(), free_before);
}

TEST(mapped_range_leads_to_its_frames_and_nothing_else)
{
	unsigned long va = BASE + 5 * PAGE_SIZE, pfn;
	struct page *pages[20];
	u64 entry;

	boot();
	for (u32 i = 0; i < 20; i++)
		pages[i] = alloc_page(GFP_KERNEL | __GFP_HIGHMEM);
	CHECK_EQ(map_kernel_pages(va, pages, 20, PAGE_KERNEL, GFP_KERNEL), 0);
	for (u32 i = 0; i < 40; i++) {
		bool mapped = vm_walk(va + i * PAGE_SIZE - 10 * PAGE_SIZE, &pfn, &entry);

		CHECK_EQ(mapped, i >= 10 && i < 30);
		if (mapped)
			CHECK_EQ(pfn, page_to_pfn(pages[i - 10]));
	}
	check_tables();
	CHECK_EQ(nr_kernel_page_tables(), 1);
	CHECK_EQ(trim_kernel_tables(VMALLOC_START, VMALLOC_END), 0);
	unmap_kernel_range(va, 20 * PAGE_SIZE);
	CHECK(!vm_walk(va, &pfn, &entry));
	for (u32 i = 0; i < 20; i++)
		__free_page(pages[i]);
	close_window();
}

/* The model: which page of the window is mapped to which frame. */
TEST(random_maps_equal_a_flat_array)
{
	static unsigned long model[WINDOW_PAGES];

	boot();
	for (u32 step = 0; step < 3000 && !host_failed(); step++) {
		u32 at = test_below(WINDOW_PAGES), n = 1 + test_below(test_chance(4) ? 900 : 20);
		unsigned long frame = 1 + test_below(1 << 20);
		bool free = true;

		n = min(n, (u32)WINDOW_PAGES - at);
		for (u32 i = at; i < at + n; i++)
			free = free && !model[i];
		if (free) {
			CHECK_EQ(map_kernel_range(BASE + at * PAGE_SIZE, PFN_PHYS(frame),
			                          n * PAGE_SIZE, PAGE_KERNEL, GFP_KERNEL),
			         0);
		} else {
			unmap_kernel_range(BASE + at * PAGE_SIZE, n * PAGE_SIZE);
		}
		for (u32 i = 0; i < n; i++)
			model[at + i] = free ? frame + i : 0;
		if (test_chance(16))
			trim_kernel_tables(VMALLOC_START, VMALLOC_END);
		check_tables();
		for (u32 i = 0; i < 50; i++) {
			unsigned long k = test_below(WINDOW_PAGES), pfn;

			CHECK_EQ(kernel_va_to_pfn(BASE + k * PAGE_SIZE, &pfn), model[k] != 0);
			if (model[k])
				CHECK_EQ(pfn, model[k]);
		}
	}
	unmap_kernel_range(BASE, WINDOW_PAGES * PAGE_SIZE);
	close_window();
}

TEST(aligned_two_mib_take_one_entry)
{
	unsigned long va = BASE + PMD_SIZE, pfn;
	u64 entry;

	boot();
	CHECK_EQ(map_kernel_range(va - PAGE_SIZE, 0xfee00000 - PAGE_SIZE, PMD_SIZE + PAGE_SIZE,
	                          pgprot_cached(PAGE_KERNEL, CACHE_WT), GFP_KERNEL),
	         0);
	CHECK(pmd_large(*kernel_pmd(va)));
	CHECK(vm_walk(va + 5 * PAGE_SIZE, &pfn, &entry));
	CHECK_EQ(pfn, 0xfee05);
	CHECK_EQ(cache_mode_of(entry, true), CACHE_WT);
	CHECK(vm_walk(va - PAGE_SIZE, &pfn, &entry) && pfn == 0xfedff);
	CHECK_EQ(cache_mode_of(entry, false), CACHE_WT);
	CHECK_EQ(nr_kernel_page_tables(), 1);
	unmap_kernel_range(va - PAGE_SIZE, PMD_SIZE + PAGE_SIZE);
	CHECK(!vm_walk(va, &pfn, &entry));
	close_window();
}

TEST(large_page_replaces_an_unused_table)
{
	unsigned long pfn;
	u64 entry;

	boot();
	CHECK_EQ(map_kernel_range(BASE, 0, PAGE_SIZE, PAGE_KERNEL, GFP_KERNEL), 0);
	unmap_kernel_range(BASE, PAGE_SIZE);
	CHECK_EQ(nr_kernel_page_tables(), 1);
	CHECK_EQ(map_kernel_range(BASE, 0x80000000, PMD_SIZE, PAGE_KERNEL, GFP_KERNEL), 0);
	CHECK_EQ(nr_kernel_page_tables(), 0);
	CHECK(vm_walk(BASE, &pfn, &entry) && pfn == 0x80000);
	unmap_kernel_range(BASE, PMD_SIZE);
	close_window();
}

TEST(split_and_join_change_no_translation)
{
	unsigned long pfn;
	pgprot_t prot;
	u64 entry;

	boot();
	prot = pgprot_cached(PAGE_KERNEL_RO, CACHE_WC);
	CHECK_EQ(split_kernel_page(BASE), -EINVAL);
	CHECK_EQ(map_kernel_range(BASE, 0x80000000, PMD_SIZE, prot, GFP_KERNEL), 0);
	CHECK_EQ(split_kernel_page(BASE + 7), 0);
	check_tables();
	for (u32 i = 0; i < PTRS_PER_PTE; i++) {
		CHECK(vm_walk(BASE + i * PAGE_SIZE, &pfn, &entry) && pfn == 0x80000 + i);
		CHECK_EQ(entry & ~PTE_PFN_MASK, prot.pgprot);
	}
	CHECK_EQ(split_kernel_page(BASE), -EINVAL);
	CHECK_EQ(change_kernel_prot(BASE, PAGE_SIZE, PAGE_KERNEL), 0);
	CHECK_EQ(join_kernel_pages(BASE), -EINVAL); /* one of them differs */
	CHECK_EQ(change_kernel_prot(BASE, PAGE_SIZE, prot), 0);
	CHECK_EQ(join_kernel_pages(BASE), 0);
	CHECK(pmd_large(*kernel_pmd(BASE)));
	CHECK(vm_walk(BASE + PAGE_SIZE, &pfn, &entry) && pfn == 0x80001);
	CHECK_EQ(cache_mode_of(entry, true), CACHE_WC);
	unmap_kernel_range(BASE, PMD_SIZE);
	close_window();
}

TEST(rights_change_in_part_of_a_large_page)
{
	unsigned long pfn;
	u64 entry;

	boot();
	CHECK_EQ(map_kernel_range(BASE, 0x80000000, 2 * PMD_SIZE, PAGE_KERNEL, GFP_KERNEL), 0);
	CHECK_EQ(change_kernel_prot(BASE + PMD_SIZE - PAGE_SIZE, 2 * PAGE_SIZE, PAGE_KERNEL_RO), 0);
	for (u32 i = 0; i < 2 * PTRS_PER_PTE; i++) {
		CHECK(vm_walk(BASE + i * PAGE_SIZE, &pfn, &entry) && pfn == 0x80000 + i);
		CHECK_EQ(!(entry & _PAGE_RW), i == PTRS_PER_PTE - 1 || i == PTRS_PER_PTE);
	}
	CHECK_EQ(change_kernel_prot(BASE + PMD_SIZE, 2 * PMD_SIZE, PAGE_KERNEL_RO), -EFAULT);
	CHECK(vm_walk(BASE + 2 * PMD_SIZE - PAGE_SIZE, &pfn, &entry) && entry & _PAGE_RW);
	unmap_kernel_range(BASE, 2 * PMD_SIZE);
	close_window();
}

TEST(failing_table_leaves_nothing_mapped)
{
	unsigned long va = BASE + PMD_SIZE - PAGE_SIZE, pfn;
	u64 entry;

	boot();
	for (unsigned long nth = 1; nth <= 3; nth++) {
		fail_arm(FAIL_alloc_pages, nth);
		CHECK_EQ(map_kernel_range(va, 0x1000, PMD_SIZE + 2 * PAGE_SIZE, PAGE_KERNEL,
		                          GFP_KERNEL),
		         -ENOMEM);
		fail_arm(FAIL_alloc_pages, 0);
		for (u32 i = 0; i < 600; i++)
			CHECK(!vm_walk(va + i * PAGE_SIZE, &pfn, &entry));
		close_window();
	}
}

TEST(stale_translation_lives_until_the_flush)
{
	unsigned long va = BASE + 3 * PAGE_SIZE;
	struct page *page;

	boot();
	page = alloc_page(GFP_KERNEL);
	CHECK_EQ(map_kernel_pages(va, &page, 1, PAGE_KERNEL, GFP_KERNEL), 0);
	REQUIRE(vm_touch(va));
	*vm_touch(va) = 42;
	unmap_kernel_range(va, PAGE_SIZE);
	CHECK(vm_touch(va) && *vm_touch(va) == 42); /* still there: nobody flushed */
	flush_tlb_kernel_range(va, va + PAGE_SIZE);
	CHECK(!vm_touch(va));
	CHECK_SOUND(vm_tlb_check());
	__free_page(page);
	close_window();
}

TEST(freed_frame_under_a_stale_translation_is_found)
{
	struct page *page;

	boot();
	page = alloc_page(GFP_KERNEL);
	CHECK_EQ(map_kernel_pages(BASE, &page, 1, PAGE_KERNEL, GFP_KERNEL), 0);
	CHECK(vm_touch(BASE));
	unmap_kernel_range(BASE, PAGE_SIZE);
	__free_page(page);
	CHECK(vm_tlb_check());
	flush_tlb_page(BASE);
	CHECK_SOUND(vm_tlb_check());
	close_window();
}

TEST(batch_flushes_few_pages_singly_many_at_once_and_never_twice)
{
	unsigned long singles = 0, all = 0;
	struct tlb_batch batch;

	boot();
	tlb_batch_init(&batch);
	tlb_batch_flush(&batch);
	CHECK_EQ(tlb_flushed_pages() + tlb_flushed_all(), 0);
	tlb_batch_add(&batch, BASE, BASE + 2 * PAGE_SIZE);
	tlb_batch_add(&batch, BASE + 5 * PAGE_SIZE, BASE + 6 * PAGE_SIZE);
	tlb_batch_flush(&batch);
	CHECK_EQ(tlb_flushed_pages() - singles, 6);
	singles = tlb_flushed_pages();
	tlb_batch_add(&batch, BASE, BASE + PAGE_SIZE);
	tlb_batch_add(&batch, BASE + 100 * PAGE_SIZE, BASE + 101 * PAGE_SIZE);
	tlb_batch_flush(&batch);
	CHECK_EQ(tlb_flushed_all() - all, 1);
	CHECK_EQ(tlb_flushed_pages(), singles);
	tlb_batch_add(&batch, BASE, BASE + PAGE_SIZE);
	flush_tlb_all();
	all = tlb_flushed_all();
	tlb_batch_flush(&batch); /* others have flushed everything meanwhile */
	CHECK_EQ(tlb_flushed_all(), all);
	CHECK_EQ(tlb_flushed_pages(), singles);
}

TEST(cache_modes_survive_the_way_through_an_entry)
{
	pat_init();
	for (int mode = 0; mode < NR_CACHE_MODES; mode++) {
		pgprot_t prot = pgprot_cached(PAGE_KERNEL, (enum cache_mode)mode);

		CHECK_EQ(cache_mode_of(pfn_pte(0x12345, prot).pte, false), mode);
		CHECK_EQ(cache_mode_of(pfn_pmd(0x12200, prot).pmd, true), mode);
		CHECK_EQ(pmd_pgprot(pfn_pmd(0x12200, prot)).pgprot, prot.pgprot);
		CHECK_EQ(pmd_pfn(pfn_pmd(0x12200, prot)), 0x12200);
	}
}

TEST(without_a_table_of_types_the_nearest_stricter_is_used)
{
	CHECK_EQ(cache_mode_of(pgprot_cached(PAGE_KERNEL, CACHE_WC).pgprot, false), CACHE_UC_MINUS);
	CHECK_EQ(cache_mode_of(pgprot_cached(PAGE_KERNEL, CACHE_WT).pgprot, false), CACHE_WT);
	CHECK_EQ(cache_mode_of(pgprot_cached(PAGE_KERNEL, CACHE_UC).pgprot, false), CACHE_UC);
	CHECK_EQ(cache_mode_of(pgprot_cached(PAGE_KERNEL, CACHE_WB).pgprot, false), CACHE_WB);
}
