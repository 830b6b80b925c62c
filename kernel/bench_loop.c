/* SPDX-License-Identifier: MIT */
/* bench_loop.c - how a benchmark is measured. Owns: nothing. Interrupt lines are masked while a
 * loop runs, so that no tick falls into the figure. */
#include "asm/irq.h"
#include "asm/timestamp.h"
#include "bench.h"
#include "compiler.h"
#include "console.h"
#include "kernel.h"

enum { WARM_UP = 3000 };

static noinline void loop_empty(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		barrier();
}

static u64 measure(void (*loop)(unsigned long n), unsigned long n)
{
	u16 lines = irq_mask_lines();
	u64 before = timestamp();

	loop(n);
	before = timestamp() - before;
	irq_unmask_lines(lines);
	return before;
}

void bench_print(const char *name, u64 total, u64 operations)
{
	u64 tenths = div64_u64(total * 10, operations);

	cprintf("BENCH %s %llu.%llu n=%llu\n", name, tenths / 10, tenths % 10, operations);
}

u64 bench_measure(const struct bench *b)
{
	u64 loop, empty;

	measure(b->loop, DIV_ROUND_UP(WARM_UP, b->per));
	empty = measure(loop_empty, b->n);
	loop = measure(b->loop, b->n);
	return loop > empty ? loop - empty : 0;
}

/* A thousand more turns of a loop of a few instructions must cost a few thousand, exactly. */
bool clock_counts_instructions(void)
{
	u64 one = measure(loop_empty, 1000), two = measure(loop_empty, 2000);
	u64 more = two - one;

	return two > one && more <= 8000 && more % 1000 == 0 && measure(loop_empty, 2000) == two;
}
