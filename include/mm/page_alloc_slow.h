/* SPDX-License-Identifier: MIT */
/* page_alloc_slow.h - between page_alloc.c and its slow path. */
#pragma once
#include "types.h"

struct alloc_context;
struct page;

/* Walk the zonelist once. Returns: a block without references, or NULL. */
struct page *get_page_from_freelist(unsigned int order, unsigned int alloc_flags,
                                    const struct alloc_context *ac);

/* The zones are low: wake kswapd, use the reserves that the flags allow, reclaim, compact, retry,
 * kill, and in the end fail with a message. Context: may sleep if the flags say so. */
struct page *alloc_pages_slowpath(gfp_t gfp, unsigned int order, const struct alloc_context *ac,
                                  unsigned long caller);
