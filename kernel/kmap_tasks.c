/* SPDX-License-Identifier: MIT */
/* kmap_tasks.c - kmap for tasks: windows follow their task over a context switch, who finds all
 * pkmap entries in use sleeps in line.
 * Owns: the line. Only its first looks for an entry; having got one it wakes the next, so that
 * nobody is passed and several entries that become free together are all found.
 * Locks: line.lock, interrupts off, alone but for the scheduler's. */
#include "kmap_tasks.h"
#include "mm/highmem.h"
#include "wait.h"

static struct {
	spinlock_t lock;
	struct list_head head; /* (L) struct wait_queue_entry */
} line = {.lock = {.rlock = {LOCKDEP_INIT("pkmap line")}}, .head = LIST_HEAD_INIT(line.head)};

/* Interrupts off. Most tasks hold nothing, so that is all that is asked. */
static void switch_out(struct task_struct *prev)
{
	if (unlikely(kmap_depth()))
		kmap_local_sched_out(&prev->kmap_ctrl);
}

static void switch_in(struct task_struct *next)
{
	if (unlikely(next->kmap_ctrl.idx))
		kmap_local_sched_in(&next->kmap_ctrl);
}

/* line.lock held. */
static void wake_first(void)
{
	if (!list_empty(&line.head))
		wake_up_process(list_first_entry(&line.head, struct wait_queue_entry, entry)->task);
}

static void wake_next(void)
{
	unsigned long flags = spin_lock_irqsave(&line.lock);

	wake_first();
	spin_unlock_irqrestore(&line.lock, flags);
}

static bool is_first(const struct wait_queue_entry *wait)
{
	unsigned long flags = spin_lock_irqsave(&line.lock);
	bool first = line.head.next == &wait->entry;

	spin_unlock_irqrestore(&line.lock, flags);
	return first;
}

static void leave_line(struct wait_queue_entry *wait)
{
	unsigned long flags = spin_lock_irqsave(&line.lock);

	list_del(&wait->entry);
	wake_first();
	spin_unlock_irqrestore(&line.lock, flags);
}

/* ready() flushes translations of all CPUs, so it runs without the lock; the first stays the first
 * until it leaves. */
static bool wait_in_line(bool (*ready)(void *arg), void *arg)
{
	unsigned long flags = spin_lock_irqsave(&line.lock);
	DEFINE_WAIT(wait);
	bool got = false;

	list_add_tail(&wait.entry, &line.head);
	spin_unlock_irqrestore(&line.lock, flags);
	current->doomed = false;
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		got = is_first(&wait) && ready(arg);
		if (got || current->doomed)
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	leave_line(&wait);
	return got;
}

static void release_at_exit(void)
{
	kmap_local_release(0, "thread_exit");
}

void kmap_tasks_init(void)
{
	kmap_set_wait_ops((struct kmap_wait_ops){wait_in_line, wake_next, end_if_doomed});
	sched_out_hook = switch_out;
	sched_in_hook = switch_in;
	task_exit_hook = release_at_exit;
}
