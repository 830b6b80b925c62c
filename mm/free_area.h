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

/* The deferred block is another zone's: it is not counted any more, and quarantined when the lock
 * has been released. */
void note_foreign_block(struct zone *zone, struct page *page);

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

/* Does nobody use the page, as far as its words say? */
static __always_inline bool page_words_plain(const struct page *page)
{
	return !((u32)page->_refcount | ~(u32)page->_mapcount | (unsigned long)page->mapping);
}

/* Are the words of a struct page those of a free block of this list that nobody uses? page may
 * point anywhere: a link to it may have been overwritten. */
static __always_inline bool free_block_plain(const struct zone *zone, const struct page *page,
                                             unsigned int order, unsigned int mt)
{
	return word_holds(&page->flags, free_block_flags(zone, order, mt)) &&
	       page_words_plain(page);
}

/* The flags of a free block of this order without its type, by which its buddy knows it. */
static __always_inline unsigned long free_block_tag(const struct zone *zone, unsigned int order)
{
	return free_block_flags(zone, order, 0);
}

/* Is page the first of a free block with this tag? One load, one compare. */
static __always_inline bool page_has_tag(const struct page *page, unsigned long tag)
{
	return (page->flags & ~PAGE_MT_MASK) == tag;
}

/* Is next what can follow a block of this order: the list's head or such a block? A block's order
 * field alone may have been overwritten; the next entry, found intact, knows. area, tag: of the
 * order. */
static __always_inline bool follows_on_list(const struct free_area *area, unsigned long tag,
                                            const struct list_head *next, unsigned int mt)
{
	return next == &area->free_list[mt] || page_has_tag(page_of_links(next), tag);
}

/* area, tag, pages: of the block's order. */
static __always_inline void add_tagged_block(struct zone *zone, struct free_area *area,
                                             unsigned long tag, unsigned long pages,
                                             struct page *page, unsigned int mt)
{
	struct list_head *head = &area->free_list[mt], *next = head->next;

	page->flags = tag | (unsigned long)mt << PAGE_MT_SHIFT;
	if (unlikely(!list_first_intact(head, next))) {
		note_head_damage(zone, head);
		next = head;
	}
	__list_add(&page->lru, head, next);
	area->nr_free++;
	zone->nonempty[mt] |= pages; /* bit k is 2^k */
}

static __always_inline void add_to_free_list(struct zone *zone, struct page *page,
                                             unsigned int order, unsigned int mt)
{
	add_tagged_block(zone, &zone->free_area[order], free_block_tag(zone, order), BIT(order),
	                 page, mt);
}

static __always_inline void unlink_block(struct zone *zone, struct free_area *area,
                                         struct list_head *next, struct list_head *prev,
                                         unsigned int mt)
{
	next->prev = prev;
	prev->next = next;
	if (next == prev) /* both are the head now */
		zone->nonempty[mt] &= ~BIT(area - zone->free_area);
	area->nr_free--;
}

/* Take off the block that was found on a list. Returns: false when its links were overwritten; then
 * nothing is changed. */
static __always_inline bool del_from_free_list(struct zone *zone, struct page *page,
                                               unsigned int order, unsigned int mt)
{
	struct list_head *next = page->lru.next, *prev = page->lru.prev;

	if (unlikely(!list_links_intact(&page->lru, next, prev)))
		return false;
	unlink_block(zone, &zone->free_area[order], next, prev, mt);
	return true;
}

/* Take off the block that was found by its mark. area, tag: of its order. Returns: false when links
 * or mark are wrong. */
static __always_inline bool del_marked_block(struct zone *zone, struct free_area *area,
                                             unsigned long tag, struct page *page)
{
	struct list_head *next = page->lru.next, *prev = page->lru.prev;
	unsigned int mt = page_migratetype(page);

	if (unlikely(page_ref_count(page) != 0 || mt >= MIGRATE_TYPES ||
	             !list_links_intact(&page->lru, next, prev) ||
	             !follows_on_list(area, tag, next, mt)))
		return false;
	unlink_block(zone, area, next, prev, mt);
	return true;
}

/* Take the first block of the smallest list of mt whose blocks are at least of this order, as it
 * is. *found: its order. Returns: NULL: there is none. */
static __always_inline struct page *take_first(struct zone *zone, unsigned int order,
                                               unsigned int mt, unsigned int *found)
{
	unsigned long larger;

	while ((larger = zone->nonempty[mt] >> order)) {
		unsigned int current_order = order + __ffs(larger);
		struct list_head *list = &zone->free_area[current_order].free_list[mt];
		struct page *page = page_of_links(list->next);

		if (likely(free_block_plain(zone, page, current_order, mt) &&
		           del_from_free_list(zone, page, current_order, mt))) {
			*found = current_order;
			return page;
		}
		buddy_repair(zone, page, list);
	}
	return NULL;
}
