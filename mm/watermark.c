/* SPDX-License-Identifier: MIT */
/* watermark.c - the reserves of the zones. Owns: zone->_watermark, zone->lowmem_reserve,
 * pgdat->totalreserve_pages and the sysctl values behind them.
 * Source: Gorman ch. 2.2.1; Linux 6.1's formulas, recomputed by tests from its printed figures.
 * Locks: wmark_mutex, so that of several settings one is there in the end and not a mixture; each
 * zone's lock while its reserves change. */
#include "mm/watermark.h"
#include "mutex.h"
#include "zone_lock.h"
#include "mm/page_alloc.h"

unsigned long min_free_kbytes;
unsigned long watermark_scale_factor = 10;
unsigned long lowmem_reserve_ratio[MAX_NR_ZONES] = {256, 32, 0, 0};
unsigned long totalreserve_pages;

static DEFINE_MUTEX(wmark_mutex);

/* What reclaim takes at a time: the least that a highmem zone keeps. */
enum { SWAP_CLUSTER_MAX = 32, MAX_HIGHMEM_MIN = 128 };
enum { MIN_FREE_KBYTES_LEAST = 128, MIN_FREE_KBYTES_MOST = 262144 };

unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0, bit = 1ul << (sizeof(x) * 8 - 2);

	while (bit > x)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

unsigned long calculate_min_free_kbytes(unsigned long lowmem_kbytes)
{
	unsigned long kbytes = int_sqrt(lowmem_kbytes * 16);

	return clamp(kbytes, (unsigned long)MIN_FREE_KBYTES_LEAST,
	             (unsigned long)MIN_FREE_KBYTES_MOST);
}

unsigned long nr_free_buffer_pages(void)
{
	struct zonelist *zonelist = node_zonelist(numa_node_id(), GFP_USER);
	unsigned long sum = 0;
	struct zoneref *z;
	struct zone *zone;

	for_each_zone_zonelist (zone, z, zonelist, ZONE_NORMAL)
		if (zone->managed_pages > high_wmark_pages(zone))
			sum += zone->managed_pages - high_wmark_pages(zone);
	return sum;
}

/* All of a zone's min that low memory shares by size; highmem zones keep a token amount. */
static unsigned long zone_min(const struct zone *zone, unsigned long pages_min,
                              unsigned long lowmem_pages)
{
	if (is_highmem(zone))
		return clamp(zone->managed_pages / 1024, (unsigned long)SWAP_CLUSTER_MAX,
		             (unsigned long)MAX_HIGHMEM_MIN);
	return (unsigned long)div64_u64((u64)pages_min * zone->managed_pages,
	                                max(lowmem_pages, 1ul));
}

/* The distance min - low - high. Highmem zones too space them by their share of min_free. */
static unsigned long zone_gap(const struct zone *zone, unsigned long pages_min,
                              unsigned long lowmem_pages)
{
	u64 share = div64_u64((u64)pages_min * zone->managed_pages, max(lowmem_pages, 1ul));
	u64 scaled = div64_u64((u64)zone->managed_pages * watermark_scale_factor, 10000);

	return (unsigned long)max(share >> 2, scaled);
}

static unsigned long lowmem_managed(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone (zone)
		if (!is_highmem(zone))
			pages += zone->managed_pages;
	return pages;
}

/* What user space should not count on: each zone's high watermark and largest reserve. */
static void calculate_totalreserve_pages(void)
{
	pg_data_t *pgdat;

	totalreserve_pages = 0;
	for_each_online_pgdat (pgdat) {
		pgdat->totalreserve_pages = 0;
		for (int i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &pgdat->node_zones[i];
			long most = 0;

			for (int j = i; j < MAX_NR_ZONES; j++)
				most = max(most, zone->lowmem_reserve[j]);
			pgdat->totalreserve_pages += min(
				(unsigned long)most + high_wmark_pages(zone), zone->managed_pages);
		}
		totalreserve_pages += pgdat->totalreserve_pages;
	}
}

void setup_per_zone_wmarks(void)
{
	unsigned long pages_min, lowmem_pages = lowmem_managed();
	struct zone *zone;

	mutex_lock(&wmark_mutex);
	pages_min = min_free_kbytes >> (PAGE_SHIFT - 10);
	for_each_zone (zone) {
		unsigned long least = zone_min(zone, pages_min, lowmem_pages);
		unsigned long gap = zone_gap(zone, pages_min, lowmem_pages);
		unsigned long flags = zone_lock_irqsave(zone);

		zone->_watermark[WMARK_MIN] = least;
		zone->_watermark[WMARK_LOW] = least + gap;
		zone->_watermark[WMARK_HIGH] = least + 2 * gap;
		zone_update_plenty(zone);
		zone_unlock_irqrestore(zone, flags);
	}
	calculate_totalreserve_pages();
	for_each_populated_zone (zone)
		pageset_set_high_and_batch(zone);
	mutex_unlock(&wmark_mutex);
}

/* Zone i keeps from a request that may go up to zone j: pages above i up to j, by i's ratio. */
static void setup_reserve_of(pg_data_t *pgdat, int i)
{
	struct zone *zone = &pgdat->node_zones[i];
	unsigned long ratio = lowmem_reserve_ratio[i], above = 0;
	unsigned long flags = zone_lock_irqsave(zone);
	bool keep = ratio && zone->managed_pages;

	for (int j = i + 1; j < MAX_NR_ZONES; j++) {
		above += pgdat->node_zones[j].managed_pages;
		zone->lowmem_reserve[j] = keep ? (long)(above / ratio) : 0;
	}
	zone_update_plenty(zone);
	zone_unlock_irqrestore(zone, flags);
}

void setup_per_zone_lowmem_reserve(void)
{
	pg_data_t *pgdat;

	mutex_lock(&wmark_mutex);
	for_each_online_pgdat (pgdat)
		for (int i = 0; i < MAX_NR_ZONES; i++)
			setup_reserve_of(pgdat, i);
	calculate_totalreserve_pages();
	mutex_unlock(&wmark_mutex);
}

void init_per_zone_wmark_min(void)
{
	min_free_kbytes = calculate_min_free_kbytes(nr_free_buffer_pages() << (PAGE_SHIFT - 10));
	setup_per_zone_wmarks();
	setup_per_zone_lowmem_reserve();
}
