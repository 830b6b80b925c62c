/* SPDX-License-Identifier: MIT */
/* vmstat.h - counters: events by CPU, sums over zones, Linux's names.
 * Pages allocated and freed are not counted one by one: a pageset's allocations are what was freed
 * into it plus what was filled, less what was drained and what is still there. */
#pragma once
#include "asm/percpu.h"
#include "mm/mmzone.h"

#define VM_EVENTS(X)                                                                               \
	X(ALLOCSTALL, allocstall)      /* direct reclaims */                                       \
	X(KSWAPD_WAKE, kswapd_wake)    /* times a zone was low */                                  \
	X(COMPACTSTALL, compact_stall) /* direct compactions */                                    \
	X(OOM_KILL, oom_kill)

enum vm_event_item {
#define X(item, name) item,
	VM_EVENTS(X)
#undef X
		NR_VM_EVENT_ITEMS
};
extern const char *const vm_event_names[NR_VM_EVENT_ITEMS];

struct vm_event_state {
	unsigned long event[NR_VM_EVENT_ITEMS];
};
DECLARE_PER_CPU(struct vm_event_state, vm_event_states);

#define count_vm_event(item) this_cpu_inc(vm_event_states.event[item])

/* Sum over CPUs. */
unsigned long vm_event_count(enum vm_event_item item);

/* Pages allocated from and freed to a zone since boot. */
unsigned long zone_pages_allocated(const struct zone *zone);
unsigned long zone_pages_freed(const struct zone *zone);

/* Free pages of all zones; with those parked in pagesets. */
unsigned long nr_free_pages(void);
unsigned long zone_pcp_pages(const struct zone *zone);

/* A block for preferred_nid came from this zone: count hit, miss, foreign, in pages. */
void count_numa_alloc(int preferred_nid, struct zone *zone, unsigned int order);

/* One of the node counters of /proc/zoneinfo and numastat, in pages. */
unsigned long zone_numa_state(const struct zone *zone, enum numa_stat_item item);

/* Pages of slab caches in all zones. */
unsigned long nr_slab_pages(enum slab_kind kind);

/* Pages in managed zones. */
unsigned long totalram_pages(void);
unsigned long totalhigh_pages(void);
