/* SPDX-License-Identifier: MIT */
/* stress.h - many threads on the allocators at once, what they allocated watched. */
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

/* Two threads for each CPU allocate and free in random order; what one allocated another may free,
 * and now and then one makes an allocator give back what it keeps. Each thing carries a tag at its
 * beginning, middle and end, and in each of its pages, that is checked when it is freed. Prints a
 * line a second, ends early at Ctrl-C, and at the end prints
 *   STRESS kind=.. seconds=.. cpus=.. workers=.. ops=.. allocs=.. frees=.. failed=.. bad=..
 * reports=.. leaked=.. differences=.. check=ok result=ok (on one line)
 * failed: allocations that got nothing, which is no mistake; bad: things with a wrong tag; leaked:
 * pages; differences: what the ledger found changed.
 * Context: may sleep; one at a time. Returns: whether nothing was wrong. */
bool stress_run(const struct stress_options *o);
