/* SPDX-License-Identifier: MIT */
/* bench.h - instruction counts of allocator operations.
 *
 * Under `-icount shift=0` the time stamp counter counts instructions, so a figure is exact and the
 * same in every run. Each benchmark is a loop; the loop itself is measured empty and subtracted.
 * Printed, one line each: "BENCH <name> <instructions per operation> n=<operations>". */
#pragma once
#include "types.h"

enum { BENCH_MEASURED = 10000 };

/* One operation: what a turn of the loop does, `per` units of work each. */
struct bench {
	const char *name;
	void (*loop)(unsigned long n);
	unsigned long n, per;
};

/* Instructions (or time) of n turns beyond those of an empty loop, after a warm-up. */
u64 bench_measure(const struct bench *bench);

/* One line of result, in tenths, so that a figure that is not whole shows it. */
void bench_print(const char *name, u64 total, u64 operations);

/* Those of kernel addresses: kernel/bench_vm.c. Returns: how many match and ran. */
unsigned int bench_run_vm(const char *pattern);
/* Those of kmap and per-CPU data: kernel/bench_kmap.c. */
unsigned int bench_run_kmap(const char *pattern);
#include "types.h"

/* Is the machine run so that the time stamp counter counts instructions? */
bool clock_counts_instructions(void);

/* Run every benchmark whose name matches the pattern. Returns: how many ran. */
unsigned int bench_run(const char *pattern);
