/* SPDX-License-Identifier: MIT */
/* alloc_hooks.c - poison, owner records, injected failures: everything that is done to pages only
 * when somebody asked for it. Owns: alloc_hooks, the owner table.
 *
 * Poison: a free page is filled with 0xaa; when it is taken again, any other byte was written after
 * the free. The page is quarantined and the last owner named.
 * Source: Linux's page_poison and page_owner, by behaviour. Locks: hooks_mutex to
 * switch hooks; the hooks take none but quarantine's. */
#include "mm/alloc_hooks.h"
#include "asm/page_ops.h"
#include "errno.h"
#include "lib/bitops.h"
#include "mm/buddy.h"
#include "internal.h"
#include "mm/memblock.h"
#include "mm/page_alloc.h"
#include "mm/trace_sites.h"
#include "mutex.h"
#include "printk.h"
#include "report.h"

#define PAGE_POISON 0xaaaaaaaau

unsigned int alloc_hooks;
void (*alloc_hook_map)(struct page *block, unsigned int order, bool present, unsigned long caller);

static DEFINE_MUTEX(hooks_mutex);
static struct page_owner *owners; /* by pfn */
static u32 owner_seq;             /* atomic */

/* One at a time, so that whoever sets a second hook does not go on before the fast paths are off
 * for the first. */
void alloc_hooks_set(enum alloc_hook hook, bool on)
{
	unsigned int before, after;

	mutex_lock(&hooks_mutex);
	before = alloc_hooks;
	after = on ? before | hook : before & ~(unsigned int)hook;
	WRITE_ONCE(alloc_hooks, after);
	if (!before && after)
		pageset_disable_fast();
	if (before && !after)
		pageset_enable_fast();
	mutex_unlock(&hooks_mutex);
}

static void fail_armed(bool armed)
{
	alloc_hooks_set(HOOK_FAIL, armed);
}

void alloc_hooks_init(void)
{
	fail_set_hook(FAIL_alloc_pages, fail_armed);
}

/* --- owner -------------------------------------------------------------------------------- */

int page_owner_init(void)
{
	owners = memblock_alloc_try(max_pfn * sizeof(*owners), 64);
	if (!owners) {
		pr_warn("page_owner: no low memory for its table, off\n");
		return -ENOMEM;
	}
	alloc_hooks_set(HOOK_OWNER, true);
	pr_info("page_owner: on, %lu KiB\n", max_pfn * (unsigned long)sizeof(*owners) / 1024);
	return 0;
}

const struct page_owner *page_owner(unsigned long pfn)
{
	return owners && pfn < max_pfn ? &owners[pfn] : NULL;
}

static void record_alloc(struct page *page, unsigned int order, gfp_t gfp, unsigned long caller)
{
	struct page_owner *o = &owners[page_to_pfn(page)];

	o->alloc_site = (u32)caller;
	o->gfp = gfp;
	o->order = order & 15;
	o->seq = __atomic_add_fetch(&owner_seq, 1, __ATOMIC_RELAXED) & 0xfffffff;
}

static void record_free(struct page *page, unsigned long caller)
{
	struct page_owner *o = &owners[page_to_pfn(page)];

	o->free_site = (u32)caller;
	o->seq = __atomic_add_fetch(&owner_seq, 1, __ATOMIC_RELAXED) & 0xfffffff;
}

/* --- poison ------------------------------------------------------------------------------- */

static void poison_block(struct page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1ul << order; i++)
		fill_page(page_to_pfn(page) + i, PAGE_POISON);
}

void page_poison_enable(void)
{
	struct zone *zone;

	drain_all_pages(NULL);
	for_each_populated_zone (zone) {
		for (unsigned int i = 0; i < MAX_ORDER * MIGRATE_TYPES; i++) {
			unsigned int order = i / MIGRATE_TYPES;
			struct page *page;

			list_for_each_entry (
				page, &zone->free_area[order].free_list[i % MIGRATE_TYPES], lru)
				poison_block(page, order);
		}
	}
	alloc_hooks_set(HOOK_POISON, true);
}

static void report_poison(struct page *block, unsigned int order, unsigned long pfn, int offset,
                          u32 found, unsigned long caller)
{
	u32 diff = found ^ PAGE_POISON;

	report(REPORT_page_poison, pfn, caller, "quarantined",
	       "%s page=%lu offset=%d found=0x%08x expected=0x%08x hint=%s first_free=%s alloc=%s",
	       page_fields(block), pfn, offset, found, PAGE_POISON,
	       is_power_of_2(diff) ? "single_bit" : "overwrite", report_site(block->free_site),
	       report_site(block->alloc_site));
	quarantine_block(block, order);
}

/* Is every byte of the block still poison? The first that is not is told. */
static bool poison_intact(struct page *page, unsigned int order, unsigned long caller)
{
	for (unsigned long i = 0; i < 1ul << order; i++) {
		unsigned long pfn = page_to_pfn(page) + i;
		u32 found;
		int offset = check_page_fill(pfn, PAGE_POISON, &found);

		if (offset < 0)
			continue;
		report_poison(page, order, pfn, offset, found, caller);
		return false;
	}
	return true;
}

/* --- both ways ---------------------------------------------------------------------------- */

bool __alloc_hooks_run(struct page *page, unsigned int order, gfp_t gfp, unsigned long caller)
{
	if (alloc_hooks & HOOK_MAP)
		alloc_hook_map(page, order, true, caller);
	if (alloc_hooks & HOOK_POISON && !poison_intact(page, order, caller)) {
		set_page_count(page, 1); /* the quarantine holds it */
		return false;
	}
	if (alloc_hooks & HOOK_OWNER)
		record_alloc(page, order, gfp, caller);
	trace_mm_page_alloc(page, order, gfp, caller);
	return true;
}

void __free_hooks_run(struct page *page, unsigned int order, unsigned long caller)
{
	trace_mm_page_free(page, order, caller);
	if (alloc_hooks & HOOK_OWNER)
		record_free(page, caller);
	if (alloc_hooks & HOOK_POISON)
		poison_block(page, order);
	if (alloc_hooks & HOOK_MAP)
		alloc_hook_map(page, order, false, caller);
}
