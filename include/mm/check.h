/* SPDX-License-Identifier: MIT */
/* check.h - the whole state of the page allocator, checked. */
#pragma once
#include "mm/mmzone.h"

/* Where a zone's frames are, counted by walking mem_map from block to block. */
struct zone_census {
	unsigned long reserved;  /* never the allocator's */
	unsigned long free;      /* in the buddy lists */
	unsigned long pageset;   /* free, in a CPU's pageset */
	unsigned long allocated; /* quarantined ones too */
	unsigned long guard;     /* split off and kept out of use */
	unsigned long isolated;  /* in the buddy lists, not to be allocated */
};

/* Count. Takes zone->lock. */
struct zone_census zone_take_census(struct zone *zone);

/* Check one zone: buddy lists, pagesets, struct pages against their place, every frame in exactly
 * one state, counters against counts, watermarks in order (I1-I15 of the invariants).
 * Returns: NULL or what is wrong. */
const char *zone_check(struct zone *zone);

/* Check all zones and the node sums. Returns: NULL, or what is wrong; *where: the zone, or NULL. */
const char *mm_check(const struct zone **where);

/* A fingerprint of everything that a refused operation must leave alone: free lists in order,
 * counters, pagesets and every struct page of the zone. */
u32 zone_fingerprint(struct zone *zone);
u32 mm_fingerprint(void);
