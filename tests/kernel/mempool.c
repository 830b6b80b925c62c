/* SPDX-License-Identifier: MIT */
/* mempool.c - tests of reserves and shrinkers. */
#include "mm/mempool.h"
#include "errno.h"
#include "fail.h"
#include "helpers.h"
#include "mm/page_alloc.h"
#include "mm/shrinker.h"
#include "mm/slab.h"

/* Elements are numbers; the source can be told to be empty. */
static unsigned int given, source_left;

static void *source_alloc(gfp_t gfp, void *pool_data)
{
	(void)gfp;
	(void)pool_data;
	if (!source_left)
		return NULL;
	source_left--;
	return (void *)(unsigned long)(++given * 8);
}

static void source_free(void *element, void *pool_data)
{
	(void)element;
	(void)pool_data;
	source_left++;
}

static mempool_t *make(unsigned int min_nr, unsigned int available)
{
	source_left = available;
	return mempool_create(min_nr, source_alloc, source_free, NULL);
}

KTEST(mempool, reserve_serves_when_the_source_is_dry)
{
	mempool_t *pool = make(4, 4);
	void *p[4];

	ASSERT_TRUE(pool);
	EXPECT_EQ(source_left, 0);
	for (int i = 0; i < 4; i++) {
		p[i] = mempool_alloc(pool, GFP_KERNEL);
		EXPECT_TRUE(p[i]);
	}
	EXPECT_TRUE(!mempool_alloc(pool, GFP_ATOMIC));
	EXPECT_TRUE(!mempool_alloc(pool, GFP_NOWAIT));
	for (int i = 0; i < 4; i++)
		mempool_free(p[i], pool);
	EXPECT_EQ(pool->curr_nr, 4);
	EXPECT_EQ(source_left, 0); /* the reserve first */
	EXPECT_EQ(mempool_destroy(pool), 0);
	EXPECT_EQ(source_left, 4);
}

KTEST(mempool, reserve_is_spared_while_the_source_gives)
{
	mempool_t *pool = make(2, 5);
	void *a, *b;

	ASSERT_TRUE(pool);
	a = mempool_alloc(pool, GFP_KERNEL);
	b = mempool_alloc(pool, GFP_KERNEL);
	EXPECT_EQ(pool->curr_nr, 2);
	EXPECT_EQ(pool->nr_from_reserve, 0);
	mempool_free(a, pool);
	mempool_free(b, pool);
	mempool_free(NULL, pool);
	EXPECT_EQ(source_left, 3);
	EXPECT_EQ(mempool_destroy(pool), 0);
}

KTEST(mempool, creation_needs_its_whole_reserve)
{
	EXPECT_TRUE(!make(5, 4));
	EXPECT_EQ(source_left, 4); /* what it had got went back */
	EXPECT_REPORT(mempool_misuse, EXPECT_TRUE(!make(0, 4)));
	EXPECT_FIELD("reason", "empty_reserve");
	EXPECT_REPORT(mempool_misuse, EXPECT_TRUE(!mempool_create(1, NULL, source_free, NULL)));
	EXPECT_FIELD("reason", "no_calls");
}

KTEST(mempool, creation_that_fails_at_any_step_leaves_nothing)
{
	mempool_t *pool = NULL;

	for (unsigned long nth = 1; nth < 20 && !pool; nth++) {
		fail_arm(FAIL_slab, nth);
		pool = mempool_create_kmalloc_pool(5, 100);
		fail_arm(FAIL_slab, 0);
	}
	ASSERT_TRUE(pool);
	EXPECT_EQ(mempool_destroy(pool), 0);
}

KTEST(mempool, destroying_a_pool_in_use_is_refused)
{
	mempool_t *pool = make(2, 2);
	void *p;

	ASSERT_TRUE(pool);
	p = mempool_alloc(pool, GFP_KERNEL);
	EXPECT_REPORT(mempool_misuse, EXPECT_TRUE(mempool_destroy(pool) == -EBUSY));
	EXPECT_FIELD("reason", "reserve_in_use");
	mempool_free(p, pool);
	EXPECT_REPORT(mempool_misuse, mempool_free(p, pool));
	EXPECT_FIELD("reason", "element_is_in_reserve");
	EXPECT_EQ(pool->curr_nr, 2);
	EXPECT_EQ(mempool_destroy(pool), 0);
	EXPECT_EQ(mempool_destroy(NULL), 0);
}

KTEST(mempool, resizing_fills_or_empties_the_reserve)
{
	mempool_t *pool = make(2, 6);

	ASSERT_TRUE(pool);
	EXPECT_EQ(mempool_resize(pool, 5), 0);
	EXPECT_EQ(pool->curr_nr, 5);
	EXPECT_EQ(mempool_resize(pool, 9), -ENOMEM);
	EXPECT_EQ(pool->curr_nr, 5);
	EXPECT_EQ(pool->min_nr, 5);
	EXPECT_EQ(mempool_resize(pool, 1), 0);
	EXPECT_EQ(source_left, 5);
	EXPECT_REPORT(mempool_misuse, EXPECT_TRUE(mempool_resize(pool, 0) == -EINVAL));
	EXPECT_EQ(mempool_destroy(pool), 0);
}

KTEST(mempool, pools_of_objects_and_pages_work)
{
	struct kmem_cache *cache = kmem_cache_create("pooled", 100, 0, 0, NULL);
	mempool_t *objects = mempool_create_slab_pool(3, cache);
	mempool_t *pages = mempool_create_page_pool(2, 1);
	void *p, *page;

	ASSERT_TRUE(cache && objects && pages);
	p = mempool_alloc(objects, GFP_KERNEL);
	page = mempool_alloc(pages, GFP_KERNEL);
	EXPECT_TRUE(virt_to_page(p)->slab_cache == cache);
	EXPECT_EQ(page_order(page), 1);
	mempool_free(p, objects);
	mempool_free(page, pages);
	EXPECT_EQ(mempool_destroy(objects), 0);
	EXPECT_EQ(mempool_destroy(pages), 0);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(mempool, reserve_lasts_through_a_memory_shortage)
{
	mempool_t *pool = mempool_create_page_pool(8, 0);
	void *p[9];

	ASSERT_TRUE(pool);
	starve();
	for (int i = 0; i < 9; i++)
		p[i] = mempool_alloc(pool, (i < 8 ? GFP_NOIO : GFP_NOWAIT) | __GFP_NOWARN);
	starve_end();
	for (int i = 0; i < 8; i++)
		EXPECT_TRUE(p[i]);
	EXPECT_TRUE(!p[8]);
	for (int i = 0; i < 8; i++)
		mempool_free(p[i], pool);
	EXPECT_EQ(mempool_destroy(pool), 0);
}

/* A pool whose reserve has room for one element. Returns: the element taken from it. */
static void *take_reserved(mempool_t *pool)
{
	void *element;

	fail_arm(FAIL_slab, 1);
	element = mempool_alloc(pool, GFP_ATOMIC | __GFP_NOWARN);
	fail_arm(FAIL_slab, 0);
	EXPECT_EQ(pool->curr_nr, pool->min_nr - 1);
	return element;
}

static void expect_no_element(void *what, mempool_t *pool)
{
	unsigned int before = pool->curr_nr;

	EXPECT_REPORT(mempool_misuse, mempool_free(what, pool));
	EXPECT_FIELD("reason", "not_an_element");
	EXPECT_EQ(pool->curr_nr, before);
}

KTEST(mempool, a_reserve_of_kmalloc_takes_nothing_else)
{
	mempool_t *pool = mempool_create_kmalloc_pool(2, 64);
	void *freed = kmalloc(64, GFP_KERNEL), *small = kmalloc(8, GFP_KERNEL), *element;

	ASSERT_TRUE(pool);
	element = take_reserved(pool);
	kfree(freed);
	expect_no_element(&pool, pool);
	expect_no_element((void *)0x1234, pool);
	expect_no_element(freed, pool);
	expect_no_element(small, pool);
	expect_no_element((char *)element + 4, pool);
	mempool_free(element, pool);
	kfree(small);
	EXPECT_EQ(mempool_destroy(pool), 0);
}

KTEST(mempool, a_reserve_of_a_cache_or_of_pages_takes_nothing_else)
{
	struct kmem_cache *cache = kmem_cache_create("pooled", 64, 0, 0, NULL);
	mempool_t *pool = mempool_create_slab_pool(1, cache);
	mempool_t *pages = mempool_create_page_pool(1, 1);
	void *other = kmalloc(64, GFP_KERNEL), *element, *block;

	ASSERT_TRUE(pool && pages);
	element = take_reserved(pool);
	expect_no_element(other, pool);
	mempool_free(element, pool);
	starve();
	block = mempool_alloc(pages, GFP_NOWAIT | __GFP_NOWARN);
	starve_end();
	ASSERT_TRUE(block);
	EXPECT_EQ(pages->curr_nr, 0);
	expect_no_element(other, pages);
	expect_no_element(virt_to_page(other), pages);
	mempool_free(block, pages);
	kfree(other);
	EXPECT_EQ(mempool_destroy(pool), 0);
	EXPECT_EQ(mempool_destroy(pages), 0);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(mempool, a_destroyed_pool_is_refused)
{
	mempool_t *pool = mempool_create_kmalloc_pool(2, 64);
	void *p;

	ASSERT_TRUE(pool);
	p = mempool_alloc(pool, GFP_KERNEL);
	EXPECT_EQ(mempool_destroy(pool), 0);
	EXPECT_REPORT(mempool_misuse, mempool_free(p, pool));
	EXPECT_FIELD("reason", "destroyed_or_not_a_pool");
	EXPECT_REPORT(mempool_misuse, EXPECT_TRUE(!mempool_alloc(pool, GFP_KERNEL)));
	EXPECT_REPORT(mempool_misuse, EXPECT_EQ(mempool_resize(pool, 3), -EINVAL));
	EXPECT_REPORT(mempool_misuse, EXPECT_EQ(mempool_destroy(pool), -EINVAL));
	EXPECT_REPORT(mempool_misuse, mempool_free(p, (mempool_t *)0x1234));
	kfree(p);
}

KTEST(mempool, pools_of_nothing_are_refused)
{
	EXPECT_REPORT(mempool_misuse, EXPECT_TRUE(!mempool_create_kmalloc_pool(2, 0)));
	EXPECT_FIELD("reason", "no_size");
	EXPECT_REPORT(mempool_misuse, EXPECT_TRUE(!mempool_create_slab_pool(2, NULL)));
	EXPECT_FIELD("reason", "no_cache");
}

/* --- shrinkers ---------------------------------------------------------------------------- */

static unsigned long kept, scanned;

static unsigned long count_kept(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)shrinker;
	(void)sc;
	return kept;
}

static unsigned long scan_kept(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long n = min(sc->nr_to_scan, kept);

	(void)shrinker;
	kept -= n;
	scanned += sc->nr_to_scan;
	return n;
}

static struct shrinker keeper = {
	.count_objects = count_kept, .scan_objects = scan_kept, .name = "keeper", .seeks = 2};

KTEST(shrinker, pressure_is_a_share_of_what_is_there)
{
	kept = 10000;
	scanned = 0;
	ASSERT_TRUE(!register_shrinker(&keeper));
	EXPECT_EQ(shrink_slab(GFP_KERNEL, 0, 4), scanned);
	EXPECT_EQ(scanned / SHRINK_BATCH, (10000 / 16 * 2) / SHRINK_BATCH);
	shrink_slab(GFP_KERNEL, 0, 0);
	EXPECT_EQ(kept, 0);
	unregister_shrinker(&keeper);
}

KTEST(shrinker, small_requests_add_up)
{
	kept = 1000;
	scanned = 0;
	ASSERT_TRUE(!register_shrinker(&keeper));
	EXPECT_EQ(shrink_slab(GFP_KERNEL, 0, 6), 0); /* 15 * 2 is less than a batch */
	EXPECT_TRUE(keeper.nr_deferred > 0);
	for (int i = 0; i < 5; i++)
		shrink_slab(GFP_KERNEL, 0, 6);
	EXPECT_EQ(scanned, SHRINK_BATCH);
	unregister_shrinker(&keeper);
}

static unsigned long never(struct shrinker *shrinker, struct shrink_control *sc)
{
	(void)shrinker;
	(void)sc;
	scanned++;
	return SHRINK_STOP;
}

KTEST(shrinker, one_that_stops_is_not_asked_again)
{
	struct shrinker stubborn = {
		.count_objects = count_kept, .scan_objects = never, .name = "stubborn", .seeks = 2};

	kept = 10000;
	scanned = 0;
	ASSERT_TRUE(!register_shrinker(&stubborn));
	EXPECT_EQ(shrink_slab(GFP_KERNEL, 0, 0), 0);
	EXPECT_EQ(scanned, 1);
	unregister_shrinker(&stubborn);
}

KTEST(shrinker, memory_shortage_asks_shrinkers)
{
	struct page *page;

	kept = 500;
	ASSERT_TRUE(!register_shrinker(&keeper));
	starve();
	page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
	starve_end();
	EXPECT_EQ(kept, 0);
	if (page)
		__free_page(page);
	unregister_shrinker(&keeper);
}

KTEST(shrinker, misuse_is_refused)
{
	struct shrinker half = {.count_objects = count_kept};

	EXPECT_REPORT(bad_cache, EXPECT_TRUE(register_shrinker(&half) == -EINVAL));
	EXPECT_FIELD("reason", "shrinker_without_calls");
	ASSERT_TRUE(!register_shrinker(&keeper));
	EXPECT_REPORT(bad_cache, EXPECT_TRUE(register_shrinker(&keeper) == -EINVAL));
	unregister_shrinker(&keeper);
	EXPECT_REPORT(bad_cache, unregister_shrinker(&keeper));
	EXPECT_FIELD("reason", "shrinker_not_registered");
}
