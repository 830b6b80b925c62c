/* SPDX-License-Identifier: MIT */
/* cpus.c - what a second CPU adds, and what it costs to free there. Owns: the loops under way.
 * Speed-up: the same number of operations on one CPU, then on each of two at once: how many more
 * are done in the same time, 2.0 when neither hinders the other. A ratio of times in one run, so it
 * means something only where CPUs run at once (not under -icount). A loop that touches nothing
 * tells what the host has to give: on a busy one less than 2, and nobody can do better.
 * Remote free: objects that one CPU allocates and the other frees: handed over by the batch, while
 * the other sleeps, so that it can be counted in instructions; and through a ring, both at once. */
#include "loops.h"

enum { PAIRS = 500000, TRIES = 5, IDLE_FACTOR = 20 };
enum { BATCH = 256, BATCHES = 40, RING = 1024, RING_OBJECTS = 1000000 };
enum { THRASH_SIZE = 8, THRASH_WRITES = 50, LARSON_SLOTS = 1024, LARSON_TURNS = 1000000 };

static int other;                 /* the second CPU, -1: none */
static unsigned int begun, ended; /* atomic */
static bool given_up;             /* a loop that waits for the other side: end it */

/* --- both at once ----------------------------------------------------------------------------- */

/* side: 0 here, 1 on the other CPU. */
typedef void (*side_loop_t)(unsigned int side);

static noinline void loop_pages(unsigned int side)
{
	(void)side;
	for (unsigned long i = 0; i < PAIRS; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		__free_page(page);
	}
}

static noinline void loop_objects(unsigned int side)
{
	(void)side;
	for (unsigned long i = 0; i < PAIRS; i++)
		kfree(kmalloc(64, GFP_KERNEL));
}

/* Small objects that are written to: slow when two CPUs' objects share a cache line. */
static noinline void loop_thrash(unsigned int side)
{
	(void)side;
	for (unsigned long i = 0; i < PAIRS / THRASH_WRITES; i++) {
		volatile u32 *object = kmalloc(THRASH_SIZE, GFP_KERNEL);

		for (int k = 0; object && k < THRASH_WRITES; k++)
			object[k & 1]++;
		kfree((void *)object);
	}
}

/* Touches nothing: what the host gives at most. */
static noinline void loop_nothing(unsigned int side)
{
	(void)side;
	for (unsigned long i = 0; i < PAIRS * IDLE_FACTOR; i++)
		barrier();
}

/* Larson's server with two threads, each replacing objects that the other one allocated before. */
static noinline void loop_larson(unsigned int side)
{
	u32 state = BENCH_SEED + side;

	for (unsigned long i = 0; i < LARSON_TURNS; i++) {
		u32 random = bench_random(&state);
		void *object = kmalloc(1 + (random >> 23), GFP_KERNEL);

		kfree(__atomic_exchange_n(&bench_held[random % LARSON_SLOTS], object,
		                          __ATOMIC_ACQ_REL));
	}
}

/* Wait until the slot is empty, or until it is not. Returns: what is in it. */
static void *wait_for_slot(void **slot, bool empty)
{
	void *object;

	while (!(object = __atomic_load_n(slot, __ATOMIC_ACQUIRE)) != empty && !READ_ONCE(given_up))
		cpu_relax();
	return object;
}

/* Side 0 allocates into the ring, side 1 frees what it finds there. An allocation that fails, or
 * the user, ends both. */
static noinline void loop_ring(unsigned int side)
{
	for (unsigned long i = 0; i < RING_OBJECTS && !READ_ONCE(given_up); i++) {
		void **slot = &bench_held[i % RING], *object;

		if (!side) {
			object = kmalloc(64, GFP_KERNEL);
			if (!object || (i % RING == 0 && bench_stopped()))
				WRITE_ONCE(given_up, true);
			wait_for_slot(slot, true);
		} else {
			object = wait_for_slot(slot, false);
		}
		if (READ_ONCE(given_up)) {
			if (!side)
				kfree(object);
			return;
		}
		__atomic_store_n(slot, side ? NULL : object, __ATOMIC_RELEASE);
		if (side)
			kfree(object);
	}
}

static void run_there(void *loop)
{
	__atomic_store_n(&begun, 1, __ATOMIC_RELEASE);
	((side_loop_t)loop)(1);
	__atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
}

/* Counts of the loop here and, if asked for, on the other CPU at the same time. */
static u64 time_of(side_loop_t loop, bool both)
{
	u64 start;

	begun = ended = !both;
	if (both)
		bench_start_on(other, run_there, (void *)loop);
	while (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE))
		cpu_relax();
	start = bench_clock();
	loop(0);
	while (!__atomic_load_n(&ended, __ATOMIC_ACQUIRE))
		cpu_relax();
	return bench_clock() - start;
}

/* The best of some tries: what else the host does only makes it slower. */
static u64 best_time(side_loop_t loop, bool both)
{
	u64 best = ~0ull;

	for (unsigned int i = 0; i < TRIES; i++)
		best = min(best, time_of(loop, both));
	return best;
}

static void speedup(const char *name, side_loop_t loop)
{
	u64 one, two;

	time_of(loop, true); /* both warm */
	one = best_time(loop, false);
	two = best_time(loop, true);
	bench_print_hundredths(name, div64_u64(one * 200, two), PAIRS);
}

static void together(const char *name, side_loop_t loop, unsigned long operations)
{
	u64 counts;

	for (unsigned int k = 0; k < RING; k++)
		bench_held[k] = NULL;
	given_up = false;
	time_of(loop, true);
	counts = best_time(loop, true);
	if (given_up)
		bench_left_out(name, bench_stopped() ? "stopped" : "an allocation failed");
	else
		bench_print(name, counts, operations);
	for (unsigned int k = 0; k < RING; k++)
		kfree(bench_held[k]);
}

/* --- handed over ------------------------------------------------------------------------------ */

static struct completion handed_back;
static u64 counts_there;

static noinline void free_objects(void *unused)
{
	u64 before = bench_clock();

	(void)unused;
	for (int k = 0; k < BATCH; k++)
		kfree(bench_held[k]);
	counts_there += bench_clock() - before;
	complete(&handed_back);
}

static noinline void free_pages_there(void *unused)
{
	u64 before = bench_clock();

	(void)unused;
	for (int k = 0; k < BATCH; k++)
		__free_page((struct page *)bench_held[k]);
	counts_there += bench_clock() - before;
	complete(&handed_back);
}

static noinline void alloc_objects(void)
{
	for (int k = 0; k < BATCH; k++)
		bench_held[k] = kmalloc(64, GFP_KERNEL);
}

static noinline void alloc_pages_here(void)
{
	for (int k = 0; k < BATCH; k++)
		bench_held[k] = alloc_page(GFP_KERNEL);
}

/* Counts of some batches on both CPUs, without the wait for each other. */
static u64 hand_over(void (*alloc)(void), void (*free)(void *unused))
{
	u64 here = 0;

	counts_there = 0;
	for (unsigned int i = 0; i < BATCHES; i++) {
		u64 before = bench_clock();

		alloc();
		here += bench_clock() - before;
		init_completion(&handed_back);
		bench_start_on(other, free, NULL);
		wait_for_completion(&handed_back);
	}
	return here + counts_there;
}

static void remote_free(const char *name, void (*alloc)(void), void (*free)(void *unused))
{
	u64 least = ~0ull;

	hand_over(alloc, free);
	for (unsigned int i = 0; i < TRIES; i++)
		least = min(least, hand_over(alloc, free));
	bench_print(name, least, (u64)BATCHES * BATCH);
}

/* --- all of them ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	side_loop_t loop;
	unsigned long operations; /* 0: print the speed-up */
} both_benches[] = {
	{"nothing-2cpus-speedup", loop_nothing, 0},
	{"alloc_page-2cpus-speedup", loop_pages, 0},
	{"kmalloc-64-2cpus-speedup", loop_objects, 0},
	{"cache-thrash-2cpus-speedup", loop_thrash, 0},
	{"larson-2cpus", loop_larson, 2ul * LARSON_TURNS},
	{"kmalloc-ring-2cpus", loop_ring, RING_OBJECTS},
};

static const struct {
	const char *name;
	void (*alloc)(void);
	void (*free)(void *unused);
} hand_benches[] = {
	{"alloc_page-remote-free-pair", alloc_pages_here, free_pages_there},
	{"kmalloc-remote-free-pair", alloc_objects, free_objects},
};

static unsigned int run_both(const char *pattern)
{
	unsigned int ran = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(both_benches) && !bench_stopped(); i++) {
		if (!bench_matches(pattern, both_benches[i].name))
			continue;
		bench_begin();
		if (both_benches[i].operations)
			together(both_benches[i].name, both_benches[i].loop,
			         both_benches[i].operations);
		else
			speedup(both_benches[i].name, both_benches[i].loop);
		ran++;
	}
	return ran;
}

unsigned int bench_cpus(const char *pattern)
{
	unsigned int ran = 0;

	other = bench_second_cpu();
	if (other < 0)
		return 0;
	ran = run_both(pattern);
	for (unsigned int i = 0; i < ARRAY_SIZE(hand_benches) && !bench_stopped(); i++) {
		if (!bench_matches(pattern, hand_benches[i].name))
			continue;
		bench_begin();
		remote_free(hand_benches[i].name, hand_benches[i].alloc, hand_benches[i].free);
		ran++;
	}
	return ran;
}
