/* SPDX-License-Identifier: MIT */
/* pcp_ops.h - pop and push on this CPU's pageset lists: the machine's restartable sections, or, in
 * the checking build and on the host, the same in C with interrupts off. */
#pragma once
#include "mm/pageset.h"

/* What a pop from a stack with this top gives; NULL: nothing. Context: interrupts off. */
static __always_inline struct page *pcp_peek(struct page **top)
{
#ifdef CONFIG_PCP_IRQS_OFF
	if (*top && !pcp_top_sound(top))
		return NULL; /* the slow path tells */
#endif
	return *top;
}

#ifdef CONFIG_PCP_IRQS_OFF
#include "asm/irqflags.h"

static __always_inline bool pcp_pop(struct pcp_stack **slot, struct page **page)
{
	unsigned long flags = local_irq_save();
	struct pcp_stack *stack = this_cpu_ptr(*this_cpu_ptr(slot));

	*page = pcp_peek(stack->top);
	if (*page)
		stack->top--;
	local_irq_restore(flags);
	return *page != NULL;
}

static __always_inline bool pcp_push(struct pcp_stack *percpu_stack, struct page *page)
{
	unsigned long flags = local_irq_save();
	struct pcp_stack *stack = this_cpu_ptr(percpu_stack);
	bool room = stack->top < stack->limit;

	if (room)
		*++stack->top = page;
	local_irq_restore(flags);
	return room;
}
#else
#include "asm/pcp_ops.h"
#endif
