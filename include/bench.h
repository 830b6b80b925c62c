/* SPDX-License-Identifier: MIT */
/* bench.h - the way into the benchmarks (folder bench/). */
#pragma once
#include "types.h"

/* Is the machine run so that the time stamp counter counts instructions? */
bool clock_counts_instructions(void);

/* Run every benchmark whose name matches the pattern; results go to the console, one line each:
 * "BENCH <name> <counts per operation> n=<operations>". Context: may sleep. Returns: how many ran.
 */
unsigned int bench_run(const char *pattern);
