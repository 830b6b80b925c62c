/* SPDX-License-Identifier: MIT */
/* slab_stale.c - tests of calls with caches that are no longer or never were, nodes that do not
 * exist, and objects by way of the wrong call. */
#include "errno.h"
#include "helpers.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/slab_check.h"

static struct kmem_cache *make(void)
{
	return kmem_cache_create("stale", 64, 0, 0, NULL);
}

/* A cache that has been destroyed. */
static struct kmem_cache *make_dead(void)
{
	struct kmem_cache *cache = make();

	EXPECT_EQ(kmem_cache_destroy(cache), 0);
	return cache;
}

/* The report just expected is about this call, and this is its reason. */
#define EXPECT_CALL(its_name, why)                                                                 \
	do {                                                                                       \
		const struct kmem_cache *where;                                                    \
		EXPECT_FIELD("call", its_name);                                                    \
		EXPECT_FIELD("reason", why);                                                       \
		EXPECT_FIELD_HERE("caller");                                                       \
		EXPECT_SOUND(slab_check_all(&where));                                              \
	} while (0)

/* --- caches ------------------------------------------------------------------------------------
 */

KTEST(slab_stale, a_cache_is_destroyed_once)
{
	struct kmem_cache *cache = make_dead();

	EXPECT_REPORT(bad_cache, EXPECT_EQ(kmem_cache_destroy(cache), -EINVAL));
	EXPECT_CALL("destroy", "destroyed");
}

KTEST(slab_stale, a_destroyed_cache_is_not_shrunk_or_tuned)
{
	struct kmem_cache *cache = make_dead();

	EXPECT_REPORT(bad_cache, EXPECT_EQ(kmem_cache_shrink(cache), -EINVAL));
	EXPECT_CALL("shrink", "destroyed");
	EXPECT_REPORT(bad_cache, EXPECT_EQ(kmem_cache_tune(cache, 8, 4, 1), -EINVAL));
	EXPECT_CALL("tune", "destroyed");
}

KTEST(slab_stale, a_destroyed_cache_gives_no_object)
{
	struct kmem_cache *cache = make_dead();
	void *p;

	EXPECT_REPORT(bad_cache, EXPECT_TRUE(!kmem_cache_alloc(cache, GFP_KERNEL)));
	EXPECT_CALL("alloc", "destroyed");
	EXPECT_REPORT(bad_cache, EXPECT_TRUE(!kmem_cache_alloc_node(cache, GFP_KERNEL, 0)));
	EXPECT_CALL("alloc", "destroyed");
	EXPECT_REPORT(bad_cache, EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 1, &p), 0));
	EXPECT_CALL("alloc", "destroyed");
}

KTEST(slab_stale, a_destroyed_cache_takes_no_object)
{
	struct kmem_cache *cache = make_dead();
	void *p = kmalloc(64, GFP_KERNEL);

	EXPECT_REPORT(wrong_cache, kmem_cache_free(cache, p));
	EXPECT_FIELD("freed_to", "destroyed");
	kfree(p);
}

KTEST(slab_stale, what_never_was_a_cache_is_refused)
{
	static char junk[sizeof(struct kmem_cache)];
	struct kmem_cache *cache = (void *)junk;

	EXPECT_REPORT(bad_cache, EXPECT_EQ(kmem_cache_destroy(cache), -EINVAL));
	EXPECT_CALL("destroy", "not_a_cache");
	EXPECT_REPORT(bad_cache, EXPECT_EQ(kmem_cache_shrink(cache), -EINVAL));
	EXPECT_CALL("shrink", "not_a_cache");
	EXPECT_REPORT(bad_cache, EXPECT_EQ(kmem_cache_shrink(NULL), -EINVAL));
	EXPECT_CALL("shrink", "null");
	EXPECT_REPORT(bad_cache, EXPECT_EQ(kmem_cache_tune((void *)0x1234, 8, 4, 1), -EINVAL));
	EXPECT_CALL("tune", "not_a_cache");
}

KTEST(slab_stale, the_allocators_own_caches_are_not_destroyed)
{
	struct kmem_cache *cache = make();

	EXPECT_REPORT(bad_cache,
	              EXPECT_EQ(kmem_cache_destroy(kmalloc_caches[KMALLOC_DMA][5]), -EINVAL));
	EXPECT_CALL("destroy", "kmalloc");
	EXPECT_REPORT(bad_cache,
	              EXPECT_EQ(kmem_cache_destroy(virt_to_page(cache)->slab_cache), -EINVAL));
	EXPECT_CALL("destroy", "descriptors");
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

/* --- nodes -------------------------------------------------------------------------------------
 */

KTEST(slab_stale, kmalloc_from_no_node_is_refused)
{
	EXPECT_REPORT(bad_node, EXPECT_TRUE(!kmalloc_node(64, GFP_KERNEL, -5)));
	EXPECT_FIELD_HERE("caller");
	EXPECT_FIELD("node", "-5");
	EXPECT_REPORT(bad_node, EXPECT_TRUE(!kmalloc_node(64, GFP_KERNEL, MAX_NUMNODES)));
	EXPECT_REPORT(bad_node, EXPECT_TRUE(!kmalloc_node(64, GFP_KERNEL, 1000000)));
	EXPECT_REPORT(bad_node, EXPECT_TRUE(!kmalloc_node(20000, GFP_KERNEL, 1000000)));
	EXPECT_REPORT(bad_node,
	              EXPECT_TRUE(!kmem_cache_alloc_node(kmalloc_caches[0][3], GFP_KERNEL, -5)));
}

/* --- the wrong call ----------------------------------------------------------------------------
 */

KTEST(slab_stale, an_object_freed_to_no_cache_is_told)
{
	void *p = kmalloc(64, GFP_KERNEL), *large = kmalloc(20000, GFP_KERNEL);

	EXPECT_REPORT(bad_cache, kmem_cache_free(NULL, p));
	EXPECT_CALL("free", "null");
	EXPECT_REPORT(bad_cache, kmem_cache_free(NULL, large));
	EXPECT_CALL("free", "null");
	kmem_cache_free(NULL, NULL);
	kfree(p);
	kfree(large);
}

KTEST(slab_stale, bulk_free_takes_blocks_of_any_size)
{
	void *p[] = {kmalloc(64, GFP_KERNEL), kmalloc(20000, GFP_KERNEL), NULL, ZERO_SIZE_PTR,
	             kmalloc(96, GFP_KERNEL)};

	kmem_cache_free_bulk(NULL, ARRAY_SIZE(p), p); /* the leak ledger sees what stays */
}

KTEST(slab_stale, a_page_put_that_belongs_to_a_slab_is_called_so)
{
	void *p = kmalloc(64, GFP_KERNEL), *large = kmalloc(20000, GFP_KERNEL);

	EXPECT_REPORT(free_slab, put_page(virt_to_page(p)));
	EXPECT_FIELD("what", "slab");
	EXPECT_REPORT(free_slab, put_page(virt_to_page(large)));
	EXPECT_FIELD("what", "slab");
	EXPECT_EQ(page_count(virt_to_page(p)), 1);
	kfree(p);
	kfree(large);
}
