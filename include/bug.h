/* SPDX-License-Identifier: MIT */
/* bug.h - what code does when its own assumption is broken.
 *
 * ASSERT is for O(1) checks at a function's entry; it stays on in every build. A caller's misuse
 * of an allocator is no ASSERT: that is a report (report.h), refused and survived. */
#pragma once
#include "compiler.h"

/* Stop the machine with a named reason, registers, a backtrace and exit status 67.
 * Context: any, interrupts on or off; takes no lock that it could find held. */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn __cold;

/* End what runs now, a test case or a shell command, with a named reason; panic when it is neither.
 * Locks that it held stay held. */
void end_offender(const char *why) __noreturn __cold;

#define BUG() panic("BUG at %s:%d", __FILE__, __LINE__)
#define ASSERT(cond)                                                                               \
	do {                                                                                       \
		if (unlikely(!(cond)))                                                             \
			panic("ASSERT(%s) failed at %s:%d", #cond, __FILE__, __LINE__);            \
	} while (0)
#define BUILD_BUG_ON(cond) _Static_assert(!(cond), #cond)

/* The checking build (make DEBUG=1): both branches always compile. */
#ifdef CONFIG_DEBUG
enum { DEBUG_BUILD = 1 };
#else
enum { DEBUG_BUILD = 0 };
#endif
#define DEBUG_ASSERT(cond)                                                                         \
	do {                                                                                       \
		if (DEBUG_BUILD)                                                                   \
			ASSERT(cond);                                                              \
	} while (0)
