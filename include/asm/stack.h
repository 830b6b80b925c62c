/* SPDX-License-Identifier: MIT */
/* stack.h - the kernel's stacks, known by name so that an overflow can be told by name. */
#pragma once
#include <asm/memlayout.h>
#include <asm/sections.h>
#include "types.h"

/* One stack with an unmapped page below it. */
struct kernel_stack {
	const char *name;
	unsigned long guard, bottom, top; /* [guard, bottom) faults, [bottom, top) is the stack */
	struct kernel_stack *next;
};

/* Stacks that every machine has from its boot on lie in the image, so that they need no memory that
 * could be missing: an unmapped page, or two, below each. */
enum image_stack { IMAGE_STACK_IRQ, IMAGE_STACK_IDLE, IMAGE_STACK_REAPER, NR_IMAGE_STACKS };
enum { IRQ_STACK_SIZE = 8192, IMAGE_STACK_SLOT = 4096 + 8192 };

/* Its lowest address; bytes. */
static inline unsigned long image_stack_size(unsigned int which)
{
	return which == IMAGE_STACK_IRQ ? (unsigned long)IRQ_STACK_SIZE : THREAD_SIZE;
}
static inline void *image_stack(unsigned int which)
{
	return image_stacks + (which + 1) * IMAGE_STACK_SLOT - image_stack_size(which);
}

/* Is va below one of them? */
static inline bool is_image_stack_guard(unsigned long va)
{
	unsigned long offset = va - (unsigned long)image_stacks;
	unsigned int which = offset / IMAGE_STACK_SLOT;

	return which < NR_IMAGE_STACKS && va < (unsigned long)image_stack(which);
}

/* Make a stack known, or forget it. Context: any. */
void stack_register(struct kernel_stack *stack);
void stack_unregister(struct kernel_stack *stack);

/* The stack whose guard or body holds va; NULL when none does. */
const struct kernel_stack *stack_find(unsigned long va);

/* Call fn(arg) on the stack that ends at top and come back. */
void call_on_stack(void (*fn)(void *arg), void *arg, unsigned long top);
