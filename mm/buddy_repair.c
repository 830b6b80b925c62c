/* SPDX-License-Identifier: MIT */
/* buddy_repair.c - a zone's free lists made anew after something wrote into them.
 *
 * Owns: zone->findings, zone->must_rebuild, zone->nr_repairs; buddy.c's lists while they are built.
 * Whoever meets damage under zone->lock notes it; it is told when the lock is released.
 * The lists are made of the PG_buddy marks in mem_map, in four steps, each over the whole zone:
 * (1) an entry whose struct page was overwritten, but which both its neighbours on the list still
 * name, is that list's: its words are written anew, or it is quarantined when only its users'
 * words were touched; (2) marks that cannot be are taken away: of a page with references, of a
 * block that overlaps another or a page in use; (3) the lists are emptied; (4) each marked block
 * goes on its list, merged with its lower buddy, which is there already. Step 4 follows no link
 * that it did not write itself, so a repair needs no repair.
 * Locks: zone->lock is held, and not released before everything is in order. */
#include "free_area.h"
#include "internal.h"
#include "report.h"
#include "zone_lock.h"

void buddy_init(struct zone *zone)
{
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			INIT_LIST_HEAD(&zone->free_area[order].free_list[mt]);
		zone->free_area[order].nr_free = 0;
	}
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		zone->nonempty[mt] = 0;
}

/* --- what was found ----------------------------------------------------------------------- */

static struct zone_finding *finding_about(struct zone *zone, const struct list_head *links)
{
	for (unsigned int i = 0; i < zone->nr_findings; i++)
		if (zone->findings[i].links == links)
			return &zone->findings[i];
	return NULL;
}

/* One finding about a block: what is known better replaces that its links are wrong. */
static void add_finding(struct zone *zone, const struct zone_finding *f)
{
	struct zone_finding *old = finding_about(zone, f->links);

	if (old && f->kind == REPORT_list_corrupt)
		return;
	if (old && old->kind == REPORT_list_corrupt) {
		unsigned long caller = old->caller;

		*old = *f;
		old->caller = caller;
	} else if (zone->nr_findings < MAX_ZONE_FINDINGS) {
		zone->findings[zone->nr_findings++] = *f;
	}
}

static void note_links(struct zone *zone, struct page *page, struct list_head *links,
                       unsigned long next, unsigned long prev, unsigned long caller)
{
	struct zone_finding f = {.kind = REPORT_list_corrupt,
	                         .action = "rebuilt",
	                         .page = page,
	                         .links = links,
	                         .next = next,
	                         .prev = prev,
	                         .caller = caller};

	add_finding(zone, &f);
}

static void note_page(struct zone *zone, struct page *page, const char *what, const char *action,
                      unsigned long caller)
{
	struct zone_finding f = {.kind = REPORT_page_corrupt,
	                         .what = what,
	                         .action = action,
	                         .page = page,
	                         .links = &page->lru,
	                         .was = *page,
	                         .caller = caller};

	add_finding(zone, &f);
}

/* What is damaged next to it is known once the lists are rebuilt: the first is told. */
static void note_for_rebuild(struct zone *zone, struct page *page, struct list_head *links,
                             unsigned long caller)
{
	if (!zone->must_rebuild)
		note_links(zone, page, links, (unsigned long)links->next,
		           (unsigned long)links->prev, caller);
	zone->must_rebuild = true;
}

noinline void note_damage(struct zone *zone, struct page *page)
{
	note_for_rebuild(zone, page, &page->lru, _RET_IP_);
}

noinline void note_head_damage(struct zone *zone, struct list_head *head)
{
	note_for_rebuild(zone, NULL, head, _RET_IP_);
	INIT_LIST_HEAD(head);
}

static const char foreign[] = "zone";

noinline void note_foreign_block(struct zone *zone, struct page *page)
{
	zone->vm_stat[NR_FREE_PAGES] -= 1l << page_order(page);
	zone->nr_direct_free -= 1ul << page_order(page);
	set_page_count(page, 1); /* the quarantine holds it */
	note_page(zone, page, foreign, "quarantined", _RET_IP_);
}

/* The frame next to the damaged one may be whose owner wrote beyond it: it is named. */
static void tell_links(const struct zone *zone, const struct zone_finding *f)
{
	unsigned long pfn = page_to_pfn(f->page);

	report(REPORT_list_corrupt, pfn, f->caller, f->action,
	       "%s next=0x%08lx prev=0x%08lx neighbour=%s free=%lu", page_fields(f->page), f->next,
	       f->prev, pfn && pfn_valid(pfn - 1) ? page_kind(pfn - 1) : "none",
	       zone_page_state(zone, NR_FREE_PAGES));
}

static void tell_head(const struct zone *zone, const struct zone_finding *f)
{
	unsigned long offset = (unsigned long)f->links - (unsigned long)zone->free_area;

	report(REPORT_list_corrupt, (unsigned long)f->links, f->caller, f->action,
	       "obj=0x%08lx what=list_head order=%lu type=%s zone=%s node=%d next=0x%08lx "
	       "prev=0x%08lx free=%lu",
	       (unsigned long)f->links, offset / sizeof(struct free_area),
	       migratetype_names[offset % sizeof(struct free_area) / sizeof(struct list_head)],
	       zone->name, zone->node, f->next, f->prev, zone_page_state(zone, NR_FREE_PAGES));
}

static void tell_page(const struct zone_finding *f)
{
	if (f->what == foreign) /* two zones' locks are never held at once */
		quarantine_block(f->page, page_order(f->page));
	report(REPORT_page_corrupt, page_to_pfn(f->page), f->caller, f->action,
	       "%s what=%s refcount=%d mapcount=%d mapping=0x%08lx flags=0x%08lx first_free=%s "
	       "alloc=%s",
	       page_fields(f->page), f->what, f->was._refcount, page_mapcount(&f->was),
	       (unsigned long)f->was.mapping, f->was.flags, report_site(f->was.free_site),
	       report_site(f->was.alloc_site));
}

static void tell(const struct zone *zone, const struct zone_finding *f)
{
	if (f->kind == REPORT_page_corrupt)
		tell_page(f);
	else if (f->page)
		tell_links(zone, f);
	else
		tell_head(zone, f);
}

/* Finish the repair and move the findings to where they can be told without the lock. */
static unsigned int take_findings(struct zone *zone, struct zone_finding *findings)
{
	unsigned int n;

	if (zone->must_rebuild)
		buddy_rebuild(zone);
	n = zone->nr_findings;
	for (unsigned int i = 0; i < n; i++)
		findings[i] = zone->findings[i];
	zone->nr_findings = 0;
	return n;
}

void zone_unlock_and_tell(struct zone *zone, unsigned long flags)
{
	struct zone_finding findings[MAX_ZONE_FINDINGS];
	unsigned int n = take_findings(zone, findings);

	raw_spin_unlock_irqrestore(&zone->lock, flags);
	for (unsigned int i = 0; i < n; i++)
		tell(zone, &findings[i]);
}

noinline void zone_tell(struct zone *zone)
{
	struct zone_finding findings[MAX_ZONE_FINDINGS];
	unsigned int n = take_findings(zone, findings);

	raw_spin_unlock(&zone->lock);
	unwind_disable();
	for (unsigned int i = 0; i < n; i++)
		tell(zone, &findings[i]);
	unwind_enable_later();
	raw_spin_lock(&zone->lock);
}

/* --- step 1: entries that their neighbours name ------------------------------------------- */

/* May a block of this order begin at page? Any pointer. */
static bool may_head(const struct zone *zone, const struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	return page_pointer_valid(page) && IS_ALIGNED(pfn, 1ul << order) &&
	       zone_spans_pfn(zone, pfn) && pfn + (1ul << order) <= zone_end_pfn(zone);
}

/* Along a list as far as it is sound. Returns: the first entry that is not, or NULL at the end. */
static struct page *first_unsound(const struct zone *zone, unsigned int order, unsigned int mt,
                                  bool backwards)
{
	const struct list_head *head = &zone->free_area[order].free_list[mt];
	const struct list_head *pos = backwards ? head->prev : head->next;
	unsigned long limit = (zone->spanned_pages >> order) + 1;

	while (pos != head && limit--) {
		struct page *page = page_of_links(pos);

		if (!may_head(zone, page, order) || !free_block_plain(zone, page, order, mt))
			return page;
		pos = backwards ? pos->prev : pos->next;
	}
	return NULL;
}

static const char *use_of_free_block(const struct page *page)
{
	if (page_ref_count(page) != 0)
		return "refcount";
	if (page_mapcount(page) != 0)
		return "mapped";
	return page->mapping ? "mapping" : NULL;
}

/* Somebody uses a page that is free: nobody else may get it. */
static void quarantine_free_block(struct zone *zone, struct page *page, unsigned long caller)
{
	note_page(zone, page, use_of_free_block(page), "quarantined", caller);
	page->flags = (page->flags & ~(1ul << PG_buddy)) | 1ul << PG_hwpoison;
	if (page_ref_count(page) <= 0)
		set_page_count(page, 1);
	zone->nr_quarantined += 1ul << page_order(page);
}

static void mend_block(struct zone *zone, struct page *page, unsigned int order, unsigned int mt,
                       unsigned long caller)
{
	if (page->flags == free_block_flags(zone, order, mt)) {
		quarantine_free_block(zone, page, caller);
		return;
	}
	note_page(zone, page, "overwritten", "rebuilt", caller);
	page->flags = free_block_flags(zone, order, mt);
	page->_mapcount = -1;
	page->mapping = NULL;
	set_page_count(page, 0);
}

static void mend_lists(struct zone *zone, unsigned long caller)
{
	for (unsigned int i = 0; i < MAX_ORDER * MIGRATE_TYPES; i++) {
		unsigned int order = i / MIGRATE_TYPES, mt = i % MIGRATE_TYPES;
		struct page *page = first_unsound(zone, order, mt, false);

		if (page && page == first_unsound(zone, order, mt, true) &&
		    may_head(zone, page, order))
			mend_block(zone, page, order, mt, caller);
	}
}

/* --- step 2: marks that cannot be --------------------------------------------------------- */

/* The zone's own frames from pfn on: skips blocks of 4 MiB that have no struct pages. */
static unsigned long next_frame(const struct zone *zone, unsigned long pfn)
{
	while (pfn < zone_end_pfn(zone) && !pfn_valid(pfn))
		pfn = ALIGN_DOWN(pfn, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES;
	return pfn;
}

/* Does the entry claim to be this zone's and the first of a free block? */
static bool has_mark(const struct zone *zone, const struct page *page)
{
	return PageBuddy(page) &&
	       !((page->flags ^ zone->page_tag) & (PAGE_ZONE_MASK | PAGE_NODE_MASK));
}

/* Is page the head of a free block as far as its own words say? */
static bool marked_free(const struct zone *zone, const struct page *page)
{
	unsigned int order = page_order(page);

	return has_mark(zone, page) && order < MAX_ORDER && page_is_buddy(zone, page, order) &&
	       page_migratetype(page) < MIGRATE_TYPES && may_head(zone, page, order) &&
	       page_ref_count(page) == 0;
}

/* Do its neighbours name it as one of theirs? */
static bool is_listed(const struct zone *zone, const struct page *page)
{
	unsigned int order = page_order(page);

	return list_links_intact(&page->lru, page->lru.next, page->lru.prev) &&
	       follows_on_list(&zone->free_area[order], free_block_tag(zone, order), page->lru.next,
	                       page_migratetype(page));
}

static void clear_mark(struct zone *zone, struct page *page, unsigned long caller)
{
	note_page(zone, page, "stray_mark", "rebuilt", caller);
	page->flags &= ~(1ul << PG_buddy);
}

/* Pages inside a block that claim to be something else. When the block is on its list they are
 * wrong, else it is. Returns: whether the block is free. */
static bool settle_overlaps(struct zone *zone, struct page *page, unsigned long caller)
{
	bool listed = is_listed(zone, page);

	for (unsigned long i = 1; i < 1ul << page_order(page); i++) {
		if (!PageBuddy(page + i) && page_ref_count(page + i) == 0)
			continue;
		if (!listed) {
			clear_mark(zone, page, caller);
			return false;
		}
		if (PageBuddy(page + i))
			clear_mark(zone, page + i, caller);
	}
	return true;
}

static bool settle_mark(struct zone *zone, struct page *page, unsigned long caller)
{
	if (!marked_free(zone, page)) {
		clear_mark(zone, page, caller);
		return false;
	}
	if (!settle_overlaps(zone, page, caller))
		return false;
	if (use_of_free_block(page))
		quarantine_free_block(zone, page, caller);
	return true;
}

static void settle_marks(struct zone *zone, unsigned long caller)
{
	unsigned long pfn = next_frame(zone, zone->zone_start_pfn);

	while (pfn < zone_end_pfn(zone)) {
		struct page *page = pfn_to_page(pfn);
		bool free = has_mark(zone, page) && settle_mark(zone, page, caller);

		pfn = next_frame(zone, pfn + (free ? 1ul << page_order(page) : 1));
	}
}

/* --- steps 3 and 4 ------------------------------------------------------------------------ */

/* A block keeps its type unless its pageblock's pages are all of one. */
static unsigned int rebuilt_type(const struct page *page)
{
	unsigned int own = page_migratetype(page), block = get_pageblock_migratetype(page);

	return own < MIGRATE_PCPTYPES && block < MIGRATE_PCPTYPES ? own : block;
}

/* Is the block the upper half of two that are free and may be one? */
static bool has_lower_buddy(const struct zone *zone, const struct page *page,
                            const struct page *buddy, unsigned int order)
{
	return buddy < page && page_is_buddy(zone, buddy, order) &&
	       (order < pageblock_order || may_merge(page, buddy));
}

/* Blocks come in the order of their addresses: the lower buddy lies on a new list already. */
static void insert_merged(struct zone *zone, struct page *page, unsigned int order, unsigned int mt)
{
	for (; order < MAX_ORDER - 1; order++) {
		struct page *buddy = buddy_of(page, order);

		if (!has_lower_buddy(zone, page, buddy, order))
			break;
		del_from_free_list(zone, buddy, order, page_migratetype(buddy));
		page->flags = zone->page_tag;
		page = buddy;
	}
	add_to_free_list(zone, page, order, mt);
}

static unsigned long insert_marked(struct zone *zone)
{
	unsigned long free = 0, pfn = next_frame(zone, zone->zone_start_pfn);

	while (pfn < zone_end_pfn(zone)) {
		struct page *page = pfn_to_page(pfn);
		unsigned int order, mt;

		if (!has_mark(zone, page)) {
			pfn = next_frame(zone, pfn + 1);
			continue;
		}
		order = page_order(page);
		mt = rebuilt_type(page);
		free += counts_as_free(order, mt);
		insert_merged(zone, page, order, mt);
		pfn = next_frame(zone, pfn + (1ul << order));
	}
	return free;
}

unsigned long buddy_rebuild(struct zone *zone)
{
	unsigned long free, caller = _RET_IP_;

	mend_lists(zone, caller);
	settle_marks(zone, caller);
	buddy_init(zone);
	free = insert_marked(zone);
	zone->must_rebuild = false;
	zone->nr_repairs++;
	if (zone->deferred) /* counted already, on no list yet */
		free += 1ul << page_order(zone->deferred);
	zone->vm_stat[NR_FREE_PAGES] = (long)free;
	return free;
}

/* Words that were overwritten are told as such; links alone, or a head, as links. */
noinline void buddy_repair(struct zone *zone, struct page *page, struct list_head *head)
{
	bool is_page = page_pointer_valid(page);
	struct list_head *links = is_page ? &page->lru : head;
	unsigned long next = (unsigned long)links->next, prev = (unsigned long)links->prev;
	unsigned long caller = _RET_IP_;
	unsigned int found = zone->nr_findings;

	buddy_rebuild(zone);
	for (unsigned int i = found; i < zone->nr_findings; i++)
		zone->findings[i].caller = caller;
	if (zone->nr_findings == found)
		note_links(zone, is_page ? page : NULL, links, next, prev, caller);
}
