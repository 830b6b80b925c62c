/* SPDX-License-Identifier: MIT */
/* percpu_area.c - the frames behind the per-CPU units, and whole units of new CPUs.
 *
 * Owns: percpu_space, of which it fills `populated` and gives the bookkeeping pages. Each CPU's
 * frames come from its own node, high memory first: nobody needs their address in the direct map. A
 * page is populated in all units or in none. Locks: percpu_space.lock while a page changes state;
 * never while allocating. */
#include "asm/tlb.h"
#include "bug.h"
#include "errno.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/topology.h"
#include "percpu_map.h"
#include "printk.h"

struct percpu_space percpu_space;

static struct page *alloc_frame(unsigned int cpu, gfp_t gfp)
{
	return alloc_pages_node(per_cpu(numa_node, cpu), gfp | __GFP_HIGHMEM, 0);
}

static void free_frames(struct page **frames)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (frames[cpu])
			__free_page(frames[cpu]);
}

/* --- bookkeeping -------------------------------------------------------------------------- */

bool percpu_add_meta(void **slot, gfp_t gfp)
{
	unsigned long page = get_zeroed_page(gfp), flags;

	if (!page)
		return false;
	flags = spin_lock_irqsave(&percpu_space.lock);
	if (!*slot) {
		*slot = (void *)page;
		page = 0;
		percpu_space.nr_meta++;
	}
	spin_unlock_irqrestore(&percpu_space.lock, flags);
	free_page(page); /* somebody else was faster */
	return true;
}

/* Take the page out of *slot if all n granules from g on that it describes are free. Locked.
 * Returns: the page to free, or NULL. */
static void *drop_meta(void **slot, unsigned long g, unsigned long n)
{
	void *page = *slot;

	if (!page || !percpu_range_free(g, n))
		return NULL;
	*slot = NULL;
	percpu_space.nr_meta--;
	return page;
}

/* --- runs of granules ----------------------------------------------------------------------- */

void percpu_mark_run(unsigned long g, unsigned long n)
{
	struct percpu_chunk *c = chunk_of(g);

	bitmap_set(c->used, g % CHUNK_GRANULES, n);
	__set_bit(g % CHUNK_GRANULES, c->first);
	percpu_space.nr_granules += n;
	percpu_space.nr_allocs++;
}

void percpu_unmark_run(unsigned long g, unsigned long n)
{
	struct percpu_chunk *c = chunk_of(g);

	bitmap_clear(c->used, g % CHUNK_GRANULES, n);
	__clear_bit(g % CHUNK_GRANULES, c->first);
	percpu_space.nr_granules -= n;
	percpu_space.nr_allocs--;
	percpu_space.hint = min(percpu_space.hint, g);
}

/* --- pages -------------------------------------------------------------------------------- */

static bool alloc_frames(struct page **frames, gfp_t gfp)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		frames[cpu] = alloc_frame(cpu, gfp);
		if (!frames[cpu])
			return false;
	}
	return true;
}

static bool populate_page(unsigned int index, gfp_t gfp)
{
	struct page *frames[NR_CPUS] = {NULL};
	unsigned long flags;

	if (!alloc_frames(frames, gfp)) {
		free_frames(frames);
		return false;
	}
	flags = spin_lock_irqsave(&percpu_space.lock);
	for (unsigned int cpu = 0; !test_bit(index, percpu_space.populated) && cpu < nr_cpu_ids;
	     cpu++) {
		percpu_map_page(cpu, index, page_to_pfn(frames[cpu]));
		frames[cpu] = NULL;
	}
	__set_bit(index, percpu_space.populated);
	spin_unlock_irqrestore(&percpu_space.lock, flags);
	free_frames(frames); /* somebody else was faster */
	return true;
}

bool percpu_populate(unsigned long g, unsigned long n, gfp_t gfp)
{
	unsigned int last = (unsigned int)((g + n - 1) / PAGE_GRANULES);
	void **sites = (void **)&percpu_space.sites[g / SITES_PER_PAGE];

	if (!READ_ONCE(*sites) && !percpu_add_meta(sites, gfp))
		return false;
	for (unsigned int index = (unsigned int)(g / PAGE_GRANULES); index <= last; index++)
		if (!test_bit(index, percpu_space.populated) && !populate_page(index, gfp))
			return false;
	return true;
}

/* Put the frames of a page of all units on the list. */
static void unmap_frames(unsigned int index, struct list_head *frames)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		list_add(&pfn_to_page(percpu_unmap_page(cpu, index))->lru, frames);
}

/* Take the page out of all units if it holds nothing. Until it is released it counts as allocated:
 * nobody may get the addresses before every CPU has forgotten the frames.
 * Returns: whether it was taken. */
static bool shrink_page(unsigned int index, struct list_head *frames)
{
	unsigned long g = (unsigned long)index * PAGE_GRANULES;
	unsigned long flags = spin_lock_irqsave(&percpu_space.lock);
	bool take = test_bit(index, percpu_space.populated) && percpu_range_free(g, PAGE_GRANULES);

	if (take) {
		percpu_mark_run(g, PAGE_GRANULES);
		unmap_frames(index, frames);
	}
	spin_unlock_irqrestore(&percpu_space.lock, flags);
	return take;
}

static void release_page(unsigned int index)
{
	unsigned long flags = spin_lock_irqsave(&percpu_space.lock);

	__clear_bit(index, percpu_space.populated);
	percpu_unmark_run((unsigned long)index * PAGE_GRANULES, PAGE_GRANULES);
	spin_unlock_irqrestore(&percpu_space.lock, flags);
}

static unsigned long free_list_of_frames(struct list_head *frames)
{
	struct page *page, *next;
	unsigned long n = 0;

	list_for_each_entry_safe (page, next, frames, lru) {
		__free_page(page);
		n++;
	}
	return n;
}

static unsigned long shrink_pages(void)
{
	DECLARE_BITMAP(taken, PERCPU_UNIT_PAGES) = {0};
	LIST_HEAD(frames);

	for (unsigned int index = percpu_static_pages(); index < PERCPU_UNIT_PAGES; index++)
		if (shrink_page(index, &frames))
			__set_bit(index, taken);
	if (list_empty(&frames))
		return 0;
	flush_tlb_all();
	for (unsigned int index = percpu_static_pages(); index < PERCPU_UNIT_PAGES; index++)
		if (test_bit(index, taken))
			release_page(index);
	return free_list_of_frames(&frames);
}

static unsigned long shrink_meta(void **slot, unsigned long g, unsigned long n)
{
	unsigned long flags = spin_lock_irqsave(&percpu_space.lock);
	void *page = drop_meta(slot, g, n);

	spin_unlock_irqrestore(&percpu_space.lock, flags);
	free_page((unsigned long)page);
	return page != NULL;
}

/* Static variables have no sites. */
static unsigned long shrink_sites(unsigned long i)
{
	unsigned long end = (i + 1) * SITES_PER_PAGE;
	unsigned long g = clamp(percpu_static_granules(), end - SITES_PER_PAGE, end);

	return shrink_meta((void **)&percpu_space.sites[i], g, end - g);
}

unsigned long percpu_shrink(void)
{
	unsigned long freed = shrink_pages();

	for (unsigned int i = 0; i < NR_SITE_PAGES; i++)
		freed += shrink_sites(i);
	for (unsigned int i = 1; i < NR_CHUNKS; i++)
		freed += shrink_meta((void **)&percpu_space.chunks[i],
		                     (unsigned long)i * CHUNK_GRANULES, CHUNK_GRANULES);
	return freed;
}

/* --- whole units -------------------------------------------------------------------------- */

/* Unmap and free what is mapped in pages [0, end) of a unit that is not open. */
static void free_unit_pages(unsigned int cpu, unsigned int end)
{
	LIST_HEAD(frames);

	for (unsigned int index = 0; index < end; index++)
		if (percpu_page_pfn(cpu, index))
			list_add(&pfn_to_page(percpu_unmap_page(cpu, index))->lru, &frames);
	flush_tlb_all();
	free_list_of_frames(&frames);
}

static int fill_unit(unsigned int cpu, int nid)
{
	for (unsigned int index = 0; index < PERCPU_UNIT_PAGES; index++) {
		struct page *page;

		if (!test_bit(index, percpu_space.populated))
			continue;
		page = alloc_pages_node(nid, GFP_KERNEL | __GFP_HIGHMEM | __GFP_ZERO, 0);
		if (!page) {
			free_unit_pages(cpu, index);
			return -ENOMEM;
		}
		percpu_map_page(cpu, index, page_to_pfn(page));
	}
	return 0;
}

static int give_table(unsigned int cpu)
{
	unsigned long page;

	if (percpu_table_present(cpu))
		return 0;
	page = get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	percpu_table_install(cpu, (void *)page);
	return 0;
}

/* If nobody uses it any more. */
static void drop_table(unsigned int cpu)
{
	void *table = percpu_table_remove(cpu);

	if (table)
		flush_tlb_all();
	free_page((unsigned long)table);
}

int setup_per_cpu_area(unsigned int cpu, int nid)
{
	int ret;

	if (cpu >= NR_CPUS)
		return -EINVAL;
	if (__per_cpu_offset[cpu])
		return 0;
	ret = give_table(cpu);
	if (!ret)
		ret = fill_unit(cpu, nid);
	if (ret) {
		drop_table(cpu);
		return ret;
	}
	percpu_open(cpu);
	per_cpu(numa_node, cpu) = nid;
	return 0;
}

void free_per_cpu_area(unsigned int cpu)
{
	ASSERT(cpu && cpu < NR_CPUS && __per_cpu_offset[cpu]);
	percpu_close(cpu);
	free_unit_pages(cpu, PERCPU_UNIT_PAGES);
	drop_table(cpu);
}

void percpu_init(void)
{
	unsigned long statics = percpu_static_granules();

	spin_lock_init(&percpu_space.lock);
	if (!percpu_add_meta((void **)&percpu_space.chunks[0], GFP_KERNEL))
		panic("no memory for the map of the per-CPU units");
	bitmap_set(percpu_space.chunks[0]->used, 0, statics);
	__set_bit(0, percpu_space.chunks[0]->first);
	bitmap_set(percpu_space.populated, 0, percpu_static_pages());
	percpu_space.hint = statics;
	pr_info("percpu: %lu bytes of static variables in units of %lu KiB\n",
	        (unsigned long)percpu_static_size(), PERCPU_UNIT_SIZE / 1024);
}
