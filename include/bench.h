/* SPDX-License-Identifier: MIT */
/* bench.h - instruction counts of allocator operations.
 *
 * Under `-icount shift=0` the time stamp counter counts instructions, so a figure is exact and the
 * same in every run. Each benchmark is a loop; the loop itself is measured empty and subtracted.
 * Printed, one line each: "BENCH <name> <instructions per operation> n=<operations>". */
#pragma once
#include "types.h"

/* Is the machine run so that the time stamp counter counts instructions? */
bool clock_counts_instructions(void);

/* Run every benchmark whose name matches the pattern. Returns: how many ran. */
unsigned int bench_run(const char *pattern);
