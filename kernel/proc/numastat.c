/* SPDX-License-Identifier: MIT */
/* numastat.c - /proc/numastat: where the requests of each node were served, in pages; what Linux's
 * numastat(8) prints. Owns: nothing.
 *   numa_hit      wanted from this node, and got there
 *   numa_miss     got here, though wanted from another node
 *   numa_foreign  wanted from here, but got elsewhere: the other side of a miss
 *   interleave    spread over nodes by policy: there is no such policy
 *   local, other  got here by a CPU of this node, of another one */
#include "console.h"
#include "kernel.h"
#include "mm/vmstat.h"
#include "proc.h"

static unsigned long node_sum(const pg_data_t *pgdat, enum numa_stat_item item)
{
	unsigned long sum = 0;

	for (int idx = 0; idx < MAX_NR_ZONES; idx++)
		if (populated_zone(&pgdat->node_zones[idx]))
			sum += zone_numa_state(&pgdat->node_zones[idx], item);
	return sum;
}

void show_numastat(void)
{
	static const struct {
		const char *name;
		int item; /* -1: always 0 */
	} rows[] = {
		{"numa_hit", NUMA_HIT}, {"numa_miss", NUMA_MISS},   {"numa_foreign", NUMA_FOREIGN},
		{"interleave_hit", -1}, {"local_node", NUMA_LOCAL}, {"other_node", NUMA_OTHER},
	};
	pg_data_t *pgdat;

	cprintf("%16s", "");
	for_each_online_pgdat (pgdat)
		cprintf("           node%d", pgdat->node_id);
	cprintf("\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		cprintf("%-16s", rows[i].name);
		for_each_online_pgdat (pgdat)
			cprintf(" %15lu",
			        rows[i].item < 0
			                ? 0
			                : node_sum(pgdat, (enum numa_stat_item)rows[i].item));
		cprintf("\n");
	}
}
