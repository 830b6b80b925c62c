/* SPDX-License-Identifier: MIT */
/* buddy.c - split and merge free blocks inside one zone.
 *
 * Owns: zone->free_area, zone->nonempty, the PG_buddy mark, with buddy_repair.c. Never picks a
 * zone, never sleeps, never zeroes: page_alloc.c does.
 *
 * Allocate order k: (1) nonempty[type] shifted right by k has a bit for each larger list that is
 * not empty: one bit scan finds the smallest; (2) take its first block; (3) halve it down to k, the
 * upper halves go on their lists. Free: while the buddy is free and of the same order, take it off
 * its list and go on with the two as one.
 * Bound: at most MAX_ORDER-1 steps each; nothing depends on the number of pages.
 *
 * Source: Knuth TAOCP 1, 2.5; Gorman ch. 6. Differs: a bit mask of non-empty lists; the buddy test
 * is one compare of the flags word; overwritten links and marks are found before they are used.
 * Invariants (buddy_check): (1) a free block of order k starts at a multiple of 2^k and lies in the
 * zone; (2) two free buddies of one order never coexist below the top order; (3) nr_free is the sum
 * of the lists, and nonempty says which of them are not empty; (4) a free page has no references.
 */
#include "mm/buddy.h"
#include "free_area.h"
#include "internal.h"
#include "mm/trace_sites.h"
#include "zone_lock.h"

unsigned int debug_guardpage_minorder;
unsigned int buddy_watched;

void buddy_watch(unsigned int bit, bool on)
{
	if (on)
		__atomic_fetch_or(&buddy_watched, bit, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&buddy_watched, ~bit, __ATOMIC_RELAXED);
}

void buddy_set_guard_order(unsigned int order)
{
	debug_guardpage_minorder = order;
	buddy_watch(BUDDY_GUARDS, order != 0);
}

/* --- one list ----------------------------------------------------------------------------- */

void buddy_insert(struct zone *zone, struct page *page, unsigned int order, unsigned int mt)
{
	add_to_free_list(zone, page, order, mt);
}

struct page *buddy_first(struct zone *zone, unsigned int order, unsigned int mt)
{
	struct list_head *list = &zone->free_area[order].free_list[mt];
	struct page *page = page_of_links(list->next);

	if (likely(free_block_plain(zone, page, order, mt)))
		return page;
	buddy_repair(zone, page, list);
	return NULL;
}

bool buddy_remove(struct zone *zone, struct page *page)
{
	unsigned int order = page_order(page);

	if (likely(del_marked_block(zone, &zone->free_area[order], free_block_tag(zone, order),
	                            page)))
		return true;
	buddy_repair(zone, page, NULL);
	return false;
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

/* It goes free with its buddy, as type mt. */
static noinline bool clear_guard(struct zone *zone, struct page *page, const struct free_area *area,
                                 unsigned int mt)
{
	unsigned int order = (unsigned int)(area - zone->free_area);
	unsigned long as_guard =
		page_block_flags(zone, order, page_migratetype(page)) | 1ul << PG_guard;

	if (page->flags != as_guard)
		return false;
	zone->vm_stat[NR_FREE_PAGES] += (long)counts_as_free(order, mt);
	return true;
}

/* --- split -------------------------------------------------------------------------------- */

/* watched: a constant, so that what is usual has no test in its loop. */
static __always_inline void expand(struct zone *zone, struct page *page, unsigned int low,
                                   unsigned int high, unsigned int mt, const bool watched)
{
	while (high > low) {
		if (watched)
			trace_buddy_split(zone, page, high, mt);
		high--;
		if (watched && high < debug_guardpage_minorder)
			set_guard(zone, page + (1ul << high), high, mt);
		else
			add_to_free_list(zone, page + (1ul << high), high, mt);
	}
}

static noinline void expand_watched(struct zone *zone, struct page *page, unsigned int low,
                                    unsigned int high, unsigned int mt)
{
	expand(zone, page, low, high, mt, true);
}

void buddy_expand(struct zone *zone, struct page *page, unsigned int low, unsigned int high,
                  unsigned int mt)
{
	if (unlikely(buddy_watched))
		expand_watched(zone, page, low, high, mt);
	else
		expand(zone, page, low, high, mt, false);
}

static __always_inline struct page *take_smallest(struct zone *zone, unsigned int order,
                                                  unsigned int mt)
{
	unsigned int found;
	struct page *page = take_first(zone, order, mt, &found);

	if (unlikely(!page))
		return NULL;
	if (found != order)
		buddy_expand(zone, page, order, found, mt);
	page->flags = page_block_flags(zone, order, mt);
	return page;
}

struct page *buddy_alloc(struct zone *zone, unsigned int order, unsigned int mt)
{
	return take_smallest(zone, order, mt);
}

struct page *buddy_alloc_and_tell(struct zone *zone, unsigned int order, unsigned int mt)
{
	struct page *page;

	if (zone->deferred)
		zone_merge_deferred(zone);
	while (page = take_smallest(zone, order, mt), unlikely(zone->nr_findings)) {
		if (page)
			buddy_free(zone, page, order, mt);
		zone_tell(zone);
	}
	return page;
}

/* --- merge -------------------------------------------------------------------------------- */

/* Take the buddy out of its place. A mark that nothing else bears out does not make it free: it is
 * noted, and the buddy left alone. */
static __always_inline bool absorb(struct zone *zone, struct free_area *area, unsigned long tag,
                                   struct page *page, struct page *buddy)
{
	if (unlikely(area >= &zone->free_area[pageblock_order]) && !may_merge(page, buddy))
		return false;
	if (likely(del_marked_block(zone, area, tag, buddy)))
		return true;
	note_damage(zone, buddy);
	return false;
}

/* What depends on the order goes along from one to the next: a third of the instructions.
 * watched: a constant, so that what is usual has no test for what is not. */
static __always_inline void free_merging(struct zone *zone, struct page *page, unsigned int order,
                                         unsigned int mt, const bool watched)
{
	struct free_area *area = &zone->free_area[order];
	unsigned long size = sizeof(*page) << order, tag = free_block_tag(zone, order);

	while (size < sizeof(*page) << (MAX_ORDER - 1)) {
		struct page *buddy = (struct page *)((unsigned long)page ^ size);

		if (likely(!page_has_tag(buddy, tag))) {
			if (!watched || !debug_guardpage_minorder ||
			    !clear_guard(zone, buddy, area, mt))
				break;
		} else if (!absorb(zone, area, tag, page, buddy)) {
			break;
		}
		buddy->flags = zone->page_tag; /* no longer the head of a block */
		page = min(page, buddy);
		area++;
		size *= 2;
		tag += 1ul << PAGE_ORDER_SHIFT;
		if (watched)
			trace_buddy_merge(zone, page, (unsigned int)(area - zone->free_area), mt);
	}
	add_tagged_block(zone, area, tag, size / sizeof(*page), page, mt);
}

static noinline void free_watched(struct zone *zone, struct page *page, unsigned int order,
                                  unsigned int mt)
{
	free_merging(zone, page, order, mt, true);
}

void buddy_free(struct zone *zone, struct page *page, unsigned int order, unsigned int mt)
{
	if (unlikely(buddy_watched))
		free_watched(zone, page, order, mt);
	else
		free_merging(zone, page, order, mt, false);
}

/* Counted free already when it was put aside, as its pageblock's type, which has not changed since.
 * It came here by its flags alone: if they named another zone than the frame lies in, this is where
 * it shows. */
static __always_inline void merge_deferred(struct zone *zone)
{
	struct page *page = zone->deferred;

	zone->deferred = NULL;
	if (likely(zone_spans_pfn(zone, page_to_pfn(page))))
		buddy_free(zone, page, page_order(page), page_migratetype(page));
	else
		note_foreign_block(zone, page);
}

void zone_merge_deferred(struct zone *zone)
{
	merge_deferred(zone);
}

/* Meanwhile another CPU may put a block aside. */
static noinline void tell_and_merge(struct zone *zone)
{
	while (zone->nr_findings) {
		zone_tell(zone);
		if (zone->deferred)
			merge_deferred(zone);
	}
}

void zone_merge_deferred_and_tell(struct zone *zone)
{
	merge_deferred(zone);
	if (unlikely(zone->nr_findings))
		tell_and_merge(zone);
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
		if (order == MAX_ORDER - 1) /* the largest merges with nothing */
			add_to_free_list(zone, page, order, get_pageblock_migratetype(page));
		else
			buddy_free(zone, page, order, get_pageblock_migratetype(page));
		start += 1ul << order;
	}
}

unsigned long buddy_count(const struct zone *zone, unsigned int order, unsigned int mt)
{
	const struct list_head *head = &zone->free_area[order].free_list[mt], *pos = head->next;
	unsigned long n = 0;

	while (pos != head && n < zone->free_area[order].nr_free &&
	       page_pointer_valid(page_of_links(pos))) {
		pos = pos->next;
		n++;
	}
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
