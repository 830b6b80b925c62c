/* SPDX-License-Identifier: MIT */
/* mm_init.h - from memblock to the page allocator, in four steps that init.c calls in order:
 * memmap_alloc, free_area_init, memmap_init, page_alloc_init. */
#pragma once
#include "types.h"

/* Step 1. Decide max_low_pfn and max_pfn, and allocate mem_map for all frames up to max_pfn without
 * the pieces that would describe only holes. When low memory cannot hold mem_map, RAM at the top is
 * left out with a message.
 * low_limit: end of low memory in bytes (MAXMEM, or highmem= as setup_low_limit() rounds it), a
 *            multiple of 4 MiB: a buddy block lies in one zone. Anything else: panic. */
void memmap_alloc(phys_addr_t low_limit);

/* Step 2. Build the nodes and zones over memblock.memory.
 * movable: bytes for ZONE_MOVABLE, taken from the end of each node's highest zone (movable=). */
void free_area_init(phys_addr_t movable);

/* Step 3. Fill mem_map, give all free memory to the buddy lists, and retire memblock. */
void memblock_free_all(void);

/* Step 4. Watermarks, zonelists, pagesets; the fast paths go live. */
void page_alloc_init(void);

/* Step 5. Pagesets for all CPUs below nr_cpu_ids, whose per-CPU areas are there, each in memory of
 * the CPU's node. Context: boot, once. */
void page_alloc_add_cpus(void);

/* Give reserved low pages [start, end) (bytes, page aligned) to the allocator: boot-time code. */
void free_reserved_area(phys_addr_t start, phys_addr_t end);

/* Zone index of a frame of node nid. */
int zone_idx_of(unsigned long pfn, int nid);

/* What filling mem_map and freeing memory cost: time stamp counts and pages. */
struct memmap_cost {
	u64 tsc;
	unsigned long pages;
};
extern struct memmap_cost memmap_cost;

/* Pages of mem_map: what it costs. */
unsigned long memmap_pages(void);
