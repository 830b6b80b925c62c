/* SPDX-License-Identifier: MIT */
/* catch.h - come back from a fault or a panic that was asked for. Tests of "this must be named"
 * run their misuse in here; nothing else does. */
#pragma once
#include "asm/setjmp.h"
#include "compiler.h"
#include "types.h"

enum caught_kind { CAUGHT_NOTHING, CAUGHT_FAULT, CAUGHT_PANIC, CAUGHT_STACK_OVERFLOW };

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

/* For the trap and panic code: is somebody waiting? Then hand over; does not return. */
struct caught *catch_active(void);
void catch_deliver(void) __noreturn;

/* Where a double fault is to resume, for the task that handles it. */
const struct jmp_context *catch_context(void);
