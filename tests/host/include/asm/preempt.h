/* SPDX-License-Identifier: MIT */
/* preempt.h - one thread: nobody ever asks for the CPU. */
#pragma once
#include "compiler.h"
#include "types.h"

#define PREEMPT_NO_RESCHED 0x80000000u

#define raw_cpu_dec_and_test(var)    (--*raw_cpu_ptr(&(var)) == 0)
#define raw_cpu_sub_and_test(var, n) ((*raw_cpu_ptr(&(var)) -= (n)) == 0)
#define raw_cpu_test_zero(var, mask) ((raw_cpu_read(var) & (mask)) == 0)

static inline void __preempt_schedule(void)
{
}
