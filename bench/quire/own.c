/* SPDX-License-Identifier: MIT */
/* own.c - what is measured in Quire alone. Owns: nothing. */
#include "../loops.h"
#include "mm/mm_init.h"

unsigned int bench_own(const char *pattern)
{
	if (!glob_match(pattern, "boot-memmap-per-page"))
		return 0;
	bench_begin();
	bench_print("boot-memmap-per-page", memmap_cost.tsc, memmap_cost.pages);
	return 1;
}
