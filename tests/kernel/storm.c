/* SPDX-License-Identifier: MIT */
/* storm.c - every allocator on all CPUs at once. What is allocated is filled with a tag that is
 * looked at before it is freed, by whichever CPU frees it: two owners of one place would show.
 * Afterwards the checkers look at everything and the ledger counts it. */
#include "asm/page_ops.h"
#include "helpers.h"
#include "ktest.h"
#include "lib/random.h"
#include "lib/string.h"
#include "mm/alloc_hooks.h"
#include "mm/check.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mm/page_isolation.h"
#include "mm/pageblock.h"
#include "mm/pageset.h"
#include "mm/percpu.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/vmalloc.h"
#include "on_cpus.h"

enum { HELD = 24, STEPS = 1200, SHARED = 16 };

/* Something that was allocated: its words are all `tag`. */
struct thing {
	u32 *words;
	size_t bytes;
	u32 tag;
	unsigned int order; /* of pages */
};

/* One allocator in the storm. */
struct storm {
	bool (*take)(struct thing *t, struct rnd *rnd);
	void (*give)(struct thing *t);
};

static const struct storm *storm;
static struct thing *shared[SHARED]; /* atomic: passed from CPU to CPU */
static struct thing things[NR_CPUS][HELD];
static unsigned long damaged, taken; /* atomic */
static u32 seed;

/* --- tags ----------------------------------------------------------------------------------- */

/* The first and the last words: where two owners would meet. */
static void tag(struct thing *t, u32 value)
{
	size_t n = t->bytes / sizeof(u32);

	t->tag = value;
	for (size_t i = 0; i < n; i += i < 8 || i + 9 > n ? 1 : n - 16)
		t->words[i] = value;
}

static void check_tag(const struct thing *t)
{
	size_t n = t->bytes / sizeof(u32);

	for (size_t i = 0; i < n; i += i < 8 || i + 9 > n ? 1 : n - 16)
		if (t->words[i] != t->tag)
			__atomic_fetch_add(&damaged, 1, __ATOMIC_RELAXED);
}

static void give(struct thing *t)
{
	check_tag(t);
	storm->give(t);
	t->words = NULL;
}

/* --- the storm ------------------------------------------------------------------------------ */

/* Swap a thing of ours for one that another CPU has put down. */
static void swap(struct thing *mine, struct rnd *rnd)
{
	struct thing *box = kmalloc(sizeof(*box), GFP_KERNEL), *other;

	if (!box)
		return;
	*box = *mine;
	other = __atomic_exchange_n(&shared[rnd_below(rnd, SHARED)], box, __ATOMIC_ACQ_REL);
	*mine = other ? *other : (struct thing){0};
	kfree(other);
}

static void step(struct thing *t, struct rnd *rnd)
{
	if (t->words && rnd_below(rnd, 4) == 0)
		swap(t, rnd);
	else if (t->words)
		give(t);
	else if (storm->take(t, rnd)) {
		tag(t, rnd_next(rnd));
		__atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
	}
}

static void rage(void *arg)
{
	unsigned int cpu = raw_smp_processor_id();
	struct rnd rnd = rnd_seed(seed + cpu * 7919);
	struct thing *mine = things[cpu];

	(void)arg;
	for (unsigned int i = 0; i < STEPS; i++)
		step(&mine[rnd_below(&rnd, HELD)], &rnd);
	for (unsigned int i = 0; i < HELD; i++)
		if (mine[i].words)
			give(&mine[i]);
}

static void empty_shared(void)
{
	for (unsigned int i = 0; i < SHARED; i++) {
		if (!shared[i])
			continue;
		if (shared[i]->words)
			give(shared[i]);
		kfree(shared[i]);
		shared[i] = NULL;
	}
}

static void check_everything(void)
{
	const struct kmem_cache *cache;
	const struct zone *zone;

	EXPECT_SOUND(mm_check(&zone));
	EXPECT_SOUND(slab_check_all(&cache));
	EXPECT_SOUND(percpu_check());
	EXPECT_SOUND(vmalloc_check());
	EXPECT_SOUND(kmap_check());
}

static void run_storm(const struct storm *s)
{
	storm = s;
	seed = ktest_random();
	damaged = taken = 0;
	run_on_all_cpus(rage, NULL);
	empty_shared();
	EXPECT_EQ(damaged, 0);
	EXPECT_TRUE(taken > 0);
	check_everything();
}

/* --- pages ---------------------------------------------------------------------------------- */

static bool take_pages(struct thing *t, struct rnd *rnd)
{
	unsigned int order = rnd_below(rnd, 8) ? rnd_below(rnd, 3) : rnd_below(rnd, 6);
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, order);

	if (!page)
		return false;
	*t = (struct thing){lowmem_page_address(page), PAGE_SIZE << order, 0, order};
	return true;
}

static void give_pages(struct thing *t)
{
	__free_pages(virt_to_page(t->words), t->order);
}

static const struct storm pages_storm = {take_pages, give_pages};

KTEST(storm, pages_on_all_cpus_have_one_owner)
{
	run_storm(&pages_storm);
}

/* --- objects -------------------------------------------------------------------------------- */

static bool take_object(struct thing *t, struct rnd *rnd)
{
	size_t bytes = 4 * (1 + rnd_below(rnd, rnd_below(rnd, 8) ? 64 : 3000));
	void *p = kmalloc(bytes, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);

	*t = (struct thing){p, bytes, 0, 0};
	return p;
}

static void give_object(struct thing *t)
{
	kfree(t->words);
}

static const struct storm objects_storm = {take_object, give_object};

KTEST(storm, objects_on_all_cpus_have_one_owner)
{
	run_storm(&objects_storm);
}

/* --- kernel addresses ----------------------------------------------------------------------- */

static bool take_area(struct thing *t, struct rnd *rnd)
{
	size_t bytes = PAGE_SIZE * (1 + rnd_below(rnd, rnd_below(rnd, 8) ? 4 : 20));
	void *p = __vmalloc(bytes, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);

	*t = (struct thing){p, bytes, 0, 0};
	return p;
}

static void give_area(struct thing *t)
{
	vfree(t->words);
}

static const struct storm areas_storm = {take_area, give_area};

KTEST(storm, vmalloc_areas_on_all_cpus_have_one_owner)
{
	run_storm(&areas_storm);
}

/* --- everything ----------------------------------------------------------------------------- */

static bool take_any(struct thing *t, struct rnd *rnd)
{
	switch (rnd_below(rnd, 3)) {
	case 0:
		return take_pages(t, rnd);
	case 1:
		return take_object(t, rnd);
	}
	return take_area(t, rnd);
}

static void give_any(struct thing *t)
{
	if (is_vmalloc_addr(t->words))
		give_area(t);
	else if (PageSlab(virt_to_page(t->words)))
		give_object(t);
	else if (t->order || t->bytes == PAGE_SIZE)
		give_pages(t);
	else
		give_object(t);
}

static const struct storm any_storm = {take_any, give_any};

KTEST(storm, a_mix_on_all_cpus_has_one_owner_each)
{
	run_storm(&any_storm);
}

/* --- per-CPU memory and high pages ------------------------------------------------------------ */

static void rage_percpu(void *arg)
{
	struct rnd rnd = rnd_seed(seed + raw_smp_processor_id());
	u32 *held[8] = {NULL};

	(void)arg;
	for (unsigned int i = 0; i < STEPS / 4; i++) {
		unsigned int k = rnd_below(&rnd, 8), cpu;

		if (!held[k]) {
			held[k] = __alloc_percpu(4 * (1 + rnd_below(&rnd, 100)), 4);
			for_each_online_cpu (cpu)
				if (held[k])
					*per_cpu_ptr(held[k], cpu) = (u32)(unsigned long)held[k];
			continue;
		}
		for_each_online_cpu (cpu)
			if (*per_cpu_ptr(held[k], cpu) != (u32)(unsigned long)held[k])
				__atomic_fetch_add(&damaged, 1, __ATOMIC_RELAXED);
		free_percpu(held[k]);
		held[k] = NULL;
		if (i % 64 == 0)
			percpu_shrink();
	}
	for (unsigned int k = 0; k < 8; k++)
		free_percpu(held[k]);
}

KTEST(storm, per_cpu_memory_on_all_cpus_has_one_owner)
{
	damaged = 0;
	seed = ktest_random();
	run_on_all_cpus(rage_percpu, NULL);
	EXPECT_EQ(damaged, 0);
	check_everything();
}

static void rage_kmap(void *arg)
{
	unsigned int cpu = raw_smp_processor_id();

	(void)arg;
	for (unsigned int i = 0; i < STEPS / 4; i++) {
		struct page *page = alloc_page(GFP_HIGHUSER | __GFP_NOWARN | __GFP_NORETRY);
		u32 *va, *local;

		if (!page)
			continue;
		va = kmap(page);
		*va = cpu << 16 | i;
		kunmap(page);
		local = kmap_local_page(page);
		if (*local != (cpu << 16 | i))
			__atomic_fetch_add(&damaged, 1, __ATOMIC_RELAXED);
		kunmap_local(local);
		__free_page(page);
	}
}

KTEST(storm, high_pages_on_all_cpus_show_their_own_content)
{
	SKIP_UNLESS(max_pfn > max_low_pfn, "no high memory");
	damaged = 0;
	run_on_all_cpus(rage_kmap, NULL);
	kmap_flush_unused();
	EXPECT_EQ(damaged, 0);
	check_everything();
}

/* --- those who look after everybody's lists ----------------------------------------------------
 */

static unsigned int weather; /* atomic: CPUs that still rage */

/* The boot CPU drains, switches, isolates; the others pop and push meanwhile. */
static void trouble(unsigned int i)
{
	struct page *page;

	switch (i % 4) {
	case 0:
		drain_all_pages(NULL);
		break;
	case 1:
		pageset_disable_fast();
		pageset_enable_fast();
		break;
	case 2:
		kmem_cache_shrink_all();
		break;
	case 3:
		page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, 0);
		if (page && !set_migratetype_isolate(page))
			unset_migratetype_isolate(page, MIGRATE_UNMOVABLE);
		if (page)
			__free_page(page);
	}
}

static void rage_or_trouble(void *arg)
{
	if (raw_smp_processor_id()) {
		rage(arg);
		__atomic_fetch_sub(&weather, 1, __ATOMIC_ACQ_REL);
		return;
	}
	for (unsigned int i = 0; __atomic_load_n(&weather, __ATOMIC_ACQUIRE); i++)
		trouble(i);
}

KTEST(storm, lists_survive_being_drained_and_switched_by_others)
{
	SKIP_UNLESS_SMP();
	storm = &any_storm;
	seed = ktest_random();
	damaged = taken = 0;
	weather = num_online_cpus() - 1;
	run_on_all_cpus(rage_or_trouble, NULL);
	empty_shared();
	EXPECT_EQ(damaged, 0);
	check_everything();
}

/* --- counts --------------------------------------------------------------------------------- */

static void count_pairs(void *arg)
{
	unsigned long n = (unsigned long)arg;

	for (unsigned long i = 0; i < n; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (page)
			__free_page(page);
	}
}

static unsigned long sum_allocated(void)
{
	unsigned long sum = 0;
	struct zone *zone;

	for_each_populated_zone (zone)
		sum += zone_pages_allocated(zone);
	return sum;
}

KTEST(storm, allocations_of_all_cpus_are_counted_to_the_page)
{
	enum { PAIRS = 3000 };
	unsigned long before;

	drain_all_pages(NULL);
	before = sum_allocated();
	run_on_all_cpus(count_pairs, (void *)PAIRS);
	EXPECT_EQ(sum_allocated() - before, PAIRS * num_online_cpus());
}
