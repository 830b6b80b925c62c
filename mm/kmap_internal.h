/* SPDX-License-Identifier: MIT */
/* kmap_internal.h - what kmap.c and kmap_local.c share. kmap.c is above. */
#pragma once
#include "mm/highmem.h"

/* (C) but for kmap_set_mode() */
extern enum kmap_mode kmap_mode;

/* kmap_mode has changed, or is set for the first time. */
void kmap_local_set_mode(void);
void kmap_local_init(void);

/* Flushes of this CPU's ring. */
unsigned long kmap_local_laps(void);

/* Is there such a page, and has somebody got it? If not, report with `what` and the caller. */
bool kmap_check_page(const struct page *page, const char *what, unsigned long caller);
