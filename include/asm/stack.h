/* SPDX-License-Identifier: MIT */
/* stack.h - the kernel's stacks, known by name so that an overflow can be told by name. */
#pragma once
#include "types.h"

/* One stack with an unmapped page below it. */
struct kernel_stack {
	const char *name;
	unsigned long guard, bottom, top; /* [guard, bottom) faults, [bottom, top) is the stack */
	struct kernel_stack *next;
};

/* Make a stack known, or forget it. Context: any. */
void stack_register(struct kernel_stack *stack);
void stack_unregister(struct kernel_stack *stack);

/* The stack whose guard or body holds va; NULL when none does. */
const struct kernel_stack *stack_find(unsigned long va);

/* Call fn(arg) on the stack that ends at top and come back. */
void call_on_stack(void (*fn)(void *arg), void *arg, unsigned long top);
