/* SPDX-License-Identifier: MIT */
/* pageset_fast.c - which lists the fast paths of pop and push use (pcp_ops.h), and whether.
 *
 * Owns: the slots by which a CPU finds the list for a class of requests, the stacks they point at,
 * zone_fast_table. A list's top and limit lie in the CPU's area while it is used that way, else in
 * the list itself. Locks: fast_lock for zone_fast_table; slots and stacks are each CPU's own, and
 * their owner is asked to change them. */
#include "internal.h"
#include "kernel.h"
#include "mm/pageset.h"
#include "mm/topology.h"
#include "smp.h"

DEFINE_PER_CPU(struct pcp_stack, pcp_stacks[PCP_ORDERS * PCP_LISTS]);
DEFINE_PER_CPU(struct pcp_stack *, pcp_alloc_slots[PCP_ALLOC_SLOTS]);
DEFINE_PER_CPU(struct zone *, preferred_zones[MAX_NR_ZONES]);

/* The stack that is always empty and always full. */
static struct page *no_entry[1];
static DEFINE_PER_CPU(struct pcp_stack, empty_stack) = {no_entry, no_entry};

/* How many want the slow path; one does until page_alloc_init() is done. Atomic. */
static unsigned int fast_disabled = 1;
static DEFINE_RAW_SPINLOCK(fast_lock);

/* The zone that a class of requests tries first, if it is on the CPU's own node. */
static struct zone *first_local_zone(int nid, unsigned int highest_zoneidx)
{
	struct zonelist *zonelist = node_zonelist(nid, 0);
	struct zoneref *z = next_zones_zonelist(zonelist->_zonerefs, (int)highest_zoneidx);

	return z->zone && z->zone->node == nid ? z->zone : NULL;
}

static int nearest_low_node(int nid)
{
	struct zoneref *z;

	if (!NODE_DATA(nid))
		return nid;
	z = next_zones_zonelist(node_zonelist(nid, 0)->_zonerefs, ZONE_NORMAL);
	return z->zone ? z->zone->node : nid;
}

/* Index of a zone's list in pcp_stacks. */
static unsigned int stack_index(const struct zone *zone, unsigned int order, unsigned int mt)
{
	return order * PCP_LISTS + (unsigned int)(zone->page_tag >> PAGE_LIST_SHIFT) + mt;
}

/* Do the fast paths use the zone's lists? Not while it has isolated pageblocks: see free_block().
 */
static bool zone_is_fast(const struct zone *zone)
{
	return !fast_disabled && !zone->nr_isolate_pageblock;
}

/* Where a class of requests finds its blocks. The link address: the CPU adds its own offset. */
static struct pcp_stack *slot_target(unsigned int cpu, unsigned int order, unsigned int zone_idx,
                                     unsigned int mt)
{
	struct zone *zone = per_cpu(preferred_zones[zone_idx], cpu);

	if (!zone || !zone_is_fast(zone) || !zone->pageset[cpu] || mt >= MIGRATE_PCPTYPES)
		return &empty_stack;
	return &pcp_stacks[stack_index(zone, order, mt)];
}

static void set_alloc_slots(unsigned int cpu)
{
	per_cpu(numa_mem, cpu) = nearest_low_node(per_cpu(numa_node, cpu));
	for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
		per_cpu(preferred_zones[idx], cpu) =
			fast_disabled ? NULL : first_local_zone(per_cpu(numa_node, cpu), idx);
	for (unsigned int i = 0; i < PCP_ALLOC_SLOTS; i++)
		per_cpu(pcp_alloc_slots[i], cpu) =
			slot_target(cpu, i / PCP_CLASSES, i / 4 % MAX_NR_ZONES, i % 4);
}

/* Move a list's top and limit between the CPU's area and the list itself. */
static void place_stack(struct pcp_list *list, struct pcp_stack *fast_entry, bool fast)
{
	struct pcp_stack *to = fast ? fast_entry : &list->parked;

	if (list->stack == to)
		return;
	*to = *list->stack;
	list->stack = to;
	if (!fast)
		*fast_entry = (struct pcp_stack){NULL, NULL}; /* no room */
}

static void place_stacks(struct zone *zone, unsigned int cpu)
{
	struct per_cpu_pages *pcp = zone->pageset[cpu];
	bool fast = zone_is_fast(zone);

	for (unsigned int order = 0; order < PCP_ORDERS; order++)
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			place_stack(&pcp->lists[order][mt],
			            &per_cpu(pcp_stacks[stack_index(zone, order, mt)], cpu), fast);
}

static void update_cpu(unsigned int cpu)
{
	struct zone *zone;

	set_alloc_slots(cpu);
	for_each_populated_zone (zone)
		if (zone->pageset[cpu])
			place_stacks(zone, cpu);
}

static void update_this_cpu(void *unused)
{
	(void)unused;
	update_cpu(smp_processor_id());
}

static void update_zone_table(void)
{
	unsigned long flags = raw_spin_lock_irqsave(&fast_lock);
	struct zone *zone;

	for_each_populated_zone (zone)
		zone_fast_table[zone->page_tag >> PAGE_ZONE_SHIFT] =
			zone_is_fast(zone) ? zone : NULL;
	raw_spin_unlock_irqrestore(&fast_lock, flags);
}

void pageset_update_fast(void)
{
	update_zone_table();
	pagesets_ask_owners(update_cpu, update_this_cpu);
}

/* Also when somebody else did before: his update may be under way. */
void pageset_disable_fast(void)
{
	__atomic_fetch_add(&fast_disabled, 1, __ATOMIC_SEQ_CST);
	pageset_update_fast();
}

void pageset_enable_fast(void)
{
	ASSERT(fast_disabled);
	if (!__atomic_sub_fetch(&fast_disabled, 1, __ATOMIC_SEQ_CST))
		pageset_update_fast();
}

bool pageset_fast_enabled(void)
{
	return !fast_disabled;
}
