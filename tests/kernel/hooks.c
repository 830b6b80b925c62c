/* SPDX-License-Identifier: MIT */
/* hooks.c - tests of poisoning, owner records and injected failures. */
#include "mm/alloc_hooks.h"
#include "asm/page_ops.h"
#include "fail.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/debug_pagealloc.h"
#include "mm/page_alloc.h"
#include "mm/vmstat.h"

/* --- poison (P10) ----------------------------------------------------------------------- */

/* Two pages freed under poisoning; the next allocations of this CPU take them, `second` first. */
static struct page *first, *second;

static unsigned int poison_before;

static void poison_begin(void)
{
	poison_before = alloc_hooks & HOOK_POISON;
	alloc_hooks_set(HOOK_POISON, true);
}

/* As it was: on a machine that was booted with page_poison=on it stays on. */
static void poison_end(void)
{
	alloc_hooks_set(HOOK_POISON, poison_before);
}

static noinline void free_poisoned(void)
{
	first = alloc_page(GFP_KERNEL);
	second = alloc_page(GFP_KERNEL);
	poison_begin();
	__free_page(first);
	__free_page(second);
	barrier();
}

/* Write value at word of the freed `second`: the next allocation must tell it, quarantine that page
 * and give `first` instead. */
static void expect_poison_report(unsigned int offset, u32 value, const char *hint)
{
	struct page *got = NULL;
	char text[16];

	free_poisoned();
	*(u32 *)((char *)lowmem_page_address(second) + offset) = value;
	EXPECT_REPORT(page_poison, got = alloc_page(GFP_KERNEL));
	EXPECT_TRUE(got == first && PageHWPoison(second));
	snprintf(text, sizeof(text), "%u", offset);
	EXPECT_FIELD("offset", text);
	EXPECT_FIELD("hint", hint);
	EXPECT_FIELD("action", "quarantined");
	ktest_expect_field_function(__FILE__, __LINE__, "first_free", "free_poisoned");
	ktest_expect_field_function(__FILE__, __LINE__, "alloc", "free_poisoned");
	poison_end();
	ClearPageHWPoison(second);
	page_zone(second)->nr_quarantined--;
	__free_page(second);
	if (got)
		__free_page(got);
}

KTEST(hooks, one_flipped_bit_in_a_free_page_is_found)
{
	SKIP_UNLESS(!debug_pagealloc_enabled(), "writing to a free page faults");
	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	expect_poison_report(100 * 4, 0xaaaaaaaau ^ 1u << 9, "single_bit");
}

KTEST(hooks, one_byte_written_to_a_free_page_is_found)
{
	SKIP_UNLESS(!debug_pagealloc_enabled(), "writing to a free page faults");
	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	expect_poison_report(0, 0xaaaaaa55u, "overwrite");
	expect_poison_report(PAGE_SIZE - 4, 0x00aaaaaau, "overwrite");
}

KTEST(hooks, a_run_written_to_a_free_page_is_found_at_its_start)
{
	struct page *got = NULL;

	SKIP_UNLESS(!debug_pagealloc_enabled(), "writing to a free page faults");
	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	free_poisoned();
	memset((char *)lowmem_page_address(second) + 512, 'x', 200);
	EXPECT_REPORT(page_poison, got = alloc_page(GFP_KERNEL));
	EXPECT_FIELD("offset", "512");
	EXPECT_FIELD("found", "0x78787878");
	poison_end();
	ClearPageHWPoison(second);
	page_zone(second)->nr_quarantined--;
	__free_page(second);
	__free_page(got);
}

KTEST(hooks, untouched_poison_is_no_report)
{
	struct page *a, *b;

	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	free_poisoned();
	a = alloc_page(GFP_KERNEL);
	b = alloc_page(GFP_KERNEL);
	EXPECT_TRUE(a == second && b == first);
	EXPECT_EQ(*(u32 *)lowmem_page_address(a), 0xaaaaaaaau);
	poison_end();
	__free_page(a);
	__free_page(b);
}

KTEST(hooks, poison_covers_whole_blocks)
{
	struct page *spare, *block, *again = NULL;
	unsigned long quarantined;

	SKIP_UNLESS(!debug_pagealloc_enabled(), "writing to a free page faults");
	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	spare = alloc_pages(GFP_KERNEL, 3);
	block = alloc_pages(GFP_KERNEL, 3);
	ASSERT_TRUE(spare && block);
	quarantined = page_zone(block)->nr_quarantined;
	poison_begin();
	__free_pages(spare, 3);
	__free_pages(block, 3);
	*((u8 *)lowmem_page_address(block + 6) + 3) = 0;
	EXPECT_REPORT(page_poison, again = alloc_pages(GFP_KERNEL, 3));
	EXPECT_TRUE(again == spare);
	EXPECT_EQ(page_zone(block)->nr_quarantined - quarantined, 8);
	poison_end();
	ClearPageHWPoison(block);
	page_zone(block)->nr_quarantined -= 8;
	__free_pages(block, 3);
	if (again)
		__free_pages(again, 3);
}

/* --- switching -------------------------------------------------------------------------- */

KTEST(hooks, any_hook_switches_the_fast_path_off_and_the_last_on)
{
	unsigned int before = alloc_hooks;

	SKIP_UNLESS(!before, "hooks are on in this build");
	alloc_hooks_set(HOOK_POISON, true);
	alloc_hooks_set(HOOK_FAIL, true);
	EXPECT_TRUE(!pageset_fast_enabled());
	alloc_hooks_set(HOOK_POISON, false);
	EXPECT_TRUE(!pageset_fast_enabled());
	alloc_hooks_set(HOOK_FAIL, false);
	EXPECT_TRUE(pageset_fast_enabled());
}

/* --- owner ------------------------------------------------------------------------------ */

KTEST(hooks, owner_records_name_both_ends)
{
	struct page *page;
	const struct page_owner *o;
	char name[64];

	SKIP_UNLESS(page_owner(0), "page_owner is off");
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);
	o = page_owner(page_to_pfn(page));
	EXPECT_EQ(o->order, 1);
	EXPECT_EQ(o->gfp, GFP_KERNEL | __GFP_ZERO);
	snprintf(name, sizeof(name), "%ps", (void *)(unsigned long)o->alloc_site);
	EXPECT_STREQ(name, __func__);
	__free_pages(page, 1);
	snprintf(name, sizeof(name), "%ps", (void *)(unsigned long)o->free_site);
	EXPECT_STREQ(name, __func__);
}

/* --- failure injection ------------------------------------------------------------------ */

KTEST(hooks, the_chosen_allocation_fails_and_no_other)
{
	struct page *pages[6];
	unsigned long before = fail_injected[FAIL_alloc_pages];

	fail_arm(FAIL_alloc_pages, 4);
	for (int i = 0; i < 6; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		EXPECT_EQ(pages[i] != NULL, i != 3);
	}
	EXPECT_EQ(fail_injected[FAIL_alloc_pages] - before, 1);
	fail_arm(FAIL_alloc_pages, 0);
	for (int i = 0; i < 6; i++)
		if (pages[i])
			__free_page(pages[i]);
}

KTEST(hooks, fail_words_are_parsed_or_refused)
{
	EXPECT_TRUE(fail_parse("alloc_pages") < 0);
	EXPECT_TRUE(fail_parse("no_such_site:3") < 0);
	EXPECT_TRUE(fail_parse("alloc_pages:x") < 0);
	EXPECT_TRUE(fail_parse("alloc_page:1") < 0);
	EXPECT_EQ(fail_countdown[FAIL_alloc_pages], 0);
	EXPECT_EQ(fail_parse("alloc_pages:7"), 0);
	EXPECT_EQ(fail_countdown[FAIL_alloc_pages], 7);
	EXPECT_EQ(fail_parse("alloc_pages:0"), 0);
}

/* Each allocation inside these calls is made to fail in turn: NULL or less, and nothing is lost. */
KTEST(hooks, every_call_survives_each_of_its_allocations_failing)
{
	for (unsigned long nth = 1; nth <= 4; nth++) {
		struct page *array[3] = {0};
		unsigned long n, va;
		void *exact;

		fail_arm(FAIL_alloc_pages, nth);
		n = alloc_pages_bulk_array(GFP_KERNEL, 3, array);
		EXPECT_TRUE(n == min(nth - 1, 3ul));
		free_pages_bulk_array(3, array);
		fail_arm(FAIL_alloc_pages, nth);
		exact = alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL);
		EXPECT_EQ(exact != NULL, nth > 1);
		if (exact)
			free_pages_exact(exact, 3 * PAGE_SIZE);
		fail_arm(FAIL_alloc_pages, nth);
		va = get_zeroed_page(GFP_KERNEL);
		EXPECT_EQ(va != 0, nth > 1);
		free_page(va);
		fail_arm(FAIL_alloc_pages, 0);
	}
}
