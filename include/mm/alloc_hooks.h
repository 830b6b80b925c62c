/* SPDX-License-Identifier: MIT */
/* alloc_hooks.h - what may be done with every page that is allocated or freed: poisoning
 * (page_poison=on), remembering the owner (page_owner=on), failing on purpose (fail=alloc_pages:N),
 * telling the event trace (trace=).
 * While any of it is on, the fast paths are off (pageset.h); while none is, it costs one test of a
 * word that is zero, on the slow paths. */
#pragma once
#include "fail.h"
#include "mm/mmzone.h"

enum alloc_hook { HOOK_POISON = 1, HOOK_OWNER = 2, HOOK_FAIL = 4, HOOK_MAP = 8, HOOK_TRACE = 16 };
extern unsigned int alloc_hooks;

/* HOOK_MAP: show a block's kernel addresses before it is used, hide them once it is free.
 * mm/debug_pagealloc.c sets it. */
extern void (*alloc_hook_map)(struct page *block, unsigned int order, bool present,
                              unsigned long caller);

/* Switch a hook on or off. Allocations that are under way may still go without it. Context: may
 * sleep. */
void alloc_hooks_set(enum alloc_hook hook, bool on);

/* Failure injection by fail=alloc_pages:N from now on. Context: boot, once. */
void alloc_hooks_init(void);

/* Prepare page_owner's table, 16 bytes a page. Returns: 0 or -ENOMEM. Context: boot, memblock. */
int page_owner_init(void);

/* Poison all pages that are free now, then switch poisoning on. */
void page_poison_enable(void);

bool __alloc_hooks_run(struct page *page, unsigned int order, gfp_t gfp, unsigned long caller);
void __free_hooks_run(struct page *page, unsigned int order, unsigned long caller);

/* A block was taken for caller. Returns: false when it is not fit for use: it is quarantined. */
static inline bool alloc_hooks_run(struct page *page, unsigned int order, gfp_t gfp,
                                   unsigned long caller)
{
	return likely(!alloc_hooks) || __alloc_hooks_run(page, order, gfp, caller);
}

/* A block is about to go back. */
static inline void free_hooks_run(struct page *page, unsigned int order, unsigned long caller)
{
	if (unlikely(alloc_hooks))
		__free_hooks_run(page, order, caller);
}

/* Should this allocation fail? */
static inline bool alloc_should_fail(unsigned long caller)
{
	(void)caller;
	return unlikely(alloc_hooks & HOOK_FAIL) && should_fail(FAIL_alloc_pages);
}

/* Who allocated and freed a page last, with the flags and a sequence number of the event. */
struct page_owner {
	u32 alloc_site, free_site;
	gfp_t gfp;
	u32 order : 4, seq : 28;
};

/* The record of a frame; NULL when page_owner is off. */
const struct page_owner *page_owner(unsigned long pfn);
