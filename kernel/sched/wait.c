/* SPDX-License-Identifier: MIT */
/* wait.c - queues of tasks that wait for something. Owns: nothing; queues are their users'.
 * Locks: queue->lock, then what try_to_wake_up() takes. */
#include "wait.h"

static void stand_in(wait_queue_head_t *queue, struct wait_queue_entry *wait, unsigned int flags,
                     unsigned int state)
{
	unsigned long irq = spin_lock_irqsave(&queue->lock);

	wait->flags = flags;
	if (list_empty(&wait->entry)) {
		if (flags & WQ_FLAG_EXCLUSIVE)
			list_add_tail(&wait->entry, &queue->head);
		else
			list_add(&wait->entry, &queue->head);
	}
	set_current_state(state);
	spin_unlock_irqrestore(&queue->lock, irq);
}

void prepare_to_wait(wait_queue_head_t *queue, struct wait_queue_entry *wait, unsigned int state)
{
	stand_in(queue, wait, 0, state);
}

void prepare_to_wait_exclusive(wait_queue_head_t *queue, struct wait_queue_entry *wait,
                               unsigned int state)
{
	stand_in(queue, wait, WQ_FLAG_EXCLUSIVE, state);
}

/* Always by the lock: a waker may be in the middle of it with the entry in its hands. */
void finish_wait(wait_queue_head_t *queue, struct wait_queue_entry *wait)
{
	unsigned long flags;

	__set_current_state(TASK_RUNNING);
	flags = spin_lock_irqsave(&queue->lock);
	if (!list_empty(&wait->entry))
		list_del_init(&wait->entry);
	spin_unlock_irqrestore(&queue->lock, flags);
}

unsigned int wake_up_nr(wait_queue_head_t *queue, unsigned int nr)
{
	unsigned long flags = spin_lock_irqsave(&queue->lock);
	struct wait_queue_entry *wait, *next;
	unsigned int woken = 0, exclusive = 0;

	list_for_each_entry_safe (wait, next, &queue->head, entry) {
		bool is_exclusive = wait->flags & WQ_FLAG_EXCLUSIVE;

		if (is_exclusive && nr && exclusive == nr)
			break;
		if (!try_to_wake_up(wait->task, TASK_NORMAL))
			continue; /* awake already: it looks for itself */
		list_del_init(&wait->entry);
		woken++;
		exclusive += is_exclusive;
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	return woken;
}
