/* SPDX-License-Identifier: MIT */
/* delay.h - waiting without sleeping, and the speed of the clocks. */
#pragma once
#include "types.h"

/* Time stamp counter ticks in a millisecond; 0 before delay_init() and on a CPU without one. (C) */
extern u32 tsc_khz;

/* Measure the time stamp counter against the 8254, and whatever else runs meanwhile:
 * start:   called before, stop: after; their difference is what counts. Either may be NULL.
 * Context: boot. Returns: microseconds that lay between them. */
unsigned int delay_init(void (*start)(void), void (*stop)(void));

/* Wait at least usec microseconds. Context: any, after delay_init(). */
void udelay(unsigned int usec);
