/* SPDX-License-Identifier: MIT */
/* free_fast.h - the one check that the fast frees share, and their exits. */
#pragma once
#include "asm/memmap.h"
#include "mm/page.h"
#include "mm/page_ref.h"
#include "mm/pcp_ops.h"

/* The exits of the fast frees (page_free.c). They are jumped to as the last thing a fast path does,
 * so that their return address is the fast path's caller, which then need not be loaded before it
 * is needed. Something is unusual and nothing has been changed; or all is well and the reference
 * dropped, but the list is full or switched off. */
void free_look_closer(struct page *page, unsigned int order);
void free_no_room(struct page *page, unsigned int order);

/* Free a block whose last reference the caller has dropped: after the full check, to wherever it
 * belongs. */
void free_dropped(struct page *page, unsigned int order, unsigned long caller);

/* All bits of a pointer in 32. */
static __always_inline u32 fold_pointer(const void *p)
{
	u64 bits = (unsigned long)p;

	return sizeof(p) > 4 ? (u32)(bits | bits >> 32) : (u32)bits;
}

/* As plain_page_list(), of a page that is marked as a vmalloc area's: the mark is 1 instead of -1.
 */
static __always_inline u32 vmalloc_page_list(const struct page *page)
{
	u32 bits = (u32)page->flags - (u32)page->_mapcount;

	bits |= fold_pointer(page->mapping);
	return bits << PAGE_LIST_BITS | bits >> (32 - PAGE_LIST_BITS);
}

/* Nothing unusual about the page: the allocator's, no flag, this order, not mapped, no mapping?
 * One sum tells: _mapcount is -1 for an unmapped page, which takes PG_managed (bit 0) away again;
 * anything else leaves a bit among the flags. Rotated, the list's index alone is left.
 * Returns: that index, or something larger: look closer. */
static __always_inline u32 plain_page_list(const struct page *page, unsigned int order)
{
	u32 bits = (u32)page->flags + (u32)page->_mapcount;

	bits |= fold_pointer(page->mapping);
	bits ^= order << PAGE_ORDER_SHIFT;
	return bits << PAGE_LIST_BITS | bits >> (32 - PAGE_LIST_BITS);
}

enum free_result { FREED, LOOK_CLOSER, NO_ROOM };

/* Orders 0..3: check, drop the reference, push. LOOK_CLOSER leaves everything as it was; NO_ROOM
 * has dropped the reference. */
static __always_inline enum free_result try_free_small(struct page *page, unsigned int order,
                                                       unsigned long caller)
{
	u32 list;

	if (unlikely(!memmap_holds(page)))
		return LOOK_CLOSER;
	list = plain_page_list(page, order);
	if (unlikely(list >= PCP_LISTS))
		return LOOK_CLOSER;
	if (unlikely(!page_ref_dec_and_test(page))) {
		page_ref_inc(page);
		return LOOK_CLOSER;
	}
	page->free_site = caller;
	if (unlikely(!pcp_push(&pcp_stacks[order * PCP_LISTS + list], page)))
		return NO_ROOM;
	this_cpu_add(pcp_nr_freed[list], 1ul << order);
	return FREED;
}
