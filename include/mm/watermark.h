/* SPDX-License-Identifier: MIT */
/* watermark.h - how many pages each zone keeps back, and for whom.
 *
 *   high  --- kswapd stops
 *   low   --- kswapd starts; ordinary requests stop here
 *   min   --- direct reclaim starts; only those who must not fail go below
 *   0
 * On top comes lowmem_reserve: pages of a low zone that a request which could have used a higher
 * zone must leave alone, so that highmem users cannot eat all low memory.
 * Source: Gorman ch. 2.2.1; the formulas are Linux 6.1's, checked against its figures. */
#pragma once
#include "mm/mmzone.h"

/* sysctl values. */
extern unsigned long min_free_kbytes;
extern unsigned long watermark_scale_factor;             /* low and high: this many 1/10000 apart */
extern unsigned long lowmem_reserve_ratio[MAX_NR_ZONES]; /* 0: keep nothing */
extern unsigned long totalreserve_pages;

/* The default of min_free_kbytes: 4 * sqrt(low memory in KiB), within 128 .. 262144. */
unsigned long calculate_min_free_kbytes(unsigned long lowmem_kbytes);

/* Largest n with n*n <= x. */
unsigned long int_sqrt(unsigned long x);

/* Set every zone's watermarks from min_free_kbytes; its reserves from the ratios; both and the
 * totals. Context: may sleep; takes each zone->lock. */
void setup_per_zone_wmarks(void);
void setup_per_zone_lowmem_reserve(void);

/* First call, once the zones are filled: the default and everything that follows from it. */
void init_per_zone_wmark_min(void);
