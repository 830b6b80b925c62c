/* SPDX-License-Identifier: MIT */
/* pageset.c - per-CPU stores of free blocks: the slow halves of pop and push.
 *
 * Owns: the pagesets' lists, limits and fast slots. Takes blocks from and gives them to the buddy
 * lists in batches; picks no zone and sets no reference count.
 * Invariants (pageset_check): (1) entries are free blocks of the list's zone, order and type, with
 * no references and no PG_buddy; (2) base[0] is NULL; (3) base <= top <= limit <= base + capacity;
 * (4) the pages between base and limit, over all lists, are at most `high`.
 * Source: Gorman ch. 6.6; Bonwick 2001. Differs from Linux: arrays instead of linked lists, so that
 * a stray write to a free page's struct page cannot break a list.
 * Locks: interrupts off for the pageset, then zone->lock. Nobody touches the pageset of another CPU
 * that runs: its owner is asked. fast_lock for zone_fast_table. */
#include "mm/pageset.h"
#include "kernel.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "internal.h"
#include "zone_lock.h"
#include "mm/pageblock.h"
#include "mm/topology.h"
#include "smp.h"

DEFINE_PER_CPU(struct pcp_stack, pcp_stacks[PCP_ORDERS * PCP_LISTS]);
DEFINE_PER_CPU(struct pcp_stack *, pcp_alloc_slots[PCP_ALLOC_SLOTS]);
DEFINE_PER_CPU(struct zone *, preferred_zones[MAX_NR_ZONES]);
DEFINE_PER_CPU(unsigned long, pcp_nr_freed[PCP_LISTS]);

unsigned long percpu_pagelist_high_fraction;

/* The stack that is always empty and always full. */
static struct page *no_entry[1];
static DEFINE_PER_CPU(struct pcp_stack, empty_stack) = {no_entry, no_entry};

/* How many want the slow path; one does until page_alloc_init() is done. Atomic. */
static unsigned int fast_disabled = 1;
static DEFINE_RAW_SPINLOCK(fast_lock);

unsigned long pcp_count(const struct per_cpu_pages *pcp)
{
	unsigned long pages = 0;

	for (unsigned int order = 0; order < PCP_ORDERS; order++)
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			pages += pcp_list_count(&pcp->lists[order][mt]) << order;
	return pages;
}

/* --- room --------------------------------------------------------------------------------- */

/* Pages that the lists may hold as their limits stand. */
static long granted_pages(const struct per_cpu_pages *pcp)
{
	long pages = 0;

	for (unsigned int order = 0; order < PCP_ORDERS; order++) {
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			const struct pcp_list *list = &pcp->lists[order][mt];

			pages += (list->stack->limit - list->base) << order;
		}
	}
	return pages;
}

/* Take back what other lists were granted and do not use. */
static void reclaim_grants(struct per_cpu_pages *pcp, const struct pcp_list *keep)
{
	for (unsigned int order = 0; order < PCP_ORDERS; order++) {
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			struct pcp_list *list = &pcp->lists[order][mt];

			if (list != keep)
				list->stack->limit = list->stack->top;
		}
	}
}

/* Raise a list's limit so that it has room for `blocks` more, as far as capacity and high allow.
 * Returns: blocks of room. */
static long grant_room(struct per_cpu_pages *pcp, struct pcp_list *list, unsigned int order,
                       long blocks)
{
	struct pcp_stack *stack = list->stack;
	long room = list->base + list->capacity - stack->top;
	long want = min(blocks, room) - (stack->limit - stack->top);
	long spare;

	if (want > 0) {
		spare = (pcp->high - granted_pages(pcp)) >> order;
		if (spare < want) {
			reclaim_grants(pcp, list);
			spare = (pcp->high - granted_pages(pcp)) >> order;
		}
		stack->limit += clamp(spare, 0l, want);
	}
	return stack->limit - stack->top;
}

/* Small zones have a batch of one page by the formula. The way to the buddy lists and back costs
 * ten times a pop, so at least this many pages go at a time if `high` allows. */
enum { LEAST_BATCH = 8 };

static long batch_blocks(const struct per_cpu_pages *pcp, unsigned int order)
{
	return max(max(pcp->batch, (int)LEAST_BATCH) >> order, 1);
}

/* --- from and to the buddy lists ---------------------------------------------------------- */

/* Move blocks from the buddy lists to the list: one for the caller, which may go down to `floor`,
 * and the rest of a batch for later as long as the zone is not low, without the caller's rights:
 * what somebody may take from a reserve must not end up in a list that everybody pops. */
static struct page *refill(struct per_cpu_pages *pcp, struct pcp_list *list, unsigned int order,
                           unsigned int mt, unsigned int alloc_flags, unsigned long floor)
{
	struct zone *zone = pcp->zone;
	long later = min(batch_blocks(pcp, order) - 1,
	                 grant_room(pcp, list, order, batch_blocks(pcp, order) - 1));
	unsigned long flags = zone_lock_irqsave(zone);
	struct page *page = NULL;

	if (zone_page_state(zone, NR_FREE_PAGES) >= floor + (1ul << order))
		page = rmqueue_locked(zone, order, mt, alloc_flags);
	if (page)
		pcp->nr_filled += 1ul << order;
	floor = max(floor, low_wmark_pages(zone));
	while (page && later-- > 0 &&
	       zone_page_state(zone, NR_FREE_PAGES) >= floor + (1ul << order)) {
		struct page *next = rmqueue_locked(zone, order, mt, 0);

		if (!next)
			break;
		*++list->stack->top = next;
		pcp->nr_filled += 1ul << order;
	}
	zone_unlock_irqrestore(zone, flags);
	return page;
}

/* Give the n oldest blocks, those at the bottom, back to the buddy lists. */
static void drain_list(struct per_cpu_pages *pcp, struct pcp_list *list, unsigned int order, long n)
{
	struct zone *zone = pcp->zone;
	unsigned long flags;

	n = min(n, (long)pcp_list_count(list));
	if (!n)
		return;
	flags = zone_lock_irqsave(zone);
	for (long i = 1; i <= n; i++)
		free_block_locked(zone, list->base[i], order);
	zone_unlock_irqrestore(zone, flags);
	pcp->nr_drained += (unsigned long)n << order;
	list->stack->top -= n;
	memmove(list->base + 1, list->base + 1 + n, pcp_list_count(list) * sizeof(*list->base));
}

struct page *pageset_alloc(struct zone *zone, unsigned int order, unsigned int mt,
                           unsigned int alloc_flags, unsigned long floor)
{
	unsigned long flags = local_irq_save();
	struct per_cpu_pages *pcp = zone->pageset[smp_processor_id()];
	struct pcp_list *list = &pcp->lists[order][mt];
	struct page *page = *list->stack->top;

	if (page)
		list->stack->top--;
	else
		page = refill(pcp, list, order, mt, alloc_flags, floor);
	local_irq_restore(flags);
	return page;
}

/* Room by growing, else by draining the oldest. */
static bool make_room(struct per_cpu_pages *pcp, struct pcp_list *list, unsigned int order)
{
	long batch = batch_blocks(pcp, order);

	if (list->stack->top < list->stack->limit || grant_room(pcp, list, order, batch) > 0)
		return true;
	drain_list(pcp, list, order, batch);
	return list->stack->top < list->stack->limit;
}

/* Was the block isolated after the caller looked? Who isolates asks this CPU afterwards, so that
 * with interrupts off the answer stays true until the block is in a list. */
static bool just_isolated(const struct zone *zone, const struct page *page)
{
	return unlikely(READ_ONCE(zone->nr_isolate_pageblock)) &&
	       get_pageblock_migratetype(page) == MIGRATE_ISOLATE;
}

void pageset_free(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long flags = local_irq_save(), zone_flags;
	struct per_cpu_pages *pcp = zone->pageset[smp_processor_id()];
	struct pcp_list *list = &pcp->lists[order][page_migratetype(page)];

	if (!just_isolated(zone, page) && make_room(pcp, list, order)) {
		*++list->stack->top = page;
	} else {
		zone_flags = zone_lock_irqsave(zone);
		free_block_locked(zone, page, order);
		zone_unlock_irqrestore(zone, zone_flags);
		pcp->nr_drained += 1ul << order;
	}
	local_irq_restore(flags);
}

static void drain_pageset(struct per_cpu_pages *pcp)
{
	for (unsigned int order = 0; order < PCP_ORDERS; order++) {
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			struct pcp_list *list = &pcp->lists[order][mt];

			drain_list(pcp, list, order, (long)pcp_list_count(list));
			list->stack->limit = list->base;
		}
	}
}

void drain_local_pages(struct zone *only)
{
	unsigned long flags = local_irq_save();
	struct zone *zone;

	for_each_populated_zone (zone) {
		if ((!only || zone == only) && zone->pageset[smp_processor_id()])
			drain_pageset(zone->pageset[smp_processor_id()]);
	}
	local_irq_restore(flags);
}

static void drain_this_cpu(void *only)
{
	drain_local_pages(only);
}

/* Does the CPU hold any block of the zone, or of any zone? */
static bool holds_pages(unsigned int cpu, const struct zone *only)
{
	struct zone *zone;

	for_each_populated_zone (zone)
		if ((!only || zone == only) && zone->pageset[cpu] && pcp_count(zone->pageset[cpu]))
			return true;
	return false;
}

void drain_all_pages(struct zone *only)
{
	struct cpumask holders = {0};
	unsigned int cpu;

	drain_local_pages(only);
	for_each_online_cpu (cpu)
		if (holds_pages(cpu, only))
			cpumask_set_cpu(cpu, &holders);
	smp_call_function_many(&holders, drain_this_cpu, only, true);
}

/* --- fast paths on and off ---------------------------------------------------------------- */

/* The zone that a class of requests tries first, if it is on the CPU's own node. */
static struct zone *first_local_zone(int nid, unsigned int highest_zoneidx)
{
	struct zonelist *zonelist = node_zonelist(nid, 0);
	struct zoneref *z = next_zones_zonelist(zonelist->_zonerefs, (int)highest_zoneidx);

	return z->zone && z->zone->node == nid ? z->zone : NULL;
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

/* Do something to the pagesets of each CPU: the CPU itself does it, if it runs. */
static void for_each_owner(void (*fn)(unsigned int cpu), void (*on_cpu)(void *))
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (!cpu_online(cpu))
			fn(cpu);
	on_each_cpu(on_cpu, NULL, true);
}

void pageset_update_fast(void)
{
	update_zone_table();
	for_each_owner(update_cpu, update_this_cpu);
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

/* --- sizes -------------------------------------------------------------------------------- */

int zone_batchsize(unsigned long managed)
{
	/* a thousandth of the zone, at most 1 MiB, then a quarter of that ... */
	unsigned long batch = min(managed >> 10, (1ul << 20) / PAGE_SIZE) / 4;

	batch = max(batch, 1ul);
	/* ... and one less than a power of two, so that it does not resonate with others */
	return (int)rounddown_pow_of_two(batch + batch / 2) - 1;
}

int zone_highsize(unsigned long managed, unsigned long low_wmark, int batch, unsigned int nr_cpus)
{
	unsigned long total =
		percpu_pagelist_high_fraction ? managed / percpu_pagelist_high_fraction : low_wmark;

	return max((int)(total / max(nr_cpus, 1u)), batch << 2);
}

static void clamp_pageset(struct per_cpu_pages *pcp)
{
	pcp->batch = pcp->zone->pageset_batch;
	pcp->high = pcp->zone->pageset_high;
	if (granted_pages(pcp) > pcp->high)
		reclaim_grants(pcp, NULL);
	if (granted_pages(pcp) > pcp->high)
		drain_pageset(pcp);
}

static void clamp_cpu(unsigned int cpu)
{
	struct zone *zone;

	for_each_populated_zone (zone)
		if (zone->pageset[cpu])
			clamp_pageset(zone->pageset[cpu]);
}

static void clamp_this_cpu(void *unused)
{
	(void)unused;
	clamp_cpu(smp_processor_id());
}

void pageset_set_high_and_batch(struct zone *zone)
{
	zone->pageset_batch = max(zone_batchsize(zone->managed_pages), 1);
	zone->pageset_high = zone_highsize(zone->managed_pages, low_wmark_pages(zone),
	                                   zone->pageset_batch, nr_cpus_on_node(zone->node));
	for_each_owner(clamp_cpu, clamp_this_cpu);
}

/* Entries that a list needs: what `high` pages make, within reason. One more is the NULL. */
static unsigned long list_capacity(const struct zone *zone, unsigned int order)
{
	return clamp((unsigned long)zone->pageset_high, 2ul << order,
	             (unsigned long)PCP_LIST_MAX) >>
	       order;
}

size_t pageset_bytes(const struct zone *zone)
{
	size_t bytes = sizeof(struct per_cpu_pages);

	for (unsigned int order = 0; order < PCP_ORDERS; order++)
		bytes +=
			MIGRATE_PCPTYPES * (list_capacity(zone, order) + 1) * sizeof(struct page *);
	return bytes;
}

void pageset_install(struct zone *zone, unsigned int cpu, void *memory)
{
	struct per_cpu_pages *pcp = memory;
	struct page **entry = (struct page **)(pcp + 1);

	*pcp = (struct per_cpu_pages){
		.zone = zone, .cpu = cpu, .high = zone->pageset_high, .batch = zone->pageset_batch};
	for (unsigned int order = 0; order < PCP_ORDERS; order++) {
		unsigned long capacity = list_capacity(zone, order);

		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			struct pcp_list *list = &pcp->lists[order][mt];

			*list = (struct pcp_list){.base = entry, .capacity = capacity};
			list->parked = (struct pcp_stack){entry, entry};
			list->stack = &list->parked;
			entry += capacity + 1;
		}
	}
	zone->pageset[cpu] = pcp;
}

/* --- whole-state checks ------------------------------------------------------------------- */

static const char *check_entry(const struct zone *zone, const struct page *page, unsigned int order,
                               unsigned int mt)
{
	unsigned long want = zone->page_tag | (unsigned long)order << PAGE_ORDER_SHIFT |
	                     (unsigned long)mt << PAGE_MT_SHIFT;

	if (!page_pointer_valid(page))
		return "pageset entry is no page";
	if (page->flags != want)
		return "pageset entry has another zone, order, type or a flag";
	if (page_ref_count(page) != 0)
		return "pageset entry has references";
	return IS_ALIGNED(page_to_pfn(page), 1ul << order) ? NULL : "pageset entry is not aligned";
}

static const char *check_list(const struct zone *zone, const struct pcp_list *list,
                              unsigned int order, unsigned int mt)
{
	const char *wrong = NULL;

	const struct pcp_stack *stack = list->stack;

	if (stack->top < list->base || stack->top > stack->limit ||
	    stack->limit > list->base + list->capacity)
		return "pageset list bounds are out of order";
	if (list->base[0])
		return "pageset list has no NULL at the bottom";
	for (struct page **p = list->base + 1; p <= stack->top && !wrong; p++)
		wrong = check_entry(zone, *p, order, mt);
	return wrong;
}

const char *pageset_check(const struct per_cpu_pages *pcp)
{
	const char *wrong = NULL;

	for (unsigned int order = 0; order < PCP_ORDERS && !wrong; order++)
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES && !wrong; mt++)
			wrong = check_list(pcp->zone, &pcp->lists[order][mt], order, mt);
	if (!wrong && granted_pages(pcp) > pcp->high)
		wrong = "pageset may grow beyond high";
	return wrong;
}

static bool visit_list(const struct pcp_list *list, unsigned int order,
                       bool (*fn)(struct page *page, unsigned int order, void *arg), void *arg)
{
	for (struct page **p = list->base + 1; p <= list->stack->top; p++)
		if (!fn(*p, order, arg))
			return false;
	return true;
}

void pageset_for_each(struct zone *zone,
                      bool (*fn)(struct page *page, unsigned int order, void *arg), void *arg)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct per_cpu_pages *pcp = zone->pageset[cpu];

		for (unsigned int i = 0; pcp && i < PCP_ORDERS * MIGRATE_PCPTYPES; i++)
			if (!visit_list(&pcp->lists[i / MIGRATE_PCPTYPES][i % MIGRATE_PCPTYPES],
			                i / MIGRATE_PCPTYPES, fn, arg))
				return;
	}
}
