/* SPDX-License-Identifier: MIT */
/* stacktrace.h - who called whom. */
#pragma once
#include "types.h"

/* Collect return addresses from the frame chain that starts at bp, innermost first.
 * Stops at the first frame that is not in readable kernel memory. Returns: how many. */
unsigned int stack_trace_from(unsigned long bp, unsigned long *entries, unsigned int max);

/* Print "Call trace:" and one symbol a line. ip is the place itself (0: leave out).
 * Context: any. */
void show_stack(unsigned long ip, unsigned long bp);

/* The same for the caller. */
void dump_stack(void);
