/* SPDX-License-Identifier: MIT */
/* page_ops.h - whole frames by number, whether they have a kernel address or not. A high frame is
 * reached through a per-CPU fixmap window. Context: any. */
#pragma once
#include "types.h"

/* First frame that is not in the direct map: MAXMEM, or less with highmem= or less RAM. (C) */
extern unsigned long max_low_pfn;

/* Store word all over the frame. */
void fill_page(unsigned long pfn, u32 word);

/* Copy a page between two mapped, page-aligned addresses that do not overlap. */
void copy_page(void *to, const void *from);

static inline void clear_page_pfn(unsigned long pfn)
{
	fill_page(pfn, 0);
}

/* Byte offset of the first word in the frame that is not `word`, with the word found; -1: none. */
int check_page_fill(unsigned long pfn, u32 word, u32 *found);
