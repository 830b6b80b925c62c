/* SPDX-License-Identifier: MIT */
/* gfp.c - tests of allocation flags as values: names, classes, contradictions. */
#include "mm/gfp.h"
#include "ktest.h"
#include "lib/string.h"
#include "mm/page_alloc.h"

static const char *name_of(gfp_t gfp)
{
	static char buf[256];

	gfp_format(buf, sizeof(buf), gfp);
	return buf;
}

KTEST(gfp, flags_have_names)
{
	EXPECT_STREQ(name_of(GFP_KERNEL), "GFP_KERNEL");
	EXPECT_STREQ(name_of(GFP_KERNEL | __GFP_ZERO), "GFP_KERNEL|__GFP_ZERO");
	EXPECT_STREQ(name_of(GFP_HIGHUSER_MOVABLE), "GFP_HIGHUSER_MOVABLE");
	EXPECT_STREQ(name_of(GFP_ATOMIC | __GFP_COMP), "GFP_ATOMIC|__GFP_COMP");
	EXPECT_STREQ(name_of(0), "0x0");
	EXPECT_STREQ(name_of(1u << 31), "0x80000000");
}

KTEST(gfp, names_parse_back_to_the_flags)
{
	const char *bad;
	gfp_t gfp;

	for (unsigned int bit = 0; bit < 22; bit++) {
		if (!(__GFP_ALL >> bit & 1))
			continue;
		EXPECT_EQ(gfp_parse(name_of(1u << bit), &gfp, &bad), 0);
		EXPECT_EQ(gfp, 1u << bit);
	}
	EXPECT_EQ(gfp_parse("KERNEL|ZERO|0x2", &gfp, &bad), 0);
	EXPECT_EQ(gfp, GFP_KERNEL | __GFP_ZERO | __GFP_HIGHMEM);
	EXPECT_TRUE(gfp_parse("GFP_KERNEL|NONSENSE", &gfp, &bad) < 0);
	EXPECT_STREQ(bad, "NONSENSE");
	EXPECT_EQ(gfp_parse("__GFP_REPEAT", &gfp, &bad), 0);
	EXPECT_EQ(gfp, __GFP_RETRY_MAYFAIL);
}

KTEST(gfp, zone_bits_choose_the_highest_zone)
{
	EXPECT_EQ(gfp_zone(GFP_KERNEL), ZONE_NORMAL);
	EXPECT_EQ(gfp_zone(GFP_DMA), ZONE_DMA);
	EXPECT_EQ(gfp_zone(GFP_DMA32), ZONE_NORMAL);
	EXPECT_EQ(gfp_zone(GFP_HIGHUSER), ZONE_HIGHMEM);
	EXPECT_EQ(gfp_zone(GFP_HIGHUSER_MOVABLE), ZONE_MOVABLE);
	EXPECT_EQ(gfp_zone(__GFP_MOVABLE), ZONE_NORMAL);
	EXPECT_EQ(gfp_zone(__GFP_DMA | __GFP_HIGHMEM), GFP_ZONE_BAD);
	EXPECT_EQ(gfp_zone(__GFP_DMA | __GFP_DMA32), GFP_ZONE_BAD);
	EXPECT_EQ(gfp_zone(__GFP_DMA32 | __GFP_HIGHMEM), GFP_ZONE_BAD);
}

KTEST(gfp, class_table_agrees_with_the_switch)
{
	for (gfp_t gfp = 0; gfp <= GFP_CLASS_MASK; gfp++) {
		bool bad = gfp_zone(gfp) == GFP_ZONE_BAD ||
		           (gfp & GFP_MOVABLE_MASK) == GFP_MOVABLE_MASK;

		EXPECT_EQ(gfp_class(gfp), bad ? 0 : 1 + gfp_zone(gfp) * 4 + gfp_migratetype(gfp));
		EXPECT_EQ(gfp_conflict(gfp) != NULL, bad);
	}
}

KTEST(gfp, types_are_made_of_the_right_modifiers)
{
	EXPECT_EQ(GFP_ATOMIC & __GFP_DIRECT_RECLAIM, 0);
	EXPECT_TRUE(GFP_ATOMIC & __GFP_HIGH);
	EXPECT_EQ(GFP_NOWAIT, __GFP_KSWAPD_RECLAIM);
	EXPECT_EQ(GFP_NOFS & __GFP_FS, 0);
	EXPECT_EQ(GFP_NOIO & (__GFP_IO | __GFP_FS), 0);
	EXPECT_EQ(GFP_USER, GFP_KERNEL | __GFP_HARDWALL);
	EXPECT_EQ(__GFP_WAIT, __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM);
}

/* Each impossible mix, with the word that names it. */
KTEST(gfp, contradictions_are_named)
{
	EXPECT_STREQ(gfp_conflict(__GFP_DMA | __GFP_HIGHMEM), "zones");
	EXPECT_STREQ(gfp_conflict(__GFP_MOVABLE | __GFP_RECLAIMABLE), "movable_and_reclaimable");
	EXPECT_STREQ(gfp_conflict(GFP_KERNEL | __GFP_NOFAIL | __GFP_NORETRY),
	             "nofail_and_may_fail");
	EXPECT_STREQ(gfp_conflict(GFP_ATOMIC | __GFP_NOFAIL), "nofail_without_reclaim");
	EXPECT_STREQ(gfp_conflict(__GFP_MEMALLOC | __GFP_NOMEMALLOC), "memalloc_and_nomemalloc");
	EXPECT_STREQ(gfp_conflict(1u << 30), "unknown_bits");
	EXPECT_TRUE(!gfp_conflict(GFP_HIGHUSER_MOVABLE | __GFP_ZERO | __GFP_COMP));
}
