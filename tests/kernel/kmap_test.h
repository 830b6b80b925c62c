/* SPDX-License-Identifier: MIT */
/* kmap_test.h - what the tests of kmap windows share: tagged pages, windows by frame number, modes.
 */
#pragma once
#include "mm/highmem.h"
#include "mm/page_alloc.h"

/* A page whose first and last words say which it is. */
static inline struct page *tagged_page(u32 tag)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 *p = page ? lowmem_page_address(page) : NULL;

	if (p)
		p[0] = p[1023] = tag;
	return page;
}

static inline u32 tag_of(const struct page *page)
{
	return *(u32 *)lowmem_page_address(page);
}

/* Always a window, whatever the page. */
static __always_inline u32 *map(const struct page *page)
{
	return kmap_local_pfn(page_to_pfn(page));
}

/* Only one at a time. */
extern enum kmap_mode test_saved_mode;

static inline void mode_begin(enum kmap_mode mode)
{
	test_saved_mode = kmap_set_mode(mode);
}

static inline void mode_end(void)
{
	kmap_set_mode(test_saved_mode);
}

/* Run the rest of a case in each of the three modes. */
#define FOR_EACH_MODE(m)                                                                           \
	for (int m = (mode_begin(KMAP_MODE_RING), KMAP_MODE_RING); m <= KMAP_MODE_FORCE;           \
	     mode_end(), m++, (m <= KMAP_MODE_FORCE ? mode_begin((enum kmap_mode)m) : (void)0))

static inline bool is_window(const void *va)
{
	return kmap_window_number(va) - KMAP_FIRST < KMAP_WINDOWS;
}
