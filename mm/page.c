/* SPDX-License-Identifier: MIT */
/* page.c - what a page is, asked from its number or its struct page.
 *
 * Owns: mem_map, max_pfn, pageblock_types, the rules by which a block's first page is found. A
 * block of order k starts at a multiple of 2^k, so the first page of whatever block holds page p is
 * among p's number with 1, 2, ... low bits cleared: at most MAX_ORDER looks, and no pointer in each
 * tail page. Source: Gorman ch. 2.4. */
#include "mm/page.h"
#include "asm/memmap.h"
#include "asm/page_ops.h"
#include "lib/bitops.h"
#include "lib/vsprintf.h"
#include "internal.h"
#include "mm/page_alloc.h"
#include "mm/page_ref.h"
#include "mm/pageblock.h"
#include "mm/reserved.h"
#include "printk.h"
#include "report.h"

struct page *mem_map;
unsigned long max_pfn;
u8 *pageblock_types;

const char *const migratetype_names[MIGRATE_TYPES] = {
	[MIGRATE_UNMOVABLE] = "Unmovable",     [MIGRATE_MOVABLE] = "Movable",
	[MIGRATE_RECLAIMABLE] = "Reclaimable", [MIGRATE_HIGHATOMIC] = "HighAtomic",
	[MIGRATE_ISOLATE] = "Isolate",
};

bool page_pointer_valid(const struct page *page)
{
	return memmap_holds(page) && !((unsigned long)page & (sizeof(*page) - 1));
}

bool pfn_valid(unsigned long pfn)
{
	return pfn < max_pfn && memmap_holds(pfn_to_page(pfn));
}

static struct page *aligned_page(struct page *page, unsigned int order)
{
	return (struct page *)ALIGN_DOWN((unsigned long)page, sizeof(*page) << order);
}

struct page *compound_head(struct page *page)
{
	if (likely(page_ref_count(page) > 0))
		return page; /* only first pages have references */
	for (unsigned int order = 1; order < MAX_ORDER; order++) {
		struct page *head = aligned_page(page, order);

		if (page_ref_count(head) > 0 && page_order(head) >= order && !PageReserved(head))
			return head;
	}
	return page;
}

struct page *free_block_head(struct page *page)
{
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		struct page *head = aligned_page(page, order);

		if (PageBuddy(head) && page_order(head) >= order)
			return head;
	}
	return page;
}

/* --- in words ----------------------------------------------------------------------------- */

static const char *unreferenced_kind(struct page *page)
{
	if (PageGuard(page))
		return "guard";
	if (PageBuddy(free_block_head(page)) || page_zone(page)->deferred == page)
		return "free";
	return compound_head(page) != page ? "tail" : "pageset";
}

const char *page_kind(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	if (!pfn_valid(pfn))
		return pfn < max_pfn ? "hole" : "beyond_memory";
	if (PageReserved(page))
		return reserved_name(pfn);
	if (PageHWPoison(page))
		return "quarantined";
	if (page_ref_count(page) == 0)
		return unreferenced_kind(page);
	return PageSlab(page) ? "slab" : "allocated";
}

const char *page_fields(const struct page *page)
{
	char *buf = report_text();
	unsigned long pfn = page_to_pfn(page);

	scnprintf(buf, REPORT_TEXT, "obj=0x%08lx pfn=%lu size=%lu order=%u zone=%s node=%d",
	          pfn < max_low_pfn ? (unsigned long)__va(PFN_PHYS(pfn)) : 0, pfn,
	          PAGE_SIZE << page_order(page), page_order(page), zone_names[page_zonenum(page)],
	          page_to_nid(page));
	return buf;
}

static const char *const flag_names[__NR_PAGEFLAGS] = {
	"managed",   "locked",     "referenced",  "uptodate", "dirty",   "lru",       "active",
	"swapcache", "guard",      "slab",        "reserved", "private", "writeback", "head",
	"reclaim",   "swapbacked", "unevictable", "mlocked",  "buddy",   "hwpoison",
};

static void format_flags(char *buf, size_t size, unsigned long flags)
{
	int n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < __NR_PAGEFLAGS; i++)
		if (flags >> i & 1)
			n += scnprintf(buf + n, size - (size_t)n, "%s%s", n ? "|" : "",
			               flag_names[i]);
}

void dump_page(const struct page *page)
{
	unsigned long pfn = page_to_pfn(page);
	char flags[160];

	format_flags(flags, sizeof(flags), page->flags);
	pr_err("page %p pfn %lu (pa 0x%09llx): %s, order %u, type %s, zone %s, node %d\n",
	       (const void *)page, pfn, PFN_PHYS(pfn), page_kind(pfn), page_order(page),
	       page_migratetype(page) < MIGRATE_TYPES ? migratetype_names[page_migratetype(page)]
	                                              : "?",
	       zone_names[page_zonenum(page)], page_to_nid(page));
	pr_err("  flags 0x%08lx(%s) refcount %d mapcount %d mapping %p index 0x%lx private 0x%lx\n",
	       page->flags, flags, page_ref_count(page), page_mapcount(page), (void *)page->mapping,
	       page->index, page->private);
	pr_err("  allocated by %s, freed by %s\n", report_site(page->alloc_site),
	       report_site(page->free_site));
}
