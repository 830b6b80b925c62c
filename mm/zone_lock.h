/* SPDX-License-Identifier: MIT */
/* zone_lock.h - taking zone->lock, and the one free block that may wait to be merged.
 *
 * Code that frees a large block (order 4 and up) often allocates one of the same order next. So the
 * block that was freed last is put aside as zone->deferred, not merged and on no list, and the next
 * request for its order and type takes it back without a split. Whoever else looks at the free
 * lists takes the lock by zone_lock_irqsave(), which merges it first: what anyone can see, every
 * choice of a block and every count are the same as if it had been merged at once.
 * Nothing is printed under the lock. Damage that is met there is noted in zone->findings, and
 * zone_unlock_irqrestore() tells it.
 * Source: Barkley and Lee, "A Lazy Buddy System Bounded by Two Coalescing Delays", SOSP 1989; here
 * the delay is one block a zone and ends at the first look. */
#pragma once
#include "mm/mmzone.h"
#include "unwind.h"

/* Merge zone->deferred. Context: zone->lock held. mm/buddy.c */
void zone_merge_deferred(struct zone *zone);

/* For those who take and release the bare lock (page_large.c): merge zone->deferred; the same, and
 * take a block from the lists. Damage that is met is told at once. */
void zone_merge_deferred_and_tell(struct zone *zone);
struct page *buddy_alloc_and_tell(struct zone *zone, unsigned int order, unsigned int mt);

/* Interrupts off, lock taken, free lists complete. Returns: flags for zone_unlock_irqrestore. */
static inline unsigned long zone_lock_irqsave(struct zone *zone)
{
	unsigned long flags;

	unwind_disable();
	flags = raw_spin_lock_irqsave(&zone->lock);
	if (unlikely(zone->deferred))
		zone_merge_deferred(zone);
	return flags;
}

/* Rebuild the lists if that is due and tell what was found, the lock let go meanwhile. A block in
 * the caller's hands must not be lost, so report=oops ends the caller later. mm/buddy_repair.c */
void zone_tell(struct zone *zone);

/* Rebuild the lists if that is due, release the lock, tell what was found. mm/buddy_repair.c */
void zone_unlock_and_tell(struct zone *zone, unsigned long flags);

static inline void zone_unlock_irqrestore(struct zone *zone, unsigned long flags)
{
	if (unlikely(zone->nr_findings))
		zone_unlock_and_tell(zone, flags);
	else
		raw_spin_unlock_irqrestore(&zone->lock, flags);
	unwind_enable();
}
