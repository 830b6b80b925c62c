/* SPDX-License-Identifier: MIT */
/* timestamp.h - the clock that benchmarks count by. */
#pragma once
#include "asm/cpufeature.h"
#include "asm/processor.h"

/* The time stamp counter; 0 on a CPU without one. */
static inline u64 timestamp(void)
{
	return cpu_features.tsc ? rdtsc() : 0;
}
