/* SPDX-License-Identifier: MIT */
/* buddy.c - split and merge free blocks inside one zone.
 *
 * Owns: zone->free_area, zone->nonempty, the PG_buddy mark. Never picks a zone, never sleeps, never
 * zeroes: page_alloc.c does.
 *
 * Allocate order k: (1) nonempty[type] shifted right by k has a bit for each larger list that is
 * not empty: one bit scan finds the smallest; (2) take its first block; (3) halve it down to k, the
 * upper halves go on their lists. Free: while the buddy is free and of the same order, take it off
 * its list and go on with the two as one.
 * Bound: at most MAX_ORDER-1 steps each; nothing depends on the number of pages.
 *
 * Source: Knuth TAOCP 1, 2.5; Gorman ch. 6. Differs: a bit mask of non-empty lists; the buddy test
 * is one compare of the flags word; overwritten links are found before they are used.
 * Invariants (buddy_check): (1) a free block of order k starts at a multiple of 2^k and lies in the
 * zone; (2) two free buddies of one order never coexist below the top order; (3) nr_free is the sum
 * of the lists, and nonempty says which of them are not empty; (4) a free page has no references.
 */
#include "mm/buddy.h"
#include "asm/list_check.h"
#include "internal.h"
#include "zone_lock.h"
#include "lib/bitops.h"
#include "mm/pageblock.h"
#include "report.h"

unsigned int debug_guardpage_minorder;

void buddy_init(struct zone *zone)
{
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			INIT_LIST_HEAD(&zone->free_area[order].free_list[mt]);
		zone->free_area[order].nr_free = 0;
	}
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		zone->nonempty[mt] = 0;
}

/* --- one list ----------------------------------------------------------------------------- */

static unsigned long free_block_flags(const struct zone *zone, unsigned int order, unsigned int mt)
{
	return page_block_flags(zone, order, mt) | 1ul << PG_buddy;
}

static __always_inline void add_to_free_list(struct zone *zone, struct page *page,
                                             unsigned int order, unsigned int mt)
{
	struct free_area *area = &zone->free_area[order];

	page->flags = free_block_flags(zone, order, mt);
	list_add(&page->lru, &area->free_list[mt]);
	area->nr_free++;
	zone->nonempty[mt] |= BIT(order);
}

/* Returns: false when the block's links were overwritten; then nothing is changed. */
static __always_inline bool del_from_free_list(struct zone *zone, struct page *page,
                                               unsigned int order, unsigned int mt)
{
	struct list_head *next = page->lru.next, *prev = page->lru.prev;

	if (unlikely(!list_links_intact(&page->lru, next, prev)))
		return false;
	next->prev = prev;
	prev->next = next;
	if (next == prev) /* both are the head now */
		zone->nonempty[mt] &= ~BIT(order);
	zone->free_area[order].nr_free--;
	return true;
}

/* The frame next to the damaged one may be whose owner wrote beyond it: it is named. */
static void report_damage(const struct page *page, unsigned long next, unsigned long prev,
                          unsigned long free)
{
	unsigned long pfn = page_to_pfn(page);

	report(REPORT_list_corrupt, pfn, _RET_IP_, "rebuilt",
	       "%s next=0x%08lx prev=0x%08lx neighbour=%s free=%lu", page_fields(page), next, prev,
	       pfn && pfn_valid(pfn - 1) ? page_kind(pfn - 1) : "none", free);
}

/* A free block's links were overwritten: build the lists anew from the marks, count what they hold,
 * and tell it. Free pages that the caller holds on no list would be lost. The lock is let go for
 * the telling, so whoever called must look at everything again. */
static noinline void repair(struct zone *zone, struct page *page)
{
	unsigned long next = (unsigned long)page->lru.next, prev = (unsigned long)page->lru.prev;
	unsigned long free = buddy_rebuild(zone);

	zone->nr_repairs++;
	raw_spin_unlock(&zone->lock);
	report_damage(page, next, prev, free);
	raw_spin_lock(&zone->lock);
	if (zone->deferred) /* by another CPU, just now */
		zone_merge_deferred(zone);
}

void buddy_insert(struct zone *zone, struct page *page, unsigned int order, unsigned int mt)
{
	add_to_free_list(zone, page, order, mt);
}

bool buddy_remove(struct zone *zone, struct page *page)
{
	if (likely(del_from_free_list(zone, page, page_order(page), page_migratetype(page))))
		return true;
	repair(zone, page);
	return false;
}

/* Isolated pages lie on lists but do not count as free. */
static unsigned long counts_as_free(unsigned int order, unsigned int mt)
{
	return mt == MIGRATE_ISOLATE ? 0 : 1ul << order;
}

bool buddy_move(struct zone *zone, struct page *page, unsigned int mt)
{
	unsigned int order = page_order(page), from = page_migratetype(page);

	if (from == mt)
		return true;
	if (!buddy_remove(zone, page))
		return false;
	add_to_free_list(zone, page, order, mt);
	zone->vm_stat[NR_FREE_PAGES] +=
		(long)(counts_as_free(order, mt) - counts_as_free(order, from));
	return true;
}

/* --- guard pages -------------------------------------------------------------------------- */

/* Keep a split-off half out of use, so that a write beyond the block hits nothing that matters. */
static void set_guard(struct zone *zone, struct page *page, unsigned int order, unsigned int mt)
{
	page->flags = page_block_flags(zone, order, mt) | 1ul << PG_guard;
	zone->vm_stat[NR_FREE_PAGES] -= 1l << order;
}

static bool clear_guard(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long as_guard =
		page_block_flags(zone, order, page_migratetype(page)) | 1ul << PG_guard;

	if (page->flags != as_guard)
		return false;
	zone->vm_stat[NR_FREE_PAGES] += 1l << order;
	return true;
}

/* --- split -------------------------------------------------------------------------------- */

void buddy_expand(struct zone *zone, struct page *page, unsigned int low, unsigned int high,
                  unsigned int mt)
{
	while (high > low) {
		high--;
		if (unlikely(high < debug_guardpage_minorder))
			set_guard(zone, page + (1ul << high), high, mt);
		else
			add_to_free_list(zone, page + (1ul << high), high, mt);
	}
}

struct page *buddy_alloc(struct zone *zone, unsigned int order, unsigned int mt)
{
	unsigned long larger;

	while ((larger = zone->nonempty[mt] >> order)) {
		unsigned int current_order = order + __ffs(larger);
		struct list_head *list = &zone->free_area[current_order].free_list[mt];
		struct page *page = list_first_entry(list, struct page, lru);

		if (unlikely(!del_from_free_list(zone, page, current_order, mt))) {
			repair(zone, page);
			continue;
		}
		buddy_expand(zone, page, order, current_order, mt);
		page->flags = page_block_flags(zone, order, mt);
		return page;
	}
	return NULL;
}

/* --- merge -------------------------------------------------------------------------------- */

/* Blocks of highatomic and isolated pageblocks stay among themselves. */
static bool may_merge(const struct page *page, const struct page *buddy)
{
	unsigned int a = get_pageblock_migratetype(page), b = get_pageblock_migratetype(buddy);

	return a == b || (a < MIGRATE_PCPTYPES && b < MIGRATE_PCPTYPES);
}

enum absorbed { ABSORBED, NOT_FREE, DAMAGED };

/* Take the buddy out of its place if it is free as a whole. */
static __always_inline enum absorbed absorb(struct zone *zone, struct page *page,
                                            struct page *buddy, unsigned int order)
{
	if (!page_is_buddy(zone, buddy, order)) {
		if (unlikely(debug_guardpage_minorder) && clear_guard(zone, buddy, order))
			return ABSORBED;
		return NOT_FREE;
	}
	if (unlikely(order >= pageblock_order) && !may_merge(page, buddy))
		return NOT_FREE;
	if (unlikely(!del_from_free_list(zone, buddy, order, page_migratetype(buddy))))
		return DAMAGED;
	return ABSORBED;
}

/* The block to be merged with is damaged, and the one at page, with all it has absorbed, lies on no
 * list: mark it free, so that the repair finds it, and go on if nobody takes it meanwhile. */
static noinline void repair_and_free(struct zone *zone, struct page *page, unsigned int order,
                                     unsigned int mt, struct page *damaged)
{
	page->flags = free_block_flags(zone, order, mt);
	repair(zone, damaged);
	if (!page_is_buddy(zone, page, order) || !buddy_remove(zone, page))
		return;
	mt = page_migratetype(page);
	page->flags = zone->page_tag;
	buddy_free(zone, page, order, mt);
}

void buddy_free(struct zone *zone, struct page *page, unsigned int order, unsigned int mt)
{
	for (; order < MAX_ORDER - 1; order++) {
		struct page *buddy = buddy_of(page, order);
		enum absorbed result = absorb(zone, page, buddy, order);

		if (result == NOT_FREE)
			break;
		if (unlikely(result == DAMAGED)) {
			repair_and_free(zone, page, order, mt, buddy);
			return;
		}
		buddy->flags = zone->page_tag; /* no longer the head of a block */
		page = min(page, buddy);
	}
	add_to_free_list(zone, page, order, mt);
}

/* Counted free already when it was put aside. */
void zone_merge_deferred(struct zone *zone)
{
	struct page *page = zone->deferred;

	zone->deferred = NULL;
	buddy_free(zone, page, page_order(page), get_pageblock_migratetype(page));
}

void buddy_settle(struct zone *zone)
{
	unsigned long flags = zone_lock_irqsave(zone);

	zone_unlock_irqrestore(zone, flags);
}

void buddy_free_range(struct zone *zone, unsigned long start, unsigned long end)
{
	zone->vm_stat[NR_FREE_PAGES] += (long)(end - start);
	while (start < end) {
		unsigned int order = MAX_ORDER - 1;
		struct page *page = pfn_to_page(start);

		if (start)
			order = min(order, __ffs(start));
		while (start + (1ul << order) > end)
			order--;
		buddy_free(zone, page, order, get_pageblock_migratetype(page));
		start += 1ul << order;
	}
}

/* Is page the head of a free block as far as its own words say? */
static bool marked_free(const struct zone *zone, const struct page *page, unsigned long pfn)
{
	unsigned int order = page_order(page);

	return PageBuddy(page) && order < MAX_ORDER && page_is_buddy(zone, page, order) &&
	       page_migratetype(page) < MIGRATE_TYPES && IS_ALIGNED(pfn, 1ul << order) &&
	       page_ref_count(page) == 0;
}

unsigned long buddy_rebuild(struct zone *zone)
{
	unsigned long free = 0, pfn = zone->zone_start_pfn;

	buddy_init(zone);
	while (pfn < zone_end_pfn(zone)) {
		struct page *page = pfn_to_page(pfn);
		unsigned int order;

		if (!pfn_valid(pfn)) {
			pfn = ALIGN_DOWN(pfn, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES;
			continue;
		}
		if (!marked_free(zone, page, pfn)) {
			pfn++;
			continue;
		}
		order = page_order(page);
		add_to_free_list(zone, page, order, page_migratetype(page));
		free += counts_as_free(order, page_migratetype(page));
		pfn += 1ul << order;
	}
	zone->vm_stat[NR_FREE_PAGES] = (long)free;
	return free;
}

unsigned long buddy_count(const struct zone *zone, unsigned int order, unsigned int mt)
{
	const struct list_head *pos;
	unsigned long n = 0;

	list_for_each (pos, &zone->free_area[order].free_list[mt])
		n++;
	return n;
}

/* One block of a list. */
static const char *check_block(const struct zone *zone, struct page *page, unsigned int order,
                               unsigned int mt)
{
	unsigned long pfn = page_to_pfn(page);
	struct page *buddy = buddy_of(page, order);

	if (!page_pointer_valid(page))
		return "free list entry is no page";
	if (!list_links_intact(&page->lru, page->lru.next, page->lru.prev))
		return "free list links do not match";
	if (!page_is_buddy(zone, page, order))
		return "free block's flags do not match its list";
	if (page_migratetype(page) != mt)
		return "free block's type does not match its list";
	if (!IS_ALIGNED(pfn, 1ul << order))
		return "free block is not aligned to its order";
	if (!zone_spans_pfn(zone, pfn) || pfn + (1ul << order) > zone_end_pfn(zone))
		return "free block reaches out of its zone";
	if (page_ref_count(page) != 0)
		return "free block has references";
	if (order < MAX_ORDER - 1 && page_is_buddy(zone, buddy, order) &&
	    (order < pageblock_order || may_merge(page, buddy)))
		return "two free buddies are not merged";
	return NULL;
}

/* No page inside a free block may itself claim to head one. */
static const char *check_inside(struct page *page, unsigned int order)
{
	for (unsigned long i = 1; i < 1ul << order; i++) {
		if (PageBuddy(page + i) || page_ref_count(page + i) != 0 || PageReserved(page + i))
			return "page inside a free block is marked otherwise";
	}
	return NULL;
}

static const char *check_list(const struct zone *zone, unsigned int order, unsigned int mt,
                              unsigned long *nr_blocks)
{
	const struct list_head *head = &zone->free_area[order].free_list[mt];
	unsigned long limit = (zone->spanned_pages >> order) + 1;
	unsigned long before = *nr_blocks;
	const char *wrong = NULL;
	struct page *page;

	if (list_empty(head) != !(zone->nonempty[mt] & BIT(order)))
		return "nonempty mask does not match the list";
	list_for_each_entry (page, head, lru) {
		wrong = check_block(zone, page, order, mt);
		if (!wrong)
			wrong = check_inside(page, order);
		if (!wrong && ++*nr_blocks - before > limit)
			wrong = "free list is a circle";
		if (wrong)
			break;
	}
	return wrong;
}

static const char *check_all_lists(const struct zone *zone)
{
	unsigned long free = 0;
	const char *wrong;

	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		unsigned long blocks = 0;

		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++) {
			unsigned long before = blocks;

			wrong = check_list(zone, order, mt, &blocks);
			if (wrong)
				return wrong;
			free += (blocks - before) * counts_as_free(order, mt);
		}
		if (blocks != zone->free_area[order].nr_free)
			return "nr_free is not the number of blocks";
	}
	if ((long)free != zone->vm_stat[NR_FREE_PAGES])
		return "NR_FREE_PAGES is not the sum of the free lists";
	return NULL;
}

const char *buddy_check(struct zone *zone)
{
	unsigned long flags = zone_lock_irqsave(zone);
	const char *wrong = check_all_lists(zone);

	zone_unlock_irqrestore(zone, flags);
	return wrong;
}
