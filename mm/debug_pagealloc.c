/* SPDX-License-Identifier: MIT */
/* debug_pagealloc.c - see mm/debug_pagealloc.h. Owns: whether it is on.
 * A free page's entry is hidden (asm/pgtable.h), so its rights survive. Who freed and allocated it
 * is noted in each of its struct pages: blocks merge and their first page's notes go with them.
 * Other CPUs: a free flushes the CPU that it runs on. Asking the others each time would cost a
 * hundred times the free, and in an interrupt or under a lock it is not possible (asm/tlb.h). So
 * they may still reach, through what they remember, the blocks freed last: when those are
 * STALE_BLOCKS, the next free by code that may be preempted makes every CPU forget them. Source:
 * Linux's debug_pagealloc, by behaviour; it never asks other CPUs. Locks: switch_mutex, then each
 * zone's lock; hide_lock, interrupts off, alone. */
#include "mm/debug_pagealloc.h"
#include "asm/direct_map.h"
#include "asm/page_ops.h"
#include "asm/tlb.h"
#include "errno.h"
#include "fault.h"
#include "lib/vsprintf.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"
#include "mutex.h"
#include "preempt.h"
#include "printk.h"
#include "report.h"
#include "spinlock.h"
#include "zone_lock.h"

static DEFINE_MUTEX(switch_mutex); /* on, off */
static DEFINE_RAW_SPINLOCK(hide_lock);
static bool hiding;        /* hide_lock: frees hide their pages */
static unsigned int stale; /* atomic: blocks hidden since every CPU was flushed */
static bool enabled;

bool debug_pagealloc_enabled(void)
{
	return enabled;
}

static void set_block(const struct page *block, unsigned int order, bool present)
{
	unsigned long pfn = page_to_pfn(block);

	for (unsigned long i = 0; i < 1ul << order && pfn + i < max_low_pfn; i++)
		if (!direct_map_set(pfn + i, present))
			pr_warn("debug_pagealloc: frame %lu has no entry of its own\n", pfn + i);
}

static void note_free(struct page *block, unsigned int order, unsigned long caller)
{
	for (unsigned long i = 1; i < 1ul << order; i++) {
		block[i].alloc_site = block->alloc_site;
		block[i].free_site = caller;
	}
}

/* By the lock: once hiding is off no free that was under way hides a page that stays so for ever.
 */
static void hide_block(struct page *block, unsigned int order)
{
	unsigned long flags = raw_spin_lock_irqsave(&hide_lock);

	if (hiding)
		set_block(block, order, false);
	raw_spin_unlock_irqrestore(&hide_lock, flags);
}

static void set_hiding(bool on)
{
	unsigned long flags = raw_spin_lock_irqsave(&hide_lock);

	hiding = on;
	raw_spin_unlock_irqrestore(&hide_lock, flags);
}

/* One more block that other CPUs may reach. */
static void flush_others(void)
{
	if (tlb_local_is_all() || __atomic_add_fetch(&stale, 1, __ATOMIC_RELAXED) < STALE_BLOCKS ||
	    !preemptible())
		return;
	__atomic_store_n(&stale, 0, __ATOMIC_RELAXED);
	flush_tlb_all();
}

/* The hook: a block was allocated, or is about to be freed by caller. */
static void map_block(struct page *block, unsigned int order, bool present, unsigned long caller)
{
	if (present) {
		set_block(block, order, true);
		return;
	}
	note_free(block, order, caller);
	hide_block(block, order);
	flush_others();
}

/* Every block that is in the buddy lists now. Under the zone's lock nobody takes one out of them
 * before it is hidden; who takes it afterwards shows it. */
static void hide_free_blocks(void)
{
	unsigned long flags;
	struct zone *zone;

	drain_all_pages(NULL);
	for_each_populated_zone (zone) {
		flags = zone_lock_irqsave(zone);
		for (unsigned int i = 0; i < MAX_ORDER * MIGRATE_TYPES; i++) {
			unsigned int order = i / MIGRATE_TYPES;
			struct page *page;

			list_for_each_entry (
				page, &zone->free_area[order].free_list[i % MIGRATE_TYPES], lru)
				set_block(page, order, false);
		}
		zone_unlock_irqrestore(zone, flags);
	}
	flush_tlb_all();
}

/* Every frame, whoever has it. */
static void show_all(void)
{
	for (unsigned long pfn = 0; pfn < max_low_pfn; pfn++)
		direct_map_set(pfn, true);
}

/* --- the size of the direct map's pages --------------------------------------------------- */

static void *direct_map_address(unsigned long pfn)
{
	return __va(PFN_PHYS(pfn));
}

static void join_all(void)
{
	for (unsigned long pfn = 0; pfn < max_low_pfn; pfn += PTRS_PER_PTE)
		if (direct_map_has_table(pfn))
			join_kernel_pages((unsigned long)direct_map_address(pfn));
}

static int split_all(void)
{
	for (unsigned long pfn = 0; pfn < max_low_pfn; pfn += PTRS_PER_PTE) {
		if (!direct_map_is_large(pfn))
			continue;
		if (split_kernel_page((unsigned long)direct_map_address(pfn)))
			return -ENOMEM;
	}
	return 0;
}

/* --- on and off --------------------------------------------------------------------------- */

static int enable(void)
{
	if (enabled)
		return 0;
	if (split_all()) {
		join_all();
		return -ENOMEM;
	}
	vmalloc_set_strict(true);
	alloc_hook_map = map_block;
	alloc_hooks_set(HOOK_MAP, true);
	set_hiding(true);
	hide_free_blocks();
	enabled = true;
	return 0;
}

int debug_pagealloc_enable(void)
{
	int ret;

	mutex_lock(&switch_mutex);
	ret = enable();
	mutex_unlock(&switch_mutex);
	return ret;
}

/* The hook stays until every page is there again: the fast paths take pages as they are. */
static void disable(void)
{
	if (!enabled)
		return;
	enabled = false;
	set_hiding(false);
	show_all();
	alloc_hooks_set(HOOK_MAP, false);
	vmalloc_set_strict(false);
	join_all();
}

void debug_pagealloc_disable(void)
{
	mutex_lock(&switch_mutex);
	disable();
	mutex_unlock(&switch_mutex);
}

/* --- faults ------------------------------------------------------------------------------- */

static bool explain(unsigned long va, char *buf, size_t size)
{
	const struct page *page;
	unsigned long pfn;

	if (!enabled || va < PAGE_OFFSET || va >= LOWMEM_END_VA)
		return false;
	pfn = PFN_DOWN(__pa((void *)va));
	if (pfn >= max_low_pfn || !pfn_valid(pfn))
		return false;
	page = pfn_to_page(pfn);
	if (page_ref_count(compound_head((struct page *)page)) > 0)
		return false;
	scnprintf(buf, size, "what=freed_page pfn=%lu offset=%lu freed_by=%s alloc=%s", pfn,
	          va & (PAGE_SIZE - 1), report_site(page->free_site),
	          report_site(page->alloc_site));
	return true;
}

static struct fault_explainer explainer = {.explain = explain};

void debug_pagealloc_init(void)
{
	fault_explainer_register(&explainer);
}
