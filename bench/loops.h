/* SPDX-License-Identifier: MIT */
/* loops.h - loops over allocator operations, compiled by Quire and, as a module, by Linux.
 *
 * The sources of this folder are the same for both kernels, whose names for the operations are the
 * same; port.h of each supplies what differs. When the time stamp counter counts instructions
 * (QEMU's -icount shift=0), a figure is exact and the same in every run; else it is time.
 * Printed, one line each: "BENCH <name> <counts per operation> n=<operations>". */
#pragma once
#ifdef MODULE
#include "linux/port.h"
#else
#include "quire/port.h"
#endif

/* The numbers that both kernels draw. Source: Marsaglia, Xorshift RNGs, 2003. */
#define BENCH_SEED 20260101u

static inline u32 bench_random(u32 *state)
{
	u32 x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

enum { BENCH_MEASURED = 10000, BENCH_MAX_HELD = 4096, BENCH_ORDERS = 11 };

/* One operation: what a turn of the loop does, `per` units of work each. */
struct bench {
	const char *name;
	void (*loop)(unsigned long n);
	unsigned long n, per;
	unsigned long pages; /* that it holds at a time, when it is a multitude */
	unsigned int order;  /* of the largest block it takes */
};

/* Counts of n turns beyond those of an empty loop, after a warm-up. */
u64 bench_measure(const struct bench *bench);

/* From here on a report or an injected failure spoils the figures: instead of each stands why. */
void bench_begin(void);

/* One line of result, in tenths, so that a figure that is not whole shows it. */
void bench_print(const char *name, u64 total, u64 operations);
/* The same for a figure in parts of a hundred, and for a plain number. */
void bench_print_hundredths(const char *name, u64 hundredths, u64 operations);

/* Say that a benchmark has no figure, and why. */
void bench_left_out(const char *name, const char *why);

/* Measure and print those of a list whose name matches. Returns: how many. */
unsigned int bench_run_list(const struct bench *list, unsigned int count, const char *pattern);

/* Print the unusable free space index of an order, in hundredths (fragment.c). */
void bench_print_unusable(const char *name, unsigned int order);

/* Room for what a loop holds, and the numbers below n, a power of two, in an order that looks
 * random; there between get and put. */
bool bench_get_room(void);
void bench_put_room(void);
extern void **bench_held; /* BENCH_MAX_HELD of them */
const u16 *bench_shuffled(unsigned int n);

/* The groups. Returns: how many match the pattern and ran. */
unsigned int bench_pages(const char *pattern);
unsigned int bench_objects(const char *pattern);
unsigned int bench_data(const char *pattern);
unsigned int bench_vm(const char *pattern);
unsigned int bench_kmap(const char *pattern);
unsigned int bench_cpus(const char *pattern);
unsigned int bench_events(const char *pattern);
/* Not part of "*": a million operations over most of memory. */
unsigned int bench_fragment(const char *pattern);

/* Is the machine run so that the time stamp counter counts instructions? */
bool clock_counts_instructions(void);

/* Run every benchmark whose name matches the pattern. Returns: how many ran. */
unsigned int bench_run(const char *pattern);

/* --- what port.c of each kernel supplies ------------------------------------------------------ */

/* Keep this CPU's ticks from coming, and let them come again. */
unsigned int bench_mask_ticks(void);
void bench_unmask_ticks(unsigned int before);

/* Does the user want it to end? */
bool bench_stopped(void);

/* Reports and injected failures so far. */
unsigned long bench_troubles(void);

bool bench_matches(const char *pattern, const char *name);

/* Another CPU that runs, or -1; let a thread of it run fn(arg). The last fn must have ended. */
int bench_second_cpu(void);
void bench_start_on(int cpu, void (*fn)(void *arg), void *arg);

/* Free pages; free blocks of each order, all zones together; blocks that were taken from the list
 * of another migrate type since the first call, ~0: this kernel does not tell. */
unsigned long bench_free_pages(void);
void bench_free_blocks(unsigned long nr[BENCH_ORDERS]);
unsigned long bench_fallbacks(void);

/* Those that only one of the kernels has. */
unsigned int bench_own(const char *pattern);
