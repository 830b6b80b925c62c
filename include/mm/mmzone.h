/* SPDX-License-Identifier: MIT */
/* mmzone.h - nodes, zones and the lists in them.
 * Source: Gorman ch. 2; names and meaning are Linux's. */
#pragma once
#include "asm/page.h"
#include "boot/srat.h"
#include "compiler.h"
#include "lib/list.h"
#include "mm/page.h"
#include "mm/topology.h"
#include "spinlock.h"
#include "types.h"
#include "wait.h"

/* Orders 0..10: blocks of 4 KiB to 4 MiB. tests/host shrinks it for exhaustive runs. */
#ifndef CONFIG_MAX_ORDER
#define CONFIG_MAX_ORDER 11
#endif
#define MAX_ORDER          CONFIG_MAX_ORDER
#define MAX_ORDER_NR_PAGES (1ul << (MAX_ORDER - 1))

/* Pages are grouped by mobility in blocks of one huge page (2 MiB with PAE). */
enum { pageblock_order = MAX_ORDER - 2 };
#define pageblock_nr_pages (1ul << pageblock_order)

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES, /* the types that have pageset lists */
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_ISOLATE,
	MIGRATE_TYPES,
};
extern const char *const migratetype_names[MIGRATE_TYPES];

enum zone_type { ZONE_DMA, ZONE_NORMAL, ZONE_HIGHMEM, ZONE_MOVABLE, MAX_NR_ZONES };
extern const char *const zone_names[MAX_NR_ZONES];

/* Where the zones end, in pages; highmem= moves the second. */
#define MAX_DMA_PFN (16ul << (20 - PAGE_SHIFT))

enum zone_watermarks { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARK };

enum zone_stat_item {
	NR_FREE_PAGES,
	NR_ZONE_INACTIVE_ANON,
	NR_ZONE_ACTIVE_ANON,
	NR_ZONE_INACTIVE_FILE,
	NR_ZONE_ACTIVE_FILE,
	NR_ZONE_UNEVICTABLE,
	NR_ZONE_WRITE_PENDING,
	NR_MLOCK,
	NR_BOUNCE,
	NR_FREE_CMA_PAGES,
	NR_VM_ZONE_STAT_ITEMS,
};

/* Where allocations that asked for one node were served. */
enum numa_stat_item { NUMA_HIT, NUMA_MISS, NUMA_FOREIGN, NUMA_LOCAL, NUMA_OTHER, NR_NUMA_STATS };

/* Pages of slab caches: those whose objects a shrinker can free, and the others. */
enum slab_kind { SLAB_UNRECLAIMABLE, SLAB_RECLAIMABLE, NR_SLAB_KINDS };

enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	LRU_UNEVICTABLE,
	NR_LRU_LISTS,
};

struct free_area {
	struct list_head free_list[MIGRATE_TYPES];
	unsigned long nr_free; /* blocks, all types */
};

/* Keep what different CPUs write on different cache lines. */
#define ZONE_PADDING(name) char name[0] ____cacheline_aligned;

/* Damage found while zone->lock was held, to be told when it is released (mm/zone_lock.h). */
struct zone_finding {
	unsigned int kind; /* enum report_kind */
	const char *what;
	const char *action;
	struct page *page;       /* NULL: the list's head was damaged */
	struct list_head *links; /* the block's or the head's */
	unsigned long next, prev;
	struct page was; /* the entry as it was found */
	unsigned long caller;
};
enum { MAX_ZONE_FINDINGS = 4 }; /* between taking and releasing the lock; more are not told */

struct pglist_data;
struct per_cpu_pages;

/* (Z) zone->lock  (L) lru_lock  (S) sysctl, single writer  (C) constant after boot */
struct zone {
	unsigned long _watermark[NR_WMARK];   /* (S) pages */
	unsigned long watermark_boost;        /* (Z) pages added to each while fragmenting */
	unsigned long nr_reserved_highatomic; /* (Z) pages in MIGRATE_HIGHATOMIC blocks */
	long lowmem_reserve[MAX_NR_ZONES]; /* (S) kept from requests that could use a higher zone */
	long plenty[MAX_NR_ZONES];         /* (S) low watermark + all reserves, by highest zone */
	unsigned long page_tag;         /* (C) PG_managed, node and zone bits of its pages' flags */
	int node;                       /* (C) */
	int zone_idx;                   /* (C) enum zone_type */
	struct pglist_data *zone_pgdat; /* (C) */
	struct per_cpu_pages *pageset[NR_CPUS]; /* (C) NULL for a zone without pages */
	int pageset_high, pageset_batch;        /* (S) pages, of each CPU */
	unsigned long zone_start_pfn;           /* (C) */
	unsigned long managed_pages;        /* (Z) in the allocator's hands: free or allocated */
	unsigned long spanned_pages;        /* (C) from first to last frame, holes included */
	unsigned long present_pages;        /* (C) RAM */
	unsigned long nr_isolate_pageblock; /* (Z) blocks of MIGRATE_ISOLATE */
	unsigned long nr_quarantined;       /* (Z) pages taken out of use after misuse */
	const char *name;                   /* (C) */
	wait_queue_head_t *wait_table;      /* (C) hashed queues for pages under I/O */
	unsigned long wait_table_hash_nr_entries;
	unsigned long wait_table_bits;

	ZONE_PADDING(_pad1_)
	raw_spinlock_t lock;
	struct free_area free_area[MAX_ORDER]; /* (Z) */
	unsigned long nonempty[MIGRATE_TYPES]; /* (Z) bit k: free_area[k].free_list[type] has one */
	struct page *deferred;    /* (Z) freed last, merged at the next look: zone_lock.h */
	unsigned long nr_repairs; /* (Z) times the lists were rebuilt after damage */
	bool must_rebuild;        /* (Z) before the lock is released */
	unsigned int nr_findings; /* (Z) */
	struct zone_finding findings[MAX_ZONE_FINDINGS]; /* (Z) */

	ZONE_PADDING(_pad2_)
	spinlock_t lru_lock;
	struct list_head lru[NR_LRU_LISTS]; /* (L) */

	ZONE_PADDING(_pad3_)
	long vm_stat[NR_VM_ZONE_STAT_ITEMS];    /* NR_FREE_PAGES: (Z); others atomic */
	unsigned long numa_stat[NR_NUMA_STATS]; /* (Z) */
	unsigned long nr_direct_alloc;          /* (Z) pages that bypassed the pagesets, out ... */
	unsigned long nr_direct_free;           /* (Z) ... and in */
	long nr_slab[NR_SLAB_KINDS];            /* atomic: pages of slab caches */
} ____cacheline_aligned;

enum { ZONELIST_FALLBACK, ZONELIST_NOFALLBACK, MAX_ZONELISTS };
enum { MAX_ZONES_PER_ZONELIST = MAX_NUMNODES * MAX_NR_ZONES };

struct zoneref {
	struct zone *zone; /* NULL ends the list */
	int zone_idx;
};

/* Populated zones, best first. */
struct zonelist {
	struct zoneref _zonerefs[MAX_ZONES_PER_ZONELIST + 1];
};

struct task_struct;

typedef struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
	struct zonelist node_zonelists[MAX_ZONELISTS];
	int nr_zones;              /* highest populated zone + 1 */
	struct page *node_mem_map; /* the node's first entry in mem_map */
	unsigned long node_start_pfn;
	unsigned long node_present_pages; /* RAM */
	unsigned long node_spanned_pages; /* with holes */
	int node_id;
	wait_queue_head_t kswapd_wait;
	struct task_struct *kswapd;
	unsigned int kswapd_order; /* what kswapd was woken for */
	enum zone_type kswapd_highest_zoneidx;
	unsigned long totalreserve_pages; /* not for user pages: reserves of its zones */
} pg_data_t;

/* The nodes. NULL: no such node. (C) */
extern pg_data_t *node_data[MAX_NUMNODES];
#define NODE_DATA(nid) (node_data[nid])

/* Zones by the node and zone bits of a page's flags. (C) */
extern struct zone *zone_table[MAX_NUMNODES * MAX_NR_ZONES];

/* The same without zones whose pages must take the slow paths at present (pageset.h). */
extern struct zone *zone_fast_table[MAX_NUMNODES * MAX_NR_ZONES];

static inline struct zone *page_zone(const struct page *page)
{
	return zone_table[(u32)page->flags >> PAGE_ZONE_SHIFT];
}

static inline bool populated_zone(const struct zone *zone)
{
	return zone->present_pages != 0;
}

static inline bool managed_zone(const struct zone *zone)
{
	return zone->managed_pages != 0;
}

static inline unsigned long zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

static inline bool zone_spans_pfn(const struct zone *zone, unsigned long pfn)
{
	return pfn >= zone->zone_start_pfn && pfn < zone_end_pfn(zone);
}

/* Pages have no kernel address: ZONE_HIGHMEM, and ZONE_MOVABLE when it was cut out of highmem. */
bool is_highmem(const struct zone *zone);

static inline bool PageHighMem(const struct page *page)
{
	return is_highmem(page_zone(page));
}

static inline unsigned long zone_page_state(const struct zone *zone, enum zone_stat_item item)
{
	long v = READ_ONCE(zone->vm_stat[item]);

	return v < 0 ? 0 : (unsigned long)v;
}

static inline unsigned long wmark_pages(const struct zone *zone, enum zone_watermarks w)
{
	return zone->_watermark[w] + zone->watermark_boost;
}
#define min_wmark_pages(z)  wmark_pages(z, WMARK_MIN)
#define low_wmark_pages(z)  wmark_pages(z, WMARK_LOW)
#define high_wmark_pages(z) wmark_pages(z, WMARK_HIGH)

static inline struct zonelist *node_zonelist(int nid, gfp_t gfp)
{
	return &NODE_DATA(nid)->node_zonelists[gfp >> 21 & 1]; /* __GFP_THISNODE: no fallback */
}

/* First zone from z on that is not higher than highest_zoneidx. Its zone is NULL at the end. */
static inline struct zoneref *next_zones_zonelist(struct zoneref *z, int highest_zoneidx)
{
	while (z->zone && z->zone_idx > highest_zoneidx)
		z++;
	return z;
}

#define for_each_zone_zonelist(zone, z, zlist, highidx)                                            \
	for (z = next_zones_zonelist((zlist)->_zonerefs, highidx), zone = z->zone; zone;           \
	     z = next_zones_zonelist(z + 1, highidx), zone = z->zone)

pg_data_t *next_online_pgdat(const pg_data_t *pgdat); /* NULL: the first */
struct zone *next_zone(const struct zone *zone);      /* NULL: the first */

/* Recompute zone->plenty: a watermark, a reserve or a boost has changed. */
void zone_update_plenty(struct zone *zone);

#define for_each_online_pgdat(pgdat)                                                               \
	for (pgdat = next_online_pgdat(NULL); pgdat; pgdat = next_online_pgdat(pgdat))
/* Every zone of every node, empty ones too. */
#define for_each_zone(zone) for (zone = next_zone(NULL); zone; zone = next_zone(zone))
#define for_each_populated_zone(zone)                                                              \
	for_each_zone (zone)                                                                       \
		if (!populated_zone(zone)) {                                                       \
		} else
