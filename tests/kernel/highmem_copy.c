/* SPDX-License-Identifier: MIT */
/* highmem_copy.c - tests of copying to, from and between pages that may be high. */
#include "helpers.h"
#include "kmap_tasks.h"
#include "lib/string.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"

KTEST(highmem, bytes_are_copied_to_and_from_any_page)
{
	struct page *a = alloc_page(GFP_HIGHUSER), *b = alloc_page(GFP_HIGHUSER);
	char buf[64];

	ASSERT_TRUE(a && b);
	clear_highpage(a);
	memset_page(b, 0, 0x5a, PAGE_SIZE);
	memcpy_to_page(a, 4090, "hello", 6);
	memcpy_from_page(buf, a, 4088, 8);
	EXPECT_TRUE(!buf[0] && !buf[1] && !strcmp(buf + 2, "hello"));
	memcpy_page(b, 100, a, 4090, 6);
	memcpy_from_page(buf, b, 99, 8);
	EXPECT_TRUE(buf[0] == 0x5a && !strcmp(buf + 1, "hello") && buf[7] == 0x5a);
	memcpy_page(b, 102, b, 100, 6); /* overlapping */
	memcpy_from_page(buf, b, 100, 8);
	EXPECT_TRUE(!memcmp(buf, "hehello", 8));
	copy_highpage(a, b);
	memcpy_from_page(buf, a, 102, 6);
	EXPECT_STREQ(buf, "hello");
	memzero_page(a, 0, PAGE_SIZE);
	memcpy_from_page(buf, a, 102, 6);
	EXPECT_TRUE(!buf[0] && !buf[5]);
	EXPECT_EQ(kmap_depth(), 0);
	__free_page(a);
	__free_page(b);
}

/* Does every word of page hold its place times factor, plus sum? */
static bool holds_places(struct page *page, u32 factor, u32 sum)
{
	const u32 *word = kmap_local_page(page);
	u32 i = 0;

	while (i < PAGE_SIZE / 4 && word[i] == i * factor + sum)
		i++;
	kunmap_local(word);
	return i == PAGE_SIZE / 4;
}

static void write_places(struct page *page, u32 factor, u32 sum)
{
	u32 *word = kmap_local_page(page);

	for (u32 i = 0; i < PAGE_SIZE / 4; i++)
		word[i] = i * factor + sum;
	kunmap_local(word);
}

/* The pages in front and behind hold something else. */
KTEST(highmem, a_page_is_copied_whole_and_nothing_beside_it)
{
	struct page *to = alloc_pages(GFP_HIGHUSER, 2), *from = alloc_page(GFP_HIGHUSER);

	ASSERT_TRUE(to && from);
	write_places(from, 2654435761u, 7);
	for (u32 i = 0; i < 4; i++)
		write_places(to + i, 3, i);
	copy_highpage(to + 1, from);
	EXPECT_TRUE(holds_places(to, 3, 0));
	EXPECT_TRUE(holds_places(to + 1, 2654435761u, 7));
	EXPECT_TRUE(holds_places(to + 2, 3, 2));
	EXPECT_TRUE(holds_places(from, 2654435761u, 7));
	__free_pages(to, 2);
	__free_page(from);
}

KTEST(highmem, copies_beyond_the_page_are_refused)
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	char buf[64] = "unchanged";

	ASSERT_TRUE(page);
	clear_highpage(page);
	EXPECT_REPORT(kmap_bad_range, memcpy_from_page(buf, page, 4090, 7));
	EXPECT_FIELD("what", "memcpy_from_page");
	EXPECT_FIELD("offset", "4090");
	EXPECT_FIELD_HERE("caller");
	EXPECT_STREQ(buf, "unchanged");
	EXPECT_REPORT(kmap_bad_range, memcpy_to_page(page, 4097, buf, 0));
	EXPECT_REPORT(kmap_bad_range, memset_page(page, 1, 7, ~(size_t)0));
	EXPECT_REPORT(kmap_bad_range, memcpy_page(page, 0, page, 1, PAGE_SIZE));
	memcpy_from_page(buf, page, 0, 64);
	for (int i = 0; i < 64; i++)
		EXPECT_EQ(buf[i], 0);
	__free_page(page);
}
