/* SPDX-License-Identifier: MIT */
/* catch.h - come back from a fault, a panic or a fatal report. Test cases run in a frame that takes
 * everything; a shell command runs in one that an oops ends, as it would end a process. */
#pragma once
#include "asm/setjmp.h"
#include "compiler.h"
#include "types.h"

enum caught_kind {
	CAUGHT_NOTHING,
	CAUGHT_FAULT,  /* an exception that nobody handles */
	CAUGHT_REPORT, /* a report under report=oops */
	CAUGHT_PANIC,
	CAUGHT_STACK_OVERFLOW
};

struct caught {
	enum caught_kind kind;
	unsigned long trapno, error_code; /* of a fault */
	unsigned long address;            /* CR2 of a page fault or a stack overflow */
	unsigned long ip;
	char message[160]; /* of a panic */
};

/* Run fn(arg). Returns: what ended it, with *out filled; CAUGHT_NOTHING when it returned.
 * Locks that fn held stay held. Nests. Context: not from an interrupt. */
enum caught_kind catch_run(void (*fn)(void *arg), void *arg, struct caught *out);

/* The same, but only a fault or a report comes back here; a panic or an overflow goes on outwards.
 */
enum caught_kind catch_oops(void (*fn)(void *arg), void *arg, struct caught *out);

/* For the trap and panic code: the innermost frame that takes such a thing, NULL when there is none
 * or an interrupt handler runs, which cannot be abandoned. */
struct caught *catch_active(enum caught_kind kind);

/* The instruction at which code was last ended by a fault: it may have held a lock. 0: none was. */
unsigned long catch_last_ended(void);

/* Hand over to the frame that catch_active() named. */
void catch_deliver(const struct caught *caught) __noreturn;

/* Where a double fault is to resume instead, for the task that handles it. */
const struct jmp_context *catch_context(const struct caught *caught);
