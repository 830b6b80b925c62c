/* SPDX-License-Identifier: MIT */
/* stacks.c - the kernel's stacks by address. Owns: their list. Locks: stacks_lock, interrupts off;
 * the search goes on without it when it cannot be had, because then a fault came while it was held.
 */
#include "asm/irqflags.h"
#include "asm/processor.h"
#include "asm/spinlock.h"
#include "asm/stack.h"

enum { PATIENCE = 10000 };

static struct kernel_stack *stacks;
static arch_spinlock_t stacks_lock;

void stack_register(struct kernel_stack *stack)
{
	unsigned long flags = local_irq_save();

	arch_spin_lock(&stacks_lock);
	stack->next = stacks;
	stacks = stack;
	arch_spin_unlock(&stacks_lock);
	local_irq_restore(flags);
}

void stack_unregister(struct kernel_stack *stack)
{
	unsigned long flags = local_irq_save();
	struct kernel_stack **p = &stacks;

	arch_spin_lock(&stacks_lock);
	while (*p != stack)
		p = &(*p)->next;
	*p = stack->next;
	arch_spin_unlock(&stacks_lock);
	local_irq_restore(flags);
}

const struct kernel_stack *stack_find(unsigned long va)
{
	unsigned long flags = local_irq_save();
	const struct kernel_stack *s;
	unsigned int tries = 0;
	bool locked;

	while (!(locked = arch_spin_trylock(&stacks_lock)) && tries++ < PATIENCE)
		cpu_relax();
	for (s = stacks; s; s = s->next)
		if (va >= s->guard && va < s->top)
			break;
	if (locked)
		arch_spin_unlock(&stacks_lock);
	local_irq_restore(flags);
	return s;
}
