/* SPDX-License-Identifier: MIT */
/* stress.h - many threads on the allocators at once, every byte of theirs watched. */
#pragma once
#include "types.h"

struct stress_options {
	const char *kind; /* "page", "slab", "vmalloc", "kmap" or "mixed" */
	unsigned int seconds;
	unsigned int cpus; /* on how many of the CPUs that run; 0: all */
	u32 seed;
};

/* Is there such a kind? */
bool stress_kind_exists(const char *kind);

/* Two threads for each CPU allocate and free in random order; what one allocated another may free.
 * Each thing carries a tag at its beginning, middle and end that is checked at every free. Prints a
 * line a second, ends early at Ctrl-C, and at the end prints
 *   STRESS kind=.. seconds=.. cpus=.. workers=.. ops=.. allocs=.. frees=.. failed=.. bad=..
 * leaked=.. check=ok result=ok Context: may sleep. Returns: whether nothing was wrong. */
bool stress_run(const struct stress_options *o);
