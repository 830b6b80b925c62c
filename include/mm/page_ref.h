/* SPDX-License-Identifier: MIT */
/* page_ref.h - the reference count's atomic steps. */
#pragma once
#include "asm/atomic.h"
#include "mm/page.h"

/* One reference less. Returns: whether it was the last. */
static __always_inline bool page_ref_dec_and_test(struct page *page)
{
	return atomic_dec_and_test(&page->_refcount);
}

static __always_inline void page_ref_inc(struct page *page)
{
	__atomic_fetch_add(&page->_refcount, 1, __ATOMIC_RELAXED);
}

/* put_page() has dropped the last reference of an allocated block: free it. mm/page_free.c */
void free_last_reference(struct page *page, unsigned long caller);

/* The first page of the free block (buddy or pageset) that page lies in; page itself when none. */
struct page *free_block_head(struct page *page);

/* The first page of the block that waits to be merged, when page is in it; else NULL. */
struct page *deferred_block_of(const struct page *page);
