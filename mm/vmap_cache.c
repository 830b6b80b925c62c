/* SPDX-License-Identifier: MIT */
/* vmap_cache.c - what becomes of an area that is freed.
 *
 *   vfree ---> cache of this CPU, by size ---> vmalloc       entries hidden, shown again
 *         \          | full, drained
 *          `---> lazy list ---> flush of every CPU ---> frames, addresses, tables are free
 *
 * A freed area's entries are not present, and this CPU has forgotten them, when vfree returns.
 * Other CPUs may remember them until the purge; its frames and addresses are nobody else's until
 * then. An area that comes back from the cache has its old frames at its old addresses, so what a
 * CPU remembers is right again and nobody need be flushed. Owns: the caches, the lazy list, the
 * list of areas freed in interrupts. Source: Bonwick and Adams, "Magazines and Vmem", 2001 (keep
 * what is costly to construct); Linux's lazy purge. Locks: interrupts off for a CPU's cache;
 * vmalloc_space.lock for the lists; purge_mutex around a purge from taking the list to freeing what
 * was on it, so that who needs memory or addresses back can wait for another one's purge. Nothing
 * is allocated under it: reclaim takes it. */
#include "asm/percpu.h"
#include "asm/processor.h"
#include "asm/tlb.h"
#include "kernel.h"
#include "free_fast.h"
#include "mm/alloc_hooks.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/shrinker.h"
#include "mm/slab.h"
#include "mm/trace_sites.h"
#include "mm/vmalloc.h"
#include "mm/vmstat.h"
#include "mutex.h"
#include "preempt.h"
#include "smp.h"
#include "vmalloc_internal.h"

/* (O) this CPU, interrupts off */
struct vmap_cache {
	struct vmap_area *head[VMAP_CACHE_PAGES + 1];  /* (O) by pages, freed last first */
	struct vmap_area *large;                       /* (O) of more pages, freed last first */
	unsigned long pages;                           /* (O) in all of them */
	struct vmap_area *range[VMAP_CACHE_PAGES + 1]; /* (O) addresses alone, by pages */
	unsigned long range_pages;                     /* (O) pages of addresses in them */
};
static DEFINE_PER_CPU(struct vmap_cache, vmap_cache);

/* Frames that a CPU's cache and the lazy list may keep from others: 4 and 8 MiB, less on small
 * machines. (C) but for strict mode, which keeps nothing. */
static unsigned long cache_most, lazy_most;
static bool strict;

static struct vmap_area *lazy_head; /* (L) */
static unsigned long nr_lazy;       /* (L) pages of addresses in it */
static struct tlb_batch lazy_batch; /* (L) what of it is to be flushed */
struct vmap_area *vmap_deferred;

static DEFINE_MUTEX(purge_mutex);

static struct kmem_cache *area_slab;

struct vmap_area *vmap_area_alloc(gfp_t gfp)
{
	return kmem_cache_zalloc(area_slab, gfp);
}

void vmap_area_free(struct vmap_area *area)
{
	kmem_cache_free(area_slab, area);
}

static unsigned long pages_of(const struct vmap_area *area)
{
	return (area->va_end - area->va_start) >> PAGE_SHIFT;
}

/* --- the cache ---------------------------------------------------------------------------- */

static __always_inline void show_entries(pte_t *pte, unsigned long n)
{
	for (pte_t *end = pte + n; pte != end; pte++)
		ptep_show(pte);
}

static __always_inline void hide_entries(pte_t *pte, unsigned long n, unsigned long va)
{
	for (pte_t *end = pte + n; pte != end; pte++, va += PAGE_SIZE) {
		ptep_hide(pte);
		flush_tlb_one(va);
	}
}

struct vmap_area *vmap_cache_take(unsigned long nr_pages, unsigned long caller)
{
	unsigned long flags = local_irq_save();
	struct vmap_cache *cache = this_cpu_ptr(&vmap_cache);
	struct vmap_area *area = cache->head[nr_pages];

	if (likely(area)) {
		cache->head[nr_pages] = area->next_free;
		cache->pages -= nr_pages;
		show_entries(area->pte, nr_pages);
		area->vm.caller = caller;
		area->state = VMAP_BUSY;
	}
	local_irq_restore(flags);
	return area;
}

/* Has nobody else a reference to a frame, a mapping of it, or anything else in its struct page? */
static __always_inline bool frames_are_plain(struct page *const *pages, unsigned long n)
{
	for (struct page *const *end = pages + n; pages != end; pages++)
		if (vmalloc_page_list(*pages) >= PCP_LISTS || page_ref_count(*pages) != 1)
			return false;
	return true;
}

/* May the cache have it? Lock held. */
static __always_inline bool fits_cache(const struct vmap_area *area, const struct vmap_cache *cache)
{
	return area && area->state == VMAP_BUSY && area->vm.flags & VM_PLAIN &&
	       cache->pages + area->vm.nr_pages <= cache_most &&
	       frames_are_plain(area->vm.pages, area->vm.nr_pages);
}

bool vmap_cache_give(const void *addr, unsigned long caller)
{
	unsigned long flags, n;
	struct vmap_cache *cache;
	struct vmap_area *area;
	bool fits;

	if (unlikely(alloc_hooks || vmap_deferred))
		return false;
	flags = raw_spin_lock_irqsave(&vmalloc_space.lock);
	area = vmap_area_at(&vmalloc_space, (unsigned long)addr);
	cache = this_cpu_ptr(&vmap_cache);
	fits = fits_cache(area, cache);
	if (likely(fits)) {
		n = area->vm.nr_pages;
		hide_entries(area->pte, n, area->va_start);
		area->state = VMAP_CACHED;
		area->freed_by = caller;
		area->next_free = cache->head[n];
		cache->head[n] = area;
		cache->pages += n;
	}
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	return fits;
}

/* --- the cache's large areas --------------------------------------------------------------- */

/* Their entries are touched while they are nobody else's, so with interrupts on, and may lie in
 * several tables. */
static unsigned long entries_in_table(unsigned long va, unsigned long end)
{
	return min(end - va, PMD_SIZE - (va & (PMD_SIZE - 1))) >> PAGE_SHIFT;
}

static void show_area(const struct vmap_area *area)
{
	unsigned long end = area->va_end - PAGE_SIZE, n;

	for (unsigned long va = area->va_start; va < end; va += n << PAGE_SHIFT) {
		n = entries_in_table(va, end);
		show_entries(lookup_kernel_pte(va), n);
	}
}

static void hide_area(const struct vmap_area *area)
{
	unsigned long end = area->va_end - PAGE_SIZE, n;

	for (unsigned long va = area->va_start; va < end; va += n << PAGE_SHIFT) {
		pte_t *pte = lookup_kernel_pte(va);

		n = entries_in_table(va, end);
		for (pte_t *last = pte + n; pte != last; pte++)
			ptep_hide(pte);
	}
	local_flush_tlb_kernel_range(area->va_start, end);
}

/* Few are there: each has more than VMAP_CACHE_PAGES of cache_most. */
struct vmap_area *vmap_cache_take_large(unsigned long nr_pages, unsigned long caller)
{
	unsigned long flags = local_irq_save();
	struct vmap_cache *cache = this_cpu_ptr(&vmap_cache);
	struct vmap_area **link = &cache->large, *area;

	while ((area = *link) && area->vm.nr_pages != nr_pages)
		link = &area->next_free;
	if (area) {
		*link = area->next_free;
		cache->pages -= nr_pages;
	}
	local_irq_restore(flags);
	if (!area)
		return NULL;
	show_area(area);
	area->vm.caller = caller;
	area->state = VMAP_BUSY;
	return area;
}

bool vmap_cache_keep_large(struct vmap_area *area)
{
	struct vmap_cache *cache;
	unsigned long flags;

	if (!(area->vm.flags & VM_PLAIN_LARGE) || alloc_hooks ||
	    !frames_are_plain(area->vm.pages, area->vm.nr_pages))
		return false;
	preempt_disable(); /* the CPU that forgets the area is the one that keeps it */
	cache = this_cpu_ptr(&vmap_cache);
	if (cache->pages + area->vm.nr_pages > cache_most) {
		preempt_enable();
		return false;
	}
	hide_area(area);
	flags = local_irq_save();
	area->state = VMAP_CACHED;
	area->next_free = cache->large;
	cache->large = area;
	cache->pages += area->vm.nr_pages;
	local_irq_restore(flags);
	preempt_enable();
	return true;
}

/* --- lazily ------------------------------------------------------------------------------- */

static void unmap_area(const struct vmap_area *area)
{
	unsigned long size = get_vm_area_size(&area->vm);

	unmap_kernel_range(area->va_start, size);
	local_flush_tlb_kernel_range(area->va_start, area->va_start + size);
}

/* While a hook looks at every page, each is blamed on whoever freed the area. */
static void free_frames(const struct vmap_area *area)
{
	const struct vm_struct *vm = &area->vm;
	unsigned int blocks = vm_nr_blocks(vm);

	for (unsigned int i = 0; i < vm->nr_large; i++)
		__free_pages_slow(vm->pages[i], PMD_SHIFT - PAGE_SHIFT, area->freed_by);
	vmap_unmark_frames(vm->pages + vm->nr_large, blocks - vm->nr_large);
	if (!alloc_hooks) {
		free_pages_bulk_caller(blocks - vm->nr_large, vm->pages + vm->nr_large,
		                       area->freed_by);
		return;
	}
	for (unsigned int i = vm->nr_large; i < blocks; i++)
		__free_pages_slow(vm->pages[i], 0, area->freed_by);
}

/* Give back what is behind an area that no CPU reaches any more. Returns: pages freed. */
static unsigned long strip_area(struct vmap_area *area)
{
	unsigned long pages = area->vm.nr_pages;
	struct page **array = area->vm.pages;

	if (!array)
		return 0;
	free_frames(area);
	area->vm.pages = NULL;
	area->vm.nr_pages = area->vm.nr_large = 0;
	vmap_free_array(array, area->freed_by);
	return pages;
}

/* Unmapped and flushed on this CPU. When there is no other, its frames need not wait.
 * Returns: pages freed. */
static unsigned long add_lazy(struct vmap_area *area)
{
	bool reachable = !tlb_local_is_all();
	unsigned long flags, freed = 0;

	if (!reachable)
		freed = strip_area(area);
	flags = raw_spin_lock_irqsave(&vmalloc_space.lock);
	area->state = VMAP_LAZY;
	area->next_free = lazy_head;
	lazy_head = area;
	nr_lazy += pages_of(area);
	if (reachable)
		tlb_batch_add(&lazy_batch, area->va_start, area->va_end);
	trace_free_vmap_area_noflush(area->va_start, nr_lazy, lazy_most);
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	return freed;
}

/* The array of a large area is an area of its own: at most one page of it is an array again. */
void vmap_free_array(struct page **pages, unsigned long caller)
{
	struct vmap_area *area;

	if (!is_vmalloc_addr(pages)) {
		kfree(pages);
		return;
	}
	area = vm_claim(pages, VM_ALLOC, "vfree", VMAP_LAZY, caller);
	if (area) {
		unmap_area(area);
		add_lazy(area);
	}
}

static unsigned long destroy_area(struct vmap_area *area)
{
	unsigned long pages = strip_area(area);

	vmap_space_forget(area);
	vmap_area_free(area);
	return pages;
}

/* From the lowest of the areas to the highest, and how many they are. */
static noinline void trace_purge(const struct vmap_area *area)
{
	unsigned long start = ~0ul, end = 0, n = 0;

	for (; area; area = area->next_free, n++) {
		start = min(start, area->va_start);
		end = max(end, area->va_end);
	}
	trace_purge_vmap_area_lazy(start, end, n);
}

/* Flush, then free every lazy area; purge_mutex held. Returns: pages freed. */
static unsigned long vmap_purge(void)
{
	unsigned long flags = raw_spin_lock_irqsave(&vmalloc_space.lock), freed;
	struct vmap_area *area = lazy_head, *next;
	struct tlb_batch batch = lazy_batch;

	lazy_head = NULL;
	nr_lazy = 0;
	tlb_batch_init(&lazy_batch);
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	if (!area)
		return 0;
	freed = trim_kernel_tables(VMALLOC_START, VMALLOC_END);
	if (!freed) /* else everything was flushed for the tables */
		tlb_batch_flush(&batch);
	if (trace_enabled(purge_vmap_area_lazy))
		trace_purge(area);
	for (; area; area = next) {
		next = area->next_free;
		freed += destroy_area(area);
	}
	return freed;
}

/* Where somebody purges already there is no need to, nor to wait for him. */
void vmap_free_lazily(struct vmap_area *area)
{
	unmap_area(area);
	add_lazy(area);
	if (nr_lazy <= lazy_most || !mutex_trylock(&purge_mutex))
		return;
	vmap_purge();
	mutex_unlock(&purge_mutex);
}

/* Pages of addresses that a CPU keeps: 1 MiB of the window. What is kept stays an area that was
 * freed by somebody, for all who ask, and has neither frames nor entries. */
enum { RANGE_MOST = 256 };

static bool keep_range(struct vmap_area *area, unsigned long nr_pages)
{
	struct vmap_cache *cache;
	unsigned long flags;
	bool fits;

	if (!(area->vm.flags & VM_MAP) || nr_pages > VMAP_CACHE_PAGES || strict ||
	    unlikely(alloc_hooks & HOOK_TRACE))
		return false;
	flags = local_irq_save();
	cache = this_cpu_ptr(&vmap_cache);
	fits = cache->range_pages + nr_pages <= RANGE_MOST;
	if (likely(fits)) {
		area->next_free = cache->range[nr_pages];
		cache->range[nr_pages] = area;
		cache->range_pages += nr_pages;
	}
	local_irq_restore(flags);
	return fits;
}

struct vmap_area *vmap_range_take(unsigned long nr_pages)
{
	struct vmap_cache *cache;
	struct vmap_area *area;
	unsigned long flags;

	if (nr_pages > VMAP_CACHE_PAGES || unlikely(alloc_hooks & HOOK_TRACE))
		return NULL;
	flags = local_irq_save();
	cache = this_cpu_ptr(&vmap_cache);
	area = cache->range[nr_pages];
	if (likely(area)) {
		cache->range[nr_pages] = area->next_free;
		cache->range_pages -= nr_pages;
	}
	local_irq_restore(flags);
	return area;
}

void vmap_free_now(struct vmap_area *area)
{
	unsigned long size = get_vm_area_size(&area->vm);

	unmap_kernel_range(area->va_start, size);
	flush_tlb_kernel_range(area->va_start, area->va_start + size);
	trace_free_vmap_area_noflush(area->va_start, nr_lazy, lazy_most);
	if (keep_range(area, size >> PAGE_SHIFT))
		return;
	vmap_space_forget(area);
	vmap_area_free(area);
}

/* --- purge -------------------------------------------------------------------------------- */

/* The first of this CPU's lists that has an area; NULL: none has. Interrupts off. */
static struct vmap_area **any_list(struct vmap_cache *cache)
{
	for (unsigned int n = 1; n <= VMAP_CACHE_PAGES; n++) {
		if (cache->head[n])
			return &cache->head[n];
		if (cache->range[n])
			return &cache->range[n];
	}
	return cache->large ? &cache->large : NULL;
}

/* Take any area out of this CPU's cache. */
static struct vmap_area *cache_pop_any(void)
{
	unsigned long flags = local_irq_save();
	struct vmap_cache *cache = this_cpu_ptr(&vmap_cache);
	struct vmap_area **list = any_list(cache), *area = NULL;

	if (list) {
		area = *list;
		*list = area->next_free;
		if (area->vm.flags & VM_MAP)
			cache->range_pages -= area->vm.nr_pages;
		else
			cache->pages -= area->vm.nr_pages;
	}
	local_irq_restore(flags);
	return area;
}

/* Move what this CPU's cache has to the list. */
static void empty_cache(void *list)
{
	struct vmap_area **head = list, *area;
	unsigned long flags;

	while ((area = cache_pop_any())) {
		flags = raw_spin_lock_irqsave(&vmalloc_space.lock);
		area->next_free = *head;
		*head = area;
		raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	}
}

static bool holds_areas(const struct vmap_cache *cache)
{
	return READ_ONCE(cache->pages) || READ_ONCE(cache->range_pages);
}

/* The caches of all CPUs; only those that hold something are asked. Returns: pages freed. */
static unsigned long drain_caches(void)
{
	struct vmap_area *list = NULL, *area, *next;
	struct cpumask holders = {0};
	unsigned long freed = 0;
	unsigned int cpu;

	empty_cache(&list);
	for_each_online_cpu (cpu)
		if (holds_areas(&per_cpu(vmap_cache, cpu)))
			cpumask_set_cpu(cpu, &holders);
	smp_call_function_many(&holders, empty_cache, &list, true);
	for (area = list; area; area = next) {
		next = area->next_free;
		unmap_area(area);
		freed += add_lazy(area);
	}
	return freed;
}

/* An area, its array of pages, the array of that: 2^10 and then 2^20 frames, and more than there
 * are. What others free meanwhile is not waited for: it need not come to an end. */
enum { ARRAYS_DEEP = 3 };

/* purge_mutex held. */
static unsigned long purge_all(void)
{
	unsigned long freed = drain_caches();

	for (int round = 0; round < ARRAYS_DEEP && lazy_head; round++)
		freed += vmap_purge() + drain_caches();
	return freed + trim_kernel_tables(VMALLOC_START, VMALLOC_END);
}

unsigned long vm_unmap_aliases(void)
{
	static unsigned long nr_freed, nr_begun; /* purge_mutex; read without */
	unsigned long before = READ_ONCE(nr_freed), begun, after;

	vmap_run_deferred();
	begun = READ_ONCE(nr_begun);
	mutex_lock(&purge_mutex);
	if (nr_begun == begun) { /* else one that began after we came has ended: it was ours, too */
		WRITE_ONCE(nr_begun, begun + 1);
		WRITE_ONCE(nr_freed, nr_freed + purge_all());
	}
	after = nr_freed;
	mutex_unlock(&purge_mutex);
	return after - before;
}

/* --- deferred ----------------------------------------------------------------------------- */

void vmap_defer(struct vmap_area *area)
{
	unsigned long flags = raw_spin_lock_irqsave(&vmalloc_space.lock);

	area->next_free = vmap_deferred;
	vmap_deferred = area;
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
}

void vmap_run_deferred(void)
{
	struct vmap_area *area, *next;
	unsigned long flags;

	if (likely(!vmap_deferred))
		return;
	flags = raw_spin_lock_irqsave(&vmalloc_space.lock);
	area = vmap_deferred;
	vmap_deferred = NULL;
	raw_spin_unlock_irqrestore(&vmalloc_space.lock, flags);
	for (; area; area = next) {
		next = area->next_free;
		vmap_free_lazily(area);
	}
}

/* --- set up, count ------------------------------------------------------------------------ */

static void set_limits(void)
{
	unsigned long ram = totalram_pages();

	cache_most = strict ? 0 : clamp(ram / 128, 32ul, 1024ul);
	lazy_most = strict ? 0 : clamp(ram / 64, 64ul, 2048ul);
}

void vmalloc_set_strict(bool on)
{
	strict = on;
	set_limits();
	if (on)
		vm_unmap_aliases();
}

unsigned long vmap_cached_pages(void)
{
	unsigned long pages = 0;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		pages += per_cpu(vmap_cache, cpu).pages;
	return pages;
}

static unsigned long count_kept(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)shrinker;
	(void)sc;
	return vmap_cached_pages() + (tlb_local_is_all() ? 0 : nr_lazy);
}

static unsigned long give_back_kept(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)shrinker;
	(void)sc;
	return vm_unmap_aliases();
}

/* Frames that wait are a flush away from being free, so memory pressure takes all of them. */
static struct shrinker shrinker = {
	.name = "vmalloc",
	.count_objects = count_kept,
	.scan_objects = give_back_kept,
	.seeks = 0,
};

void vmap_cache_init(void)
{
	area_slab = KMEM_CACHE(vmap_area, SLAB_PANIC);
	set_limits();
	register_shrinker(&shrinker);
}

unsigned long vmap_lazy_pages(void)
{
	return nr_lazy;
}
