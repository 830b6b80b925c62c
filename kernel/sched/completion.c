/* SPDX-License-Identifier: MIT */
/* completion.c - counted "done" signals. Owns: nothing. Locks: c->wait.lock. */
#include "completion.h"

static void complete_with(struct completion *c, unsigned int nr)
{
	unsigned long flags = spin_lock_irqsave(&c->wait.lock);
	struct wait_queue_entry *wait, *next;

	if (!nr)
		c->done = COMPLETED_FOR_ALL;
	else if (c->done != COMPLETED_FOR_ALL)
		c->done++;
	list_for_each_entry_safe (wait, next, &c->wait.head, entry) {
		list_del_init(&wait->entry);
		try_to_wake_up(wait->task, TASK_NORMAL);
		if (nr)
			break;
	}
	spin_unlock_irqrestore(&c->wait.lock, flags);
}

void complete(struct completion *c)
{
	complete_with(c, 1);
}

void complete_all(struct completion *c)
{
	complete_with(c, 0);
}

/* c->wait.lock held. */
static bool take_done(struct completion *c)
{
	if (!c->done)
		return false;
	if (c->done != COMPLETED_FOR_ALL)
		c->done--;
	return true;
}

bool try_wait_for_completion(struct completion *c)
{
	unsigned long flags = spin_lock_irqsave(&c->wait.lock);
	bool done = take_done(c);

	spin_unlock_irqrestore(&c->wait.lock, flags);
	return done;
}

/* Everything under the lock that complete() holds: when this returns, complete() is through. */
static long wait_common(struct completion *c, long ticks)
{
	DEFINE_WAIT(wait);
	bool done;

	spin_lock_irq(&c->wait.lock);
	while (!(done = take_done(c)) && ticks && !current->doomed) {
		if (list_empty(&wait.entry))
			list_add_tail(&wait.entry, &c->wait.head);
		set_current_state(TASK_UNINTERRUPTIBLE);
		spin_unlock_irq(&c->wait.lock);
		ticks = schedule_timeout(ticks);
		spin_lock_irq(&c->wait.lock);
	}
	__set_current_state(TASK_RUNNING);
	if (!list_empty(&wait.entry))
		list_del_init(&wait.entry);
	spin_unlock_irq(&c->wait.lock);
	if (!done)
		end_if_doomed();
	return done ? ticks + !ticks : 0;
}

void wait_for_completion(struct completion *c)
{
	might_sleep();
	wait_common(c, MAX_SCHEDULE_TIMEOUT);
}

long wait_for_completion_timeout(struct completion *c, long ticks)
{
	might_sleep();
	return wait_common(c, ticks);
}
