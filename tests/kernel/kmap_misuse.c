/* SPDX-License-Identifier: MIT */
/* kmap_misuse.c - kmap windows unmapped wrongly, nested too deep, used after they are gone (K1, K4,
 * K5): each is named and changes nothing. */
#include "bug.h"
#include "catch.h"
#include "helpers.h"
#include "kernel.h"
#include "kmap_test.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "preempt.h"

/* --- K1: wrong unmapping ------------------------------------------------------------------ */

KTEST(kmap_misuse, out_of_order_is_refused)
{
	struct page *a = tagged_page(1), *b = tagged_page(2);

	FOR_EACH_MODE(m)
	{
		u32 *va = map(a), *vb = map(b);
		char expected[16];

		snprintf(expected, sizeof(expected), "0x%08lx", (unsigned long)vb);
		EXPECT_REPORT(kmap_bad_unmap, kunmap_local(va));
		EXPECT_FIELD("what", "out_of_order");
		EXPECT_FIELD("expected", expected);
		EXPECT_FIELD("action", "refused");
		EXPECT_FIELD_HERE("caller");
		EXPECT_TRUE(va[0] == 1 && vb[0] == 2 && kmap_depth() == 2);
		EXPECT_SOUND(kmap_check());
		kunmap_local(vb);
		kunmap_local(va);
	}
	__free_page(a);
	__free_page(b);
}

KTEST(kmap_misuse, unmapping_twice_is_refused)
{
	struct page *a = tagged_page(1), *b = tagged_page(2);

	FOR_EACH_MODE(m)
	{
		u32 *va = map(a), *vb = map(b);

		kunmap_local(vb);
		EXPECT_REPORT(kmap_bad_unmap, kunmap_local(vb));
		EXPECT_FIELD("what", "not_mapped");
		EXPECT_FIELD_HERE("unmapped_by");
		EXPECT_FIELD_HERE("caller");
		EXPECT_TRUE(va[0] == 1 && kmap_depth() == 1);
		kunmap_local(va);
		EXPECT_REPORT(kmap_bad_unmap, kunmap_local(va));
		EXPECT_EQ(kmap_depth(), 0);
		EXPECT_SOUND(kmap_check());
		report_rearm();
	}
	__free_page(a);
	__free_page(b);
}

KTEST(kmap_misuse, atomic_unmapped_twice_keeps_the_preempt_count)
{
	struct page *a = tagged_page(1);
	u32 *va;

	mode_begin(KMAP_MODE_FORCE);
	va = kmap_atomic(a);
	kunmap_atomic(va);
	EXPECT_REPORT(kmap_bad_unmap, kunmap_atomic(va));
	EXPECT_EQ(preempt_count(), 0);
	mode_end();
	__free_page(a);
}

KTEST(kmap_misuse, addresses_that_are_no_window_are_refused)
{
	struct page *a = tagged_page(1);
	u32 *va = map(a);

	EXPECT_REPORT(kmap_bad_unmap, kunmap_local((void *)0x1000));
	EXPECT_FIELD("what", "no_window");
	EXPECT_REPORT(kmap_bad_unmap, kunmap_local((void *)PKMAP_BASE));
	EXPECT_FIELD("what", "no_window");
	EXPECT_REPORT(kmap_bad_unmap, kunmap_local(kmap_window_va(KMAP_FIRST)));
	EXPECT_FIELD("what", "not_mapped");
	EXPECT_REPORT(kmap_bad_unmap,
	              kunmap_local(kmap_window_va(KMAP_FIRST + KMAP_SLOTS_PER_CPU)));
	EXPECT_FIELD("what", "another_cpus_window");
	EXPECT_EQ(va[0], 1);
	kunmap_local(va);
	EXPECT_SOUND(kmap_check());
	__free_page(a);
}

KTEST(kmap_misuse, free_pages_and_no_pages_are_refused)
{
	struct page *page;

	SKIP_UNLESS(DEBUG_BUILD, "only the checking build looks");
	page = alloc_page(GFP_KERNEL);
	ASSERT_TRUE(page);
	__free_page(page);
	EXPECT_REPORT(kmap_bad_page, EXPECT_TRUE(!kmap_local_page(page)));
	EXPECT_FIELD("what", "kmap_local_page");
	EXPECT_FIELD_HERE("freed_by");
	EXPECT_FIELD_HERE("caller");
	EXPECT_REPORT(kmap_bad_page, EXPECT_TRUE(!kmap_atomic(page)));
	EXPECT_REPORT(kmap_bad_page, EXPECT_TRUE(!kmap_local_page(NULL)));
	EXPECT_FIELD("state", "no_page");
	EXPECT_EQ(preempt_count(), 0);
	EXPECT_EQ(kmap_depth(), 0);
}

/* --- K4: too deep ------------------------------------------------------------------------- */

KTEST(kmap_misuse, the_seventeenth_is_refused_and_the_holders_are_named)
{
	struct page *page = tagged_page(9);

	FOR_EACH_MODE(m)
	{
		u32 *va[KMAP_MAX];
		struct kmap_use uses[KMAP_MAX];

		for (int i = 0; i < KMAP_MAX; i++)
			va[i] = map(page);
		EXPECT_EQ(kmap_list_windows(uses, KMAP_MAX), KMAP_MAX);
		for (unsigned int i = 0; i < KMAP_MAX; i++)
			EXPECT_TRUE(uses[i].va == (unsigned long)va[i] && uses[i].count == i &&
			            uses[i].pfn == page_to_pfn(page));
		EXPECT_REPORT(kmap_exhausted, EXPECT_TRUE(!map(page)));
		EXPECT_FIELD("in_use", "16");
		EXPECT_FIELD("what", "windows");
		EXPECT_EQ(kmap_depth(), KMAP_MAX);
		EXPECT_SOUND(kmap_check());
		for (int i = KMAP_MAX; i--;)
			kunmap_local(va[i]);
		report_rearm();
	}
	__free_page(page);
}

KTEST(kmap_misuse, a_refused_atomic_leaves_the_preempt_count)
{
	struct page *page = tagged_page(9);
	void *va[KMAP_MAX];

	mode_begin(KMAP_MODE_FORCE);
	for (int i = 0; i < KMAP_MAX; i++)
		va[i] = kmap_atomic(page);
	EXPECT_REPORT(kmap_exhausted, EXPECT_TRUE(!kmap_atomic(page)));
	EXPECT_FIELD_HERE("caller");
	EXPECT_FIELD_HERE("mapped_by");
	EXPECT_EQ(preempt_count(), KMAP_MAX * KMAP_OFFSET);
	for (int i = KMAP_MAX; i--;)
		kunmap_atomic(va[i]);
	EXPECT_EQ(preempt_count(), 0);
	mode_end();
	__free_page(page);
}

/* --- K5: access after unmapping ----------------------------------------------------------- */

static void read_word(void *arg)
{
	(void)*(volatile u32 *)arg;
}

static void expect_fault(const void *va)
{
	struct caught c;

	EXPECT_REPORT(kernel_fault, catch_run(read_word, (void *)va, &c));
	EXPECT_EQ(c.kind, CAUGHT_FAULT);
	EXPECT_FIELD("class", "kmap_window");
}

KTEST(kmap_misuse, access_after_unmapping_is_explained)
{
	struct page *page = tagged_page(9);
	char slot[8];
	u32 *va;

	mode_begin(KMAP_MODE_FLUSH);
	va = map(page);
	kunmap_local(va);
	snprintf(slot, sizeof(slot), "%u", kmap_window_number(va) - KMAP_FIRST);
	expect_fault(va + 3);
	EXPECT_FIELD("hint", "stale_kmap_slot");
	EXPECT_FIELD("slot", slot);
	EXPECT_FIELD_HERE("unmapped_by");
	mode_end();
	__free_page(page);
}

KTEST(kmap_misuse, stale_windows_fault_after_a_lap)
{
	struct page *page = tagged_page(9);
	u32 *va;

	mode_begin(KMAP_MODE_RING);
	va = map(page);
	kunmap_local(va);
	kmap_flush_all_local();
	expect_fault(va);
	EXPECT_FIELD("hint", "stale_kmap_slot");
	mode_end();
	__free_page(page);
}

KTEST(kmap_misuse, overruns_hit_an_unmapped_neighbour)
{
	struct page *page = tagged_page(9);

	mode_begin(KMAP_MODE_FORCE);
	for (int i = 0; i < 2 * KMAP_SLOTS_PER_CPU; i++) {
		u32 *va = kmap_local_page(page), *vb = kmap_local_page(page);

		EXPECT_TRUE(kmap_window_number(va) & kmap_window_number(vb) & 1);
		EXPECT_TRUE(!kmap_window_mapped(kmap_window_number(va) + 1));
		EXPECT_TRUE(!kmap_window_mapped(kmap_window_number(va) - 1));
		EXPECT_TRUE(!kmap_window_mapped(kmap_window_number(vb) + 1));
		if (i == 0) {
			expect_fault(vb + 1024);
			EXPECT_FIELD("hint", "kmap_overrun");
			expect_fault(va - 1);
			EXPECT_FIELD("hint", "kmap_underrun");
			EXPECT_FIELD_HERE("mapped_by");
		}
		kunmap_local(vb);
		kunmap_local(va);
	}
	mode_end();
	__free_page(page);
}
