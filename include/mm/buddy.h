/* SPDX-License-Identifier: MIT */
/* buddy.h - free blocks of one zone: split, merge, look-up. No zone is chosen here, nothing sleeps,
 * nothing is zeroed, no reference count is set: page_alloc.c does that.
 * Context of everything but the checker: zone->lock held, interrupts off. */
#pragma once
#include "mm/mmzone.h"

/* Empty all lists. The zone's lock, page_tag and range are set by the caller. */
void buddy_init(struct zone *zone);

/* Take a free block of exactly this order from the lists of one migrate type, splitting the
 * smallest larger one if there is no fit. Its first page's flags then say zone, order and type.
 * NR_FREE_PAGES is the caller's. Returns: first page, or NULL: nothing that large of this type. */
struct page *buddy_alloc(struct zone *zone, unsigned int order, unsigned int mt);

/* Take up to n blocks of this order, all out of the block that buddy_alloc() would take next, and
 * count them in NR_FREE_PAGES. out: filled in ascending order. Returns: how many; 0: nothing that
 * large of this type, or halves are to become guard pages: try buddy_alloc(). mm/buddy_run.c */
unsigned long buddy_alloc_run(struct zone *zone, unsigned int order, unsigned int mt,
                              unsigned long n, struct page **out);

/* Give a block back as type mt and merge it with its free buddies as far as it goes. The caller has
 * counted it in NR_FREE_PAGES already unless it is isolated. A buddy whose links or mark turn out
 * to be overwritten is left alone; the lists are rebuilt when the zone's lock is released. */
void buddy_free(struct zone *zone, struct page *page, unsigned int order, unsigned int mt);

/* Give back the frames [start, end) of the zone in the largest aligned blocks, each as its
 * pageblock's type, and count them free. For boot. */
void buddy_free_range(struct zone *zone, unsigned long start, unsigned long end);

/* The first block of a list that is not empty. Returns: NULL when it was damaged: the lists have
 * been rebuilt, look again. */
struct page *buddy_first(struct zone *zone, unsigned int order, unsigned int mt);

/* Take a particular free block off its list: it stays one block, its flags untouched.
 * Returns: false when its links were overwritten: the lists have been rebuilt, look again. */
bool buddy_remove(struct zone *zone, struct page *page);

/* Move a free block to the list of mt, counting it in NR_FREE_PAGES or no more when it leaves or
 * enters MIGRATE_ISOLATE. Returns: as buddy_remove. */
bool buddy_move(struct zone *zone, struct page *page, unsigned int mt);

/* Put a block that is on no list, but counted as those of mt are, on the list of mt as it is,
 * without merging. */
void buddy_insert(struct zone *zone, struct page *page, unsigned int order, unsigned int mt);

/* Split a block that is on no list until it is only low orders large; the upper halves go free. */
void buddy_expand(struct zone *zone, struct page *page, unsigned int low, unsigned int high,
                  unsigned int mt);

/* Is there a free block of at least this order in the lists of mt? */
static inline bool buddy_has(const struct zone *zone, unsigned int order, unsigned int mt)
{
	return zone->nonempty[mt] >> order;
}

/* Is page the first of a free block of this order in this zone? One load, one compare. */
static inline bool page_is_buddy(const struct zone *zone, const struct page *page,
                                 unsigned int order)
{
	unsigned long tag =
		zone->page_tag | 1ul << PG_buddy | (unsigned long)order << PAGE_ORDER_SHIFT;

	return (page->flags & ~PAGE_MT_MASK) == tag;
}

/* The flags of a block's first page: allocated (no PG_ flag) or free (PG_buddy). */
static inline unsigned long page_block_flags(const struct zone *zone, unsigned int order,
                                             unsigned int mt)
{
	return zone->page_tag | (unsigned long)order << PAGE_ORDER_SHIFT |
	       (unsigned long)mt << PAGE_MT_SHIFT;
}

/* The buddy of a block: the neighbour with which it forms the next larger one. mem_map's alignment
 * makes that one exclusive-or. */
static inline struct page *buddy_of(struct page *page, unsigned int order)
{
	return (struct page *)((unsigned long)page ^ (sizeof(*page) << order));
}

/* Build every list anew from the PG_buddy marks in mem_map, and NR_FREE_PAGES with them: after
 * links were overwritten (mm/buddy_repair.c). What bears no mark, be it in somebody's hands, is not
 * free. Returns: how many free pages the zone has afterwards. */
unsigned long buddy_rebuild(struct zone *zone);

/* Merge the block that waits to be merged (mm/zone_lock.h), so that the lists and counts can be
 * read without the lock: for reports. Context: takes zone->lock. */
void buddy_settle(struct zone *zone);

/* Blocks on one list, counted as far as it can be followed. */
unsigned long buddy_count(const struct zone *zone, unsigned int order, unsigned int mt);

/* Halves split off below this order become guard pages instead of free blocks
 * (debug_guardpage_minorder=, 0: none). */
extern unsigned int debug_guardpage_minorder;
void buddy_set_guard_order(unsigned int order);

/* What is to be done with each block that is cut or merged, as bits; 0: nothing, and one test
 * tells. Whoever sets a bit keeps it set as long as he wants to. Context: any. */
enum { BUDDY_GUARDS = 1, BUDDY_TRACED = 2 };
extern unsigned int buddy_watched;
void buddy_watch(unsigned int bit, bool on);

/* Check the zone's free lists whole: links, order, alignment, range, marks, buddies merged, types,
 * counts (invariants I1-I5, I9, I13). Takes zone->lock. Returns: NULL or what is wrong. */
const char *buddy_check(struct zone *zone);
