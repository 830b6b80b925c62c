/* SPDX-License-Identifier: MIT */
/* fixmap.h - firmware tables through early windows: each mapping is an exact copy, so that reading
 * beyond what was asked for is caught. */
#pragma once
#include "asm/memlayout.h"
#include "types.h"

enum { EARLY_WINDOWS = 4, EARLY_WINDOW_PAGES = 128 };

void *early_memremap(phys_addr_t pa, size_t size);
void early_memunmap(void *va);
