/* SPDX-License-Identifier: MIT */
/* mm_threads.c - reserves that are waited for, shrinkers that come and go, mappings made and
 * changed by several threads at once. */
#include "asm/paging.h"
#include "asm/pgtable.h"
#include "asm/processor.h"
#include "catch.h"
#include "completion.h"
#include "errno.h"
#include "helpers.h"
#include "hung.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/debug_pagealloc.h"
#include "mm/ioremap.h"
#include "mm/mempool.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/shrinker.h"
#include "mm/vmalloc.h"
#include "on_cpus.h"
#include "threads.h"

enum { CREW = 8 };

/* --- mempool ---------------------------------------------------------------------------------- */

/* Elements are numbers from 1 on, times 8; there are so many as the test says. */
static unsigned long source_left, given; /* atomic */
static mempool_t *pool;

static void *source_alloc(gfp_t gfp, void *pool_data)
{
	unsigned long left = __atomic_load_n(&source_left, __ATOMIC_RELAXED);

	(void)gfp, (void)pool_data;
	do
		if (!left)
			return NULL;
	while (!__atomic_compare_exchange_n(&source_left, &left, left - 1, false, __ATOMIC_RELAXED,
	                                    __ATOMIC_RELAXED));
	return (void *)(8 * __atomic_add_fetch(&given, 1, __ATOMIC_RELAXED));
}

static void source_free(void *element, void *pool_data)
{
	(void)element, (void)pool_data;
	__atomic_fetch_add(&source_left, 1, __ATOMIC_RELAXED);
}

/* A pool of n elements, and no more where they come from. */
static bool open_pool(unsigned int n)
{
	given = 0;
	source_left = n;
	pool = mempool_create(n, source_alloc, source_free, NULL);
	return pool;
}

static void close_pool(unsigned int n)
{
	EXPECT_EQ(pool->curr_nr, n);
	EXPECT_EQ(mempool_destroy(pool), 0);
	EXPECT_EQ(source_left, n);
}

static unsigned int served[CREW], nr_served; /* atomic: nr_served */
static const unsigned int numbers[CREW] = {0, 1, 2, 3, 4, 5, 6, 7};

static int take_note_give(void *arg)
{
	void *element = mempool_alloc(pool, GFP_KERNEL);

	served[__atomic_fetch_add(&nr_served, 1, __ATOMIC_SEQ_CST)] = *(unsigned int *)arg;
	mempool_free(element, pool);
	return element != NULL;
}

KTEST(mempool_threads, who_has_waited_longest_is_served_first)
{
	struct crew crew;
	void *element;

	ASSERT_TRUE(open_pool(1));
	element = mempool_alloc(pool, GFP_KERNEL);
	nr_served = 0;
	EXPECT_TRUE(crew_make(&crew, CREW, take_note_give, (void *)numbers, sizeof(numbers[0])));
	EXPECT_TRUE(crew_start_in_order(&crew));
	EXPECT_EQ(nr_served, 0);
	EXPECT_TRUE(!mempool_alloc(pool, GFP_ATOMIC)); /* answered at once */
	EXPECT_REPORT(mempool_misuse, EXPECT_EQ(mempool_destroy(pool), -EBUSY));
	mempool_free(element, pool);
	EXPECT_EQ(crew_join(&crew), CREW);
	for (unsigned int i = 0; i < CREW; i++)
		EXPECT_EQ(served[i], i);
	close_pool(1);
}

static struct completion let_go;

static int take_and_keep(void *unused)
{
	void *element = mempool_alloc(pool, GFP_KERNEL);

	(void)unused;
	wait_for_completion(&let_go);
	mempool_free(element, pool);
	return element != NULL;
}

KTEST(mempool_threads, an_element_that_comes_back_is_nobody_elses)
{
	struct crew crew;
	void *element;

	ASSERT_TRUE(open_pool(1));
	init_completion(&let_go);
	element = mempool_alloc(pool, GFP_KERNEL);
	EXPECT_TRUE(crew_make(&crew, 1, take_and_keep, NULL, 0));
	crew_start(&crew);
	EXPECT_TRUE(wait_until_asleep(crew.tasks[0], 200));
	mempool_free(element, pool);
	EXPECT_TRUE(!mempool_alloc(pool, GFP_NOWAIT)); /* the waiter has it, awake or not */
	complete(&let_go);
	EXPECT_EQ(crew_join(&crew), 1);
	close_pool(1);
}

KTEST(mempool_threads, a_waiter_finds_what_the_source_has_again)
{
	struct crew crew;
	void *element;

	ASSERT_TRUE(open_pool(1));
	element = mempool_alloc(pool, GFP_KERNEL);
	nr_served = 0;
	EXPECT_TRUE(crew_make(&crew, 1, take_note_give, (void *)numbers, 0));
	crew_start(&crew);
	EXPECT_TRUE(wait_until_asleep(crew.tasks[0], 200));
	__atomic_store_n(&source_left, 1, __ATOMIC_RELAXED);
	EXPECT_EQ(crew_join(&crew), 1); /* it went to the reserve when it was done */
	mempool_free(element, pool);
	EXPECT_EQ(source_left, 1);
	source_left = 0;
	close_pool(1);
}

KTEST(mempool_threads, a_larger_reserve_serves_who_waits_first)
{
	struct crew crew;
	void *element;

	ASSERT_TRUE(open_pool(1));
	element = mempool_alloc(pool, GFP_KERNEL);
	init_completion(&let_go);
	EXPECT_TRUE(crew_make(&crew, 1, take_and_keep, NULL, 0));
	crew_start(&crew);
	EXPECT_TRUE(wait_until_asleep(crew.tasks[0], 200));
	source_left = 3;
	EXPECT_EQ(mempool_resize(pool, 2), 0);
	EXPECT_EQ(pool->curr_nr, 2);
	complete(&let_go);
	EXPECT_EQ(crew_join(&crew), 1);
	mempool_free(element, pool);
	EXPECT_EQ(source_left, 2);
	source_left = 0;
	close_pool(2);
}

static unsigned long owners[3]; /* atomic: who has the element */

static int take_turns(void *unused)
{
	int wrong = 0;

	(void)unused;
	for (unsigned int i = 0; i < 12; i++) {
		void *element = mempool_alloc(pool, GFP_KERNEL);
		unsigned long k = (unsigned long)element / 8 - 1;

		if (!element || k >= ARRAY_SIZE(owners)) {
			wrong++;
			continue;
		}
		wrong += __atomic_fetch_add(&owners[k], 1, __ATOMIC_ACQ_REL) != 0;
		if (i % 3 == 0)
			schedule();
		__atomic_fetch_sub(&owners[k], 1, __ATOMIC_ACQ_REL);
		mempool_free(element, pool);
	}
	return wrong;
}

KTEST(mempool_threads, many_share_a_few_elements_and_none_fails)
{
	ASSERT_TRUE(open_pool(ARRAY_SIZE(owners)));
	EXPECT_EQ(crew_run(3 * CREW, take_turns, NULL, 0), 0);
	close_pool(ARRAY_SIZE(owners));
}

static void take_one(void *element)
{
	*(void **)element = mempool_alloc(pool, GFP_KERNEL);
}

KTEST(mempool_threads, a_wait_for_what_never_comes_back_is_named_and_ended)
{
	unsigned long limit = hung_task_ticks;
	void *element, *second = NULL;
	struct caught caught;

	ASSERT_TRUE(open_pool(1));
	element = mempool_alloc(pool, GFP_KERNEL);
	hung_task_ticks = 4;
	EXPECT_REPORT(hung_task, catch_run(take_one, &second, &caught));
	hung_task_ticks = limit;
	EXPECT_EQ(caught.kind, CAUGHT_REPORT);
	EXPECT_FIELD("what", "mempool_alloc");
	EXPECT_TRUE(!second && list_empty(&pool->waiters));
	mempool_free(element, pool);
	close_pool(1);
}

KTEST(mempool_threads, waiting_in_atomic_context_is_named_and_does_not_wait)
{
	void *element, *second = &second;

	ASSERT_TRUE(open_pool(1));
	element = mempool_alloc(pool, GFP_KERNEL);
	preempt_disable();
	EXPECT_REPORT(sleep_in_atomic, second = mempool_alloc(pool, GFP_KERNEL));
	preempt_enable();
	EXPECT_FIELD("what", "mempool_alloc");
	EXPECT_TRUE(!second);
	mempool_free(element, pool);
	close_pool(1);
}

/* --- shrinkers -------------------------------------------------------------------------------- */

/* A shrinker that knows whether it may still be called. */
struct guest {
	struct shrinker shrinker;
	bool registered;
	unsigned int too_late, calls; /* atomic */
};
static struct guest guests[CREW];

static unsigned long count_guest(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct guest *g = container_of(shrinker, struct guest, shrinker);

	(void)sc;
	__atomic_fetch_add(&g->calls, 1, __ATOMIC_RELAXED);
	if (g->calls % 4 == 0)
		schedule();
	if (!__atomic_load_n(&g->registered, __ATOMIC_ACQUIRE))
		__atomic_fetch_add(&g->too_late, 1, __ATOMIC_RELAXED);
	return 1;
}

static unsigned long scan_guest(struct shrinker *shrinker, struct shrink_control *sc)
{
	count_guest(shrinker, sc);
	return 1;
}

static int visit(void *arg)
{
	struct guest *g = arg;
	int wrong = 0;

	for (unsigned int i = 0; i < 20; i++) {
		__atomic_store_n(&g->registered, true, __ATOMIC_RELEASE);
		wrong += register_shrinker(&g->shrinker) != 0;
		if (i % 2)
			shrink_slab(GFP_KERNEL, 0, 0);
		unregister_shrinker(&g->shrinker);
		__atomic_store_n(&g->registered, false, __ATOMIC_RELEASE);
	}
	return wrong;
}

static int keep_shrinking(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < 40; i++)
		shrink_slab(GFP_KERNEL, 0, 0);
	return 0;
}

KTEST(shrinker_threads, shrinkers_come_and_go_while_reclaim_runs)
{
	struct crew guest_crew, reclaimers;
	unsigned int calls = 0;

	for (unsigned int i = 0; i < CREW; i++)
		guests[i] = (struct guest){.shrinker = {.count_objects = count_guest,
		                                        .scan_objects = scan_guest,
		                                        .name = "guest",
		                                        .batch = 1}};
	ASSERT_TRUE(crew_make(&guest_crew, CREW, visit, guests, sizeof(guests[0])));
	EXPECT_TRUE(crew_make(&reclaimers, 4, keep_shrinking, NULL, 0));
	crew_start(&guest_crew);
	for (unsigned int i = 0; i < reclaimers.n; i++)
		wake_up_process(reclaimers.tasks[i]);
	EXPECT_EQ(crew_join(&guest_crew), 0);
	crew_join(&reclaimers);
	for (unsigned int i = 0; i < CREW; i++) {
		EXPECT_EQ(guests[i].too_late, 0);
		calls += guests[i].calls;
	}
	EXPECT_TRUE(calls > 0);
}

static struct completion inside, leave;

static unsigned long stay(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)shrinker, (void)sc;
	complete(&inside);
	wait_for_completion(&leave);
	return 0;
}

static unsigned long none(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)shrinker, (void)sc;
	return SHRINK_STOP;
}

static struct shrinker host = {.count_objects = stay, .scan_objects = none, .name = "host"};

static int shrink_once(void *unused)
{
	(void)unused;
	shrink_slab(GFP_KERNEL, 0, 0);
	return 0;
}

static unsigned int gone; /* atomic */

static int unregister_host(void *unused)
{
	(void)unused;
	unregister_shrinker(&host);
	__atomic_store_n(&gone, 1, __ATOMIC_SEQ_CST);
	return 0;
}

KTEST(shrinker_threads, unregistering_waits_until_nobody_is_inside)
{
	struct crew walkers, leaver;

	init_completion(&inside);
	init_completion(&leave);
	gone = 0;
	ASSERT_TRUE(!register_shrinker(&host));
	EXPECT_TRUE(crew_make(&walkers, 2, shrink_once, NULL, 0));
	EXPECT_TRUE(crew_make(&leaver, 1, unregister_host, NULL, 0));
	crew_start(&walkers);
	wait_for_completion(&inside);
	wait_for_completion(&inside);
	crew_start(&leaver);
	EXPECT_TRUE(wait_until_asleep(leaver.tasks[0], 200));
	shrink_slab(GFP_KERNEL, 0, 0); /* it is not entered any more */
	complete(&leave);
	EXPECT_TRUE(wait_until_asleep(leaver.tasks[0], 200));
	EXPECT_EQ(__atomic_load_n(&gone, __ATOMIC_SEQ_CST), 0); /* one is in it */
	complete(&leave);
	crew_join(&walkers);
	crew_join(&leaver);
	EXPECT_EQ(gone, 1);
	EXPECT_REPORT(bad_cache, unregister_shrinker(&host));
}

static int from_inside[2];

static unsigned long meddle(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)sc;
	EXPECT_REPORT(bad_cache, unregister_shrinker(shrinker));
	EXPECT_FIELD("reason", "called_by_a_shrinker");
	EXPECT_REPORT(bad_cache, from_inside[0] = register_shrinker(&host));
	EXPECT_FIELD("reason", "called_by_a_shrinker");
	from_inside[1] = (int)shrink_slab(GFP_KERNEL, 0, 0); /* not into itself */
	return 0;
}

KTEST(shrinker_threads, changing_the_list_from_inside_is_named_and_refused)
{
	struct shrinker meddler = {
		.count_objects = meddle, .scan_objects = none, .name = "meddler"};

	ASSERT_TRUE(!register_shrinker(&meddler));
	shrink_slab(GFP_KERNEL, 0, 0);
	EXPECT_EQ(from_inside[0], -EINVAL);
	EXPECT_EQ(from_inside[1], 0);
	unregister_shrinker(&meddler);
}

static unsigned long nowhere = 8;

static unsigned long crash(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)shrinker, (void)sc;
	return *(volatile unsigned long *)READ_ONCE(nowhere);
}

static void shrink_all(void *unused)
{
	shrink_once(unused);
}

KTEST(shrinker_threads, a_call_that_faults_holds_nothing_up)
{
	struct shrinker crasher = {.count_objects = crash, .scan_objects = none, .name = "crasher"};
	struct caught caught;

	ASSERT_TRUE(!register_shrinker(&crasher));
	EXPECT_REPORT(kernel_fault, catch_run(shrink_all, NULL, &caught));
	unregister_shrinker(&crasher);
	EXPECT_REPORT(bad_cache, unregister_shrinker(&crasher));
}

/* --- mappings --------------------------------------------------------------------------------- */

static int make_and_purge(void *arg)
{
	unsigned int number = *(unsigned int *)arg;
	int wrong = 0;

	for (unsigned int i = 0; i < 12; i++) {
		unsigned long pages = 1 + (number + i) % 5;
		unsigned char *va = vmalloc(pages * PAGE_SIZE);

		if (va)
			va[0] = va[pages * PAGE_SIZE - 1] = (unsigned char)number;
		if (i % 4 == 0)
			vm_unmap_aliases();
		wrong += va && (va[0] != number || va[pages * PAGE_SIZE - 1] != number);
		vfree(va);
	}
	return wrong;
}

KTEST(mapping_threads, areas_survive_purges_by_everybody)
{
	EXPECT_EQ(crew_run(CREW, make_and_purge, (void *)numbers, sizeof(numbers[0])), 0);
	vm_unmap_aliases();
	EXPECT_SOUND(vmalloc_check());
}

#define ROM_PA 0xfffc0000ull /* the firmware: nobody maps it */
enum { ROM_SIZE = 0x40000 };
static void *mapped[2];      /* by CPU, which is the mode */
static unsigned int arrived; /* atomic */
static unsigned int both, neither;

/* Two CPUs come to the same point. */
static void meet(void)
{
	unsigned int round = __atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL) / 2;

	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) / 2 == round)
		cpu_relax();
}

static void map_registers(void *unused)
{
	unsigned int me = raw_smp_processor_id();

	(void)unused;
	for (unsigned int i = 0; me < 2 && i < 24; i++) {
		meet();
		mapped[me] = me ? ioremap_uc(ROM_PA, ROM_SIZE) : ioremap_wc(ROM_PA, ROM_SIZE);
		meet();
		if (!me) {
			both += mapped[0] && mapped[1];
			neither += !mapped[0] && !mapped[1];
		}
		meet();
		iounmap(mapped[me]);
	}
}

KTEST(mapping_threads, of_two_who_map_registers_in_two_modes_at_once_one_does)
{
	SKIP_UNLESS_SMP();
	arrived = both = neither = 0;
	ktest_expect_begin();
	run_on_all_cpus(map_registers, NULL);
	EXPECT_EQ(ktest_expect_many(REPORT_ioremap_conflict), 24);
	EXPECT_EQ(both, 0);
	EXPECT_EQ(neither, 0);
}

static unsigned long large_va;

static int split_it(void *unused)
{
	(void)unused;
	split_kernel_page(large_va);
	return 0;
}

static int join_it(void *unused)
{
	(void)unused;
	return join_kernel_pages(large_va) == 0;
}

KTEST(mapping_threads, a_large_page_is_split_and_joined_once_by_many)
{
	struct page *block = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 9);
	unsigned long tables = nr_kernel_page_tables();

	REQUIRE_LARGE_BLOCK(block);
	large_va = (unsigned long)lowmem_page_address(block);
	if (!pmd_large(*kernel_pmd(large_va))) {
		__free_pages(block, 9);
		SKIP_UNLESS(false, "the direct map has no 2 MiB page here");
	}
	for (unsigned int i = 0; i < 4; i++) {
		EXPECT_EQ(crew_run(3, split_it, NULL, 0), 0);
		EXPECT_EQ(nr_kernel_page_tables(), tables + 1);
		EXPECT_EQ(crew_run(3, join_it, NULL, 0), 1);
		EXPECT_EQ(nr_kernel_page_tables(), tables);
	}
	__free_pages(block, 9);
}

/* --- free pages without an address ------------------------------------------------------------ */

static unsigned long watched;
static unsigned int stage; /* atomic */
static struct caught seen;

static void read_watched(void *unused)
{
	(void)unused;
	(void)*(volatile u8 *)watched;
}

static void read_before_and_after(void *unused)
{
	read_watched(unused);
	__atomic_store_n(&stage, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&stage, __ATOMIC_SEQ_CST) != 2)
		cpu_relax();
	catch_run(read_watched, unused, &seen);
}

static void free_some(unsigned int n)
{
	while (n--)
		free_pages(__get_free_pages(GFP_KERNEL, 1), 1);
}

KTEST(pagealloc, other_cpus_forget_a_freed_page_in_time)
{
	bool was_on = debug_pagealloc_enabled();

	SKIP_UNLESS_SMP();
	SKIP_UNLESS(!debug_guardpage_minorder, "guard pages are in no list to be mapped from");
	ASSERT_TRUE(!debug_pagealloc_enable());
	watched = __get_free_page(GFP_KERNEL);
	if (watched) {
		stage = 0;
		start_on_cpu(another_cpu(), read_before_and_after, NULL);
		while (__atomic_load_n(&stage, __ATOMIC_SEQ_CST) != 1)
			cpu_relax();
		free_page(watched);
		free_some(STALE_BLOCKS);
		EXPECT_REPORT(kernel_fault, {
			__atomic_store_n(&stage, 2, __ATOMIC_SEQ_CST);
			wait_for_started();
		});
		EXPECT_EQ(seen.kind, CAUGHT_FAULT);
		EXPECT_FIELD("what", "freed_page");
	}
	if (!was_on)
		debug_pagealloc_disable();
	EXPECT_TRUE(watched);
}

static bool weather_over; /* atomic */

static int use_pages(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; !__atomic_load_n(&weather_over, __ATOMIC_ACQUIRE); i++) {
		unsigned int order = i % 3;
		unsigned long va = __get_free_pages(GFP_KERNEL | __GFP_NOWARN, order);

		if (va)
			memset((void *)va, 0x5a, PAGE_SIZE << order);
		free_pages(va, order);
		if (i % 32 == 31)
			schedule_timeout_uninterruptible(1);
	}
	return 0;
}

KTEST(pagealloc, it_is_switched_while_others_allocate)
{
	struct crew crew;

	SKIP_UNLESS(!debug_guardpage_minorder, "guard pages are in no list to be mapped from");
	SKIP_UNLESS(!debug_pagealloc_enabled(), "the machine was booted with it");
	weather_over = false;
	ASSERT_TRUE(crew_make(&crew, 3, use_pages, NULL, 0));
	crew_start(&crew);
	for (unsigned int i = 0; i < 2; i++) {
		EXPECT_EQ(debug_pagealloc_enable(), 0);
		schedule();
		debug_pagealloc_disable();
	}
	__atomic_store_n(&weather_over, true, __ATOMIC_RELEASE);
	EXPECT_EQ(crew_join(&crew), 0);
}
