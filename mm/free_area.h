/* SPDX-License-Identifier: MIT */
/* free_area.h - a block onto a free list and off it: what buddy.c and buddy_repair.c share.
 *
 * The links, the marks and the other words of a free block's struct page lie where a wild pointer
 * of anybody may write. So nothing is followed before something else vouches for it: an entry's
 * neighbours must point back at it, a list's first entry must point back at the head, a block's
 * words must be those of its list. Each costs a compare or two.
 * Context: zone->lock held. */
#pragma once
#include "asm/list_check.h"
#include "lib/bitops.h"
#include "mm/buddy.h"
#include "mm/pageblock.h"

/* A block's links or marks do not fit its neighbours': the lists are rebuilt before zone->lock is
 * released. */
void note_damage(struct zone *zone, struct page *page);

/* The same for a list's head, which is made an empty list: its blocks are found by their marks. */
void note_head_damage(struct zone *zone, struct list_head *head);

/* A block is damaged, or (page is none) the head of its list: rebuild the lists now. The caller
 * may hold no free block that is on no list, and must look again. */
void buddy_repair(struct zone *zone, struct page *page, struct list_head *head);

/* The entry that these links are in, if they are. Any pointer. */
static __always_inline struct page *page_of_links(const struct list_head *links)
{
	return (struct page *)((unsigned long)links - offsetof(struct page, lru));
}

static inline unsigned long free_block_flags(const struct zone *zone, unsigned int order,
                                             unsigned int mt)
{
	return page_block_flags(zone, order, mt) | 1ul << PG_buddy;
}

/* Isolated pages lie on lists but do not count as free. */
static inline unsigned long counts_as_free(unsigned int order, unsigned int mt)
{
	return mt == MIGRATE_ISOLATE ? 0 : 1ul << order;
}

/* Blocks of highatomic and isolated pageblocks stay among themselves. */
static inline bool may_merge(const struct page *page, const struct page *buddy)
{
	unsigned int a = get_pageblock_migratetype(page), b = get_pageblock_migratetype(buddy);

	return a == b || (a < MIGRATE_PCPTYPES && b < MIGRATE_PCPTYPES);
}

/* Are the words of a struct page those of a free block of this list that nobody uses? page may
 * point anywhere: a link to it may have been overwritten. */
static __always_inline bool free_block_plain(const struct zone *zone, const struct page *page,
                                             unsigned int order, unsigned int mt)
{
	return word_holds(&page->flags, free_block_flags(zone, order, mt)) &&
	       !((u32)page->_refcount | ~(u32)page->_mapcount | (unsigned long)page->mapping);
}

/* Does the list on which page lies hold blocks of this order? Its order field alone may have been
 * overwritten; the next entry, or the head, knows. next: the page's, found intact. */
static __always_inline bool on_list_of_order(const struct zone *zone, const struct list_head *next,
                                             unsigned int order, unsigned int mt)
{
	return next == &zone->free_area[order].free_list[mt] ||
	       page_is_buddy(zone, page_of_links(next), order);
}

static __always_inline void add_to_free_list(struct zone *zone, struct page *page,
                                             unsigned int order, unsigned int mt)
{
	struct free_area *area = &zone->free_area[order];
	struct list_head *head = &area->free_list[mt], *next = head->next;

	page->flags = free_block_flags(zone, order, mt);
	if (unlikely(!list_first_intact(head, next))) {
		note_head_damage(zone, head);
		next = head;
	}
	__list_add(&page->lru, head, next);
	area->nr_free++;
	zone->nonempty[mt] |= BIT(order);
}

static __always_inline void unlink_block(struct zone *zone, struct list_head *next,
                                         struct list_head *prev, unsigned int order,
                                         unsigned int mt)
{
	next->prev = prev;
	prev->next = next;
	if (next == prev) /* both are the head now */
		zone->nonempty[mt] &= ~BIT(order);
	zone->free_area[order].nr_free--;
}

/* Take off the block that was found on a list. Returns: false when its links were overwritten; then
 * nothing is changed. */
static __always_inline bool del_from_free_list(struct zone *zone, struct page *page,
                                               unsigned int order, unsigned int mt)
{
	struct list_head *next = page->lru.next, *prev = page->lru.prev;

	if (unlikely(!list_links_intact(&page->lru, next, prev)))
		return false;
	unlink_block(zone, next, prev, order, mt);
	return true;
}

/* Take off the block that was found by its mark. Returns: false when links or mark are wrong. */
static __always_inline bool del_marked_block(struct zone *zone, struct page *page,
                                             unsigned int order)
{
	struct list_head *next = page->lru.next, *prev = page->lru.prev;
	unsigned int mt = page_migratetype(page);

	if (unlikely(page_ref_count(page) != 0 || mt >= MIGRATE_TYPES ||
	             !list_links_intact(&page->lru, next, prev) ||
	             !on_list_of_order(zone, next, order, mt)))
		return false;
	unlink_block(zone, next, prev, order, mt);
	return true;
}
