/* SPDX-License-Identifier: MIT */
/* random.h - small repeatable random numbers for tests. Source: Marsaglia, Xorshift RNGs, 2003. */
#pragma once
#include "types.h"

struct rnd {
	u32 state;
};

static inline struct rnd rnd_seed(u32 seed)
{
	return (struct rnd){seed ? seed : 0x9e3779b9};
}

static inline u32 rnd_next(struct rnd *r)
{
	u32 x = r->state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return r->state = x;
}

/* A number in 0..n-1, n > 0. */
static inline u32 rnd_below(struct rnd *r, u32 n)
{
	return rnd_next(r) % n;
}
