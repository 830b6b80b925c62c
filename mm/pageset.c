/* SPDX-License-Identifier: MIT */
/* pageset.c - per-CPU stores of free blocks: the slow halves of pop and push.
 *
 * Owns: the pagesets' lists and limits. Takes blocks from and gives them to the buddy
 * lists in batches; picks no zone and sets no reference count.
 * Invariants (pageset_check): (1) entries are free blocks of the list's zone, order and type, with
 * no references and no PG_buddy; (2) base[0] is NULL; (3) base <= top <= limit <= base + capacity;
 * (4) the pages between base and limit, over all lists, are at most `high`.
 * Source: Gorman ch. 6.6; Bonwick 2001. Differs from Linux: arrays instead of linked lists, so that
 * a stray write to a free page's struct page cannot break a list.
 * Locks: interrupts off for the pageset, then zone->lock. Nobody touches the pageset of another CPU
 * that runs: its owner is asked. */
#include "mm/pageset.h"
#include "kernel.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "asm/memmap.h"
#include "free_area.h"
#include "internal.h"
#include "zone_lock.h"
#include "mm/buddy.h"
#include "mm/page_ref.h"
#include "mm/pageblock.h"
#include "mm/topology.h"
#include "mm/trace_sites.h"
#include "report.h"
#include "smp.h"
#include "unwind.h"

DEFINE_PER_CPU(unsigned long, pcp_nr_freed[PCP_LISTS]);

unsigned long percpu_pagelist_high_fraction;

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

/* How many blocks, at most `most`, the zone can give and keep `floor` pages. */
static unsigned long blocks_above(const struct zone *zone, unsigned long floor, unsigned int order,
                                  long most)
{
	unsigned long free = zone_page_state(zone, NR_FREE_PAGES);

	return free > floor ? min((unsigned long)most, (free - floor) >> order) : 0;
}

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
	unsigned long got;

	pcp->nr_locked++;
	if (zone_page_state(zone, NR_FREE_PAGES) >= floor + (1ul << order))
		page = rmqueue_locked(zone, order, mt, alloc_flags);
	if (page) {
		floor = max(floor, low_wmark_pages(zone));
		got = rmqueue_many_locked(zone, order, mt, blocks_above(zone, floor, order, later),
		                          list->stack->top + 1);
		list->stack->top += got;
		pcp->nr_filled += (got + 1) << order;
	}
	zone_unlock_irqrestore(zone, flags);
	return page;
}

/* --- entries that something wrote over ------------------------------------------------------- */

/* Why the page of an entry is not what a free page of this list is; NULL: it is. */
static const char *entry_fault(const struct zone *zone, const struct page *page, unsigned int order,
                               unsigned int mt)
{
	if (!page_pointer_valid(page))
		return "pointer";
	if (page->flags != page_block_flags(zone, order, mt))
		return "flags";
	if (page_ref_count(page) != 0)
		return "refcount";
	if (page_mapcount(page) != 0)
		return "mapped";
	if (page->mapping)
		return "mapping";
	return zone_spans_pfn(zone, page_to_pfn(page)) ? NULL : "zone";
}

/* Is the page in the list once more, below top? The bottom entry is NULL. */
static bool again_below(struct page **top)
{
	for (struct page **p = top - 1; *p; p--)
		if (*p == *top)
			return true;
	return false;
}

bool pcp_top_sound(struct page **top)
{
	const struct page *page = *top;

	return page_pointer_valid(page) && !(page->flags & PAGE_FLAGS_MASK) &&
	       page_ref_count(page) == 0 && page_mapcount(page) == 0 && !page->mapping &&
	       !again_below(top);
}

/* The entry itself was overwritten: what it names is somebody else's, or nothing. */
static void tell_entry(const struct zone *zone, const struct page *page, unsigned int order,
                       const char *fault)
{
	report(REPORT_list_corrupt, (unsigned long)page, _RET_IP_, "dropped",
	       "obj=0x%08lx what=pageset_entry reason=%s order=%u zone=%s node=%d",
	       (unsigned long)page, fault, order, zone->name, zone->node);
}

/* Deal with a page that an entry named, which has been taken off the list. */
static noinline void reject_entry(const struct zone *zone, struct page *page, unsigned int order,
                                  const char *fault)
{
	struct page was;

	if (!strcmp(fault, "pointer") || !strcmp(fault, "twice") || PageBuddy(page) ||
	    (!strcmp(fault, "flags") && page_ref_count(page) > 0)) {
		tell_entry(zone, page, order, fault);
		return;
	}
	was = *page;
	quarantine_block(page, order);
	if (page_ref_count(page) <= 0)
		set_page_count(page, 1);
	report(REPORT_page_corrupt, page_to_pfn(page), _RET_IP_, "quarantined",
	       "%s what=%s refcount=%d mapcount=%d mapping=0x%08lx flags=0x%08lx first_free=%s "
	       "alloc=%s",
	       page_fields(page), fault, was._refcount, page_mapcount(&was),
	       (unsigned long)was.mapping, was.flags, report_site(was.free_site),
	       report_site(was.alloc_site));
}

/* Is the page of entry e in the list below it? Whoever is visited first keeps the address of his
 * entry in his links, which a page in a pageset does not use. */
static __always_inline bool visited(struct page **base, struct page **e)
{
	struct page **first = (struct page **)(*e)->lru.next;

	if (first > base && first < e && IS_ALIGNED((unsigned long)first, sizeof(*first)) &&
	    *first == *e)
		return true;
	(*e)->lru.next = (struct list_head *)e;
	return false;
}

/* Pages from start to page; far too many when page lies before it or between two: then bits that
 * should be zero come to the top. */
static __always_inline unsigned long page_index(const struct page *page, const struct page *start)
{
	unsigned long bytes = (unsigned long)page - (unsigned long)start;

	return bytes / sizeof(*page) | bytes % sizeof(*page)
	                                       << (BITS_PER_LONG - __builtin_ctzl(sizeof(*page)));
}

/* The first entry from e on, before end, in which entry_fault() finds something or which is there
 * twice; end: none. One pass without calls, because every page that is drained is asked. */
static struct page **first_unfit(const struct zone *zone, struct page **base, unsigned long flags,
                                 struct page **e, struct page **end)
{
	const struct page *start = pfn_to_page(zone->zone_start_pfn);

	for (; e < end; e++) {
		const struct page *page = *e;

		if (unlikely(page_index(page, start) >= zone->spanned_pages || !memmap_holds(page)))
			break;
		if (unlikely(page->flags != flags || !page_words_plain(page) || visited(base, e)))
			break;
	}
	return e;
}

/* Take what cannot be out of the n oldest entries. Returns: how many of them are left. */
static long weed_list(const struct zone *zone, struct pcp_list *list, unsigned int order,
                      unsigned int mt, long n)
{
	unsigned long flags = page_block_flags(zone, order, mt);
	struct page **e = list->base + 1;

	while ((e = first_unfit(zone, list->base, flags, e, list->base + 1 + n)) <=
	       list->base + n) {
		struct page *page = *e;
		const char *fault = entry_fault(zone, page, order, mt);

		memmove(e, e + 1, (unsigned long)(list->stack->top - e) * sizeof(page));
		list->stack->top--;
		n--;
		reject_entry(zone, page, order, fault ? fault : "twice");
	}
	return n;
}

/* Pop what is fit for use. Returns: NULL: there is nothing. */
static struct page *pop_sound(const struct zone *zone, struct pcp_list *list, unsigned int order,
                              unsigned int mt)
{
	while (list->stack->top > list->base) {
		struct page *page = *list->stack->top;
		const char *fault = entry_fault(zone, page, order, mt);

		if (!fault && again_below(list->stack->top))
			fault = "twice";
		list->stack->top--;
		if (likely(!fault))
			return page;
		reject_entry(zone, page, order, fault);
	}
	return NULL;
}

/* Give the n oldest blocks, those at the bottom, back to the buddy lists. */
static void drain_list(struct per_cpu_pages *pcp, struct pcp_list *list, unsigned int order,
                       unsigned int mt, long n)
{
	struct zone *zone = pcp->zone;
	unsigned long flags;

	n = weed_list(zone, list, order, mt, min(n, (long)pcp_list_count(list)));
	if (!n)
		return;
	flags = zone_lock_irqsave(zone);
	trace_mm_page_pcpu_drain(list->base + 1, (unsigned long)n, order, mt);
	free_blocks_locked(zone, list->base + 1, (unsigned long)n, order);
	zone_unlock_irqrestore(zone, flags);
	pcp->nr_locked++;
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
	struct page *page = pop_sound(zone, list, order, mt);

	if (!page)
		page = refill(pcp, list, order, mt, alloc_flags, floor);
	local_irq_restore(flags);
	return page;
}

/* Room by growing, else by draining the oldest. */
static bool make_room(struct per_cpu_pages *pcp, struct pcp_list *list, unsigned int order,
                      unsigned int mt)
{
	long batch = batch_blocks(pcp, order);

	if (list->stack->top < list->stack->limit || grant_room(pcp, list, order, batch) > 0)
		return true;
	drain_list(pcp, list, order, mt, batch);
	return list->stack->top < list->stack->limit;
}

bool pageset_grow(struct zone *zone, unsigned int order, unsigned int mt, long blocks)
{
	unsigned long flags = local_irq_save();
	struct per_cpu_pages *pcp = zone->pageset[smp_processor_id()];
	bool room = pcp && grant_room(pcp, &pcp->lists[order][mt], order, blocks) > 0;

	local_irq_restore(flags);
	return room;
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
	unsigned int mt = page_migratetype(page);
	struct pcp_list *list = &pcp->lists[order][mt];

	if (!just_isolated(zone, page) && make_room(pcp, list, order, mt)) {
		*++list->stack->top = page;
	} else {
		zone_flags = zone_lock_irqsave(zone);
		free_block_locked(zone, page, order);
		zone_unlock_irqrestore(zone, zone_flags);
		pcp->nr_locked++;
		pcp->nr_drained += 1ul << order;
	}
	local_irq_restore(flags);
}

static void drain_pageset(struct per_cpu_pages *pcp)
{
	for (unsigned int order = 0; order < PCP_ORDERS; order++) {
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			struct pcp_list *list = &pcp->lists[order][mt];

			drain_list(pcp, list, order, mt, (long)pcp_list_count(list));
			list->stack->limit = list->base;
		}
	}
}

void drain_local_pages(struct zone *only)
{
	unsigned long flags = local_irq_save();
	struct zone *zone;

	unwind_disable();
	for_each_populated_zone (zone) {
		if ((!only || zone == only) && zone->pageset[smp_processor_id()])
			drain_pageset(zone->pageset[smp_processor_id()]);
	}
	local_irq_restore(flags);
	unwind_enable();
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

/* --- owners -------------------------------------------------------------------------------- */

void pagesets_ask_owners(void (*fn)(unsigned int cpu), void (*on_cpu)(void *))
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (!cpu_online(cpu))
			fn(cpu);
	on_each_cpu(on_cpu, NULL, true);
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
	pagesets_ask_owners(clamp_cpu, clamp_this_cpu);
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

struct looked_for {
	const struct page *page;
	struct page *head;
};

static bool is_other_block(struct page *head, unsigned int order, void *arg)
{
	struct looked_for *l = arg;

	if (l->page >= head && l->page < head + (1ul << order))
		l->head = head;
	return !l->head;
}

/* Inside a larger free block: the first page of a block keeps its flags when the block is merged at
 * once, and gets others as soon as it is cut; so the largest such block around page was freed last.
 * One that waited on a list before it was merged is forgotten. */
static struct page *merged_block_of(struct page *page)
{
	for (unsigned int order = MAX_ORDER; --order > 0;) {
		struct page *head =
			(struct page *)ALIGN_DOWN((unsigned long)page, sizeof(*page) << order);

		if (page_order(head) >= order && page_ref_count(head) == 0 &&
		    !(head->flags & PAGE_FLAGS_MASK))
			return head;
	}
	return page->free_site ? page : free_block_head(page);
}

struct page *last_freed_as(struct page *page)
{
	struct looked_for l = {.page = page, .head = deferred_block_of(page)};

	if (!l.head && page_zone(page))
		pageset_for_each(page_zone(page), is_other_block, &l);
	return l.head ? l.head : merged_block_of(page);
}
