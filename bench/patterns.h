/* SPDX-License-Identifier: MIT */
/* patterns.h - take count things, then give all back: in the same order (fifo), in the opposite one
 * (lifo), or in an order that looks random. */
#pragma once

#define BENCH_TAKE(count, get)                                                                     \
	for (unsigned int k = 0; k < (count); k++)                                                 \
	held[k] = get

#define BENCH_PATTERN(name, count, get, put, each)                                                 \
	static noinline void name(unsigned long n)                                                 \
	{                                                                                          \
		void **held = bench_held;                                                          \
		const u16 *shuffled __attribute__((unused)) = bench_shuffled(count);               \
                                                                                                   \
		while (n--) {                                                                      \
			BENCH_TAKE(count, get);                                                    \
			each put;                                                                  \
		}                                                                                  \
	}

/* get: an expression; put: a statement over held[k]. Makes what##_fifo_##count and so on. */
#define BENCH_PATTERNS(what, count, get, put)                                                      \
	BENCH_PATTERN(what##_fifo_##count, count, get, put(held[k]),                               \
	              for (unsigned int k = 0; k < (count); k++))                                  \
	BENCH_PATTERN(what##_lifo_##count, count, get, put(held[k]),                               \
	              for (unsigned int k = (count); k-- > 0;))                                    \
	BENCH_PATTERN(what##_random_##count, count, get, put(held[shuffled[k]]),                   \
	              for (unsigned int k = 0; k < (count); k++))

/* Their entries in a list of benchmarks; holds: pages that one of them is worth, at most. */
#define BENCH_PATTERN_LIST(text, what, count, holds)                                               \
	{text "-fifo-" #count "-pair",                                                             \
	 what##_fifo_##count,                                                                      \
	 BENCH_MEASURED / (count) + 1,                                                             \
	 count,                                                                                    \
	 holds,                                                                                    \
	 0},                                                                                       \
		{text "-lifo-" #count "-pair",                                                     \
	         what##_lifo_##count,                                                              \
	         BENCH_MEASURED / (count) + 1,                                                     \
	         count,                                                                            \
	         holds,                                                                            \
	         0},                                                                               \
	{                                                                                          \
		text "-random-" #count "-pair", what##_random_##count,                             \
			BENCH_MEASURED / (count) + 1, count, holds, 0                              \
	}
