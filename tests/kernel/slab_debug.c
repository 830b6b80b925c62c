/* SPDX-License-Identifier: MIT */
/* slab_debug.c - tests of red zones, poison, owners and the quarantine, in caches of their own, so
 * that they run in every build. */
#include "console.h"
#include "helpers.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "mm/slab_debug.h"

static struct kmem_cache *make(slab_flags_t flags, void (*ctor)(void *))
{
	return kmem_cache_create("debugged", 60, 0, flags, ctor);
}

static struct kmem_cache *make_full(void)
{
	return make(SLAB_DEBUG_FLAGS, NULL);
}

/* Both sites of a report are this very function's. */
#define EXPECT_SITES_HERE                                                                          \
	do {                                                                                       \
		EXPECT_FIELD_HERE("alloc");                                                        \
		EXPECT_FIELD_HERE("first_free");                                                   \
	} while (0)

KTEST(slab_debug, sound_use_is_silent)
{
	struct kmem_cache *cache = make_full();
	u8 *p[100];

	ASSERT_TRUE(cache);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++) {
			p[i] = kmem_cache_alloc(cache, GFP_KERNEL);
			memset(p[i], i, 60);
		}
		EXPECT_SOUND(slab_check(cache));
		EXPECT_EQ(slab_validate(cache), 0);
		for (int i = 0; i < 100; i++)
			kmem_cache_free(cache, p[i]);
		EXPECT_SOUND(slab_check(cache));
	}
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, one_byte_beyond_the_end_is_found_at_free)
{
	struct kmem_cache *cache = make_full();
	u8 *p = kmem_cache_alloc(cache, GFP_KERNEL);

	p[60] = 1;
	EXPECT_REPORT(red_zone, kmem_cache_free(cache, p));
	EXPECT_FIELD("where", "right_red_zone");
	EXPECT_FIELD("offset", "60");
	EXPECT_FIELD("length", "1");
	EXPECT_FIELD("found", "0x01");
	EXPECT_FIELD("expected", "0xcc");
	EXPECT_FIELD("action", "restored");
	EXPECT_FIELD_HERE("alloc");
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, one_byte_before_the_start_is_found_at_free)
{
	struct kmem_cache *cache = make_full();
	u8 *p = kmem_cache_alloc(cache, GFP_KERNEL);

	p[-1] ^= 4;
	EXPECT_REPORT(red_zone, kmem_cache_free(cache, p));
	EXPECT_FIELD("where", "left_red_zone");
	EXPECT_FIELD("offset", "-1");
	EXPECT_FIELD("hint", "single_bit");
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, a_validation_finds_red_zones_of_live_objects)
{
	struct kmem_cache *cache = make_full();
	u8 *p = kmem_cache_alloc(cache, GFP_KERNEL);

	p[61] = 0;
	EXPECT_REPORT(red_zone, EXPECT_TRUE(slab_validate(cache) == 1));
	EXPECT_TRUE(slab_validate(cache) == 0);
	kmem_cache_free(cache, p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, write_after_free_is_found_in_quarantine)
{
	struct kmem_cache *cache = make_full();
	u8 *p = kmem_cache_alloc(cache, GFP_KERNEL);

	kmem_cache_free(cache, p);
	p[17] = 0;
	p[20] = 0;
	EXPECT_REPORT(use_after_free, kmem_cache_shrink(cache));
	EXPECT_FIELD("offset", "17");
	EXPECT_FIELD("length", "4");
	EXPECT_FIELD("expected", "0x6b");
	EXPECT_FIELD("action", "quarantined");
	EXPECT_SITES_HERE;
	EXPECT_EQ(cache->nr_damaged, 1);
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, write_after_free_is_found_at_allocation)
{
	struct kmem_cache *cache = make_full();
	u8 *p = kmem_cache_alloc(cache, GFP_KERNEL), *other;

	kmem_cache_free(cache, p);
	kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_shrink(cache); /* out of quarantine; gone with its slab */
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	other = kmem_cache_alloc(cache, GFP_KERNEL); /* keeps the slab */
	kmem_cache_free(cache, p);
	kmem_cache_shrink(cache);
	p[59] ^= 0x10;
	EXPECT_REPORT(use_after_free, p = kmem_cache_alloc(cache, GFP_KERNEL));
	EXPECT_FIELD("offset", "59");
	EXPECT_FIELD("hint", "single_bit");
	EXPECT_TRUE(p && p != other); /* another one was given */
	kmem_cache_free(cache, p);
	kmem_cache_free(cache, other);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, a_new_object_is_filled_with_what_nobody_takes_for_data)
{
	struct kmem_cache *cache = make_full();
	u8 *p = kmem_cache_alloc(cache, GFP_KERNEL), *zero;

	for (int i = 0; i < 60; i++)
		EXPECT_EQ(p[i], 0x5a);
	zero = kmem_cache_zalloc(cache, GFP_KERNEL);
	for (int i = 0; i < 60; i++)
		EXPECT_EQ(zero[i], 0);
	kmem_cache_free(cache, p);
	EXPECT_EQ(p[0], 0x6b);
	EXPECT_EQ(p[59], 0xa5);
	kmem_cache_free(cache, zero);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, double_free_names_both_sites)
{
	struct kmem_cache *cache = make_full();
	void *p = kmem_cache_alloc(cache, GFP_KERNEL);

	kmem_cache_free(cache, p);
	EXPECT_REPORT(double_free, kmem_cache_free(cache, p)); /* in quarantine */
	EXPECT_SITES_HERE;
	kmem_cache_shrink(cache);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT_REPORT(cache_busy, EXPECT_TRUE(kmem_cache_destroy(cache)));
	kmem_cache_free(cache, p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, quarantine_keeps_the_last_sixteen)
{
	struct kmem_cache *cache = make_full();
	void *p[40];

	ASSERT_TRUE(cache);
	for (int i = 0; i < 40; i++)
		p[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	for (int i = 0; i < 40; i++)
		kmem_cache_free(cache, p[i]);
	EXPECT_EQ(slab_count(cache).waiting, SLAB_QUARANTINE);
	for (int i = 0; i < 24; i++) {
		void *q = kmem_cache_alloc(cache, GFP_KERNEL);

		for (int k = 24; k < 40; k++)
			EXPECT_TRUE(q != p[k]);
		p[i] = q;
	}
	for (int i = 0; i < 24; i++)
		kmem_cache_free(cache, p[i]);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, owners_alone_cost_no_other_check)
{
	struct kmem_cache *cache;
	char before[SLAB_DEBUG_TEXT];
	u8 *p;

	slab_debug_save(before);
	slab_debug_setup("-");
	cache = make(SLAB_STORE_USER, NULL);
	slab_debug_setup(before);
	ASSERT_TRUE(cache);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	p[60] = 1; /* between objects, nobody looks */
	kmem_cache_free(cache, p);
	EXPECT_REPORT(double_free, kmem_cache_free(cache, p));
	EXPECT_SITES_HERE;
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

static void construct(void *object)
{
	*(u32 *)object = 77;
}

KTEST(slab_debug, constructors_and_red_zones_go_together)
{
	struct kmem_cache *cache = make(SLAB_DEBUG_FLAGS, construct);
	u8 *p;

	ASSERT_TRUE(cache);
	EXPECT_TRUE(!(cache->flags & SLAB_POISON));
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT_EQ(*(u32 *)p, 77);
	p[60] = 0;
	EXPECT_REPORT(red_zone, kmem_cache_free(cache, p));
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	*(u32 *)p = 0;
	EXPECT_REPORT(ctor_broken, kmem_cache_free(cache, p));
	EXPECT_SOUND(slab_check(cache));
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, leaks_are_listed_with_their_sites)
{
	struct kmem_cache *cache = make_full();
	static char text[4096];
	void *p = kmem_cache_alloc(cache, GFP_KERNEL);

	console_capture(text, sizeof(text));
	EXPECT_REPORT(cache_busy, kmem_cache_destroy(cache));
	console_capture_end();
	EXPECT_FIELD("objects", "1");
	EXPECT_TRUE(strstr(text, "still allocated: obj=") && strstr(text, __func__));
	kmem_cache_free(cache, p);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}

KTEST(slab_debug, options_choose_flags_and_caches)
{
	struct kmem_cache *a, *b;
	char before[SLAB_DEBUG_TEXT];

	slab_debug_save(before);
	EXPECT_TRUE(slab_debug_setup("") && slab_debug_setup("FQ"));
	EXPECT_EQ(slab_debug_setup("ZP,alpha,beta*"), 0);
	a = kmem_cache_create("alpha", 64, 0, 0, NULL);
	b = kmem_cache_create("gamma", 64, 0, 0, NULL);
	EXPECT_EQ(a->flags & SLAB_DEBUG_FLAGS, SLAB_RED_ZONE | SLAB_POISON);
	EXPECT_EQ(b->flags & SLAB_DEBUG_FLAGS, 0);
	EXPECT_EQ(kmem_cache_destroy(a), 0);
	EXPECT_EQ(kmem_cache_destroy(b), 0);
	EXPECT_EQ(slab_debug_setup("U"), 0);
	a = kmem_cache_create("alpha", 64, 0, 0, NULL);
	EXPECT_EQ(a->flags & SLAB_DEBUG_FLAGS, SLAB_STORE_USER);
	EXPECT_EQ(kmem_cache_destroy(a), 0);
	EXPECT_EQ(slab_debug_setup(before), 0);
}

KTEST(slab_debug, every_single_byte_around_an_object_is_guarded)
{
	struct kmem_cache *cache = make_full();
	unsigned int missed = 0;

	ASSERT_TRUE(cache);
	for (long at = -8; at < 68; at++) {
		u8 *p = kmem_cache_alloc(cache, GFP_KERNEL);
		unsigned long before = report_count();

		if (at < 0 || at >= 60)
			p[at] ^= 1;
		else
			kmem_cache_free(cache, p), p[at] ^= 1;
		ktest_expect_begin();
		if (at < 0 || at >= 60)
			kmem_cache_free(cache, p);
		kmem_cache_shrink(cache);
		ktest_expect_end(__FILE__, __LINE__,
		                 at < 0 || at >= 60 ? REPORT_red_zone : REPORT_use_after_free);
		missed += report_count() == before;
		slab_release_damaged(cache);
	}
	EXPECT_EQ(missed, 0);
	EXPECT_EQ(kmem_cache_destroy(cache), 0);
}
