/* SPDX-License-Identifier: MIT */
/* slab.c - tests of caches: making, using, tuning and giving them up. */
#include "errno.h"
#include "fail.h"
#include "helpers.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/slab_debug.h"

enum { MANY = 600 };
static void *held[MANY];

static struct kmem_cache *make(size_t size)
{
	return kmem_cache_create("test", size, 0, 0, NULL);
}

/* Give the cache up and skip the case, which makes no sense for it. */
#define SKIP_CACHE_UNLESS(cache, cond, why)                                                        \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			EXPECT_EQ(kmem_cache_destroy(cache), 0);                                   \
			ktest_skip(why);                                                           \
			return;                                                                    \
		}                                                                                  \
	} while (0)

static void take_many(struct kmem_cache *cache, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		held[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		EXPECT_TRUE(held[i]);
	}
}

static void free_many(struct kmem_cache *cache, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		kmem_cache_free(cache, held[i]);
}

KTEST(slab, objects_do_not_overlap)
{
	struct kmem_cache *cache = make(72);

	ASSERT_TRUE(cache);
	take_many(cache, MANY);
	for (u32 i = 0; i < MANY; i++)
		memset(held[i], (int)i, 72);
	for (u32 i = 0; i < MANY; i++)
		for (u32 k = 0; k < 72; k++)
			if (((u8 *)held[i])[k] != (u8)i)
				ktest_fail(__FILE__, __LINE__, "byte %u of object %u", k, i);
	EXPECT_SOUND(slab_check(cache));
	free_many(cache, MANY);
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, counts_agree_with_what_is_held)
{
	struct kmem_cache *cache = make(100);
	struct slab_stats s;

	ASSERT_TRUE(cache);
	take_many(cache, 77);
	s = slab_count(cache);
	EXPECT_EQ(s.active_objects, 77);
	EXPECT_TRUE(s.num_objects >= 77 && s.num_objects % cache->num == 0);
	free_many(cache, 77);
	EXPECT_EQ(slab_count(cache).active_objects, 0);
	EXPECT_EQ(kmem_cache_shrink(cache), 0);
	EXPECT_EQ(slab_count(cache).num_slabs, 0);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, every_size_has_a_sound_layout)
{
	for (size_t size = 1; size <= 40000; size += size / 5 + 1) {
		struct kmem_cache *cache = make(size);

		ASSERT_TRUE(cache);
		EXPECT_TRUE(cache->num >= 1 && cache->size >= size);
		EXPECT_TRUE(cache->num * cache->size <= PAGE_SIZE << cache->order);
		take_many(cache, 3);
		memset(held[0], 1, size);
		memset(held[2], 2, size);
		EXPECT_SOUND(slab_check(cache));
		free_many(cache, 3);
		EXPECT_EQ(kmem_cache_destroy(cache), 0);
	}
}

KTEST(slab, small_caches_waste_at_most_an_eighth)
{
	for (size_t size = 8; size <= 2048; size += 8) {
		struct kmem_cache *cache = make(size);
		size_t bytes;

		ASSERT_TRUE(cache);
		bytes = PAGE_SIZE << cache->order;
		EXPECT_TRUE((bytes - cache->num * cache->size) * 8 <=
		            bytes + 8 * cache->descriptor_size);
		EXPECT_EQ(kmem_cache_destroy(cache), 0);
	}
}

KTEST(slab, alignment_is_kept)
{
	for (size_t align = 8; align <= PAGE_SIZE; align *= 2) {
		struct kmem_cache *cache = kmem_cache_create("test", 40, align, 0, NULL);

		ASSERT_TRUE(cache);
		take_many(cache, 5);
		for (int i = 0; i < 5; i++)
			EXPECT_TRUE(IS_ALIGNED((unsigned long)held[i], align));
		free_many(cache, 5);
		EXPECT_EQ(kmem_cache_destroy(cache), 0);
	}
}

KTEST(slab, hwcache_align_gives_cache_lines)
{
	struct kmem_cache *cache = kmem_cache_create("test", 65, 0, SLAB_HWCACHE_ALIGN, NULL);
	struct kmem_cache *small = kmem_cache_create("test2", 20, 0, SLAB_HWCACHE_ALIGN, NULL);

	ASSERT_TRUE(cache && small);
	EXPECT_EQ(cache->align, 64);
	EXPECT_EQ(small->align, 32);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
	EXPECT_EQ(kmem_cache_destroy(small), 0);
}

KTEST(slab, slabs_are_coloured_in_turn)
{
	struct kmem_cache *cache = make(1100);
	const struct slab *first, *slab;
	bool neighbours = false, differ = false;

	ASSERT_TRUE(cache);
	SKIP_CACHE_UNLESS(cache, cache->colour > 1, "nothing left to colour with");
	take_many(cache, 2 * cache->num);
	first = virt_to_page(held[0])->slab;
	for (u32 i = 0; i < 2 * cache->num; i++) {
		slab = virt_to_page(held[i])->slab;
		if (slab == first || slab->nid != first->nid)
			continue; /* each node has colours of its own */
		neighbours = true;
		differ |= slab->colour != first->colour;
		EXPECT_EQ((unsigned long)slab->objects % PAGE_SIZE,
		          slab->colour * cache->colour_off);
	}
	EXPECT_TRUE(neighbours || nr_node_ids > 1);
	EXPECT_EQ(differ, neighbours);
	free_many(cache, 2 * cache->num);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, descriptors_of_large_objects_are_off_slab)
{
	struct kmem_cache *large = kmem_cache_create("test", 2048, 2048, 0, NULL), *small;

	ASSERT_TRUE(large);
	SKIP_CACHE_UNLESS(large, !(large->flags & SLAB_DEBUG_FLAGS), "guards change the layout");
	small = kmem_cache_create("test2", 40, 0, 0, NULL);
	ASSERT_TRUE(small);
	EXPECT_TRUE(large->flags & SLAB_OFF_SLAB);
	EXPECT_TRUE(!(small->flags & SLAB_OFF_SLAB));
	take_many(large, 9);
	EXPECT_SOUND(slab_check(large));
	EXPECT_SOUND(slab_check(large->descriptor_cache));
	free_many(large, 9);
	EXPECT_EQ(kmem_cache_destroy(large), 0);
	EXPECT_EQ(kmem_cache_destroy(small), 0);
}

KTEST(slab, tail_pages_name_their_cache_too)
{
	struct kmem_cache *cache = make(3000);
	struct page *head;

	ASSERT_TRUE(cache);
	take_many(cache, cache->num);
	head = compound_head(virt_to_page(held[0]));
	EXPECT_TRUE(cache->order > 0);
	for (unsigned long i = 0; i < 1ul << cache->order; i++)
		EXPECT_TRUE(PageSlab(head + i) && head[i].slab_cache == cache);
	free_many(cache, cache->num);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
	for (unsigned long i = 0; i < 2; i++)
		EXPECT_TRUE(!PageSlab(head + i));
}

/* --- constructors --------------------------------------------------------------------------- */

struct built {
	struct list_head list;
	u32 magic;
	u32 scratch[5];
};

static void build(void *object)
{
	struct built *b = object;

	INIT_LIST_HEAD(&b->list);
	b->magic = 0xfeedbeef;
}

static struct kmem_cache *make_built(void)
{
	return kmem_cache_create("test", sizeof(struct built), 0, 0, build);
}

KTEST(slab, constructed_objects_stay_constructed)
{
	struct kmem_cache *cache = make_built();

	ASSERT_TRUE(cache);
	for (int round = 0; round < 3; round++) {
		take_many(cache, 100);
		for (int i = 0; i < 100; i++) {
			struct built *b = held[i];

			EXPECT_TRUE(list_empty(&b->list) && b->magic == 0xfeedbeef);
			b->scratch[2] = (u32)i;
		}
		free_many(cache, 100);
	}
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, object_freed_not_as_constructed_is_told_and_restored)
{
	struct kmem_cache *cache = make_built();
	struct built *b;

	ASSERT_TRUE(cache);
	b = kmem_cache_alloc(cache, GFP_KERNEL);
	b->magic = 1;
	EXPECT_REPORT(ctor_broken, kmem_cache_free(cache, b));
	EXPECT_FIELD("cache", "test");
	EXPECT_FIELD("offset", "8");
	EXPECT_FIELD("expected", "0xfeedbeef");
	EXPECT_EQ(b->magic, 0xfeedbeef);
	b = kmem_cache_alloc(cache, GFP_KERNEL);
	b->list.next = NULL;
	EXPECT_REPORT(ctor_broken, kfree(b));
	EXPECT_FIELD("offset", "0");
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, double_free_of_a_constructed_object_is_refused)
{
	struct kmem_cache *cache = make_built();
	void *p;

	ASSERT_TRUE(cache);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, p);
	EXPECT_REPORT(double_free, kmem_cache_free(cache, p));
	EXPECT_REPORT(double_free, kfree(p));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

/* --- bulk, nodes ----------------------------------------------------------------------------- */

KTEST(slab, bulk_allocates_all_or_nothing)
{
	struct kmem_cache *cache = make(56);

	ASSERT_TRUE(cache);
	EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 300, held), 300);
	EXPECT_EQ(slab_count(cache).active_objects, 300);
	kmem_cache_free_bulk(cache, 300, held);
	EXPECT_EQ(slab_count(cache).active_objects, 0);
	fail_arm(FAIL_slab, 100);
	EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 300, held), 0);
	fail_arm(FAIL_slab, 0);
	EXPECT_EQ(slab_count(cache).active_objects, 0);
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, bulk_free_without_a_cache_finds_each_object_s_own)
{
	struct kmem_cache *cache = make(56);

	ASSERT_TRUE(cache);
	held[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	held[1] = kmalloc(64, GFP_KERNEL);
	held[2] = NULL;
	held[3] = kmalloc(192, GFP_KERNEL);
	kmem_cache_free_bulk(NULL, 4, held);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, objects_come_from_the_node_asked_for)
{
	struct kmem_cache *cache = make(56);
	pg_data_t *pgdat;

	ASSERT_TRUE(cache);
	for_each_online_pgdat (pgdat) {
		void *p = kmem_cache_alloc_node(cache, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN,
		                                pgdat->node_id);

		if (!p)
			continue;
		EXPECT_EQ(page_to_nid(virt_to_page(p)), pgdat->node_id);
		kmem_cache_free(cache, p);
		EXPECT_SOUND(slab_check(cache));
	}
	EXPECT_REPORT(bad_node, EXPECT_TRUE(!kmem_cache_alloc_node(cache, GFP_KERNEL, 99)));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, frees_of_another_node_go_to_its_own_array)
{
	struct kmem_cache *cache;
	void *p = NULL;

	SKIP_UNLESS(nr_node_ids > 1, "one node");
	cache = make(56);
	ASSERT_TRUE(cache);
	for (int nid = 0; nid < (int)nr_node_ids && !p; nid++)
		if (nid != numa_mem_id() && NODE_DATA(nid))
			p = kmem_cache_alloc_node(cache, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN,
			                          nid);
	SKIP_CACHE_UNLESS(cache, p, "no other node has low memory");
	kmem_cache_free(cache, p);
	EXPECT_EQ(array_avail(raw_cpu_ptr(cache->arrays + numa_mem_id())), 0);
	EXPECT_REPORT(double_free, kmem_cache_free(cache, p));
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

/* --- tuning, shrinking ------------------------------------------------------------------------ */

KTEST(slab, limits_change_while_objects_are_live)
{
	static const unsigned int settings[][3] = {{0, 0, 0},    {1, 1, 0}, {7, 3, 2},
	                                           {200, 50, 8}, {0, 0, 0}, {120, 60, 1}};
	struct kmem_cache *cache = make(64);

	ASSERT_TRUE(cache);
	SKIP_CACHE_UNLESS(cache, !(cache->flags & SLAB_DEBUG_FLAGS),
	                  "debugged caches have no arrays");
	take_many(cache, MANY);
	for (u32 i = 0; i < ARRAY_SIZE(settings); i++) {
		const unsigned int *s = settings[i];

		EXPECT_EQ(kmem_cache_tune(cache, s[0], s[1], s[2]), 0);
		free_many(cache, MANY);
		EXPECT_SOUND(slab_check(cache));
		EXPECT_EQ(slab_count(cache).active_objects, 0);
		take_many(cache, MANY);
		EXPECT_SOUND(slab_check(cache));
	}
	free_many(cache, MANY);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, limits_that_make_no_sense_change_nothing)
{
	struct kmem_cache *cache = make(64);
	unsigned int limit;

	ASSERT_TRUE(cache);
	limit = cache->limit;
	EXPECT_EQ(kmem_cache_tune(cache, 10, 11, 0), -EINVAL);
	EXPECT_EQ(kmem_cache_tune(cache, 10, 0, 0), -EINVAL);
	EXPECT_EQ(kmem_cache_tune(cache, 1u << 30, 1, 0), -EINVAL);
	EXPECT_EQ(kmem_cache_tune(cache, 100, 100, ~0u), -EINVAL);
	EXPECT_EQ(cache->limit, limit);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, shared_array_hands_objects_on)
{
	struct kmem_cache *cache = make(64);
	unsigned long parked;

	ASSERT_TRUE(cache);
	SKIP_CACHE_UNLESS(cache, !kmem_cache_tune(cache, 20, 10, 4), "no arrays");
	take_many(cache, 100);
	if (page_to_nid(virt_to_page(held[0])) != numa_mem_id()) {
		free_many(cache, 100);
		kmem_cache_destroy(cache);
		ktest_skip("the objects lie on another node, not in the array that is asked first");
		return;
	}
	free_many(cache, 100);
	parked = slab_count(cache).shared_avail;
	EXPECT_EQ(parked, 40);
	take_many(cache, 50);
	EXPECT_TRUE(slab_count(cache).shared_avail < parked);
	EXPECT_SOUND(slab_check(cache));
	free_many(cache, 50);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, shrink_gives_free_slabs_back)
{
	struct kmem_cache *cache = make(512);
	void *keep;

	ASSERT_TRUE(cache);
	keep = kmem_cache_alloc(cache, GFP_KERNEL);
	take_many(cache, 200);
	free_many(cache, 200);
	EXPECT_EQ(kmem_cache_shrink(cache), 1);
	EXPECT_EQ(slab_count(cache).num_slabs, 1);
	kmem_cache_free(cache, keep);
	EXPECT_EQ(kmem_cache_shrink(cache), 0);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, reap_spares_what_is_in_use)
{
	struct kmem_cache *cache = make(512);
	unsigned long slabs;

	ASSERT_TRUE(cache);
	take_many(cache, 200);
	free_many(cache, 200);
	slabs = slab_count(cache).num_slabs;
	kmem_cache_reap();
	EXPECT_TRUE(!slabs || slab_count(cache).num_slabs > 0 || cache->flags & SLAB_DEBUG_FLAGS);
	kmem_cache_reap();
	kmem_cache_reap();
	EXPECT_TRUE(slab_count(cache).num_slabs <= (cache->flags & SLAB_DEBUG_FLAGS ? 16 : 0));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab, memory_pressure_takes_free_slabs)
{
	struct kmem_cache *cache = make(2048);
	unsigned long slabs;
	struct page *page;

	ASSERT_TRUE(cache);
	take_many(cache, 60);
	free_many(cache, 60);
	kmem_cache_reap(); /* forget that it was used */
	slabs = slab_count(cache).num_slabs;
	starve();
	page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
	starve_end();
	EXPECT_TRUE(slab_count(cache).num_slabs < slabs || !slabs);
	if (page)
		__free_page(page);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

/* --- a long walk ---------------------------------------------------------------------------------
 */

KTEST(slab, random_traffic_keeps_every_checker_content)
{
	static const size_t sizes[] = {8, 60, 192, 700, 3000};
	static const char *const names[] = {"t0", "t1", "t2", "t3", "t4"};
	struct kmem_cache *caches[ARRAY_SIZE(sizes)];
	u8 whose[MANY] = {0};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		caches[i] = kmem_cache_create(names[i], sizes[i], 0, 0, NULL);
		ASSERT_TRUE(caches[i]);
	}
	for (u32 step = 0; step < 20000; step++) {
		u32 k = ktest_below(MANY), c = ktest_below(ARRAY_SIZE(sizes));

		if (whose[k])
			kmem_cache_free(caches[whose[k] - 1], held[k]);
		held[k] = kmem_cache_alloc(caches[c], GFP_KERNEL | __GFP_NOWARN);
		whose[k] = held[k] ? (u8)(c + 1) : 0;
		if (step % 4000 == 0)
			for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
				EXPECT_SOUND(slab_check(caches[i]));
	}
	for (u32 k = 0; k < MANY; k++)
		if (whose[k])
			kmem_cache_free(caches[whose[k] - 1], held[k]);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
		EXPECT_EQ(kmem_cache_destroy(caches[i]), 0);
}

KTEST(slab, many_caches_can_live_without_arrays)
{
	static struct kmem_cache *caches[150];
	static char names[150][8];
	u32 with = 0;

	for (u32 i = 0; i < ARRAY_SIZE(caches); i++) {
		snprintf(names[i], sizeof(names[i]), "c%u", i);
		caches[i] = kmem_cache_create(names[i], 40 + i, 0, 0, NULL);
		ASSERT_TRUE(caches[i]);
		with += !(caches[i]->flags & SLAB_NO_ARRAYS);
		held[i] = kmem_cache_alloc(caches[i], GFP_KERNEL);
		EXPECT_TRUE(held[i]);
	}
	EXPECT_TRUE(with < ARRAY_SIZE(caches));
	for (u32 i = 0; i < ARRAY_SIZE(caches); i++) {
		kmem_cache_free(caches[i], held[i]);
		EXPECT_REPORT(double_free, kfree(held[i]));
		EXPECT_EQ(kmem_cache_destroy(caches[i]), 0);
	}
}

KTEST(slab, an_address_tells_its_object)
{
	char *p = kmalloc(100, GFP_KERNEL), *large = kmalloc(20000, GFP_KERNEL);
	struct slab_object_info o;

	EXPECT_TRUE(slab_find_object(p + 5, &o));
	EXPECT_EQ(o.object, (unsigned long)p);
	EXPECT_EQ(o.offset, 5);
	EXPECT_STREQ(o.cache, "kmalloc-128");
	EXPECT_TRUE(o.taken && !o.large && o.index < o.num);
	EXPECT_TRUE(slab_find_object(large + 5000, &o));
	EXPECT_EQ(o.object, (unsigned long)large);
	EXPECT_EQ(o.large, 32768);
	EXPECT_EQ(o.offset, 5000);
	kfree(p);
	kfree(large);
	EXPECT_TRUE(slab_find_object(p, &o) && !o.taken);
	EXPECT_TRUE(!slab_find_object(large, &o));
	EXPECT_TRUE(!slab_find_object(&o, &o));
	EXPECT_TRUE(!slab_find_object(NULL, &o));
}
