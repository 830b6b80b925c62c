/* SPDX-License-Identifier: MIT */
/* slab_threads.c - caches made, used, tuned, listed and given up by many threads at once. */
#include "errno.h"
#include "helpers.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "on_cpus.h"
#include "threads.h"

enum { CREW = 6, ROUNDS = 2, OBJECTS = 24 };

struct maker {
	unsigned int number;
	char name[16];
};
static struct maker makers[CREW];

static void number_makers(void)
{
	for (unsigned int i = 0; i < CREW; i++) {
		makers[i].number = i;
		snprintf(makers[i].name, sizeof(makers[i].name), "crew-%u", i);
	}
}

/* Objects of the cache, each full of its owner's number. Returns: how many were somebody else's. */
static int use(struct kmem_cache *cache, unsigned int number, size_t size)
{
	u8 *held[OBJECTS];
	int wrong = 0;

	for (unsigned int i = 0; i < OBJECTS; i++) {
		held[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		if (held[i])
			memset(held[i], (int)(number + 1), size);
	}
	for (unsigned int i = 0; i < OBJECTS; i++) {
		wrong += held[i] && (held[i][0] != number + 1 || held[i][size - 1] != number + 1);
		kmem_cache_free(cache, held[i]);
	}
	return wrong;
}

/* --- come and go ---------------------------------------------------------------------------- */

static int make_use_destroy(void *arg)
{
	const struct maker *me = arg;
	int wrong = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		size_t size = 16 + me->number * 48 + i * 8;
		struct kmem_cache *cache = kmem_cache_create(me->name, size, 0, 0, NULL);

		if (!cache) {
			wrong++;
			continue;
		}
		wrong += use(cache, me->number, size);
		if (i % 2)
			kmem_cache_tune(cache, 4 + i, 2, i);
		wrong += use(cache, me->number, size);
		wrong += kmem_cache_destroy(cache) != 0;
	}
	return wrong;
}

KTEST(slab_threads, caches_come_and_go_while_others_list_and_shrink_them)
{
	struct crew crew;

	number_makers();
	ASSERT_TRUE(crew_make(&crew, CREW, make_use_destroy, makers, sizeof(makers[0])));
	crew_start(&crew);
	for (unsigned int i = 0; i < 2; i++) {
		EXPECT_TRUE(strstr(command_output("slabinfo"), "kmalloc-64 "));
		kmem_cache_shrink_all();
		slab_memory();
		kmem_cache_reap();
	}
	EXPECT_EQ(crew_join(&crew), 0);
}

static struct kmem_cache *found[CREW];

static int make_the_same(void *arg)
{
	const struct maker *me = arg;

	found[me->number] = kmem_cache_create("coveted", 64, 0, 0, NULL);
	return found[me->number] != NULL;
}

KTEST(slab_threads, of_many_who_want_one_name_one_gets_it)
{
	number_makers();
	ktest_expect_begin();
	EXPECT_EQ(crew_run(CREW, make_the_same, makers, sizeof(makers[0])), 1);
	EXPECT_EQ(ktest_expect_many(REPORT_bad_cache), CREW - 1);
	EXPECT_FIELD("reason", "name_taken");
	for (unsigned int i = 0; i < CREW; i++)
		EXPECT_EQ(kmem_cache_destroy(found[i]), 0);
}

static struct kmem_cache *doomed_cache;

static int destroy_it(void *unused)
{
	(void)unused;
	return kmem_cache_destroy(doomed_cache) == 0;
}

KTEST(slab_threads, of_many_who_destroy_a_cache_one_does)
{
	doomed_cache = kmem_cache_create("doomed", 64, 0, 0, NULL);
	ASSERT_TRUE(doomed_cache);
	ktest_expect_begin();
	EXPECT_EQ(crew_run(CREW, destroy_it, NULL, 0), 1);
	EXPECT_EQ(ktest_expect_many(REPORT_bad_cache), CREW - 1);
	EXPECT_FIELD("reason", "destroyed");
}

/* --- one cache of all ------------------------------------------------------------------------ */

static struct kmem_cache *common;
static unsigned int users; /* atomic: those that are not done */

static int use_common(void *arg)
{
	const struct maker *me = arg;
	int wrong = 0;

	for (unsigned int i = 0; i < 24; i++)
		wrong += use(common, me->number, 40);
	__atomic_fetch_sub(&users, 1, __ATOMIC_RELEASE);
	return wrong;
}

KTEST(slab_threads, no_object_is_lost_while_arrays_are_exchanged)
{
	static const unsigned int limits[][3] = {
		{60, 30, 8}, {2, 1, 1}, {120, 8, 4}, {0, 0, 0}, {16, 16, 2}};
	struct crew crew;

	number_makers();
	common = kmem_cache_create("common", 40, 0, 0, NULL);
	ASSERT_TRUE(common);
	users = CREW;
	EXPECT_TRUE(crew_make(&crew, CREW, use_common, makers, sizeof(makers[0])));
	crew_start(&crew);
	for (unsigned int i = 0; __atomic_load_n(&users, __ATOMIC_ACQUIRE); i++) {
		const unsigned int *l = limits[i % ARRAY_SIZE(limits)];

		kmem_cache_tune(common, l[0], l[1], l[2]);
		slab_count(common);
	}
	EXPECT_EQ(crew_join(&crew), 0);
	EXPECT_SOUND(slab_check(common));
	EXPECT_EQ(kmem_cache_destroy(common), 0);
}

KTEST(slab_threads, a_replaced_shared_array_gives_its_objects_back)
{
	struct kmem_cache *cache = kmem_cache_create("shared", 40, 0, 0, NULL);
	void *held[40];

	ASSERT_TRUE(cache);
	if (kmem_cache_tune(cache, 4, 4, 8)) {
		kmem_cache_destroy(cache);
		SKIP_UNLESS(false, "no arrays");
	}
	EXPECT_EQ(kmem_cache_alloc_bulk(cache, GFP_KERNEL, ARRAY_SIZE(held), held),
	          ARRAY_SIZE(held));
	kmem_cache_free_bulk(cache, ARRAY_SIZE(held), held);
	EXPECT_TRUE(slab_count(cache).shared_avail > 0);
	EXPECT_EQ(kmem_cache_tune(cache, 4, 4, 2), 0);
	EXPECT_EQ(slab_count(cache).shared_avail, 0);
	EXPECT_EQ(slab_count(cache).active_objects, 0);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

/* Destroying a cache that others use is refused, with a list of what it can find; they go on. */
KTEST(slab_threads, a_cache_in_use_by_other_cpus_stays_as_it_is)
{
	void *mine;
	struct crew crew;

	number_makers();
	common = kmem_cache_create("common", 40, 0, 0, NULL);
	mine = kmem_cache_alloc(common, GFP_KERNEL);
	ASSERT_TRUE(mine);
	users = CREW;
	EXPECT_TRUE(crew_make(&crew, CREW, use_common, makers, sizeof(makers[0])));
	crew_start(&crew);
	EXPECT_REPORT(cache_busy, EXPECT_EQ(kmem_cache_destroy(common), -EBUSY));
	EXPECT_EQ(crew_join(&crew), 0);
	kmem_cache_free(common, mine);
	EXPECT_EQ(kmem_cache_destroy(common), 0);
}

/* --- where sleeping is not allowed ------------------------------------------------------------ */

#define EXPECT_IN_ATOMIC(call, value)                                                              \
	do {                                                                                       \
		preempt_disable();                                                                 \
		EXPECT_REPORT(bad_cache, EXPECT_EQ(call, value));                                  \
		preempt_enable();                                                                  \
		EXPECT_FIELD("reason", "in_atomic");                                               \
	} while (0)

KTEST(slab_threads, calls_for_whole_caches_are_refused_in_atomic_context)
{
	struct kmem_cache *cache = kmem_cache_create("calm", 64, 0, 0, NULL);

	ASSERT_TRUE(cache);
	EXPECT_IN_ATOMIC(kmem_cache_create("hasty", 64, 0, 0, NULL) == NULL, true);
	EXPECT_IN_ATOMIC(kmem_cache_shrink(cache), -EINVAL);
	EXPECT_IN_ATOMIC(kmem_cache_tune(cache, 8, 4, 1), -EINVAL);
	EXPECT_IN_ATOMIC(kmem_cache_destroy(cache), -EINVAL);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

/* --- reclaim ---------------------------------------------------------------------------------- */

static int reclaim(void *unused)
{
	struct page *page;
	int got = 0;

	(void)unused;
	for (unsigned int i = 0; i < 2; i++) {
		page = alloc_page(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
		if (page)
			__free_page(page);
		got += page != NULL;
	}
	return got;
}

/* Everybody is short of memory, and of those who make caches none is. */
KTEST(slab_threads, reclaim_by_many_goes_on_while_caches_come_and_go)
{
	struct crew crew, short_of;

	number_makers();
	ASSERT_TRUE(crew_make(&crew, CREW, make_use_destroy, makers, sizeof(makers[0])));
	EXPECT_TRUE(crew_make(&short_of, CREW, reclaim, NULL, 0));
	crew_start(&crew);
	for (unsigned int i = 0; i < short_of.n; i++)
		wake_up_process(short_of.tasks[i]);
	for (unsigned int i = 0; i < 2; i++)
		kmem_cache_reap();
	EXPECT_EQ(crew_join(&crew), 0);
	crew_join(&short_of);
}
