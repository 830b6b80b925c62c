/* SPDX-License-Identifier: MIT */
/* bench_smp.c - what a second CPU adds. Owns: the loops under way.
 * The same number of operations on one CPU, then on each of two at once: the speed-up is how many
 * more are done in the same time, 2.0 when neither hinders the other. A ratio of times in one run,
 * so it means something only where CPUs run at once (not under -icount). A loop that touches
 * nothing tells what the host has to give: on a busy one less than 2, and nobody can do better. */
#include "asm/processor.h"
#include "bench.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "cpu_worker.h"

enum { PAIRS = 4000000, TRIES = 5 };

static unsigned int begun, ended; /* atomic */

static noinline void loop_pages(void)
{
	for (unsigned long i = 0; i < PAIRS; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		__free_page(page);
	}
}

static noinline void loop_objects(void)
{
	for (unsigned long i = 0; i < PAIRS; i++)
		kfree(kmalloc(64, GFP_KERNEL));
}

/* Touches nothing: what the host gives at most. */
static noinline void loop_nothing(void)
{
	for (unsigned long i = 0; i < PAIRS * 20; i++)
		barrier();
}

static void run_there(void *loop)
{
	__atomic_store_n(&begun, 1, __ATOMIC_RELEASE);
	((void (*)(void))loop)();
	__atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
}

/* Time stamp counts of the loop here and, if there is one, on another CPU at the same time. */
static u64 time_of(void (*loop)(void), unsigned int other)
{
	u64 start;

	begun = ended = other >= NR_CPUS;
	if (other < NR_CPUS)
		work_post(other, run_there, (void *)loop);
	while (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE))
		cpu_relax();
	start = rdtsc();
	loop();
	while (!__atomic_load_n(&ended, __ATOMIC_ACQUIRE))
		cpu_relax();
	return rdtsc() - start;
}

/* The best of some tries: what else the host does only makes it slower. */
static u64 best_time(void (*loop)(void), unsigned int other)
{
	u64 best = ~0ull;

	for (unsigned int i = 0; i < TRIES; i++)
		best = min(best, time_of(loop, other));
	return best;
}

/* Returns: the speed-up in hundredths. */
static u64 run_one(const char *name, void (*loop)(void), unsigned int other)
{
	u64 one, two;

	time_of(loop, other); /* both warm */
	one = best_time(loop, NR_CPUS);
	two = best_time(loop, other);
	one = div64_u64(one * 200, two);
	cprintf("BENCH %s %llu.%02u n=%u\n", name, div64_u64(one, 100),
	        (unsigned int)(one - div64_u64(one, 100) * 100), PAIRS);
	return one;
}

unsigned int bench_run_smp(const char *pattern)
{
	static const struct {
		const char *name;
		void (*loop)(void);
	} benches[] = {
		{"nothing-2cpus-speedup", loop_nothing},
		{"alloc_page-2cpus-speedup", loop_pages},
		{"kmalloc-64-2cpus-speedup", loop_objects},
	};
	unsigned int other = cpumask_next_from(1, cpu_online_mask), ran = 0;
	u64 host = 0, speedup;

	for (unsigned int i = 0; other < NR_CPUS && i < ARRAY_SIZE(benches); i++) {
		if (!glob_match(pattern, benches[i].name))
			continue;
		speedup = run_one(benches[i].name, benches[i].loop, other);
		ran++;
		if (!i)
			host = speedup;
		else if (host)
			cprintf("# that is %llu %% of what the host gives\n",
			        div64_u64(speedup * 100, host));
	}
	return ran;
}
