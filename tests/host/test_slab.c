/* SPDX-License-Identifier: MIT */
/* test_slab.c - caches on machines of several CPUs and nodes, against a model of who has which
 * bytes: every object is filled with its own pattern while it is held. */
#include "../../mm/slab_internal.h"
#include "fail.h"
#include "host.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/slab_debug.h"
#include "mm/slab_init.h"
#include "world.h"

static struct world w;
static unsigned long free_at_start;
static const char *debug; /* slab_debug= */

static void open_slabs(void)
{
	w.plain_frames = true;
	world_build(&w);
	if (debug)
		CHECK_EQ(slab_debug_setup(debug), 0);
	kmem_cache_init();
	kmem_cache_shrink_all();
	free_at_start = world_free_pages();
}

static void open_pc(u64 bytes)
{
	w = (struct world){0};
	world_pc(&w, bytes);
	open_slabs();
}

/* Two nodes with low memory, four CPUs, two on each. */
static void open_nodes(void)
{
	w = (struct world){.cpus = 4, .cpu_node = {0, 1, 0, 1}};
	world_add_ram(&w, KiB(4), KiB(640), 0);
	world_add_ram(&w, MiB(1), MiB(24), 0);
	world_add_ram(&w, MiB(24), MiB(48), 1);
	world_take(&w, MiB(1), MiB(1) + KiB(400));
	open_slabs();
}

static void check_all(void)
{
	const struct kmem_cache *where = NULL;
	const char *wrong = slab_check_all(&where);

	if (wrong)
		host_fail(__FILE__, __LINE__, "%s: %s", where ? where->name : "all", wrong);
}

/* Everything is given back: not a page is missing. */
static void close_slabs(void)
{
	check_all();
	kmem_cache_shrink_all();
	check_all();
	CHECK_EQ(world_free_pages(), free_at_start);
	CHECK_SOUND(world_check());
	CHECK_SOUND(host_check_idle());
}

/* --- layout ------------------------------------------------------------------------------- */

static void check_layout(const struct kmem_cache *cache)
{
	size_t bytes = PAGE_SIZE << cache->order, used = (size_t)cache->num * cache->size;
	size_t colours = (size_t)(cache->colour - 1) * cache->colour_off;

	CHECK(cache->num >= 1 && cache->size >= cache->object_size);
	CHECK(cache->size % cache->align == 0);
	if (cache->flags & SLAB_OFF_SLAB)
		CHECK(colours + used <= bytes);
	else
		CHECK(colours + used + cache->descriptor_size <= bytes);
	CHECK(colours % cache->align == 0);
	for (size_t offset = 0; offset<used; offset += used> 8192 ? 7 : 1)
		if (slab_index(cache, offset) != offset / cache->size)
			host_fail(__FILE__, __LINE__, "size %u offset %zu", cache->size, offset);
}

/* Does a free take the address for an object's start without a further look? */
static bool taken_for_start(struct start_test test, const char *first, const char *p)
{
	return !((unsigned long)p & test.misfit) ||
	       (u32)(unsigned long)(first - p) * (u32)test.misfit < test.starts;
}

/* Of all addresses in its slabs, colour and descriptor included, frees take the objects' starts for
 * what they are, and nothing else. */
static void check_starts(const struct kmem_cache *cache)
{
	struct start_test test = slab_start_test(cache);
	long bytes = (long)(PAGE_SIZE << cache->order), used = (long)(cache->num * cache->size);
	unsigned int step = bytes > 32768 ? 61 : 1;

	CHECK(cache->flags & SLAB_PLAIN);
	for (unsigned int colour = 0; colour < cache->colour; colour++) {
		long before = colour * cache->colour_off;
		const char *first = (const char *)PAGE_OFFSET + MiB(1) + before;

		for (long at = -before; at < bytes - before; at += step) {
			bool starts = at >= 0 && at < used && at % cache->size == 0;

			if (taken_for_start(test, first, first + at) != starts)
				host_fail(__FILE__, __LINE__, "size %u colour %u at %ld",
				          cache->size, colour, at);
		}
	}
}

TEST(every_layout_fits_its_slab_and_finds_its_objects)
{
	open_pc(MiB(32));
	for (size_t size = 1; size < 70000; size += 1 + size / 40) {
		for (size_t align = 8; align <= PAGE_SIZE; align *= 8) {
			struct kmem_cache *cache =
				kmem_cache_create("layout", size, align, 0, NULL);

			REQUIRE(cache);
			check_layout(cache);
			check_starts(cache);
			CHECK_EQ(kmem_cache_destroy(cache), 0);
		}
	}
	close_slabs();
}

TEST(kmalloc_classes_of_powers_of_two_tell_objects_by_address_bits)
{
	open_pc(MiB(32));
	for (int k = 0; k < NR_KMALLOC_CLASSES; k++) {
		const struct kmem_cache *cache = kmalloc_caches[KMALLOC_NORMAL][k];
		bool power = !(cache->size & (cache->size - 1));

		check_layout(cache);
		check_starts(cache);
		CHECK_EQ(!slab_start_test(cache).starts, power);
	}
	close_slabs();
}

/* --- random traffic ------------------------------------------------------------------------- */

enum { HELD = 3000 };
static struct {
	u8 *p;
	size_t size;
	struct kmem_cache *cache; /* NULL: kmalloc */
	u8 fill;
} held[HELD];
static struct kmem_cache *caches[4];

static void give_back(unsigned int k)
{
	u8 *p = held[k].p;

	for (size_t i = 0; i < held[k].size; i++)
		if (p[i] != held[k].fill)
			host_fail(__FILE__, __LINE__, "byte %zu of %zu is 0x%02x", i, held[k].size,
			          p[i]);
	if (held[k].cache)
		kmem_cache_free(held[k].cache, p);
	else
		kfree(p);
	held[k].p = NULL;
}

static size_t random_size(void)
{
	return 1 + test_below(test_chance(50) ? 60000 : test_chance(5) ? 5000 : 300);
}

static void take(unsigned int k)
{
	gfp_t gfp = test_chance(3) ? GFP_ATOMIC : GFP_KERNEL;
	int nid = test_chance(4) ? (int)test_below(nr_node_ids) : NUMA_NO_NODE;

	gfp |= __GFP_NOWARN;
	held[k].cache = test_chance(2) ? caches[test_below(4)] : NULL;
	if (held[k].cache) {
		held[k].size = held[k].cache->object_size;
		held[k].p = kmem_cache_alloc_node(held[k].cache, gfp, nid);
	} else {
		held[k].size = random_size();
		held[k].p = test_chance(2) ? kmalloc(held[k].size, gfp)
		                           : kmalloc_node(held[k].size, gfp, nid);
	}
	held[k].fill = (u8)test_random();
	if (held[k].p)
		memset(held[k].p, held[k].fill, held[k].size);
}

static void resize(unsigned int k)
{
	size_t size = random_size();
	u8 *p = krealloc(held[k].p, size, GFP_KERNEL | __GFP_NOWARN);

	if (!p)
		return;
	for (size_t i = 0; i < min(size, held[k].size); i++)
		CHECK_EQ(p[i], held[k].fill);
	held[k].p = p;
	held[k].size = size;
	memset(p, held[k].fill, size);
}

static void traffic(unsigned int steps)
{
	static const size_t sizes[4] = {24, 136, 600, 2600};
	static const char *const names[4] = {"r0", "r1", "r2", "r3"};

	memset(held, 0, sizeof(held));
	for (int i = 0; i < 4; i++)
		caches[i] = kmem_cache_create(names[i], sizes[i], 0, 0, NULL);
	for (unsigned int step = 0; step < steps && !host_failed(); step++) {
		unsigned int k = test_below(HELD);

		host_cpu = test_below(nr_cpu_ids);
		if (!held[k].p)
			take(k);
		else if (!held[k].cache && test_chance(5))
			resize(k);
		else
			give_back(k);
		if (step % 5000 == 0)
			check_all();
		if (test_chance(3000))
			kmem_cache_reap();
		if (test_chance(3000))
			kmem_cache_tune(caches[test_below(4)], 1 + test_below(100), 1,
			                test_below(9));
	}
	for (unsigned int k = 0; k < HELD; k++)
		if (held[k].p)
			give_back(k);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(kmem_cache_destroy(caches[i]), 0);
}

TEST(random_traffic_on_one_cpu_keeps_every_byte)
{
	open_pc(MiB(64));
	traffic(150000);
	close_slabs();
}

TEST(random_traffic_on_four_cpus_and_two_nodes_keeps_every_byte)
{
	open_nodes();
	traffic(150000);
	close_slabs();
}

TEST(random_traffic_in_scarce_memory_keeps_every_byte)
{
	open_pc(MiB(12));
	traffic(60000);
	close_slabs();
}

TEST(random_traffic_with_all_debugging_keeps_every_byte)
{
	debug = "FZPU";
	open_pc(MiB(96));
	debug = NULL;
	traffic(20000);
	close_slabs();
}

/* --- nodes and CPUs --------------------------------------------------------------------------- */

TEST(objects_come_from_the_cpu_s_own_node_whoever_freed_them)
{
	void *p[500];

	open_nodes();
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 500; i++) {
			host_cpu = (unsigned int)i % 4;
			p[i] = kmalloc(200, GFP_KERNEL);
			CHECK_EQ(page_to_nid(virt_to_page(p[i])), i % 2);
		}
		for (int i = 0; i < 500; i++) {
			host_cpu = test_below(4);
			kfree(p[i]);
		}
		check_all();
	}
	close_slabs();
}

TEST(double_free_is_found_in_another_cpu_s_array)
{
	void *p;

	open_nodes();
	host_cpu = 0;
	p = kmalloc(64, GFP_KERNEL);
	host_cpu = 2;
	kfree(p);
	host_cpu = 0;
	EXPECT_REPORT(double_free, kfree(p));
	host_cpu = 3;
	EXPECT_REPORT(double_free, kfree(p));
	close_slabs();
}

TEST(double_free_is_found_in_the_shared_array)
{
	struct kmem_cache *cache;
	void *p[60];

	open_nodes();
	cache = kmem_cache_create("shared", 64, 0, 0, NULL);
	CHECK_EQ(kmem_cache_tune(cache, 10, 5, 8), 0);
	for (int i = 0; i < 60; i++)
		p[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	for (int i = 0; i < 60; i++)
		kmem_cache_free(cache, p[i]);
	CHECK(cache->node[0].shared->avail > 0);
	EXPECT_REPORT(double_free, kmem_cache_free(cache, p[0]));
	CHECK_EQ(kmem_cache_destroy(cache), 0);
	close_slabs();
}

/* --- damage --------------------------------------------------------------------------------------
 */

TEST(an_array_that_names_an_object_twice_is_told)
{
	struct kmem_cache *cache;
	void *keep, *p;

	open_pc(MiB(32));
	cache = kmem_cache_create("twice", 64, 0, SLAB_NO_ARRAYS, NULL);
	keep = kmem_cache_alloc(cache, GFP_KERNEL);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, p);
	EXPECT_REPORT(slab_corrupt, node_give(cache, 0, &p, 1));
	CHECK_FIELD("what", "free_object_in_array");
	CHECK_SOUND(slab_check(cache));
	kmem_cache_free(cache, keep);
	CHECK_EQ(kmem_cache_destroy(cache), 0);
	close_slabs();
}

/* Each byte of a descriptor flipped in turn: never a crash, never an object handed out twice. */
TEST(no_flipped_bit_in_a_descriptor_does_harm)
{
	open_pc(MiB(32));
	for (unsigned int bit = 0; bit < 8 * sizeof(struct slab); bit++) {
		struct kmem_cache *cache = kmem_cache_create("flip", 200, 0, 0, NULL);
		unsigned long before = report_count();
		void *p = kmem_cache_alloc(cache, GFP_KERNEL), *q[100];
		struct slab *slab = virt_to_page(p)->slab;

		kmem_cache_shrink(cache);
		((u8 *)slab)[bit / 8] ^= (u8)(1u << (bit % 8));
		for (int i = 0; i < 100; i++) {
			q[i] = kmem_cache_alloc(cache, GFP_KERNEL);
			CHECK(q[i] && q[i] != p);
		}
		for (int i = 0; i < 100; i++)
			kmem_cache_free(cache, q[i]);
		kmem_cache_free(cache, p);
		CHECK_SOUND(slab_check(cache));
		kmem_cache_destroy(cache);
		host_allow_reports(before);
	}
}

TEST(the_checker_sees_each_kind_of_damage)
{
	struct kmem_cache *cache;
	struct slab *slab;
	void *p, *q;

	open_pc(MiB(32));
	cache = kmem_cache_create("checked", 100, 0, 0, NULL);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	q = kmem_cache_alloc(cache, GFP_KERNEL);
	slab = virt_to_page(p)->slab;
#define SPOIL(lvalue, value)                                                                       \
	do {                                                                                       \
		__typeof__(lvalue) _old = (lvalue);                                                \
		(lvalue) = (value);                                                                \
		CHECK(slab_check(cache));                                                          \
		(lvalue) = _old;                                                                   \
		CHECK_SOUND(slab_check(cache));                                                    \
	} while (0)
	SPOIL(slab->inuse, (u16)(slab->inuse + 1));
	SPOIL(slab->free[0], slab->free[0] ^ 1);
	SPOIL(slab->cache, NULL);
	SPOIL(slab->list.next, NULL);
	SPOIL(virt_to_page(p)->slab, NULL);
	SPOIL(virt_to_page(p)->flags, virt_to_page(p)->flags & ~(1ul << PG_slab));
	SPOIL(cache->node[0].nr_slabs, 7ul);
	SPOIL(cache->node[0].free_objects, 7ul);
	SPOIL(cache->node[0].nr_free_slabs, 7ul);
	kmem_cache_free(cache, q);
	SPOIL(*(unsigned long *)q, 0ul); /* the cookie */
	kmem_cache_free(cache, p);
	CHECK_EQ(kmem_cache_destroy(cache), 0);
	close_slabs();
}

/* --- failures ------------------------------------------------------------------------------------
 */

/* Fail the nth call of a site for n = 1, 2, ... until the operation gets through. */
static unsigned int fail_each(enum fail_site site, bool (*operation)(void))
{
	for (unsigned int nth = 1; nth < 200; nth++) {
		bool done;

		kmem_cache_shrink_all();
		fail_arm(site, nth);
		done = operation();
		fail_arm(site, 0);
		check_all();
		kmem_cache_shrink_all();
		CHECK_EQ(world_free_pages(), free_at_start);
		if (done || host_failed())
			return nth;
	}
	return 0;
}

static bool make_and_use_a_cache(void)
{
	struct kmem_cache *cache = kmem_cache_create("failing", 2048, 2048, 0, NULL);
	bool done = false;
	void *p[20];
	int n = 0;

	while (cache && n < 20 && (p[n] = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN)))
		n++;
	done = n == 20;
	while (n)
		kmem_cache_free(cache, p[--n]);
	return !kmem_cache_destroy(cache) && done;
}

TEST(any_page_may_fail)
{
	open_pc(MiB(32)); /* with two nodes, one failure sends a request to the other */
	CHECK(fail_each(FAIL_alloc_pages, make_and_use_a_cache) > 10);
	close_slabs();
}

TEST(any_object_may_fail)
{
	open_nodes();
	CHECK(fail_each(FAIL_slab, make_and_use_a_cache) > 15);
	close_slabs();
}
