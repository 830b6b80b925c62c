/* SPDX-License-Identifier: MIT */
/* pageset.c - tests of the per-CPU lists: what goes in, what comes out, what goes back. */
#include "mm/pageset.h"
#include "asm/irqflags.h"
#include "asm/restart.h"
#include "asm/traps.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/check.h"
#include "mm/page_alloc.h"
#include "mm/pcp_ops.h"
#include "mm/vmstat.h"

/* The zone and pageset that GFP_KERNEL requests use first. */
static struct zone *kernel_zone(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct zone *zone = page_zone(page);

	__free_page(page);
	return zone;
}

static struct per_cpu_pages *kernel_pageset(void)
{
	return kernel_zone()->pageset[0];
}

KTEST(pageset, freed_page_comes_back_first)
{
	struct page *page = alloc_page(GFP_KERNEL), *again;

	ASSERT_TRUE(page);
	__free_page(page);
	again = alloc_page(GFP_KERNEL);
	EXPECT_TRUE(again == page);
	__free_page(again);
}

KTEST(pageset, orders_one_to_three_are_kept_too)
{
	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	for (unsigned int order = 1; order < PCP_ORDERS; order++) {
		struct page *page = alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL, order), *again;

		ASSERT_TRUE(page);
		__free_pages(page, order);
		again = alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL, order);
		EXPECT_TRUE(again == page && page_order(again) == order);
		__free_pages(again, order);
	}
}

KTEST(pageset, a_block_of_order_four_is_not_kept)
{
	unsigned long before = pcp_count(kernel_pageset());
	struct page *page = alloc_pages(GFP_KERNEL, 4);

	ASSERT_TRUE(page);
	__free_pages(page, 4);
	EXPECT_EQ(pcp_count(kernel_pageset()), before);
}

KTEST(pageset, pages_inside_do_not_count_as_free)
{
	struct zone *zone = kernel_zone();
	struct page *page;
	unsigned long free;

	SKIP_UNLESS(!debug_guardpage_minorder, "guard pages take from what is free");
	drain_all_pages(NULL);
	free = zone_page_state(zone, NR_FREE_PAGES);
	page = alloc_page(GFP_KERNEL);
	EXPECT_TRUE(zone_page_state(zone, NR_FREE_PAGES) < free);
	__free_page(page);
	EXPECT_EQ(zone_page_state(zone, NR_FREE_PAGES) + zone_pcp_pages(zone), free);
	drain_all_pages(NULL);
	EXPECT_EQ(zone_page_state(zone, NR_FREE_PAGES), free);
	EXPECT_EQ(zone_pcp_pages(zone), 0);
}

KTEST(pageset, never_holds_more_than_high)
{
	struct per_cpu_pages *pcp = kernel_pageset();
	struct page_chain chain;

	chain_init(&chain);
	chain_fill(&chain, GFP_KERNEL, (unsigned long)pcp->high * 3 + 100);
	chain_free(&chain);
	EXPECT_TRUE(pcp_count(pcp) <= (unsigned long)pcp->high);
	EXPECT_TRUE(pcp_count(pcp) > 0);
	EXPECT_SOUND(pageset_check(pcp));
}

KTEST(pageset, a_refill_takes_a_batch)
{
	struct per_cpu_pages *pcp = kernel_pageset();
	struct page *page;

	drain_all_pages(NULL);
	page = alloc_page(GFP_KERNEL);
	EXPECT_TRUE(pcp_list_count(&pcp->lists[0][MIGRATE_UNMOVABLE]) + 1 >=
	            (unsigned long)min(pcp->batch, pcp->high));
	EXPECT_TRUE(pcp_count(pcp) < (unsigned long)max(pcp->batch, 8));
	__free_page(page);
}

KTEST(pageset, migrate_types_have_their_own_lists)
{
	struct page *u = alloc_page(GFP_KERNEL), *m = alloc_page(GFP_KERNEL | __GFP_MOVABLE);
	struct page *r = alloc_page(GFP_KERNEL | __GFP_RECLAIMABLE), *again;

	ASSERT_TRUE(u && m && r);
	EXPECT_EQ(page_migratetype(u), MIGRATE_UNMOVABLE);
	EXPECT_EQ(page_migratetype(m), MIGRATE_MOVABLE);
	EXPECT_EQ(page_migratetype(r), MIGRATE_RECLAIMABLE);
	__free_page(u);
	__free_page(m);
	__free_page(r);
	again = alloc_page(GFP_KERNEL | __GFP_MOVABLE);
	EXPECT_TRUE(again == m);
	__free_page(again);
}

KTEST(pageset, drain_gives_everything_back)
{
	struct page_chain chain;
	struct zone *zone;

	chain_init(&chain);
	chain_fill(&chain, GFP_KERNEL, 64);
	chain_free(&chain);
	drain_all_pages(NULL);
	for_each_populated_zone (zone) {
		EXPECT_EQ(zone_pcp_pages(zone), 0);
		EXPECT_SOUND(buddy_check(zone));
	}
}

KTEST(pageset, drain_of_one_zone_leaves_the_others_alone)
{
	struct page *low = alloc_page(GFP_DMA), *page = alloc_page(GFP_KERNEL);
	struct zone *dma = page_zone(low), *zone = page_zone(page);
	unsigned long kept;

	__free_page(low);
	__free_page(page);
	SKIP_UNLESS(dma != zone, "one zone serves both");
	kept = zone_pcp_pages(dma);
	EXPECT_TRUE(kept > 0);
	drain_all_pages(zone);
	EXPECT_EQ(zone_pcp_pages(zone), 0);
	EXPECT_EQ(zone_pcp_pages(dma), kept);
}

KTEST(pageset, counters_follow_every_page_in_and_out)
{
	struct zone *zone = kernel_zone();
	unsigned long allocated = zone_pages_allocated(zone), freed = zone_pages_freed(zone);
	struct page *pages[40];

	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	for (int i = 0; i < 40; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	EXPECT_EQ(zone_pages_allocated(zone) - allocated, 40);
	for (int i = 0; i < 40; i++)
		__free_page(pages[i]);
	pages[0] = alloc_pages(GFP_KERNEL, 5);
	pages[1] = alloc_pages(GFP_KERNEL, 2);
	EXPECT_EQ(zone_pages_allocated(zone) - allocated, 40 + 32 + 4);
	__free_pages(pages[0], 5);
	__free_pages(pages[1], 2);
	EXPECT_EQ(zone_pages_freed(zone) - freed, 40 + 32 + 4);
	drain_all_pages(NULL);
	EXPECT_EQ(zone_pages_allocated(zone) - allocated, 40 + 32 + 4);
}

KTEST(pageset, switched_off_fast_path_changes_no_result)
{
	struct page *page;

	pageset_disable_fast();
	EXPECT_TRUE(!pageset_fast_enabled());
	page = alloc_page(GFP_KERNEL);
	EXPECT_TRUE(page && page_ref_count(page) == 1);
	__free_page(page);
	EXPECT_TRUE(alloc_page(GFP_KERNEL) == page);
	__free_page(page);
	pageset_enable_fast();
	EXPECT_TRUE(alloc_page(GFP_KERNEL) == page);
	__free_page(page);
	EXPECT_SOUND(pageset_check(kernel_pageset()));
}

KTEST(pageset, smaller_high_drains_at_once)
{
	struct zone *zone = kernel_zone();
	struct per_cpu_pages *pcp = zone->pageset[0];
	int high = pcp->high;
	struct page_chain chain;

	chain_init(&chain);
	chain_fill(&chain, GFP_KERNEL, 100);
	chain_free(&chain);
	pcp->high = 4;
	percpu_pagelist_high_fraction = ~0u;
	pageset_set_high_and_batch(zone);
	EXPECT_TRUE(pcp_count(pcp) <= (unsigned long)pcp->high);
	percpu_pagelist_high_fraction = 0;
	pageset_set_high_and_batch(zone);
	EXPECT_EQ(pcp->high, high);
}

/* --- entries and pages that something wrote over ---------------------------------------- */

/* The list that pages of GFP_KERNEL come from, with two pages on top. The fast paths are off until
 * end_damage(), so that every pop looks. */
static struct page *below, *top;

static struct pcp_list *begin_damage(void)
{
	below = alloc_page(GFP_KERNEL);
	top = alloc_page(GFP_KERNEL);
	__free_page(below);
	__free_page(top);
	pageset_disable_fast();
	return &page_zone(top)->pageset[0]->lists[0][MIGRATE_UNMOVABLE];
}

/* What was quarantined goes free again, what an entry does not name any more likewise. */
static void take_back(struct page *page)
{
	if (PageHWPoison(page))
		page_zone(below)->nr_quarantined--;
	page->flags = page_block_flags(page_zone(below), 0, MIGRATE_UNMOVABLE);
	page->_mapcount = -1;
	page->mapping = NULL;
	set_page_count(page, 1);
	__free_page(page);
}

static void end_damage(struct page *victim)
{
	const struct zone *where;

	pageset_enable_fast();
	take_back(victim);
	EXPECT_SOUND(mm_check(&where));
}

enum how { BY_ALLOC, BY_DRAIN };

static void meet(enum how how)
{
	if (how == BY_DRAIN) {
		drain_all_pages(NULL);
		return;
	}
	EXPECT_TRUE(alloc_page(GFP_KERNEL) == below);
	__free_page(below);
}

/* words: as the page is found, but for flags, where a bit that is set is flipped. */
static void expect_rejected(struct page words, const char *what)
{
	for (enum how how = BY_ALLOC; how <= BY_DRAIN; how++) {
		struct page was;

		begin_damage();
		was = *top;
		*top = words;
		top->flags ^= was.flags;
		EXPECT_REPORT(page_corrupt, meet(how));
		EXPECT_FIELD("what", what);
		EXPECT_FIELD("action", "quarantined");
		EXPECT_TRUE(PageHWPoison(top));
		EXPECT_TRUE(page_zone(top) == page_zone(&was));
		end_damage(top);
	}
}

KTEST(pageset, a_page_that_was_changed_inside_is_not_handed_out)
{
	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	SKIP_UNLESS(!alloc_hooks, "hooks are on");
	expect_rejected((struct page){._mapcount = -1, ._refcount = 1}, "refcount");
	expect_rejected((struct page){._mapcount = 7}, "mapped");
	expect_rejected((struct page){._mapcount = -1, .mapping = (void *)0xc1000000}, "mapping");
	expect_rejected((struct page){._mapcount = -1, .flags = 1ul << PG_locked}, "flags");
	expect_rejected((struct page){._mapcount = -1, .flags = 1ul << PAGE_ZONE_SHIFT}, "flags");
}

static void expect_dropped(struct page *entry, const char *reason)
{
	for (enum how how = BY_ALLOC; how <= BY_DRAIN; how++) {
		struct pcp_list *list = begin_damage();

		if (!entry && list->stack->top[-1] != below) { /* the list is too short for both */
			pageset_enable_fast();
			return;
		}
		*list->stack->top = entry ? entry : below;
		EXPECT_REPORT(list_corrupt, meet(how));
		EXPECT_FIELD("what", "pageset_entry");
		/* drained in two batches, the first is in the buddy lists when its twin is met */
		if (how == BY_DRAIN && !strcmp(reason, "twice"))
			EXPECT_TRUE(glob_match("* reason=twice *", report_last_line()) ||
			            glob_match("* reason=flags *", report_last_line()));
		else
			EXPECT_FIELD("reason", reason);
		EXPECT_FIELD("action", "dropped");
		end_damage(top);
	}
}

KTEST(pageset, an_entry_that_was_overwritten_is_dropped)
{
	struct page *live;

	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	SKIP_UNLESS(!alloc_hooks, "hooks are on");
	live = alloc_pages(GFP_KERNEL, 3);
	ASSERT_TRUE(live);
	expect_dropped((struct page *)0xdeadbee0, "pointer");
	expect_dropped((struct page *)4, "pointer");
	expect_dropped(live, "flags");
	EXPECT_EQ(page_ref_count(live), 1);
	expect_dropped(NULL, "twice"); /* the one below it */
	__free_pages(live, 3);
}

KTEST(pageset, an_entry_of_zero_does_not_hide_those_below)
{
	struct pcp_list *list;

	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	SKIP_UNLESS(!alloc_hooks, "hooks are on");
	list = begin_damage();
	*list->stack->top = NULL;
	EXPECT_REPORT(list_corrupt, meet(BY_ALLOC));
	end_damage(top);
}

/* --- interrupted at every instruction --------------------------------------------------- */

/* Step through an operation by EFLAGS.TF; before instruction number `at`, do what an interrupt
 * handler would: restart an interrupted section, then allocate and free from the same lists. */
static struct {
	unsigned long step, at;
	bool done;
	struct page *inner;
} inject;

static void step_hook(struct pt_regs *regs)
{
	if (inject.step++ != inject.at || !(regs->flags & X86_EFLAGS_IF))
		return;
	inject.done = true;
	regs->flags &= ~X86_EFLAGS_TF;
	restart_interrupted_section(regs);
	if (inject.inner) {
		__free_page(inject.inner);
		inject.inner = NULL;
	} else {
		inject.inner = alloc_page(GFP_ATOMIC);
	}
}

static __always_inline void set_trap_flag(void)
{
	__asm__ volatile("pushfl; orl $0x100, (%%esp); popfl" : : : "cc", "memory");
}

static __always_inline void clear_trap_flag(void)
{
	__asm__ volatile("pushfl; andl $~0x100, (%%esp); popfl" : : : "cc", "memory");
}

/* Allocate (or free *page) with an interrupt before instruction `at`. Returns: whether it came. */
static noinline bool interrupted(struct page **page, bool allocate, unsigned long at)
{
	inject.step = 0;
	inject.at = at;
	inject.done = false;
	set_trap_flag();
	if (allocate)
		*page = alloc_page(GFP_KERNEL);
	else
		__free_page(*page);
	clear_trap_flag();
	return inject.done;
}

static void sweep(bool allocate, bool inner_allocates)
{
	unsigned long came = 0;

	for (unsigned long at = 0; at < 120; at++) {
		struct page *page = allocate ? NULL : alloc_page(GFP_KERNEL);
		struct page *inner = inner_allocates ? NULL : alloc_page(GFP_KERNEL);

		inject.inner = inner;
		if (interrupted(&page, allocate, at))
			came++;
		else
			inject.inner = inner;
		EXPECT_SOUND(pageset_check(kernel_pageset()));
		if (allocate) {
			EXPECT_TRUE(page && page_ref_count(page) == 1);
			EXPECT_TRUE(page != inject.inner);
			__free_page(page);
		}
		if (inject.inner)
			__free_page(inject.inner);
	}
	EXPECT_TRUE(came > 8);
}

KTEST(pageset, an_interrupt_at_any_instruction_of_an_allocation_is_harmless)
{
	single_step_hook = step_hook;
	sweep(true, true);
	sweep(true, false);
	single_step_hook = NULL;
}

KTEST(pageset, an_interrupt_at_any_instruction_of_a_free_is_harmless)
{
	single_step_hook = step_hook;
	sweep(false, true);
	sweep(false, false);
	single_step_hook = NULL;
}
