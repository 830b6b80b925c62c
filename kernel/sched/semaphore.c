/* SPDX-License-Identifier: MIT */
/* semaphore.c - counted places. Owns: nothing. Locks: sem->wait.lock.
 * A place given back goes to who has waited longest: its entry leaves the queue and the count stays
 * as it is, so that nobody can take the place in between. */
#include "semaphore.h"

bool down_timeout(struct semaphore *sem, long ticks)
{
	DEFINE_WAIT(wait);
	bool got = true;

	might_sleep();
	spin_lock_irq(&sem->wait.lock);
	if (sem->count) {
		sem->count--;
		spin_unlock_irq(&sem->wait.lock);
		return true;
	}
	list_add_tail(&wait.entry, &sem->wait.head);
	while (!list_empty(&wait.entry) && ticks && !current->doomed) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		spin_unlock_irq(&sem->wait.lock);
		ticks = schedule_timeout(ticks);
		spin_lock_irq(&sem->wait.lock);
	}
	__set_current_state(TASK_RUNNING);
	if (!list_empty(&wait.entry)) {
		list_del_init(&wait.entry);
		got = false;
	}
	spin_unlock_irq(&sem->wait.lock);
	if (!got)
		end_if_doomed();
	return got;
}

void down(struct semaphore *sem)
{
	down_timeout(sem, MAX_SCHEDULE_TIMEOUT);
}

bool down_trylock(struct semaphore *sem)
{
	unsigned long flags = spin_lock_irqsave(&sem->wait.lock);
	bool got = sem->count;

	sem->count -= got;
	spin_unlock_irqrestore(&sem->wait.lock, flags);
	return got;
}

void up(struct semaphore *sem)
{
	unsigned long flags = spin_lock_irqsave(&sem->wait.lock);
	struct wait_queue_entry *first;

	if (list_empty(&sem->wait.head)) {
		sem->count++;
	} else {
		first = list_first_entry(&sem->wait.head, struct wait_queue_entry, entry);
		list_del_init(&first->entry);
		try_to_wake_up(first->task, TASK_NORMAL);
	}
	spin_unlock_irqrestore(&sem->wait.lock, flags);
}
