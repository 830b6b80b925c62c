/* SPDX-License-Identifier: MIT */
/* unwind.c - tests of report=oops: the call in which a report comes is finished before its caller
 * is ended, so that nothing is left half done. Each case lets a call be ended and then looks at the
 * whole state. */
#include "unwind.h"
#include "asm/page_ops.h"
#include "catch.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/string.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/check.h"
#include "mm/page_alloc.h"

static struct page *page;
static volatile bool went_on;

/* Run fn as under report=oops: it must be ended by one report, and leave a sound state. */
static void expect_ended(void (*fn)(void *arg))
{
	enum report_mode before = report_mode;
	const struct zone *where;
	struct caught caught;

	report_mode = REPORT_OOPS;
	went_on = false;
	EXPECT_EQ(catch_run(fn, NULL, &caught), CAUGHT_REPORT);
	report_mode = before;
	EXPECT_TRUE(strstr(caught.message, "report=oops: "));
	EXPECT_TRUE(!went_on);
	EXPECT_EQ(this_cpu_read(unwind_disabled), 0);
	EXPECT_SOUND(mm_check(&where));
}

static void do_put(void *arg)
{
	(void)arg;
	put_page(page);
	went_on = true;
}

static void do_alloc(void *arg)
{
	(void)arg;
	alloc_page(GFP_KERNEL);
	went_on = true;
}

static void do_drain(void *arg)
{
	(void)arg;
	drain_all_pages(NULL);
	went_on = true;
}

static void release(struct page *p)
{
	ClearPageHWPoison(p);
	page_zone(p)->nr_quarantined--;
	set_page_count(p, 1);
	p->_mapcount = -1;
	__free_page(p);
}

KTEST(unwind, last_put_of_a_mapped_page_is_finished)
{
	page = alloc_page(GFP_KERNEL);
	ASSERT_TRUE(page);
	page->_mapcount = 0;
	EXPECT_REPORT(bad_page, expect_ended(do_put));
	EXPECT_EQ(page_ref_count(page), 1);
	EXPECT_TRUE(PageHWPoison(page));
	release(page);
}

KTEST(unwind, a_page_with_bad_poison_is_quarantined_all_the_same)
{
	unsigned int poison = alloc_hooks & HOOK_POISON;
	struct page *first;

	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	first = alloc_page(GFP_KERNEL);
	page = alloc_page(GFP_KERNEL);
	ASSERT_TRUE(first && page);
	alloc_hooks_set(HOOK_POISON, true);
	__free_page(first);
	__free_page(page);
	*(u32 *)lowmem_page_address(page) = 1;
	EXPECT_REPORT(page_poison, expect_ended(do_alloc));
	alloc_hooks_set(HOOK_POISON, poison);
	EXPECT_TRUE(PageHWPoison(page));
	EXPECT_EQ(page_ref_count(page), 1);
	release(page);
	EXPECT_EQ(page_ref_count(first), 0); /* for a caller that is ended, no other page */
}

/* A free block whose links are damaged, and in the pageset the pages that will meet it. */
KTEST(unwind, a_drain_that_meets_damage_drains_every_page)
{
	struct page *pair, *a, *b;

	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	pair = alloc_pages(GFP_KERNEL, 1);
	a = alloc_page(GFP_KERNEL);
	b = alloc_page(GFP_KERNEL);
	ASSERT_TRUE(pair && a && b);
	split_page(pair, 1);
	drain_all_pages(NULL);
	__free_page(pair + 1);
	drain_all_pages(NULL);
	__free_page(a);
	__free_page(pair);
	__free_page(b);
	ASSERT_TRUE(PageBuddy(pair + 1));
	pair[1].lru.next = NULL;
	EXPECT_REPORT(list_corrupt, expect_ended(do_drain));
	EXPECT_EQ(zone_pcp_pages(page_zone(pair)), 0);
}

static void report_inside(void *arg)
{
	(void)arg;
	unwind_disable();
	unwind_disable();
	__free_page(NULL);
	unwind_enable();
	went_on = true;
	unwind_enable();
	went_on = false;
	for (;;)
		ktest_fail(__FILE__, __LINE__, "not ended");
}

KTEST(unwind, only_the_outermost_call_ends)
{
	enum report_mode before = report_mode;
	struct caught caught;

	report_mode = REPORT_OOPS;
	EXPECT_REPORT(free_outside,
	              EXPECT_EQ(catch_run(report_inside, NULL, &caught), CAUGHT_REPORT));
	report_mode = before;
	EXPECT_TRUE(went_on);
	EXPECT_STREQ(caught.message, "report=oops: free_outside");
}
