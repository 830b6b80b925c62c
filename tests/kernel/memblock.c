/* SPDX-License-Identifier: MIT */
/* memblock.c - tests of the boot allocator's lists on lists of their own, and of its refusals. */
#include "mm/check.h"
#include "mm/memblock.h"
#include "mm/mm_init.h"
#include "catch.h"
#include "ktest.h"
#include "lib/bitops.h"
#include "lib/string.h"

static struct memblock_region regions[32];
static struct memblock_type type;

static void fresh(void)
{
	type = (struct memblock_type){.name = "test", .max = 32, .regions = regions};
}

KTEST(memblock, adding_joins_neighbours)
{
	fresh();
	memblock_add_range(&type, 0x1000, 0x1000, 0);
	memblock_add_range(&type, 0x3000, 0x1000, 0);
	EXPECT_EQ(type.cnt, 2);
	memblock_add_range(&type, 0x2000, 0x1000, 0);
	EXPECT_EQ(type.cnt, 1);
	EXPECT_EQ(type.total_size, 0x3000);
	EXPECT_SOUND(memblock_check(&type));
}

KTEST(memblock, overlap_is_counted_once)
{
	fresh();
	memblock_add_range(&type, 0x1000, 0x3000, 0);
	memblock_add_range(&type, 0x2000, 0x4000, 0);
	memblock_add_range(&type, 0x1000, 0x5000, 0);
	EXPECT_EQ(type.cnt, 1);
	EXPECT_EQ(type.total_size, 0x5000);
}

KTEST(memblock, neighbours_of_different_nodes_stay_apart)
{
	fresh();
	memblock_add_range(&type, 0x1000, 0x1000, 0);
	memblock_add_range(&type, 0x2000, 0x1000, 1);
	EXPECT_EQ(type.cnt, 2);
	EXPECT_SOUND(memblock_check(&type));
}

KTEST(memblock, removing_splits)
{
	fresh();
	memblock_add_range(&type, 0x1000, 0x9000, 0);
	memblock_remove_range(&type, 0x3000, 0x1001);
	EXPECT_EQ(type.cnt, 2);
	EXPECT_EQ(regions[0].size, 0x2000);
	EXPECT_EQ(regions[1].base, 0x4001);
	EXPECT_EQ(type.total_size, 0x9000 - 0x1001);
	EXPECT_SOUND(memblock_check(&type));
}

KTEST(memblock, range_that_wraps_is_cut)
{
	fresh();
	memblock_add_range(&type, PHYS_ADDR_MAX - 0xfff, 0x5000, 0);
	EXPECT_EQ(type.total_size, 0xfff);
}

KTEST(memblock, full_array_loses_ram_but_never_lies)
{
	fresh();
	for (int i = 0; i < 40; i++)
		memblock_add_range(&type, 0x10000ull * (u64)i, 0x1000, 0);
	EXPECT_EQ(type.cnt, 32);
	EXPECT_TRUE(type.dropped == 8);
	/* no room to split: the smaller side goes, the hole is really a hole */
	memblock_remove_range(&type, 0x10400, 0x100);
	EXPECT_TRUE(!memblock_contains(&type, 0x10400, 1) && memblock_contains(&type, 0x10500, 1));
	EXPECT_SOUND(memblock_check(&type));
}

/* 64 cells of 4 KiB each, one bit a cell. */
KTEST(memblock, random_adds_and_removes_agree_with_a_bitmap)
{
	DECLARE_BITMAP(model, 64) = {0};

	fresh();
	for (int i = 0; i < 3000; i++) {
		u32 first = ktest_below(64), n = 1 + ktest_below(64 - first);
		bool add = ktest_below(2);

		if (add)
			memblock_add_range(&type, first * 0x1000ull, n * 0x1000ull, 0);
		else
			memblock_remove_range(&type, first * 0x1000ull, n * 0x1000ull);
		for (u32 k = first; k < first + n; k++)
			add ? __set_bit(k, model) : __clear_bit(k, model);
		for (u32 k = 0; k < 64; k++)
			EXPECT_EQ(memblock_contains(&type, k * 0x1000ull + 5, 1),
			          test_bit(k, model));
	}
	EXPECT_SOUND(memblock_check(&type));
}

static void use_after_handover(void *arg)
{
	(void)arg;
	memblock_reserve(0x1000, 0x1000);
}

KTEST(memblock, use_after_hand_over_is_a_panic_naming_the_caller)
{
	struct caught c;

	EXPECT_EQ(catch_run(use_after_handover, NULL, &c), CAUGHT_PANIC);
	EXPECT_TRUE(strstr(c.message, "use_after_handover"));
	EXPECT_TRUE(strstr(c.message, "hand-over"));
}

static void hand_over_again(void *arg)
{
	(void)arg;
	memblock_free_all();
	barrier(); /* not a tail call: the caller must be this function */
}

KTEST(memblock, a_second_hand_over_is_a_panic_and_changes_nothing)
{
	u32 before = mm_fingerprint();
	struct caught c;

	EXPECT_EQ(catch_run(hand_over_again, NULL, &c), CAUGHT_PANIC);
	EXPECT_TRUE(strstr(c.message, "hand_over_again"));
	EXPECT_EQ(mm_fingerprint(), before);
}
