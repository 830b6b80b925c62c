/* SPDX-License-Identifier: MIT */
/* paging.h - the kernel's own page tables: built once over all low RAM, rights narrowed. */
#pragma once
#include "types.h"

/* Leave out of every entry made from now on what the CPU does not have: NX, global pages.
 * Context: boot, after cpu_detect and before anything is mapped. */
void paging_init_features(void);

/* Map RAM of memblock below low_limit at PAGE_OFFSET, with 2 MiB pages where a whole one is RAM and
 * 4 KiB pages at the edges; give the kernel image its rights (text R-X, rodata R--, data RW-); drop
 * the identity mapping and the boot stack's guard page. Afterwards memblock may allocate up to
 * low_limit. Context: boot, memblock filled. */
void init_memory_mapping(phys_addr_t low_limit);

/* Entries of each size in the direct map: DirectMap4k and DirectMap2M of /proc/meminfo. */
extern unsigned long direct_map_4k, direct_map_2m;

/* Make [start, end) of the image plain data again, before it is freed. */
void image_make_data(unsigned long start, unsigned long end);

/* Walk every kernel mapping and report pages that are writable and executable. Says so when the
 * CPU has no NX. Returns: how many there are. */
unsigned long check_wx(void);
