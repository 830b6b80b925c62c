/* SPDX-License-Identifier: MIT */
/* timer.c - pending timers in a hashed wheel. Owns: the wheel.
 * A timer lies in bucket expires % BUCKETS; each tick looks at one bucket and takes out what is
 * due, so that setting and deleting cost the same however many there are. Source: Varghese and
 * Lauck, "Hashed and Hierarchical Timing Wheels", 1987, scheme 6. Locks: wheel.lock, interrupts
 * off; given up while a function runs. */
#include "timer.h"
#include "asm/devices.h"
#include "asm/processor.h"
#include "kernel.h"
#include "sched.h"
#include "spinlock.h"

enum { BUCKETS = 64 };

static struct {
	raw_spinlock_t lock;
	struct list_head buckets[BUCKETS]; /* (L) all zero until its first use */
	unsigned long next;                /* (L) the tick to be looked at next */
	unsigned int pending;              /* (L) */
	struct timer_list *running;        /* (L) */
	unsigned int running_cpu;          /* (L) */
} wheel = {.lock = {LOCKDEP_INIT("timer wheel")}};

static struct list_head *bucket_of(unsigned long tick)
{
	struct list_head *b = &wheel.buckets[tick % BUCKETS];

	if (!b->next)
		INIT_LIST_HEAD(b);
	return b;
}

static bool detach(struct timer_list *timer)
{
	if (!timer->pending)
		return false;
	list_del(&timer->entry);
	timer->pending = false;
	wheel.pending--;
	return true;
}

void mod_timer(struct timer_list *timer, unsigned long expires)
{
	unsigned long flags = raw_spin_lock_irqsave(&wheel.lock), earliest = wheel.next;

	detach(timer);
	if (wheel.running)
		earliest++; /* its bucket is being emptied */
	timer->expires = time_after(earliest, expires) ? earliest : expires;
	timer->pending = true;
	wheel.pending++;
	list_add_tail(&timer->entry, bucket_of(timer->expires));
	raw_spin_unlock_irqrestore(&wheel.lock, flags);
}

bool del_timer_sync(struct timer_list *timer)
{
	for (;;) {
		unsigned long flags = raw_spin_lock_irqsave(&wheel.lock);
		bool busy = wheel.running == timer && wheel.running_cpu != raw_smp_processor_id();
		bool was = !busy && detach(timer);

		raw_spin_unlock_irqrestore(&wheel.lock, flags);
		if (!busy)
			return was;
		cpu_relax();
	}
}

static struct timer_list *first_due(struct list_head *bucket)
{
	struct timer_list *timer;

	list_for_each_entry (timer, bucket, entry)
		if (!time_after(timer->expires, wheel.next))
			return timer;
	return NULL;
}

/* Everything that is due at wheel.next; wheel.lock held. */
static void run_bucket(void)
{
	struct timer_list *timer;

	while ((timer = first_due(bucket_of(wheel.next)))) {
		detach(timer);
		wheel.running = timer;
		wheel.running_cpu = raw_smp_processor_id();
		raw_spin_unlock(&wheel.lock);
		timer->function(timer);
		raw_spin_lock(&wheel.lock);
		wheel.running = NULL;
	}
}

void run_timers(void)
{
	unsigned long flags = raw_spin_lock_irqsave(&wheel.lock);

	while (!time_after(wheel.next, jiffies)) {
		run_bucket();
		wheel.next++;
	}
	raw_spin_unlock_irqrestore(&wheel.lock, flags);
}

unsigned int nr_pending_timers(void)
{
	return wheel.pending;
}

/* --- sleeping ----------------------------------------------------------------------------- */

struct sleeper {
	struct timer_list timer;
	struct task_struct *task;
};

static void wake_sleeper(struct timer_list *timer)
{
	try_to_wake_up(container_of(timer, struct sleeper, timer)->task, TASK_NORMAL);
}

long schedule_timeout(long ticks)
{
	struct sleeper s = {.task = current};
	unsigned long end = jiffies + (unsigned long)ticks;

	if (ticks == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return ticks;
	}
	if (ticks <= 0) {
		__set_current_state(TASK_RUNNING);
		cond_resched();
		return 0;
	}
	__might_sleep("schedule_timeout", _RET_IP_); /* may end the task: no timer yet */
	timer_setup(&s.timer, wake_sleeper);
	mod_timer(&s.timer, end);
	current->has_timeout = true;
	schedule();
	current->has_timeout = false;
	del_timer_sync(&s.timer);
	return time_after(end, jiffies) ? (long)(end - jiffies) : 0;
}

long schedule_timeout_uninterruptible(long ticks)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(ticks);
}

void msleep(unsigned int ms)
{
	long left = (long)msecs_to_jiffies(ms) + 1; /* the tick that has begun does not count */

	while (left)
		left = schedule_timeout_uninterruptible(left);
}
