/* SPDX-License-Identifier: MIT */
/* internal.h - what the page allocator's files share among themselves. */
#pragma once
#include "mm/mmzone.h"

/* How an attempt may treat watermarks and pageblocks. The low two bits index zone->_watermark. */
enum alloc_flags {
	ALLOC_WMARK_MIN = WMARK_MIN,
	ALLOC_WMARK_LOW = WMARK_LOW,
	ALLOC_WMARK_HIGH = WMARK_HIGH,
	ALLOC_WMARK_MASK = 0x03,
	ALLOC_NO_WATERMARKS = 0x04, /* the whole reserve */
	ALLOC_NON_BLOCK = 0x10,     /* cannot sleep: a quarter below min */
	ALLOC_MIN_RESERVE = 0x20,   /* __GFP_HIGH: half of min */
	ALLOC_CPUSET = 0x40,        /* only nodes in mems_allowed */
	ALLOC_HIGHATOMIC = 0x200,   /* may use MIGRATE_HIGHATOMIC */
	ALLOC_KSWAPD = 0x800,       /* wake kswapd */
	ALLOC_COLD = 0x1000,        /* not from the pageset */
};

/* One allocation request, worked out from its flags. */
struct alloc_context {
	struct zonelist *zonelist;
	int preferred_nid;
	int highest_zoneidx;
	unsigned int migratetype;
};

/* The usual request, served without a further look: flags that ask for nothing special, and this
 * CPU's pageset (or, for large orders, the block freed last) has such a block. __GFP_ZERO and the
 * blame are the caller's. Returns: the block with one reference, or NULL: go the long way. */
struct page *alloc_plain(gfp_t gfp, unsigned int order);

/* Give a block back to the buddy lists, as its pageblock's type, and count it.
 * order:   0..pageblock_order: a larger one can lie in two pageblocks of types that do not mix.
 * Context: zone->lock held. */
void free_block_locked(struct zone *zone, struct page *page, unsigned int order);

/* The same with n blocks of one order; neighbours go back as one. */
void free_blocks_locked(struct zone *zone, struct page *const *blocks, unsigned long n,
                        unsigned int order);

/* Take a block of type mt from the buddy lists, with fallback; NULL: none. zone->lock held. */
struct page *rmqueue_locked(struct zone *zone, unsigned int order, unsigned int mt,
                            unsigned int alloc_flags);

/* The same, up to n blocks for whoever has no special rights. Returns: how many. */
unsigned long rmqueue_many_locked(struct zone *zone, unsigned int order, unsigned int mt,
                                  unsigned long n, struct page **out);

/* Take a block that is on no list out of use for good, whatever its flags say. Context: takes the
 * zone's lock. */
void quarantine_block(struct page *page, unsigned int order);

/* The zone that a RAM frame lies in, whatever its struct page says. O(zones). */
struct zone *zone_of_frame(unsigned long pfn);

/* Do the page's flags name the zone and node that its frame lies in? */
bool page_zone_sound(const struct page *page);

/* The first page of the block that page, which is free, was freed in last, as far as that is known:
 * its words say who did. */
struct page *last_freed_as(struct page *page);

/* "obj=0x... pfn=... order=... zone=... node=..." of a page, for reports; page must be valid.
 * Returns: as report_text(). */
const char *page_fields(const struct page *page);

/* Do something to the pagesets of each CPU: the CPU itself does it, by on_cpu, if it runs; else
 * fn(cpu) here. Context: interrupts on. mm/pageset.c */
void pagesets_ask_owners(void (*fn)(unsigned int cpu), void (*on_cpu)(void *));
