/* SPDX-License-Identifier: MIT */
/* pageset.h - each CPU's own store of free blocks, per zone, order 0..3 and migrate type.
 *
 * A list is an array used as a stack. Its bottom entry is NULL, so that popping an empty stack
 * gives NULL without a test of the index:
 *
 *      base              top               limit
 *      [NULL][page][page][page][ room ][ room ] ...capacity
 *
 * top and limit of every list lie in the CPU's own area (pcp_stacks), so that the fast paths reach
 * them through %fs. Pop and push are restartable sections (asm/restart.h): no interrupt flag, no
 * lock. Blocks in a pageset have left NR_FREE_PAGES already, so watermarks are looked at when a
 * batch is refilled, not for each page. `limit` grants a list room to grow; the grants of a pageset
 * sum to at most `high` pages, so the pageset never holds more.
 *
 * The fast paths can be switched off (pageset_disable_fast): the stacks then look empty and full,
 * so every request takes the slow path, which keeps the real top and limit elsewhere. That is how
 * page_owner, poisoning, failure injection and isolation see every page without costing the fast
 * paths an instruction.
 * Source: Gorman ch. 6.6; Bonwick, "Magazines and Vmem", 2001. high and batch: Linux's formulas. */
#pragma once
#include "asm/percpu.h"
#include "mm/mmzone.h"

enum { PCP_ORDERS = 4, PCP_LIST_MAX = 511 };

/* asm/pcp_ops.h knows: top at 0, limit at 4. (O) owner CPU, interrupts off or restartable section
 */
struct pcp_stack {
	struct page **top;   /* (O) last filled entry; the one at base is NULL */
	struct page **limit; /* (O) entry that a push does not go beyond */
};

struct pcp_list {
	struct pcp_stack *stack; /* (O) in pcp_stacks, or `parked` while the fast path is off */
	struct pcp_stack parked; /* (O) */
	struct page **base;      /* (C) */
	unsigned long capacity;  /* (C) entries behind base */
};

struct per_cpu_pages {
	struct zone *zone;
	unsigned int cpu;
	int high;                 /* pages: the most that the pageset holds */
	int batch;                /* pages moved from or to the buddy lists at a time */
	unsigned long nr_filled;  /* (O) pages that came from the buddy lists */
	unsigned long nr_drained; /* (O) pages that went back to them */
	unsigned long nr_locked;  /* (O) times that took the zone's lock */
	struct pcp_list lists[PCP_ORDERS][MIGRATE_PCPTYPES];
};

/* Lists are found by order and by the top byte of a page's flags (node, zone, migrate type). */
enum { PCP_LISTS = 1 << PAGE_LIST_BITS };
DECLARE_PER_CPU(struct pcp_stack, pcp_stacks[PCP_ORDERS * PCP_LISTS]);

/* An allocation finds its list by what it asks for: slot order * PCP_CLASSES + highest zone * 4 +
 * migrate type. A slot holds the link address of an entry of pcp_stacks (or of the always empty
 * one). */
enum { PCP_CLASSES = MAX_NR_ZONES * 4, PCP_ALLOC_SLOTS = PCP_ORDERS * PCP_CLASSES };
DECLARE_PER_CPU(struct pcp_stack *, pcp_alloc_slots[PCP_ALLOC_SLOTS]);

/* The zone that requests with a given highest zone try first on this CPU, when it is on the CPU's
 * own node and the fast paths are on; else NULL. */
DECLARE_PER_CPU(struct zone *, preferred_zones[MAX_NR_ZONES]);

/* Pages freed through pagesets, by the list index of the page's flags. Allocations are not counted
 * one by one: they are freed + filled - drained - still there (vmstat.c). */
DECLARE_PER_CPU(unsigned long, pcp_nr_freed[PCP_LISTS]);

/* Is the top entry a page that nobody uses, and there only once? For the pop of the checking build.
 */
bool pcp_top_sound(struct page **top);

/* Blocks in a list; pages in a pageset. Of another CPU's: what it was a moment ago. */
static inline unsigned long pcp_list_count(const struct pcp_list *list)
{
	const struct pcp_stack *stack = READ_ONCE(list->stack);
	struct page **top = READ_ONCE(stack->top);

	return top ? (unsigned long)(top - list->base) : 0; /* NULL: its owner moves it just now */
}
unsigned long pcp_count(const struct per_cpu_pages *pcp);

/* Bytes that the pageset of one CPU takes in this zone. Set high and batch first. */
size_t pageset_bytes(const struct zone *zone);

/* Make an empty pageset in pageset_bytes() of zeroed memory. Until then the zone works without.
 * Context: boot; pageset_update_fast() afterwards. */
void pageset_install(struct zone *zone, unsigned int cpu, void *memory);

/* Set high and batch of a zone's pagesets from its size and watermarks, or from
 * percpu_pagelist_high_fraction. Drains what exceeds a smaller high. Context: asks every CPU
 * (smp.h). */
void pageset_set_high_and_batch(struct zone *zone);

/* Linux's formulas. managed, low_wmark: pages; nr_cpus: of the zone's node. */
int zone_batchsize(unsigned long managed);
int zone_highsize(unsigned long managed, unsigned long low_wmark, int batch, unsigned int nr_cpus);
extern unsigned long percpu_pagelist_high_fraction; /* 0: from the low watermark */

/* Switch the fast paths off on every CPU, or on again; nests. They start switched off.
 * Context: asks every CPU (smp.h). */
void pageset_disable_fast(void);
void pageset_enable_fast(void);
bool pageset_fast_enabled(void);

/* Lists, zones or isolated pageblocks have changed: set every CPU's slots and stacks anew.
 * Context: asks every CPU (smp.h). */
void pageset_update_fast(void);

/* Slow path of an allocation: take from this CPU's list of the zone, refilling it by up to a batch
 * as long as the zone keeps `floor` free pages. alloc_flags: as for the buddy lists.
 * Returns: first page, flags set, no references; NULL: the zone has none to spare.
 * Context: any; takes zone->lock. */
struct page *pageset_alloc(struct zone *zone, unsigned int order, unsigned int mt,
                           unsigned int alloc_flags, unsigned long floor);

/* Slow path of a free: put a block on this CPU's list, draining a batch when high is reached.
 * Context: any; takes zone->lock. */
void pageset_free(struct zone *zone, struct page *page, unsigned int order);

/* Make room in this CPU's list for up to `blocks` more, without draining it.
 * Returns: whether there is any now. Context: any. */
bool pageset_grow(struct zone *zone, unsigned int order, unsigned int mt, long blocks);

/* Give every block in this CPU's (every CPU's) pagesets back to the buddy lists.
 * zone NULL: all zones. Context: any; drain_all_pages asks those CPUs that hold some (smp.h). */
void drain_local_pages(struct zone *zone);
void drain_all_pages(struct zone *zone);

/* Check one pageset whole: entries are pages of the zone with the list's order and type, without
 * references and not PG_buddy; count <= high; NULL at the bottom. Interrupts off.
 * Returns: NULL or what is wrong. */
const char *pageset_check(const struct per_cpu_pages *pcp);

/* Visit every block in a zone's pagesets. fn returning false stops. */
void pageset_for_each(struct zone *zone,
                      bool (*fn)(struct page *page, unsigned int order, void *arg), void *arg);
