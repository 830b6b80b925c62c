/* SPDX-License-Identifier: MIT */
/* run.c - all benchmarks, one group after the other. Owns: nothing. */
#include "loops.h"

unsigned int bench_run(const char *pattern)
{
	static unsigned int (*const groups[])(const char *) = {
		bench_pages, bench_objects, bench_data,     bench_vm,  bench_kmap,
		bench_cpus,  bench_events,  bench_fragment, bench_own,
	};
	unsigned int ran = 0;

	if (!clock_counts_instructions())
		bench_say("# the clock does not count instructions: figures are time; run with "
		          "-icount shift=0,sleep=off\n");
	if (!bench_get_room())
		bench_say("# no memory to run benchmarks in\n");
	else
		for (unsigned int i = 0; i < ARRAY_SIZE(groups) && !bench_stopped(); i++)
			ran += groups[i](pattern);
	if (bench_stopped())
		bench_say("# stopped\n");
	bench_put_room();
	return ran;
}
