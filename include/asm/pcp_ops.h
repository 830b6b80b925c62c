/* SPDX-License-Identifier: MIT */
/* pcp_ops.h - pop and push on a pageset list as restartable sections (asm/restart.h).
 * struct pcp_stack of mm/pageset.h: top at 0, limit at 4. All operands are per-CPU: %fs. */
#pragma once
#include "asm/restart.h"
#include "compiler.h"
#include "types.h"

struct page;
struct pcp_stack;

/* Take the top entry of the stack that *slot names into *page. Returns: false when there is none.
 *   stack = *slot;  *page = *stack->top;  if (!*page) return false;  stack->top--;  */
static __always_inline bool pcp_pop(struct pcp_stack **slot, struct page **page)
{
	struct pcp_stack *stack;
	struct page *top;

	__asm__ goto volatile("1:\tmovl %%fs:%2, %1\n\t" RESTART_POP
	                      : "=&r"(top), "=&r"(stack)
	                      : "m"(*slot)
	                      : "cc", "memory"
	                      : empty);
	*page = top;
	return true;
empty:
	return false;
}

/* Put page on top. Returns: false when there is no room.
 *   top = stack->top;  if (top >= stack->limit) return false;  top[1] = page;  stack->top++;  */
static __always_inline bool pcp_push(struct pcp_stack *stack, struct page *page)
{
	struct page **top;

	__asm__ goto volatile("1:\tmovl %%fs:%1, %0\n\t"
	                      "cmpl %%fs:4+%1, %0\n\t"
	                      "jae %l[full]\n\t"
	                      "movl %2, 4(%0)\n"
	                      "2:\taddl $4, %%fs:%1\n\t" /* commit */
	                      RESTART_TABLE_ENTRY
	                      : "=&r"(top)
	                      : "m"(*(struct page ***)stack), "r"(page)
	                      : "cc", "memory"
	                      : full);
	return true;
full:
	return false;
}
