/* SPDX-License-Identifier: MIT */
/* slab_misuse.c - tests of what caches refuse, of memory that runs out, and of descriptors that are
 * overwritten. */
#include "errno.h"
#include "fail.h"
#include "helpers.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "preempt.h"

static struct kmem_cache *make(size_t size)
{
	return kmem_cache_create("test", size, 0, 0, NULL);
}

static void build(void *object)
{
	*(u32 *)object = 0xfeedbeef;
}

/* A hundred objects at a time. */
static void use(struct kmem_cache *cache)
{
	void *p[100];

	EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 100, p), 100);
	kmem_cache_free_bulk(cache, 100, p);
}

/* --- refusals ----------------------------------------------------------------------------------
 */

#define EXPECT_NO_CACHE(why, ...)                                                                  \
	do {                                                                                       \
		EXPECT_REPORT(bad_cache, EXPECT_TRUE(!kmem_cache_create(__VA_ARGS__)));            \
		EXPECT_FIELD("reason", why);                                                       \
	} while (0)

KTEST(slab_misuse, caches_that_make_no_sense_are_refused)
{
	struct kmem_cache *cache = make(64);

	EXPECT_NO_CACHE("size_zero", "t", 0, 0, 0, NULL);
	EXPECT_NO_CACHE("too_large", "t", KMALLOC_MAX_SIZE + 1, 0, 0, NULL);
	EXPECT_NO_CACHE("too_large", "t", ~(size_t)0, 0, 0, NULL);
	EXPECT_NO_CACHE("bad_align", "t", 64, 3, 0, NULL);
	EXPECT_NO_CACHE("bad_align", "t", 64, 8192, 0, NULL);
	EXPECT_NO_CACHE("bad_flags", "t", 64, 0, SLAB_OFF_SLAB, NULL);
	EXPECT_NO_CACHE("no_name", NULL, 64, 0, 0, NULL);
	EXPECT_NO_CACHE("no_name", "", 64, 0, 0, NULL);
	EXPECT_NO_CACHE("name_taken", "test", 64, 0, 0, NULL);
	EXPECT_NO_CACHE("name_taken", "kmalloc-64", 64, 0, 0, NULL);
	EXPECT_FIELD_HERE("caller");
	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	EXPECT_NO_CACHE("in_interrupt", "t", 64, 0, 0, NULL);
	preempt_count_sub(HARDIRQ_OFFSET);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_misuse, sleeping_request_in_an_interrupt_is_told)
{
	struct kmem_cache *cache = make(64);
	void *p = NULL;

	kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL)); /* there is a slab now */
	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	EXPECT_REPORT(sleep_in_atomic, p = kmem_cache_alloc_node(cache, GFP_KERNEL, NUMA_NO_NODE));
	preempt_count_sub(HARDIRQ_OFFSET);
	EXPECT_FIELD("context", "interrupt");
	kmem_cache_free(cache, p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_misuse, free_to_the_wrong_cache_is_refused_by_both_names)
{
	struct kmem_cache *a = make(64), *b = kmem_cache_create("other", 64, 0, 0, NULL);
	void *p;

	ASSERT_TRUE(a && b);
	p = kmem_cache_alloc(a, GFP_KERNEL);
	EXPECT_REPORT(wrong_cache, kmem_cache_free(b, p));
	EXPECT_FIELD("cache", "test");
	EXPECT_FIELD("freed_to", "other");
	EXPECT_REPORT(wrong_cache, kmem_cache_free_bulk(b, 1, &p));
	EXPECT_SOUND(slab_check(a));
	EXPECT_SOUND(slab_check(b));
	kmem_cache_free(a, p);
	EXPECT_EQ(kmem_cache_destroy(a), 0);
	EXPECT_EQ(kmem_cache_destroy(b), 0);
}

KTEST(slab_misuse, addresses_that_are_no_object_are_refused)
{
	struct kmem_cache *cache = make(200);
	char *p, *end;

	ASSERT_TRUE(cache);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	end = (char *)((unsigned long)p | (PAGE_SIZE - 1));
	EXPECT_REPORT(invalid_free, kmem_cache_free(cache, p + 8));
	EXPECT_REPORT(invalid_free, kmem_cache_free(cache, end - 3)); /* the descriptor */
	EXPECT_REPORT(not_heap, kmem_cache_free(cache, &p));
	kmem_cache_free(cache, NULL);
	EXPECT_SOUND(slab_check(cache));
	kmem_cache_free(cache, p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

/* Among 20 objects that are freed at once is one that is none, and one that was freed before. */
static void expect_bulk_told(size_t size, bool named)
{
	struct kmem_cache *cache = make(size);
	void *p[20], *q[20], *inside;

	ASSERT_TRUE(cache);
	ASSERT_TRUE(kmem_cache_alloc_bulk(cache, GFP_KERNEL, ARRAY_SIZE(p), p) == ARRAY_SIZE(p));
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++)
		memset(p[i], 0x5a, size);
	memcpy(q, p, sizeof(q));
	inside = q[7] = (char *)p[7] + 8;
	EXPECT_REPORT(invalid_free, kmem_cache_free_bulk(named ? cache : NULL, ARRAY_SIZE(q), q));
	EXPECT_TRUE(q[7] == inside);
	p[8] = p[7]; /* all others are free now */
	EXPECT_SOUND(slab_check(cache));
	EXPECT_REPORT(double_free, kmem_cache_free_bulk(named ? cache : NULL, 2, p + 7));
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_misuse, freeing_many_tells_the_one_that_is_wrong_and_frees_the_others)
{
	static const size_t sizes[] = {64, 96, 120, 520};

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		expect_bulk_told(sizes[i], false);
		expect_bulk_told(sizes[i], true);
	}
}

KTEST(slab_misuse, a_cache_with_live_objects_is_not_given_up)
{
	struct kmem_cache *cache = make(64);
	void *a, *b;

	ASSERT_TRUE(cache);
	a = kmem_cache_alloc(cache, GFP_KERNEL);
	b = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
	EXPECT_REPORT(cache_busy, EXPECT_EQ(kmem_cache_destroy(cache), -EBUSY));
	EXPECT_FIELD("objects", "2");
	EXPECT_FIELD_HERE("caller");
	kmem_cache_free(cache, a);
	a = kmem_cache_alloc(cache, GFP_KERNEL); /* it is still usable */
	EXPECT_TRUE(a);
	kmem_cache_free(cache, a);
	kmem_cache_free(cache, b);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
	EXPECT_EQ(kmem_cache_destroy(NULL), 0);
}

KTEST(slab_misuse, dma_needs_a_dma_cache)
{
	struct kmem_cache *cache = make(64);
	struct kmem_cache *dma = kmem_cache_create("dma", 64, 0, SLAB_CACHE_DMA, NULL);
	void *p;

	EXPECT_REPORT(bad_gfp, EXPECT_TRUE(!kmem_cache_alloc(cache, GFP_KERNEL | __GFP_DMA)));
	EXPECT_FIELD("conflict", "cache_is_not_dma");
	p = kmem_cache_alloc(dma, GFP_KERNEL);
	EXPECT_TRUE(p && PFN_DOWN(__pa(p)) < MAX_DMA_PFN);
	kmem_cache_free(dma, p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
	EXPECT_EQ(kmem_cache_destroy(dma), 0);
}

KTEST(slab_misuse, a_constructed_object_is_not_zeroed)
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, 0, build);
	u32 *p;

	ASSERT_TRUE(cache);
	EXPECT_REPORT(bad_gfp, EXPECT_TRUE(!kmem_cache_zalloc(cache, GFP_KERNEL)));
	EXPECT_FIELD("conflict", "zero_of_constructed");
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT_EQ(*p, 0xfeedbeef);
	kmem_cache_free(cache, p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

/* --- failures -----------------------------------------------------------------------------------
 */

/* Each page allocation fails in turn: slabs and descriptors. */
static void grow_with_failures(size_t size, size_t align)
{
	struct kmem_cache *cache = kmem_cache_create("test", size, align, 0, NULL);
	void *p = NULL;

	ASSERT_TRUE(cache);
	for (unsigned long nth = 1; nth < 10 && !p; nth++) {
		kmem_cache_shrink_all();
		fail_arm(FAIL_alloc_pages, nth);
		p = kmem_cache_alloc(cache, GFP_KERNEL);
		fail_arm(FAIL_alloc_pages, 0);
		EXPECT_SOUND(slab_check(cache));
		EXPECT_EQ(slab_count(cache).active_objects, p != NULL);
	}
	EXPECT_TRUE(p);
	kmem_cache_free(cache, p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_misuse, growth_that_fails_at_any_page_leaves_nothing)
{
	grow_with_failures(100, 0);
	grow_with_failures(2048, 2048);
	grow_with_failures(5000, 0);
}

KTEST(slab_misuse, creation_that_fails_at_any_step_leaves_nothing)
{
	struct kmem_cache *cache = NULL;
	unsigned long nth;

	for (nth = 1; nth < 40 + 4 * nr_cpu_ids * nr_node_ids && !cache; nth++) {
		fail_arm(FAIL_slab, nth);
		cache = kmem_cache_create("test", 64, 0, 0, build);
		fail_arm(FAIL_slab, 0);
	}
	EXPECT_TRUE(cache && nth > 3);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_misuse, tuning_that_fails_leaves_a_usable_cache)
{
	struct kmem_cache *cache = make(64);

	ASSERT_TRUE(cache);
	for (unsigned long nth = 1; nth < 4; nth++) {
		fail_arm(FAIL_slab, nth);
		kmem_cache_tune(cache, 50, 25, 4);
		fail_arm(FAIL_slab, 0);
		use(cache);
		EXPECT_SOUND(slab_check(cache));
	}
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_misuse, slabs_take_no_page_from_the_reserves)
{
	struct kmem_cache *cache = make(4000);
	void *p;

	starve();
	p = kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN);
	starve_end();
	EXPECT_TRUE(!p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

/* --- descriptors that are overwritten ------------------------------------------------------------
 */

/* Spoil the descriptor of a slab that holds one object; the next allocation must come from another
 * slab, and the free of the object must be quiet. */
static void spoil_and_go_on(void (*spoil)(struct slab *slab))
{
	struct kmem_cache *cache = make(200);
	unsigned long pages;
	struct slab *slab;
	void *p, *q = NULL;

	ASSERT_TRUE(cache);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_shrink(cache); /* nothing in arrays */
	pages = 1ul << cache->order;
	slab = virt_to_page(p)->slab;
	spoil(slab);
	EXPECT_REPORT(slab_corrupt, q = kmem_cache_alloc(cache, GFP_KERNEL));
	EXPECT_FIELD("action", "isolated");
	EXPECT_FIELD("cache", "test");
	ASSERT_TRUE(q);
	EXPECT_TRUE(virt_to_page(q)->slab != slab);
	EXPECT_SOUND(slab_check(cache));
	kmem_cache_free(cache, q);
	kmem_cache_free(cache, p); /* its user did nothing wrong */
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
	ktest_allow_quarantine(pages);
}

static void spoil_bits(struct slab *slab)
{
	slab->free[0] ^= 2;
}

static void spoil_count(struct slab *slab)
{
	slab->inuse = 999;
}

static void spoil_links(struct slab *slab)
{
	slab->list.next = (struct list_head *)0xdeadbeec;
}

static void spoil_objects(struct slab *slab)
{
	slab->objects = (char *)0x1234;
}

static void spoil_all(struct slab *slab)
{
	memset(slab, 0x41, sizeof(*slab));
}

KTEST(slab_misuse, a_descriptor_with_wrong_bits_is_isolated)
{
	spoil_and_go_on(spoil_bits);
}

KTEST(slab_misuse, a_descriptor_with_a_wrong_count_is_isolated)
{
	spoil_and_go_on(spoil_count);
}

KTEST(slab_misuse, a_descriptor_with_wrong_links_is_isolated)
{
	spoil_and_go_on(spoil_links);
}

KTEST(slab_misuse, a_descriptor_with_a_wrong_pointer_is_isolated)
{
	spoil_and_go_on(spoil_objects);
}

KTEST(slab_misuse, a_descriptor_that_is_all_overwritten_is_isolated)
{
	spoil_and_go_on(spoil_all);
}

/* --- what leads to descriptors
 * --------------------------------------------------------------------
 */

KTEST(slab_misuse, overwritten_list_heads_are_made_anew)
{
	struct kmem_cache *cache = make(64);
	struct kmem_cache_node *node;
	void *p, *q = NULL;

	ASSERT_TRUE(cache);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_shrink(cache); /* nothing in arrays */
	node = &cache->node[page_to_nid(virt_to_page(p))];
	node->slabs_partial.next = (void *)0x17777777;
	EXPECT_TRUE(slab_check(cache));
	EXPECT_REPORT(slab_corrupt, q = kmem_cache_alloc(cache, GFP_KERNEL));
	EXPECT_FIELD("what", "list_head");
	EXPECT_FIELD("action", "rebuilt");
	EXPECT_FIELD("slabs", "1");
	EXPECT_SOUND(slab_check(cache));
	ASSERT_TRUE(q);
	EXPECT_TRUE(virt_to_page(q)->slab == virt_to_page(p)->slab);
	kmem_cache_free(cache, p);
	kmem_cache_free(cache, q);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

static void expect_page_refused(void *p)
{
	EXPECT_REPORT(slab_corrupt, kfree(p));
	EXPECT_FIELD("what", "page");
	EXPECT_FIELD("action", "refused");
	EXPECT_REPORT(slab_corrupt, EXPECT_EQ(ksize(p), 0));
}

KTEST(slab_misuse, a_page_that_names_no_array_is_refused)
{
	static const size_t sizes[] = {64, 96};

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = kmalloc(sizes[i], GFP_KERNEL);
		struct page *page = virt_to_page(p);
		struct array_cache *array = page->slab_array;

		page->slab_array = (void *)0x12345678;
		expect_page_refused(p);
		page->slab_array = array;
		kfree(p);
	}
}

KTEST(slab_misuse, a_page_that_names_no_cache_or_slab_is_refused)
{
	struct kmem_cache *cache = kmem_cache_create("test", 64, 0, SLAB_NO_ARRAYS, NULL);
	void *p = kmem_cache_alloc(cache, GFP_KERNEL);
	struct page *page = virt_to_page(p);
	struct slab *slab = page->slab;

	page->slab_cache = (void *)0x12345678;
	EXPECT_REPORT(slab_corrupt, kmem_cache_free(cache, p));
	EXPECT_FIELD("slab_cache", "0x12345678");
	page->slab_cache = NULL;
	expect_page_refused(p);
	page->slab_cache = cache;
	page->slab = (void *)0x12345678;
	EXPECT_EQ((unsigned long)page->slab, 0x12345678);
	EXPECT_REPORT(slab_corrupt, EXPECT_EQ(ksize(p), 0));
	page->slab = slab;
	kmem_cache_free(cache, p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}
