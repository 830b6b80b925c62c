/* SPDX-License-Identifier: MIT */
/* shared.c - what local operations share with other CPUs: locks that are taken, memory that is
 * written. Memory is counted by the dirty bits of the direct map: a CPU's own variables and the
 * stacks of threads are reached by other addresses, so whatever gets dirty there is shared. */
#include "../../mm/slab_internal.h"
#include "asm/page_ops.h"
#include "asm/pgtable.h"
#include "asm/tlb.h"
#include "console.h"
#include "kernel.h"
#include "mm/alloc_hooks.h"
#include "mm/page_alloc.h"
#include "mm/pageset.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/topology.h"
#include "mm/vmalloc.h"
#include "mm/vmstat.h"
#include "smp.h"
#include "spinlock.h"
#include "threads.h"

/* --- locks -------------------------------------------------------------------------------- */

enum { BURST = 250, BURSTS = 4 };

KTEST(shared, a_thousand_local_pairs_take_the_zones_lock_seldom)
{
	static struct page *pages[BURST];
	struct per_cpu_pages *pcp;
	unsigned long before;
	struct zone *zone;

	SKIP_UNLESS(nr_free_pages() > 16 * BURST, "too little memory");
	pages[0] = alloc_page(GFP_KERNEL);
	ASSERT_TRUE(pages[0]);
	zone = page_zone(pages[0]);
	__free_page(pages[0]);
	pcp = zone->pageset[raw_smp_processor_id()];
	before = pcp->nr_locked;
	for (int burst = 0; burst < BURSTS; burst++) {
		for (int i = 0; i < BURST; i++)
			pages[i] = alloc_page(GFP_KERNEL);
		for (int i = 0; i < BURST; i++)
			if (pages[i])
				__free_page(pages[i]);
	}
	before = pcp->nr_locked - before;
	cprintf("# zone lock taken %lu times, batch %d\n", before, pcp->batch);
	EXPECT_TRUE(before <= 2000 / (unsigned long)max(pcp->batch, 1));
}

KTEST(shared, one_pair_after_another_takes_no_lock)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct per_cpu_pages *pcp;
	unsigned long before;

	ASSERT_TRUE(page);
	pcp = page_zone(page)->pageset[raw_smp_processor_id()];
	__free_page(page);
	before = pcp->nr_locked;
	for (int i = 0; i < 1000; i++) {
		page = alloc_page(GFP_KERNEL);
		__free_page(page);
	}
	EXPECT_EQ(pcp->nr_locked - before, 0);
}

/* --- memory ------------------------------------------------------------------------------- */

/* Call fn for each entry that maps something of the direct map. Returns: the sum. */
static unsigned int for_each_entry(unsigned int (*fn)(pte_t *entry))
{
	unsigned int sum = 0;

	for (unsigned long va = PAGE_OFFSET; va < PAGE_OFFSET + (max_low_pfn << PAGE_SHIFT);
	     va += PMD_SIZE) {
		pmd_t *pmd = kernel_pmd(va);

		if (!pmd || !pmd_present(*pmd))
			continue;
		if (pmd_large(*pmd)) {
			sum += fn((pte_t *)pmd);
			continue;
		}
		for (unsigned int i = 0; i < PTRS_PER_PTE; i++) {
			pte_t *pte = pte_offset_kernel(pmd, va + i * PAGE_SIZE);

			if (pte_present(*pte))
				sum += fn(pte);
		}
	}
	return sum;
}

static unsigned int clean(pte_t *entry)
{
	set_pte_live(entry, pte_mkclean(*entry));
	return 1;
}

static unsigned int soil(pte_t *entry)
{
	set_pte_live(entry, pte_mkdirty(*entry));
	return 1;
}

static unsigned int is_dirty(pte_t *entry)
{
	return pte_dirty(*entry);
}

struct count {
	void (*fn)(void);
	unsigned int dirty;
};

/* All other CPUs wait. */
static void count_dirty(void *arg)
{
	struct count *c = arg;
	unsigned int before;

	for_each_entry(clean); /* writes to the tables themselves, which lie there too */
	local_flush_tlb_all();
	before = for_each_entry(is_dirty);
	c->fn();
	c->dirty = for_each_entry(is_dirty) - before;
	for_each_entry(soil);
	local_flush_tlb_all();
}

/* In a thread, on a stack of its own. Returns: entries that got dirty while fn ran. */
static int count_shared_writes(void *arg)
{
	struct count c = {.fn = *(void (**)(void))arg};

	c.fn(); /* warm */
	stop_machine(count_dirty, &c);
	return (int)c.dirty;
}

static void local_pairs(void)
{
	for (int i = 0; i < 100; i++)
		kfree(kmalloc(64, GFP_ATOMIC));
}

static DEFINE_SPINLOCK(shared_lock);

static void take_a_lock(void)
{
	spin_lock(&shared_lock);
	spin_unlock(&shared_lock);
}

/* On this CPU. */
static int shared_writes_of(void (*fn)(void))
{
	struct crew crew;

	if (!crew_make(&crew, 1, count_shared_writes, &fn, 0))
		return -1;
	kthread_bind(crew.tasks[0], raw_smp_processor_id());
	crew_start(&crew);
	return crew_join(&crew);
}

/* Like kmalloc's pair, which also writes to the object: its page is made a mapping of its own. */
static unsigned int pairs_write(unsigned long object)
{
	bool split = pmd_large(*kernel_pmd(object)) && !split_kernel_page(object);
	int dirty = shared_writes_of(local_pairs);

	if (split)
		EXPECT_EQ(join_kernel_pages(object), 0);
	return (unsigned int)dirty;
}

/* The CPU's array of objects is its own, but lies in the direct map like everything that kmalloc
 * gives: put one from vmalloc in its place. */
KTEST(shared, local_kmalloc_pairs_write_to_the_object_alone)
{
	struct kmem_cache *cache = kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(64)];
	unsigned int cpu = raw_smp_processor_id(), room, batch;
	const struct array_cache *ac;
	void **mine, **old, *object;

	SKIP_UNLESS(!DEBUG_BUILD, "the checking build marks every object");
	SKIP_UNLESS(pageset_fast_enabled() && !alloc_hooks, "the fast paths are off");
	ac = raw_cpu_ptr(cache->arrays + numa_mem_id());
	room = ac->room;
	batch = ac->batchcount;
	SKIP_UNLESS(room, "no array");
	mine = vzalloc((room + 1) * sizeof(*mine));
	ASSERT_TRUE(mine);
	old = array_install(cache, cpu, numa_mem_id(), mine, room, batch);
	object = kmalloc(64, GFP_KERNEL);
	kfree(object); /* on top of the array: the pairs take this one */
	EXPECT_EQ(pairs_write((unsigned long)object), 1);
	EXPECT_TRUE(array_install(cache, cpu, numa_mem_id(), old, room, batch) == mine);
	vfree(mine);
}

KTEST(shared, a_lock_that_is_taken_is_seen_by_the_count)
{
	EXPECT_TRUE(shared_writes_of(take_a_lock) > 0);
}
