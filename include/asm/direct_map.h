/* SPDX-License-Identifier: MIT */
/* direct_map.h - taking single frames out of the direct map, and putting them back. */
#pragma once
#include "types.h"

/* Map the frame's kernel address by 4 KiB pages everywhere: debug_pagealloc= wants that. (C) */
extern bool direct_map_by_pages;

/* Show or hide a low frame's kernel address. Hiding also flushes it on every CPU; the entry keeps
 * frame and rights.
 * Returns: false when the address is mapped by a 2 MiB page, or not at all: nothing is changed.
 * Context: any. */
bool direct_map_set(unsigned long pfn, bool present);
