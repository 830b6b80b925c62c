/* SPDX-License-Identifier: MIT */
/* pgtable.c - tests of kernel page tables on the machine itself: what the CPU does with them, its
 * TLB included. */
#include "mm/pgtable.h"
#include "asm/cpufeature.h"
#include "asm/irqflags.h"
#include "asm/pgwalk.h"
#include "asm/processor.h"
#include "asm/tlb.h"
#include "asm/uaccess.h"
#include "catch.h"
#include "console.h"
#include "errno.h"
#include "fail.h"
#include "ktest.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/vmalloc.h"
#include "shell.h"

/* Far up in the window, where no area of another case is. */
#define VA (ALIGN_DOWN(VMALLOC_END, PMD_SIZE) - 8 * PMD_SIZE)

static bool readable(unsigned long va, unsigned long *word)
{
	return probe_kernel_word((void *)va, word);
}

static unsigned long word_at(unsigned long va)
{
	return *(volatile unsigned long *)va;
}

static void set_word(unsigned long va, unsigned long word)
{
	*(volatile unsigned long *)va = word;
}

static void trim(void)
{
	trim_kernel_tables(VMALLOC_START, VMALLOC_END);
}

KTEST(pgtable, mapped_page_is_the_page)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long va = VA + 7 * PAGE_SIZE, word;

	ASSERT_TRUE(page);
	*(unsigned long *)lowmem_page_address(page) = 0x12345678;
	EXPECT_EQ(map_kernel_pages(va, &page, 1, PAGE_KERNEL, GFP_KERNEL), 0);
	EXPECT_EQ(word_at(va), 0x12345678);
	set_word(va, 0x87654321);
	EXPECT_EQ(*(unsigned long *)lowmem_page_address(page), 0x87654321);
	EXPECT_TRUE(!readable(va - PAGE_SIZE, &word) && !readable(va + PAGE_SIZE, &word));
	EXPECT_EQ(pgwalk(va).pa, page_to_phys(page));
	unmap_kernel_range(va, PAGE_SIZE);
	flush_tlb_page(va);
	EXPECT_TRUE(!readable(va, &word));
	trim();
	__free_page(page);
}

KTEST(pgtable, mapping_what_is_mapped_is_refused)
{
	struct page *page = alloc_page(GFP_KERNEL), *pages[3] = {page, page, page};
	unsigned long va = VA + 7 * PAGE_SIZE, pfn;

	ASSERT_TRUE(page);
	EXPECT_EQ(map_kernel_pages(va + 2 * PAGE_SIZE, pages, 1, PAGE_KERNEL, GFP_KERNEL), 0);
	EXPECT_REPORT(bad_mapping,
	              EXPECT_EQ(map_kernel_pages(va, pages, 3, PAGE_KERNEL, GFP_KERNEL), -EEXIST));
	EXPECT_FIELD("what", "mapped_already");
	EXPECT_FIELD("action", "refused");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(bad_mapping,
	              EXPECT_EQ(map_kernel_range(VA, 0x200000, PMD_SIZE, PAGE_KERNEL, GFP_KERNEL),
	                        -EEXIST));
	EXPECT_TRUE(!kernel_va_to_pfn(va, &pfn) && !kernel_va_to_pfn(va + PAGE_SIZE, &pfn));
	EXPECT_TRUE(kernel_va_to_pfn(va + 2 * PAGE_SIZE, &pfn) && pfn == page_to_pfn(page));
	unmap_kernel_range(va + 2 * PAGE_SIZE, PAGE_SIZE);
	flush_tlb_page(va + 2 * PAGE_SIZE);
	trim();
	EXPECT_SOUND(vmalloc_check());
	__free_page(page);
}

KTEST(pgtable, ranges_outside_the_window_are_refused)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	EXPECT_REPORT(bad_mapping, EXPECT_EQ(map_kernel_range(0xfffff000ul, 0x1000, 0x2000,
	                                                      PAGE_KERNEL, GFP_KERNEL),
	                                     -EINVAL));
	EXPECT_FIELD("what", "wraps");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(
		bad_mapping,
		EXPECT_EQ(map_kernel_pages(0x1000, &page, 1, PAGE_KERNEL, GFP_KERNEL), -EINVAL));
	EXPECT_FIELD("what", "user_address");
	EXPECT_REPORT(bad_mapping, unmap_kernel_range(0x1000, PAGE_SIZE));
	EXPECT_FIELD("call", "unmap_kernel_range");
	EXPECT_REPORT(bad_mapping, EXPECT_EQ(map_kernel_range(VA + 1, 0x1000, PAGE_SIZE,
	                                                      PAGE_KERNEL, GFP_KERNEL),
	                                     -EINVAL));
	EXPECT_FIELD("what", "unaligned");
	EXPECT_REPORT(bad_mapping,
	              EXPECT_EQ(map_kernel_range(VA, 0x1001, PAGE_SIZE, PAGE_KERNEL, GFP_KERNEL),
	                        -EINVAL));
	EXPECT_FIELD("what", "unaligned_frame");
	EXPECT_REPORT(
		bad_mapping,
		EXPECT_EQ(change_kernel_prot(0xfffff000ul, 2 * PAGE_SIZE, PAGE_KERNEL), -EINVAL));
	EXPECT_EQ(split_kernel_page(0x1000), -EINVAL);
	EXPECT_EQ(join_kernel_pages(0x1000), -EINVAL);
	EXPECT_SOUND(vmalloc_check());
	__free_page(page);
}

/* TCG keeps stale translations as a CPU does, so this case tells a missing flush from a flush. */
KTEST(pgtable, translation_lives_until_it_is_flushed)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long flags, word, stale;
	bool before, after;

	ASSERT_TRUE(page);
	EXPECT_EQ(map_kernel_pages(VA, &page, 1, PAGE_KERNEL, GFP_KERNEL), 0);
	set_word(VA, 77);
	unmap_kernel_range(VA, PAGE_SIZE);
	flags = local_irq_save();
	before = readable(VA, &stale);
	flush_tlb_page(VA);
	after = readable(VA, &word);
	local_irq_restore(flags);
	EXPECT_TRUE(before && stale == 77);
	EXPECT_TRUE(!after);
	trim();
	__free_page(page);
}

KTEST(pgtable, global_pages_survive_cr3_but_not_a_full_flush)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long flags, word;
	bool after_cr3, after_all;

	SKIP_UNLESS(cpu_features.pge, "this CPU has no global pages");
	ASSERT_TRUE(page);
	EXPECT_EQ(map_kernel_pages(VA, &page, 1, PAGE_KERNEL, GFP_KERNEL), 0);
	EXPECT_TRUE(pte_global(*lookup_kernel_pte(VA)));
	set_word(VA, 78);
	unmap_kernel_range(VA, PAGE_SIZE);
	flags = local_irq_save();
	write_cr3(read_cr3());
	after_cr3 = readable(VA, &word);
	flush_tlb_all();
	after_all = readable(VA, &word);
	local_irq_restore(flags);
	(void)after_cr3; /* a CPU may keep it; TCG does not tell global pages apart */
	EXPECT_TRUE(!after_all);
	trim();
	__free_page(page);
}

KTEST(pgtable, range_flush_drops_every_page_of_it)
{
	enum { PAGES = 2 * TLB_FLUSH_CEILING };
	struct page *pages[PAGES] = {NULL};
	unsigned long word, bad = 0;

	ASSERT_TRUE(alloc_pages_bulk_array(GFP_KERNEL, PAGES, pages) == PAGES);
	for (unsigned long n = 1; n <= PAGES; n += TLB_FLUSH_CEILING - 1) {
		EXPECT_EQ(map_kernel_pages(VA, pages, n, PAGE_KERNEL, GFP_KERNEL), 0);
		for (unsigned long i = 0; i < n; i++)
			set_word(VA + i * PAGE_SIZE, i);
		unmap_kernel_range(VA, n * PAGE_SIZE);
		flush_tlb_kernel_range(VA, VA + n * PAGE_SIZE);
		for (unsigned long i = 0; i < n; i++)
			bad += readable(VA + i * PAGE_SIZE, &word);
	}
	EXPECT_EQ(bad, 0);
	trim();
	free_pages_bulk_array(PAGES, pages);
}

KTEST(pgtable, complete_flushes_are_counted)
{
	unsigned long before = tlb_generation(), all = tlb_flushed_all();
	struct tlb_batch batch;

	flush_tlb_all();
	EXPECT_EQ(tlb_generation() - before, 1);
	EXPECT_EQ(tlb_flushed_all() - all, 1);
	tlb_batch_init(&batch);
	tlb_batch_add(&batch, VA, VA + PAGE_SIZE);
	flush_tlb_all();
	all = tlb_flushed_all() + tlb_flushed_pages();
	tlb_batch_flush(&batch);
	EXPECT_EQ(tlb_flushed_all() + tlb_flushed_pages() - all, 0);
}

static unsigned long others_start, others_end, others_times;

static void (*real_others)(unsigned long start, unsigned long end, unsigned long caller);

static void note_others(unsigned long start, unsigned long end, unsigned long caller)
{
	if (real_others)
		real_others(start, end, caller);
	others_start = start;
	others_end = end;
	others_times++;
}

KTEST(pgtable, other_cpus_are_told_what_to_flush)
{
	others_times = 0;
	real_others = tlb_flush_others;
	tlb_flush_others = note_others;
	flush_tlb_kernel_range(VA, VA + 3 * PAGE_SIZE);
	EXPECT_TRUE(others_start == VA && others_end == VA + 3 * PAGE_SIZE);
	flush_tlb_all();
	EXPECT_TRUE(others_start == 0 && others_end == 0);
	local_flush_tlb_kernel_range(VA, VA + PAGE_SIZE);
	EXPECT_EQ(others_times, 2);
	tlb_flush_others = real_others;
}

static struct tlb_batch late_batch;
static unsigned int flushes_open;

/* Three flushes begin, then an address is added, then all of them end. */
static void add_in_the_middle(unsigned long start, unsigned long end, unsigned long caller)
{
	if (++flushes_open < 3)
		flush_tlb_all();
	else
		tlb_batch_add(&late_batch, VA, VA + PAGE_SIZE);
	if (real_others)
		real_others(start, end, caller);
}

KTEST(pgtable, flushes_that_began_before_do_not_count)
{
	unsigned long flushed;

	flushes_open = 0;
	tlb_batch_init(&late_batch);
	real_others = tlb_flush_others;
	tlb_flush_others = add_in_the_middle;
	flush_tlb_all();
	tlb_flush_others = real_others;
	EXPECT_EQ(flushes_open, 3);
	flushed = tlb_flushed_pages();
	tlb_batch_flush(&late_batch);
	EXPECT_EQ(tlb_flushed_pages() - flushed, 1);
}

static void write_at(void *arg)
{
	*(volatile u8 *)arg = 1;
}

static struct caught run(void (*fn)(void *), unsigned long va)
{
	struct caught c;

	catch_run(fn, (void *)va, &c);
	return c;
}

KTEST(pgtable, rights_are_changed_and_enforced)
{
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_TRUE(page);
	EXPECT_EQ(map_kernel_pages(VA, &page, 1, PAGE_KERNEL, GFP_KERNEL), 0);
	set_word(VA, 5);
	EXPECT_EQ(change_kernel_prot(VA, PAGE_SIZE, PAGE_KERNEL_RO), 0);
	EXPECT_REPORT(kernel_fault, run(write_at, VA));
	EXPECT_FIELD("reason", "rights");
	EXPECT_EQ(word_at(VA), 5);
	EXPECT_EQ(change_kernel_prot(VA, PAGE_SIZE, PAGE_KERNEL), 0);
	set_word(VA, 6);
	EXPECT_EQ(change_kernel_prot(VA, 2 * PAGE_SIZE, PAGE_KERNEL_RO), -EFAULT);
	set_word(VA, 7);
	unmap_kernel_range(VA, PAGE_SIZE);
	flush_tlb_page(VA);
	trim();
	__free_page(page);
}

/* Some 2 MiB of the direct map that are one page; 0: none. */
static unsigned long large_direct_page(void)
{
	struct page *block = alloc_pages(GFP_KERNEL, PMD_SHIFT - PAGE_SHIFT);
	unsigned long va;

	if (!block)
		return 0;
	va = (unsigned long)lowmem_page_address(block);
	if (pmd_large(*kernel_pmd(va)))
		return va;
	__free_pages(block, PMD_SHIFT - PAGE_SHIFT);
	return 0;
}

KTEST(pgtable, direct_map_page_is_split_and_joined_under_use)
{
	unsigned long va = large_direct_page(), tables = nr_kernel_page_tables(), sum = 0;

	SKIP_UNLESS(va, "no 2 MiB page of the direct map is free");
	for (unsigned long i = 0; i < PTRS_PER_PTE; i++)
		set_word(va + i * PAGE_SIZE, i);
	EXPECT_EQ(split_kernel_page(va + 12345), 0);
	EXPECT_EQ(nr_kernel_page_tables(), tables + 1);
	EXPECT_TRUE(!pgwalk(va).large);
	for (unsigned long i = 0; i < PTRS_PER_PTE; i++)
		sum += word_at(va + i * PAGE_SIZE) == i;
	EXPECT_EQ(sum, PTRS_PER_PTE);
	EXPECT_EQ(change_kernel_prot(va + PAGE_SIZE, PAGE_SIZE, PAGE_KERNEL_RO), 0);
	EXPECT_REPORT(kernel_fault, run(write_at, va + PAGE_SIZE));
	EXPECT_EQ(join_kernel_pages(va), -EINVAL);
	EXPECT_EQ(change_kernel_prot(va + PAGE_SIZE, PAGE_SIZE, PAGE_KERNEL), 0);
	EXPECT_EQ(join_kernel_pages(va), 0);
	EXPECT_TRUE(pgwalk(va).large);
	EXPECT_EQ(word_at(va + 511 * PAGE_SIZE), 511);
	EXPECT_EQ(nr_kernel_page_tables(), tables);
	free_pages(va, PMD_SHIFT - PAGE_SHIFT);
}

KTEST(pgtable, split_without_memory_changes_nothing)
{
	unsigned long va = large_direct_page();

	SKIP_UNLESS(va, "no 2 MiB page of the direct map is free");
	fail_arm(FAIL_alloc_pages, 1);
	EXPECT_EQ(split_kernel_page(va), -ENOMEM);
	fail_arm(FAIL_alloc_pages, 0);
	EXPECT_TRUE(pgwalk(va).large);
	free_pages(va, PMD_SHIFT - PAGE_SHIFT);
}

KTEST(pgtable, map_fails_whole_at_each_table)
{
	unsigned long va = VA + PMD_SIZE - PAGE_SIZE, word, left = 0, nth = 0;
	int ret;

	do {
		fail_arm(FAIL_alloc_pages, ++nth);
		ret = map_kernel_range(va, 0x1000, PMD_SIZE + 2 * PAGE_SIZE, PAGE_KERNEL_RO,
		                       GFP_KERNEL);
		fail_arm(FAIL_alloc_pages, 0);
		for (unsigned long i = 0; ret && i < PTRS_PER_PTE + 2; i++)
			left += readable(va + i * PAGE_SIZE, &word);
		if (!ret)
			unmap_kernel_range(va, PMD_SIZE + 2 * PAGE_SIZE);
		flush_tlb_all();
		trim();
	} while (ret);
	EXPECT_EQ(left, 0);
	EXPECT_EQ(nth, 4); /* three tables */
}

KTEST(pgtable, cache_modes_are_in_the_tables_as_asked)
{
	static const enum cache_mode modes[] = {CACHE_WB, CACHE_WC, CACHE_UC_MINUS, CACHE_UC,
	                                        CACHE_WT};

	SKIP_UNLESS(cpu_features.pat, "this CPU has no page attribute table");
	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++) {
		pgprot_t prot = pgprot_cached(PAGE_KERNEL, modes[i]);

		/* a small page and a large one, of addresses where no RAM is needed: not touched */
		EXPECT_EQ(map_kernel_range(VA, 0xfe000000, PMD_SIZE + PAGE_SIZE, prot, GFP_KERNEL),
		          0);
		EXPECT_EQ(cache_mode_of(pgwalk(VA).pmd.pmd, true), modes[i]);
		EXPECT_EQ(cache_mode_of(pgwalk(VA).pte.pte, false), modes[i]);
		EXPECT_EQ(cache_mode_of(pgwalk(VA + PMD_SIZE).pte.pte, false), modes[i]);
		EXPECT_EQ(pgwalk(VA).pa, 0xfe000000);
		unmap_kernel_range(VA, PMD_SIZE + PAGE_SIZE);
		flush_tlb_all();
	}
	trim();
}

KTEST(pgtable, page_attribute_table_holds_linux_layout)
{
	SKIP_UNLESS(cpu_features.pat, "this CPU has no page attribute table");
	EXPECT_TRUE(rdmsr(0x277) == 0x0407050600070106ull);
}

KTEST(pgtable, hidden_entry_keeps_frame_and_rights)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned long word;
	pte_t *pte, before;

	ASSERT_TRUE(page);
	EXPECT_EQ(map_kernel_pages(VA, &page, 1, PAGE_KERNEL, GFP_KERNEL), 0);
	set_word(VA, 9);
	pte = lookup_kernel_pte(VA);
	before = *pte;
	ptep_hide(pte);
	flush_tlb_page(VA);
	EXPECT_TRUE(pte_hidden(*pte) && !readable(VA, &word));
	EXPECT_EQ(pte_pfn(*pte), page_to_pfn(page));
	ptep_show(pte);
	EXPECT_TRUE(pte->pte == before.pte && word_at(VA) == 9);
	unmap_kernel_range(VA, PAGE_SIZE);
	flush_tlb_page(VA);
	trim();
	__free_page(page);
}

static char text[8192];

static const char *output(const char *line)
{
	console_capture(text, sizeof(text));
	shell_execute(line);
	console_capture_end();
	return text;
}

KTEST(pgtable, kpagetables_names_areas_rights_and_levels)
{
	void *va = vmalloc(3 * PAGE_SIZE);
	char line[48];
	const char *s;

	ASSERT_TRUE(va);
	s = output("cat /proc/kpagetables");
	EXPECT_TRUE(strstr(s, "---[ kernel text ]---\n"));
	EXPECT_TRUE(strstr(s, "---[ direct map ]---\n"));
	EXPECT_TRUE(strstr(s, "---[ vmalloc ]---\n"));
	snprintf(line, sizeof(line), "0x%08lx-0x%08lx        12K      RW", (unsigned long)va,
	         (unsigned long)va + 3 * PAGE_SIZE);
	EXPECT_TRUE(strstr(s, line));
	vfree(va);
}

KTEST(pgtable, walk_decodes_every_entry)
{
	void *va = vmalloc(PAGE_SIZE);
	char line[32];
	const char *s;

	ASSERT_TRUE(va);
	snprintf(line, sizeof(line), "walk 0x%lx", (unsigned long)va);
	s = output(line);
	EXPECT_TRUE(strstr(s, "(vmalloc)") && strstr(s, "pgd[") && strstr(s, " directory"));
	EXPECT_TRUE(strstr(s, "pmd[") && strstr(s, " table"));
	EXPECT_TRUE(strstr(s, "pte[") && strstr(s, " write-back") && strstr(s, "4 KiB page"));
	snprintf(line, sizeof(line), "walk 0x%lx", (unsigned long)va + PAGE_SIZE);
	EXPECT_TRUE(strstr(output(line), " empty\n  -> not mapped"));
	vfree(va);
}
