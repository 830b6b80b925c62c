/* SPDX-License-Identifier: MIT */
/* test_percpu.c - the per-CPU allocator against a model of all units, on up to eight CPUs and two
 * nodes, with every page that may be missing missing; and the bitmaps that it is made of. */
#include "asm/percpu_area.h"
#include "asm/page_ops.h"
#include "fail.h"
#include "host.h"
#include "lib/bitmap.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/topology.h"
#include "../../mm/percpu_map.h"
#include "world.h"

/* --- bitmaps ------------------------------------------------------------------------------ */

enum { BITS = 300 };

static unsigned long slow_find(const bool *model, unsigned long start, bool value)
{
	while (start < BITS && model[start] != value)
		start++;
	return start < BITS ? start : BITS;
}

static unsigned long slow_area(const bool *model, unsigned long start, unsigned long n,
                               unsigned long align)
{
	for (start = ALIGN(start, align); start + n <= BITS; start += align) {
		unsigned long k = 0;

		while (k < n && !model[start + k])
			k++;
		if (k == n)
			return start;
	}
	return BITS;
}

TEST(bitmaps_agree_with_arrays_of_bool)
{
	DECLARE_BITMAP(map, BITS) = {0};
	bool model[BITS] = {false};

	for (int op = 0; op < 20000 && !host_failed(); op++) {
		unsigned long start = test_below(BITS), n = 1 + test_below((u32)(BITS - start));
		unsigned long align = 1ul << test_below(6), weight = 0;
		bool value = test_below(2);

		if (test_chance(3)) {
			n = min(n, 1ul + test_below(90));
			(value ? bitmap_set : bitmap_clear)(map, start, n);
			for (unsigned long i = start; i < start + n; i++)
				model[i] = value;
		}
		CHECK_EQ(find_next_bit(map, BITS, start), slow_find(model, start, true));
		CHECK_EQ(find_next_zero_bit(map, BITS, start), slow_find(model, start, false));
		for (unsigned long i = start; i < start + n; i++)
			weight += model[i];
		CHECK_EQ(bitmap_weight(map, start, n), weight);
		n = 1 + test_below(40);
		CHECK_EQ(bitmap_find_zero_area(map, BITS, start, n, align),
		         slow_area(model, start, n, align));
	}
}

/* --- worlds ------------------------------------------------------------------------------- */

static void start_world(unsigned int cpus)
{
	struct world w;

	world_small(&w);
	w.cpus = cpus;
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		w.cpu_node[cpu] = (int)(cpu % 2);
	world_build(&w);
	percpu_init();
}

static struct percpu_stats stats(void)
{
	struct percpu_stats s;

	percpu_get_stats(&s);
	return s;
}

static bool all_bytes(const u8 *p, size_t n, u8 value)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != value)
			return false;
	return true;
}

TEST(every_cpu_gets_a_zeroed_copy_in_memory_of_its_node)
{
	void *p;

	start_world(4);
	p = __alloc_percpu(6000, 64);
	REQUIRE(p);
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		unsigned long offset = (unsigned long)p - percpu_base();

		CHECK(all_bytes(per_cpu_ptr((u8 *)p, cpu), 6000, 0));
		CHECK_EQ(page_to_nid(pfn_to_page(
				 percpu_page_pfn(cpu, (unsigned int)(offset / PAGE_SIZE) + 1))),
		         cpu % 2);
		memset(per_cpu_ptr(p, cpu), (int)cpu + 1, 6000);
	}
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		CHECK(all_bytes(per_cpu_ptr((u8 *)p, cpu), 6000, (u8)(cpu + 1)));
	CHECK_SOUND(percpu_check());
	free_percpu(p);
	CHECK_SOUND(percpu_check());
}

TEST(nothing_is_left_behind)
{
	unsigned long before, meta;
	void *p[100];

	start_world(3);
	before = world_free_pages();
	meta = stats().nr_meta_pages;
	for (u32 i = 0; i < 100; i++)
		p[i] = __alloc_percpu(1 + test_below(3000), 8);
	for (u32 i = 0; i < 100; i++)
		free_percpu(p[i]);
	CHECK(percpu_shrink() > 0);
	CHECK_EQ(world_free_pages(), before);
	CHECK_EQ(stats().used_bytes, 0);
	CHECK_EQ(stats().nr_meta_pages, meta);
	CHECK_SOUND(percpu_check());
}

/* --- the model ---------------------------------------------------------------------------- */

enum { HELD = 120 };

static struct piece {
	u8 *p;
	size_t size, align;
	u8 tag;
} held[HELD];

/* Which piece each granule of a unit belongs to, plus one. */
static u8 owner[PERCPU_UNIT_SIZE / PERCPU_GRANULE];

static void model_mark(const struct piece *h, u8 value)
{
	unsigned long first = ((unsigned long)h->p - percpu_base()) / PERCPU_GRANULE;

	for (unsigned long g = first; g < first + DIV_ROUND_UP(h->size, PERCPU_GRANULE); g++) {
		CHECK((owner[g] == 0) == (value != 0)); /* was free, or was ours */
		owner[g] = value;
	}
}

/* First fit: no lower run of free granules would have done. */
static void check_first_fit(const struct piece *h)
{
	unsigned long n = DIV_ROUND_UP(h->size, PERCPU_GRANULE);
	unsigned long g = ALIGN(DIV_ROUND_UP(percpu_static_size(), PERCPU_GRANULE),
	                        max(h->align / PERCPU_GRANULE, (size_t)1));
	unsigned long end = ((unsigned long)h->p - percpu_base()) / PERCPU_GRANULE, free = 0;

	for (; g < end; g += max(h->align / PERCPU_GRANULE, (size_t)1)) {
		for (free = 0; free < n && !owner[g + free];)
			free++;
		if (free == n && g / 16384 == (g + n - 1) / 16384)
			host_fail(__FILE__, __LINE__, "granule %lu would have done, not %lu", g,
			          end);
	}
}

static void model_alloc(struct piece *h, unsigned int cpus)
{
	h->size = 1 + test_below(test_chance(10) ? 20000 : 300);
	h->align = 1ul << test_below(13);
	h->tag = (u8)test_random();
	h->p = __alloc_percpu_gfp(h->size, h->align, GFP_KERNEL | __GFP_NOWARN);
	if (!h->p)
		return;
	CHECK_EQ((unsigned long)per_cpu_ptr(h->p, 0) % h->align, 0);
	check_first_fit(h);
	model_mark(h, 1);
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		CHECK(all_bytes(per_cpu_ptr(h->p, cpu), h->size, 0));
		memset(per_cpu_ptr(h->p, cpu), (u8)(h->tag + cpu), h->size);
	}
}

static void model_free(struct piece *h, unsigned int cpus)
{
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		CHECK(all_bytes(per_cpu_ptr(h->p, cpu), h->size, (u8)(h->tag + cpu)));
	model_mark(h, 0);
	free_percpu(h->p);
	h->p = NULL;
}

static void random_run(unsigned int cpus, int ops)
{
	unsigned long before;

	start_world(cpus);
	before = world_free_pages();
	memset(held, 0, sizeof(held));
	memset(owner, 0, sizeof(owner));
	for (int op = 0; op < ops && !host_failed(); op++) {
		struct piece *h = &held[test_below(HELD)];

		if (h->p)
			model_free(h, cpus);
		else
			model_alloc(h, cpus);
		if (test_chance(200))
			percpu_shrink();
		if (test_chance(100))
			CHECK_SOUND(percpu_check());
	}
	for (unsigned int i = 0; i < HELD && !host_failed(); i++)
		if (held[i].p)
			model_free(&held[i], cpus);
	percpu_shrink();
	CHECK_SOUND(percpu_check());
	CHECK_EQ(world_free_pages(), before);
}

TEST(random_operations_agree_with_the_model_on_one_cpu)
{
	random_run(1, 3000);
}

TEST(random_operations_agree_with_the_model_on_five_cpus)
{
	random_run(5, 1500);
}

TEST(random_operations_agree_with_the_model_on_eight_cpus)
{
	random_run(8, 800);
}

/* --- failures ----------------------------------------------------------------------------- */

TEST(each_missing_page_unwinds_the_whole)
{
	unsigned long before, nth = 1;
	void *p = NULL;

	start_world(4);
	before = world_free_pages();
	for (; !p && nth < 100; nth++) {
		percpu_shrink();
		CHECK_EQ(world_free_pages(), before);
		fail_arm(FAIL_alloc_pages, nth);
		p = __alloc_percpu_gfp(5 * PAGE_SIZE, 16, GFP_KERNEL | __GFP_NOWARN);
		fail_arm(FAIL_alloc_pages, 0);
		CHECK_EQ(stats().nr_allocs, p ? 1 : 0);
		CHECK_SOUND(percpu_check());
	}
	CHECK(p && nth > 20); /* five or six pages on each of four CPUs */
	free_percpu(p);
}

TEST(a_full_unit_says_no)
{
	struct world w;
	void *p[64];
	unsigned int n = 0;

	memset(&w, 0, sizeof(w));
	world_pc(&w, MiB(64));
	world_build(&w);
	percpu_init();
	while (n < 64 && (p[n] = __alloc_percpu_gfp(PERCPU_MAX_SIZE, 16, GFP_KERNEL)))
		n++;
	CHECK(n >= 28 && n < 32);
	CHECK(strstr(host_log(), "percpu: no room for 32768 bytes"));
	CHECK_SOUND(percpu_check());
	while (n)
		free_percpu(p[--n]);
	CHECK_SOUND(percpu_check());
}

/* --- misuse ------------------------------------------------------------------------------- */

TEST(wrong_frees_are_refused_and_change_nothing)
{
	u8 *p, *q;

	start_world(2);
	p = __alloc_percpu(100, 16);
	q = __alloc_percpu(100, 16);
	REQUIRE(p && q);
	for (unsigned int offset = 1; offset < 112; offset++) {
		EXPECT_REPORT(percpu_bad_free, free_percpu(p + offset));
		CHECK_FIELD("what", "interior");
	}
	EXPECT_REPORT(percpu_bad_free, free_percpu(per_cpu_ptr(p, 1)));
	CHECK_FIELD("what", "a_cpus_copy");
	CHECK_FIELD("copy_of_cpu", "1");
	EXPECT_REPORT(percpu_bad_free, free_percpu(&numa_node));
	CHECK_FIELD("what", "static_variable");
	EXPECT_REPORT(percpu_bad_free, free_percpu(&p));
	CHECK_EQ(stats().nr_allocs, 2);
	CHECK_SOUND(percpu_check());
	free_percpu(p);
	EXPECT_REPORT(double_free, free_percpu(p));
	CHECK_FIELD_IN("first_free", "test_wrong_frees_are_refused_and_change_nothing");
	CHECK_FIELD_IN("alloc", "test_wrong_frees_are_refused_and_change_nothing");
	EXPECT_REPORT(double_free, free_percpu(p + 64));
	CHECK_EQ(stats().nr_allocs, 1);
	CHECK_SOUND(percpu_check());
	free_percpu(q);
}

TEST(impossible_requests_are_refused)
{
	start_world(1);
	EXPECT_REPORT(percpu_bad_alloc, CHECK(!__alloc_percpu(0, 1)));
	EXPECT_REPORT(percpu_bad_alloc, CHECK(!__alloc_percpu(PERCPU_MAX_SIZE + 1, 1)));
	EXPECT_REPORT(percpu_bad_alloc, CHECK(!__alloc_percpu(1, 3)));
	EXPECT_REPORT(percpu_bad_alloc, CHECK(!__alloc_percpu(1, 8192)));
	EXPECT_REPORT(percpu_bad_alloc, CHECK(!__alloc_percpu_gfp(1, 1, GFP_HIGHUSER)));
	CHECK_EQ(stats().nr_allocs, 0);
}

/* Whatever bit of the map is flipped, the checker sees it. */
TEST(the_checker_sees_every_flipped_bit)
{
	void *p[6];
	unsigned long *words;
	unsigned long end;

	start_world(2);
	for (int i = 0; i < 6; i++)
		p[i] = __alloc_percpu(40, 16);
	free_percpu(p[2]);
	words = percpu_space.chunks[0]->used;
	end = 2 * CHUNK_GRANULES;
	for (unsigned long bit = 0; bit < end && !host_failed(); bit++) {
		words[bit / BITS_PER_LONG] ^= BIT(bit % BITS_PER_LONG);
		if (!percpu_check())
			host_fail(__FILE__, __LINE__, "bit %lu", bit);
		words[bit / BITS_PER_LONG] ^= BIT(bit % BITS_PER_LONG);
	}
	CHECK_SOUND(percpu_check());
}
