/* SPDX-License-Identifier: MIT */
/* page_ops.h - whole frames by number. A high frame is reached through a mapping of its own. */
#pragma once
#include "asm/page.h"
#include "lib/string.h"
#include "types.h"

extern unsigned long max_low_pfn;

/* Where the frame's bytes are on this host. The frame must exist. */
void *host_frame(unsigned long pfn);

void fill_page(unsigned long pfn, u32 word);

static inline void copy_page(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

static inline void clear_page_pfn(unsigned long pfn)
{
	fill_page(pfn, 0);
}

int check_page_fill(unsigned long pfn, u32 word, u32 *found);
