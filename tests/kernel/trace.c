/* SPDX-License-Identifier: MIT */
/* trace.c - tests of the event trace: what is recorded, in which order, with which fields; what is
 * lost and what is left out. Each case has rings of its own, which go back at its end. */
#include "trace_ctl.h"
#include "../../mm/zone_lock.h"
#include "helpers.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mm/page_alloc_slow.h"
#include "mm/percpu.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/trace_sites.h"
#include "mm/vmalloc.h"
#include "on_cpus.h"
#include "sched.h"
#include "shell.h"

enum { RECORDS = 256, SEEN = 4 * RECORDS };
static struct trace_record seen[SEEN];
static u32 nr_seen, first_seq;

/* A machine that was booted with trace= has its rings already, and events from before. */
#define REQUIRE_NO_TRACE() SKIP_UNLESS(!trace_on && !trace_rings[0].records, "the trace is on")

/* Record these events from now on. */
#define TRACE_BEGIN(events)                                                                        \
	do {                                                                                       \
		REQUIRE_NO_TRACE();                                                                \
		SKIP_UNLESS(!trace_resize(RECORDS), "no memory for the rings");                    \
		first_seq = trace_seq;                                                             \
		ASSERT_TRUE(!trace_set(events));                                                   \
	} while (0)

/* This CPU's records since TRACE_BEGIN() that are this task's. */
static void look(void)
{
	nr_seen = 0;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (u32 k = trace_end(cpu) - trace_count(cpu); k != trace_end(cpu); k++)
			if (trace_read(cpu, k, &seen[nr_seen]) && seen[nr_seen].pid == current->pid)
				nr_seen++;
}

static void trace_end_and_look(void)
{
	trace_set(0);
	look();
	trace_resize(0);
}

/* The data of the i-th record, when it is this event. */
static const void *data_of(u32 i, enum trace_event id)
{
	return i < nr_seen && seen[i].id == id ? seen[i].data : NULL;
}
#define DATA(i, event) ((const struct trace_##event *)data_of(i, TRACE_##event))

static bool names(u32 site, const char *function)
{
	char name[64];

	snprintf(name, sizeof(name), "%ps", (void *)(unsigned long)site);
	return !strcmp(name, function);
}

/* --- pages -------------------------------------------------------------------------------- */

KTEST(trace, an_allocation_and_its_free_are_two_events)
{
	const struct trace_mm_page_alloc *a;
	const struct trace_mm_page_free *f;
	struct page *page;

	TRACE_BEGIN(TRACE_BIT(mm_page_alloc) | TRACE_BIT(mm_page_free));
	page = alloc_pages(GFP_KERNEL, 2);
	ASSERT_TRUE(page);
	__free_pages(page, 2);
	trace_end_and_look();
	EXPECT_EQ(nr_seen, 2);
	a = DATA(0, mm_page_alloc);
	f = DATA(1, mm_page_free);
	ASSERT_TRUE(a && f);
	EXPECT_TRUE(a->page == (u32)page && f->page == (u32)page);
	EXPECT_TRUE(a->pfn == page_to_pfn(page) && f->pfn == page_to_pfn(page));
	EXPECT_TRUE(a->order == 2 && f->order == 2 && a->migratetype == MIGRATE_UNMOVABLE);
	EXPECT_EQ(a->gfp_flags, GFP_KERNEL);
	EXPECT_TRUE(names(a->call_site, __func__) && names(f->call_site, __func__));
	EXPECT_TRUE(seen[1].seq == seen[0].seq + 1 && seen[0].seq > first_seq);
	EXPECT_TRUE(seen[0].tsc <= seen[1].tsc);
	EXPECT_TRUE(!strncmp(seen[0].comm, current->comm, TRACE_COMM));
}

KTEST(trace, pages_in_bulk_are_seen_one_by_one)
{
	struct page *pages[40] = {NULL};
	u32 allocs = 0, frees = 0;
	unsigned long got;

	TRACE_BEGIN(TRACE_BIT(mm_page_alloc) | TRACE_BIT(mm_page_free));
	got = alloc_pages_bulk_array(GFP_KERNEL, 40, pages);
	free_pages_bulk_array(got, pages);
	trace_end_and_look();
	for (u32 i = 0; i < nr_seen; i++) {
		allocs += seen[i].id == TRACE_mm_page_alloc;
		frees += seen[i].id == TRACE_mm_page_free;
	}
	EXPECT_TRUE(allocs == got && frees == got);
}

KTEST(trace, a_request_that_fails_has_no_page)
{
	const struct trace_mm_page_alloc *a;
	struct page *page;

	TRACE_BEGIN(TRACE_BIT(mm_page_alloc));
	starve();
	page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0);
	starve_end();
	trace_end_and_look();
	if (page)
		__free_page(page);
	SKIP_UNLESS(!page, "there is memory all the same");
	a = DATA(nr_seen - 1, mm_page_alloc);
	ASSERT_TRUE(a);
	EXPECT_TRUE(!a->page && !a->pfn);
}

static struct test_zone tz;

static struct page *take_page(struct zone *zone)
{
	unsigned long flags = zone_lock_irqsave(zone);
	struct page *page = buddy_alloc(zone, 0, MIGRATE_MOVABLE);

	zone->vm_stat[NR_FREE_PAGES] -= page != NULL;
	zone_unlock_irqrestore(zone, flags);
	return page;
}

static void give_page(struct zone *zone, struct page *page)
{
	unsigned long flags = zone_lock_irqsave(zone);

	zone->vm_stat[NR_FREE_PAGES]++;
	buddy_free(zone, page, 0, MIGRATE_MOVABLE);
	zone_unlock_irqrestore(zone, flags);
}

/* The top block is cut ten times, down to one page, which merges ten times on its way back. */
KTEST(trace, each_cut_and_each_merge_is_an_event)
{
	struct zone *zone;
	struct page *page;

	REQUIRE_NO_TRACE();
	zone = test_zone_open(&tz, MIGRATE_MOVABLE);
	REQUIRE_LARGE_BLOCK(zone);
	if (trace_resize(RECORDS) || trace_set(TRACE_BIT(buddy_split) | TRACE_BIT(buddy_merge))) {
		test_zone_close(&tz);
		ktest_skip("no memory for the rings");
		return;
	}
	page = take_page(zone);
	give_page(zone, page);
	trace_end_and_look();
	EXPECT_EQ(nr_seen, 2 * (MAX_ORDER - 1));
	for (u32 i = 0; i < MAX_ORDER - 1; i++) {
		const struct trace_buddy_split *s = DATA(i, buddy_split);
		const struct trace_buddy_merge *m = DATA(i + MAX_ORDER - 1, buddy_merge);

		EXPECT_TRUE(s && s->order == MAX_ORDER - 1 - i && s->page == (u32)tz.block);
		EXPECT_TRUE(s && s->migratetype == MIGRATE_MOVABLE && s->zone == zone->zone_idx);
		EXPECT_TRUE(m && m->order == i + 1 && m->page == (u32)tz.block);
	}
	EXPECT_SOUND(buddy_check(zone));
	test_zone_close(&tz);
}

/* A batch that fills a pageset is cut piece by piece, and the lists are as without a trace. */
KTEST(trace, a_refill_and_a_drain_name_each_block)
{
	u32 locked = 0, drained = 0;
	struct page *page;

	SKIP_UNLESS(first_zone_is_roomy(), "first zone is too small");
	TRACE_BEGIN(TRACE_BIT(mm_page_alloc_zone_locked) | TRACE_BIT(mm_page_pcpu_drain));
	drain_local_pages(NULL);
	look();
	first_seq = trace_seq;
	page = alloc_page(GFP_KERNEL);
	if (page)
		__free_page(page);
	drain_local_pages(NULL);
	trace_end_and_look();
	for (u32 i = 0; i < nr_seen; i++) {
		const struct trace_mm_page_alloc_zone_locked *l =
			DATA(i, mm_page_alloc_zone_locked);

		if (seen[i].seq <= first_seq)
			continue;
		locked += l && l->percpu_refill && !l->order;
		drained += seen[i].id == TRACE_mm_page_pcpu_drain;
	}
	EXPECT_TRUE(locked > 1);
	EXPECT_EQ(drained, locked);
}

/* --- objects ------------------------------------------------------------------------------ */

KTEST(trace, kmalloc_and_kfree_are_seen_and_use_the_arrays)
{
	const struct trace_kmalloc *a, *large;
	const struct trace_kfree *f;
	void *first, *again, *block;

	TRACE_BEGIN(TRACE_BIT(kmalloc) | TRACE_BIT(kfree));
	first = kmalloc(64, GFP_KERNEL);
	kfree(first);
	again = kmalloc(64, GFP_KERNEL);
	kfree(again);
	block = kmalloc(3 * PAGE_SIZE, GFP_KERNEL);
	kfree(block);
	trace_end_and_look();
	EXPECT_EQ(nr_seen, 6);
	a = DATA(0, kmalloc);
	f = DATA(1, kfree);
	large = DATA(4, kmalloc);
	ASSERT_TRUE(a && f && large && DATA(5, kfree));
	EXPECT_TRUE(a->ptr == (u32)first && f->ptr == (u32)first);
	EXPECT_TRUE(a->bytes_req == 64 && a->bytes_alloc >= 64 && a->gfp_flags == GFP_KERNEL);
	EXPECT_TRUE(names(a->call_site, __func__) && names(f->call_site, __func__));
	EXPECT_TRUE(large->bytes_req == 3 * PAGE_SIZE && large->bytes_alloc == 4 * PAGE_SIZE);
	EXPECT_TRUE(names(large->call_site, __func__) && DATA(5, kfree)->ptr == (u32)block);
	if (!DEBUG_BUILD)
		EXPECT_TRUE(again == first); /* freed last, taken first: from the array */
}

KTEST(trace, objects_of_a_cache_come_with_its_name)
{
	struct kmem_cache *cache;
	const struct trace_kmem_cache_alloc *a;
	const struct trace_kmem_cache_free *f;
	void *many[20];
	void *object;
	u32 freed = 0;

	REQUIRE_NO_TRACE();
	cache = kmem_cache_create("traced", 40, 0, 0, NULL);
	ASSERT_TRUE(cache);
	if (trace_resize(RECORDS) ||
	    trace_set(TRACE_BIT(kmem_cache_alloc) | TRACE_BIT(kmem_cache_free))) {
		kmem_cache_destroy(cache);
		ktest_skip("no memory for the rings");
		return;
	}
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, object);
	if (kmem_cache_alloc_bulk(cache, GFP_KERNEL, ARRAY_SIZE(many), many))
		kmem_cache_free_bulk(cache, ARRAY_SIZE(many), many);
	EXPECT_SOUND(slab_check(cache));
	trace_end_and_look();
	a = DATA(0, kmem_cache_alloc);
	f = DATA(1, kmem_cache_free);
	if (a && f) {
		EXPECT_TRUE(a->ptr == (u32)object && f->ptr == (u32)object);
		EXPECT_TRUE(!strcmp(a->name, "traced") && !strcmp(f->name, "traced"));
		EXPECT_TRUE(a->bytes_req == 40 && names(a->call_site, __func__));
	} else {
		EXPECT_TRUE(a && f);
	}
	for (u32 i = 2; i < nr_seen; i++)
		freed += seen[i].id == TRACE_kmem_cache_free;
	EXPECT_EQ(freed, ARRAY_SIZE(many));
	EXPECT_EQ(nr_seen, 2 + 2 * ARRAY_SIZE(many));
	kmem_cache_destroy(cache);
}

KTEST(trace, a_slab_comes_and_goes)
{
	const struct trace_slab_grow *g = NULL;
	struct kmem_cache *cache;
	void *object;

	TRACE_BEGIN(TRACE_BIT(slab_grow) | TRACE_BIT(slab_reap));
	cache = kmem_cache_create("grown", 100, 0, 0, NULL);
	object = cache ? kmem_cache_alloc(cache, GFP_KERNEL) : NULL;
	if (object)
		kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
	trace_end_and_look();
	for (u32 i = nr_seen; i--;) {
		g = DATA(i, slab_reap) ? (const struct trace_slab_grow *)seen[i].data : NULL;
		if (g && !strcmp(g->name, "grown"))
			break;
	}
	ASSERT_TRUE(object && g);
	for (u32 i = 0; i < nr_seen; i++)
		if (DATA(i, slab_grow) && !strcmp(DATA(i, slab_grow)->name, "grown"))
			EXPECT_TRUE(DATA(i, slab_grow)->page == g->page && g->objects > 1);
}

/* --- addresses, per-CPU memory, pressure -------------------------------------------------- */

KTEST(trace, addresses_are_taken_and_given_back)
{
	const struct trace_alloc_vmap_area *a;
	const struct trace_free_vmap_area_noflush *f;
	void *va;

	TRACE_BEGIN(TRACE_BIT(alloc_vmap_area) | TRACE_BIT(free_vmap_area_noflush) |
	            TRACE_BIT(purge_vmap_area_lazy));
	va = vmalloc(3 * PAGE_SIZE);
	vfree(va);
	vm_unmap_aliases();
	trace_end_and_look();
	ASSERT_TRUE(va && nr_seen);
	a = DATA(0, alloc_vmap_area);
	f = DATA(1, free_vmap_area_noflush);
	EXPECT_TRUE(a && a->va_start == (u32)va && a->size == 4 * PAGE_SIZE && !a->failed);
	EXPECT_TRUE(f && f->va_start == (u32)va);
	EXPECT_EQ(seen[nr_seen - 1].id, TRACE_purge_vmap_area_lazy);
}

KTEST(trace, percpu_memory_is_named_by_its_user)
{
	const struct trace_percpu_alloc_percpu *a;
	const struct trace_percpu_free_percpu *f;
	u32 *p;

	TRACE_BEGIN(TRACE_BIT(percpu_alloc_percpu) | TRACE_BIT(percpu_free_percpu));
	p = alloc_percpu(u32);
	free_percpu(p);
	trace_end_and_look();
	a = DATA(0, percpu_alloc_percpu);
	f = DATA(1, percpu_free_percpu);
	ASSERT_TRUE(p && nr_seen == 2 && a && f);
	EXPECT_TRUE(a->ptr == (u32)p && a->base_addr + a->off == a->ptr && a->size == 4);
	EXPECT_TRUE(f->ptr == (u32)p && f->off == a->off);
	EXPECT_TRUE(names(a->call_site, __func__) && names(f->call_site, __func__));
}

static unsigned long fake_reclaim(struct zonelist *zonelist, unsigned int order, gfp_t gfp)
{
	(void)zonelist;
	(void)order;
	(void)gfp;
	return 0;
}

KTEST(trace, direct_reclaim_has_a_begin_and_an_end)
{
	struct pressure_ops saved = pressure_ops;
	struct page *page;

	TRACE_BEGIN(TRACE_BIT(mm_vmscan_direct_reclaim_begin) |
	            TRACE_BIT(mm_vmscan_direct_reclaim_end));
	pressure_ops = (struct pressure_ops){.reclaim = fake_reclaim};
	starve();
	page = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, 0);
	starve_end();
	pressure_ops = saved;
	trace_end_and_look();
	if (page)
		__free_page(page);
	SKIP_UNLESS(!page, "there is memory all the same");
	EXPECT_EQ(nr_seen, 2);
	EXPECT_TRUE(DATA(0, mm_vmscan_direct_reclaim_begin) &&
	            DATA(1, mm_vmscan_direct_reclaim_end));
}

KTEST(trace, each_kmap_of_a_high_page_is_seen)
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	void *va;

	ASSERT_TRUE(page);
	if (!PageHighMem(page) || trace_on || trace_rings[0].records || trace_resize(RECORDS)) {
		__free_page(page);
		ktest_skip("no high page, or the trace is on");
		return;
	}
	trace_set(TRACE_BIT(kmap) | TRACE_BIT(kunmap));
	va = kmap(page);
	EXPECT_TRUE(kmap(page) == va);
	kunmap(page);
	kunmap(page);
	trace_end_and_look();
	EXPECT_EQ(nr_seen, 4);
	EXPECT_TRUE(DATA(1, kmap) && DATA(1, kmap)->address == (u32)va);
	EXPECT_TRUE(DATA(1, kmap) && names(DATA(1, kmap)->call_site, __func__));
	EXPECT_TRUE(DATA(3, kunmap) && DATA(3, kunmap)->pfn == page_to_pfn(page));
	EXPECT_TRUE(DATA(3, kunmap) && names(DATA(3, kunmap)->call_site, __func__));
	__free_page(page);
}

/* --- rings -------------------------------------------------------------------------------- */

static void emit_numbers(u32 n)
{
	for (u32 i = 0; i < n; i++)
		TRACE_EMIT(mm_vmscan_direct_reclaim_end, .nr_reclaimed = i);
}

KTEST(trace, a_full_ring_loses_its_oldest_and_counts_them)
{
	unsigned int cpu;

	TRACE_BEGIN(TRACE_BIT(mm_vmscan_direct_reclaim_end));
	preempt_disable();
	cpu = smp_processor_id();
	emit_numbers(RECORDS + 44);
	EXPECT_EQ(trace_count(cpu), RECORDS);
	EXPECT_EQ(trace_dropped(cpu), 44);
	preempt_enable();
	trace_end_and_look();
	EXPECT_EQ(nr_seen, RECORDS);
	for (u32 i = 0; i < nr_seen; i++) {
		const struct trace_mm_vmscan_direct_reclaim_end *e =
			DATA(i, mm_vmscan_direct_reclaim_end);

		EXPECT_TRUE(e && e->nr_reclaimed == i + 44 && seen[i].seq == first_seq + 45 + i);
	}
}

KTEST(trace, clearing_empties_and_numbers_go_on)
{
	u32 before;

	TRACE_BEGIN(TRACE_BIT(mm_vmscan_direct_reclaim_end));
	emit_numbers(3);
	before = trace_seq;
	trace_clear();
	look();
	EXPECT_EQ(nr_seen, 0);
	emit_numbers(1);
	trace_end_and_look();
	EXPECT_TRUE(nr_seen == 1 && seen[0].seq == before + 1);
}

static void alloc_and_free(void *unused)
{
	(void)unused;
	for (int i = 0; i < 20; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (page)
			__free_page(page);
	}
}

/* Every number from the first to the last is there once: no two CPUs had the same. */
KTEST(trace, numbers_are_unique_over_all_cpus)
{
	static u8 times[64 * RECORDS];
	struct trace_record r;
	u32 last, many = 0, none = 0;

	TRACE_BEGIN(TRACE_BIT(mm_page_alloc) | TRACE_BIT(mm_page_free));
	memset(times, 0, sizeof(times));
	run_on_all_cpus(alloc_and_free, NULL);
	trace_set(0);
	last = trace_seq - first_seq;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (u32 k = 0; k < trace_count(cpu); k++)
			if (trace_read(cpu, k, &r) && r.seq - first_seq < ARRAY_SIZE(times))
				times[r.seq - first_seq] += r.cpu == cpu;
	trace_resize(0);
	for (u32 i = 1; i <= last && i < ARRAY_SIZE(times); i++) {
		many += times[i] > 1;
		none += !times[i];
	}
	EXPECT_TRUE(last >= 40 * num_online_cpus());
	EXPECT_TRUE(!many && !none);
}

/* --- left out ----------------------------------------------------------------------------- */

KTEST(trace, off_records_nothing_and_the_fast_paths_are_on)
{
	unsigned int hooks = alloc_hooks;
	void *p;

	TRACE_BEGIN(TRACE_ALL);
	EXPECT_TRUE(alloc_hooks & HOOK_TRACE && buddy_watched & BUDDY_TRACED);
	EXPECT_TRUE(!pageset_fast_enabled());
	trace_set(0);
	first_seq = trace_seq;
	p = kmalloc(64, GFP_KERNEL);
	kfree(p);
	alloc_and_free(NULL);
	vfree(vmalloc(1));
	EXPECT_EQ(trace_seq, first_seq);
	EXPECT_EQ(alloc_hooks, hooks);
	EXPECT_TRUE(hooks || pageset_fast_enabled());
	EXPECT_TRUE(!(buddy_watched & BUDDY_TRACED));
	EXPECT_TRUE(*raw_cpu_ptr(slab_slots + kmalloc_index(64)) != &slab_arrays[0]);
	trace_resize(0);
}

KTEST(trace, only_what_is_asked_for_is_recorded)
{
	TRACE_BEGIN(TRACE_BIT(mm_page_free));
	alloc_and_free(NULL);
	kfree(kmalloc(64, GFP_KERNEL));
	trace_end_and_look();
	EXPECT_EQ(nr_seen, 20);
	for (u32 i = 0; i < nr_seen; i++)
		EXPECT_EQ(seen[i].id, TRACE_mm_page_free);
}

KTEST(trace, a_filter_leaves_out_small_blocks_and_other_zones)
{
	struct page *page;
	unsigned int zone;

	TRACE_BEGIN(TRACE_BIT(mm_page_alloc) | TRACE_BIT(mm_page_free));
	trace_set_filter(1, MAX_NR_ZONES);
	alloc_and_free(NULL);
	page = alloc_pages(GFP_KERNEL, 1);
	zone = page ? (unsigned int)page_zone(page)->zone_idx : 0;
	look();
	EXPECT_EQ(nr_seen, page ? 1 : 0);
	trace_set_filter(0, zone == ZONE_DMA ? ZONE_NORMAL : ZONE_DMA);
	if (page)
		__free_pages(page, 1);
	look();
	EXPECT_EQ(nr_seen, page ? 1 : 0);
	trace_set_filter(0, MAX_NR_ZONES);
	trace_end_and_look();
}

/* --- the table ---------------------------------------------------------------------------- */

static unsigned int count_of(const char *text, char c)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

KTEST(trace, the_table_describes_each_event_whole)
{
	for (unsigned int id = 0; id < NR_TRACE_EVENTS; id++) {
		const struct trace_event_type *type = &trace_event_types[id];
		unsigned int end = 0;

		EXPECT_EQ(count_of(type->format, '%'), type->nr_fields);
		EXPECT_EQ(count_of(type->format, '='), type->nr_fields);
		for (u32 i = 0; i < type->nr_fields; i++) {
			const struct trace_field *f = &type->fields[i];

			EXPECT_TRUE(f->offset >= end && f->size);
			end = f->offset + f->size;
		}
		EXPECT_TRUE(type->nr_fields && end <= TRACE_DATA);
		EXPECT_EQ(trace_match(type->name), 1u << id);
	}
}

KTEST(trace, a_record_prints_as_linux_prints_it)
{
	struct trace_mm_page_alloc data = {
		.page = 0xc1a00000, .pfn = 4096, .migratetype = 1, .gfp_flags = GFP_KERNEL};
	struct trace_record r = {
		.id = TRACE_mm_page_alloc, .cpu = 3, .seq = 77, .pid = 1, .comm = "ktest"};
	char line[256];

	memcpy(r.data, &data, sizeof(data));
	trace_format(line, sizeof(line), &r);
	EXPECT_STREQ(
		line,
		"          ktest-1     [003]     0.000000: mm_page_alloc: page=c1a00000 "
		"pfn=4096 order=0 migratetype=1 gfp_flags=GFP_KERNEL call_site=0x00000000 seq=77");
}

KTEST(trace, a_name_that_no_event_has_is_told)
{
	u32 before = trace_on;

	EXPECT_TRUE(strstr(command_output("trace on mm_page_alloc,nonsense"), "nonsense"));
	EXPECT_TRUE(strstr(command_output("trace filter zone Nowhere"), "Nowhere"));
	EXPECT_TRUE(strstr(command_output("trace filter order>=11"), "11"));
	EXPECT_TRUE(strstr(command_output("trace size 99999999"), "99999999"));
	EXPECT_TRUE(strstr(command_output("trace sideways"), "usage"));
	EXPECT_EQ(trace_on, before);
}
