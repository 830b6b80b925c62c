/* SPDX-License-Identifier: MIT */
/* zonelist.c - the nodes, and in which order a request tries their zones.
 *
 * Owns: node_data, the zonelists. A node's list begins with its own zones, highest first, then the
 * zones of the other nodes by distance; equal distances go round-robin from the node upwards, so
 * that not every node spills onto the same neighbour.
 * Source: Gorman ch. 2.1, 6; Linux's names. Locks: built at boot, read only afterwards. */
#include "mm/mmzone.h"
#include "mm/topology.h"
#include "mm/zonelist.h"

pg_data_t *node_data[MAX_NUMNODES];
struct zone *zone_table[MAX_NUMNODES * MAX_NR_ZONES];
struct zone *zone_fast_table[MAX_NUMNODES * MAX_NR_ZONES];
int movable_zone = ZONE_NORMAL;

const char *const zone_names[MAX_NR_ZONES] = {"DMA", "Normal", "HighMem", "Movable"};

bool is_highmem(const struct zone *zone)
{
	return zone->zone_idx == ZONE_HIGHMEM ||
	       (zone->zone_idx == ZONE_MOVABLE && movable_zone == ZONE_HIGHMEM);
}

void zone_update_plenty(struct zone *zone)
{
	for (int idx = 0; idx < MAX_NR_ZONES; idx++)
		zone->plenty[idx] = (long)(low_wmark_pages(zone) + zone->nr_reserved_highatomic) +
		                    zone->lowmem_reserve[idx];
}

pg_data_t *next_online_pgdat(const pg_data_t *pgdat)
{
	for (unsigned int nid = pgdat ? (unsigned int)pgdat->node_id + 1 : 0; nid < nr_node_ids;
	     nid++)
		if (NODE_DATA(nid))
			return NODE_DATA(nid);
	return NULL;
}

struct zone *next_zone(const struct zone *zone)
{
	pg_data_t *pgdat;

	if (zone && zone->zone_idx < MAX_NR_ZONES - 1)
		return &zone->zone_pgdat->node_zones[zone->zone_idx + 1];
	pgdat = next_online_pgdat(zone ? zone->zone_pgdat : NULL);
	return pgdat ? &pgdat->node_zones[0] : NULL;
}

/* Nearest node not in `used`; counting starts behind `from`. -1: none left. */
static int next_best_node(int from, unsigned long used)
{
	int best = -1;

	for (unsigned int i = 0; i < nr_node_ids; i++) {
		int nid = (int)(((unsigned int)from + i) % nr_node_ids);

		if (used >> nid & 1 || !NODE_DATA(nid))
			continue;
		if (best < 0 || node_distance(from, nid) < node_distance(from, best))
			best = nid;
	}
	return best;
}

/* Zones that have RAM, though all of it may be reserved while booting: some of that is freed later.
 */
static unsigned int add_node_zones(struct zonelist *zonelist, unsigned int n, int nid)
{
	for (int idx = MAX_NR_ZONES - 1; idx >= 0; idx--) {
		struct zone *zone = &NODE_DATA(nid)->node_zones[idx];

		if (populated_zone(zone))
			zonelist->_zonerefs[n++] = (struct zoneref){zone, idx};
	}
	return n;
}

static void build_fallback(pg_data_t *pgdat)
{
	struct zonelist *zonelist = &pgdat->node_zonelists[ZONELIST_FALLBACK];
	unsigned long used = 0;
	unsigned int n = 0;
	int nid;

	while ((nid = next_best_node(pgdat->node_id, used)) >= 0) {
		used |= 1ul << nid;
		n = add_node_zones(zonelist, n, nid);
	}
	zonelist->_zonerefs[n].zone = NULL;
}

void build_all_zonelists(void)
{
	pg_data_t *pgdat;

	for_each_online_pgdat (pgdat) {
		struct zonelist *own = &pgdat->node_zonelists[ZONELIST_NOFALLBACK];

		build_fallback(pgdat);
		own->_zonerefs[add_node_zones(own, 0, pgdat->node_id)].zone = NULL;
	}
}
