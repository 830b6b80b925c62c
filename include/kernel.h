/* SPDX-License-Identifier: MIT */
/* kernel.h - small arithmetic and container helpers. */
#pragma once
#include "compiler.h"
#include "types.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define min(a, b)                                                                                  \
	({                                                                                         \
		__typeof__(a) _min_a = (a);                                                        \
		__typeof__(b) _min_b = (b);                                                        \
		_min_a < _min_b ? _min_a : _min_b;                                                 \
	})
#define max(a, b)                                                                                  \
	({                                                                                         \
		__typeof__(a) _max_a = (a);                                                        \
		__typeof__(b) _max_b = (b);                                                        \
		_max_a > _max_b ? _max_a : _max_b;                                                 \
	})
#define clamp(v, lo, hi) min(max(v, lo), hi)

/* Powers of two only. */
#define ALIGN_DOWN(x, a)   ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN(x, a)        ALIGN_DOWN((x) + ((__typeof__(x))(a)-1), a)
#define IS_ALIGNED(x, a)   (((x) & ((__typeof__(x))(a)-1)) == 0)
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))

#define SZ_1K 0x400ul
#define SZ_1M 0x100000ul
#define SZ_2M 0x200000ul
#define SZ_4M 0x400000ul

static inline bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

/* Divide u64 by u64, rounding down. (On 32 bits the compiler calls kernel/lib/div64.c.) */
static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}
