/* SPDX-License-Identifier: MIT */
/* test_vmap_area.c - areas of a window against a model: an array of pages, taken or free. */
#include "asm/page.h"
#include "errno.h"
#include "host.h"
#include "lib/bitops.h"
#include "mm/vmap_area.h"

enum { MAX_PAGES = 4096, MAX_AREAS = 4096 };
#define BASE 0xf8800000ul

static struct vmap_space space;
static struct vmap_area areas[MAX_AREAS];
static u8 taken[MAX_PAGES]; /* the model */
static u32 nr_pages;

static void open_window(u32 pages)
{
	nr_pages = pages;
	memset(taken, 0, sizeof(taken));
	memset(areas, 0, sizeof(areas));
	vmap_space_init(&space, BASE, BASE + pages * PAGE_SIZE);
}

static u32 page_of(unsigned long va)
{
	return (u32)((va - BASE) >> PAGE_SHIFT);
}

/* The lowest page where n free ones begin at a multiple of align pages; nr_pages: nowhere. The base
 * is aligned to 8 MiB. */
static u32 model_fit(u32 n, u32 align)
{
	for (u32 at = 0; at + n <= nr_pages; at += align) {
		u32 free = 0;

		while (free < n && !taken[at + free])
			free++;
		if (free == n)
			return at;
	}
	return nr_pages;
}

static u32 model_largest_hole(void)
{
	u32 largest = 0, run = 0;

	for (u32 i = 0; i < nr_pages; i++) {
		run = taken[i] ? 0 : run + 1;
		largest = max(largest, run);
	}
	return largest;
}

static bool is_used(const struct vmap_area *area)
{
	return area->va_end != 0;
}

static bool insert(struct vmap_area *area, u32 n, u32 align)
{
	u32 want = model_fit(n, align);
	int ret = vmap_area_insert(&space, area, n * PAGE_SIZE, align * PAGE_SIZE);

	CHECK_EQ(ret, want == nr_pages ? -ENOSPC : 0);
	if (ret)
		return false;
	CHECK_EQ(page_of(area->va_start), want);
	CHECK_EQ(area->va_end - area->va_start, n * PAGE_SIZE);
	memset(taken + want, 1, n);
	return true;
}

static void erase(struct vmap_area *area)
{
	memset(taken + page_of(area->va_start), 0, page_of(area->va_end) - page_of(area->va_start));
	vmap_area_remove(&space, area);
	area->va_end = 0;
}

static void check_window(void)
{
	CHECK_SOUND(vmap_space_check(&space));
	CHECK_EQ(vmap_largest_hole(&space), model_largest_hole() * PAGE_SIZE);
}

TEST(empty_window_is_one_hole)
{
	open_window(100);
	CHECK_EQ(vmap_largest_hole(&space), 100 * PAGE_SIZE);
	CHECK(!vmap_area_find(&space, BASE) && !vmap_area_nearest(&space, BASE));
	CHECK(!vmap_area_above(&space, 0) && !vmap_area_at(&space, BASE));
	check_window();
}

TEST(the_lowest_hole_that_fits_is_taken)
{
	open_window(64);
	for (u32 i = 0; i < 8; i++)
		CHECK(insert(&areas[i], 8, 1));
	CHECK(!insert(&areas[8], 1, 1));
	erase(&areas[5]);
	erase(&areas[2]);
	CHECK(insert(&areas[8], 3, 1));
	CHECK_EQ(page_of(areas[8].va_start), 16);
	CHECK(insert(&areas[9], 8, 1));
	CHECK_EQ(page_of(areas[9].va_start), 40);
	CHECK(insert(&areas[10], 5, 1));
	CHECK_EQ(page_of(areas[10].va_start), 19);
	check_window();
}

TEST(alignment_skips_holes_that_are_large_enough_but_lie_wrong)
{
	open_window(1024);
	CHECK(insert(&areas[0], 3, 1));
	CHECK(insert(&areas[1], 64, 64));
	CHECK_EQ(page_of(areas[1].va_start), 64);
	CHECK(insert(&areas[2], 61, 1)); /* the hole below it */
	CHECK_EQ(page_of(areas[2].va_start), 3);
	CHECK(insert(&areas[3], 512, 512));
	CHECK_EQ(page_of(areas[3].va_start), 512);
	CHECK(!insert(&areas[4], 1, 1024));
	check_window();
}

TEST(every_address_finds_its_area_and_the_nearest)
{
	open_window(200);
	CHECK(insert(&areas[0], 10, 1));
	CHECK(insert(&areas[1], 10, 64));
	CHECK(insert(&areas[2], 10, 128));
	for (u32 i = 0; i < nr_pages; i++) {
		unsigned long va = BASE + i * PAGE_SIZE + 5;
		struct vmap_area *found = vmap_area_find(&space, va);
		u32 best = i < 37 ? 0 : i < 101 ? 1 : 2;

		CHECK_EQ(found != NULL, taken[i]);
		if (found)
			CHECK(va >= found->va_start && va < found->va_end);
		CHECK(vmap_area_nearest(&space, va) == &areas[best]);
	}
	CHECK(vmap_area_at(&space, areas[1].va_start) == &areas[1]);
	CHECK(!vmap_area_at(&space, areas[1].va_start + PAGE_SIZE));
	CHECK(vmap_area_above(&space, areas[1].va_start) == &areas[1]);
	CHECK(vmap_area_above(&space, areas[1].va_start + 1) == &areas[2]);
	CHECK(!vmap_area_above(&space, areas[2].va_end));
}

static void random_round(u32 pages, u32 most, u32 steps)
{
	open_window(pages);
	for (u32 i = 0; i < steps && !host_failed(); i++) {
		struct vmap_area *area = &areas[test_below(pages / 2)];

		if (is_used(area))
			erase(area);
		else
			insert(area, 1 + test_below(most),
			       1u << test_below(test_chance(3) ? 7 : 1));
		check_window();
	}
}

TEST(random_areas_lie_where_the_model_puts_them)
{
	random_round(24, 5, 3000);
	random_round(200, 12, 3000);
	random_round(1000, 40, 2000);
	random_round(MAX_PAGES, 16, 1500);
}

/* Every sequence of four sizes in a window of eight pages, freed in every order of two. */
TEST(every_small_history)
{
	for (u32 code = 0; code < 5 * 5 * 5 * 5 * 12 && !host_failed(); code++) {
		u32 sizes = code / 12, first = code % 4, second = code / 4 % 3;
		bool ok[5];

		open_window(8);
		for (u32 i = 0; i < 4; i++, sizes /= 5)
			ok[i] = insert(&areas[i], 1 + sizes % 5, 1);
		if (ok[first])
			erase(&areas[first]);
		second = (first + 1 + second) % 4;
		if (ok[second])
			erase(&areas[second]);
		insert(&areas[4], 1 + code % 3, 1u << code % 2);
		check_window();
	}
}

TEST(single_page_gaps_hold_no_two_pages)
{
	open_window(2048);
	for (u32 i = 0; i < 2048; i++)
		CHECK(insert(&areas[i], 1, 1));
	for (u32 i = 0; i < 2048; i += 2)
		erase(&areas[i]);
	CHECK_EQ(vmap_largest_hole(&space), PAGE_SIZE);
	CHECK_EQ(vmap_area_insert(&space, &areas[0], 2 * PAGE_SIZE, PAGE_SIZE), -ENOSPC);
	check_window();
	CHECK(insert(&areas[0], 1, 1));
}

TEST(checker_finds_each_broken_rule)
{
	struct vmap_area *area = &areas[3];

	open_window(100);
	for (u32 i = 0; i < 8; i++)
		CHECK(insert(&areas[i], 4, 8));
	area->max_hole += PAGE_SIZE;
	CHECK_STR(vmap_space_check(&space), "rbtree subtree value is not what its nodes make");
	area->max_hole -= PAGE_SIZE;
	area->va_end += 10 * PAGE_SIZE;
	CHECK_STR(vmap_space_check(&space), "rbtree nodes are out of order");
	area->va_end -= 10 * PAGE_SIZE;
	area->va_end -= PAGE_SIZE;
	CHECK(vmap_space_check(&space));
	area->va_end += PAGE_SIZE;
	space.used += PAGE_SIZE;
	CHECK_STR(vmap_space_check(&space), "vmap areas and holes do not make the window");
	space.used -= PAGE_SIZE;
	space.nr_areas++;
	CHECK_STR(vmap_space_check(&space), "vmap areas are not as many as were counted");
	space.nr_areas--;
	list_move_tail(&areas[1].list, &space.list);
	CHECK(vmap_space_check(&space));
}
