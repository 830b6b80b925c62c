/* SPDX-License-Identifier: MIT */
/* rwsem.c - readers or one writer, first come first served. Owns: nothing.
 * The lock is handed to waiters by who lets go: to the first, and when that is a reader to all
 * readers that stand directly behind it. Locks: sem->lock, interrupts off. */
#include "rwsem.h"
#include "asm/irqflags.h"
#include "report.h"
#include "wait.h"

struct rwsem_waiter {
	struct list_head entry;
	struct task_struct *task; /* NULL once it has the lock */
	bool writes;
};

static unsigned long sem_lock(struct rw_semaphore *sem)
{
	unsigned long flags = local_irq_save();

	arch_spin_lock(&sem->lock);
	return flags;
}

static void sem_unlock(struct rw_semaphore *sem, unsigned long flags)
{
	arch_spin_unlock(&sem->lock);
	local_irq_restore(flags);
}

void __init_rwsem(struct rw_semaphore *sem, const char *name, const struct lock_key *key)
{
	*sem = (struct rw_semaphore){.activity = 0};
	INIT_LIST_HEAD(&sem->waiters);
	lockdep_init_map(&sem->dep, name, key);
}

/* Can somebody new have it at once? */
static bool is_open(const struct rw_semaphore *sem, bool writes)
{
	return list_empty(&sem->waiters) && (writes ? sem->activity == 0 : sem->activity >= 0);
}

static void enter(struct rw_semaphore *sem, struct task_struct *task, bool writes)
{
	sem->activity += writes ? -1 : 1;
	sem->writer = writes ? task : NULL;
}

/* Give it to as many of the waiting as can have it together; sem->lock held. */
static void hand_on(struct rw_semaphore *sem)
{
	struct rwsem_waiter *w, *next;

	list_for_each_entry_safe (w, next, &sem->waiters, entry) {
		struct task_struct *task = w->task;

		if (w->writes ? sem->activity != 0 : sem->activity < 0)
			return;
		list_del(&w->entry);
		enter(sem, task, w->writes);
		__atomic_store_n(&w->task, NULL, __ATOMIC_RELEASE); /* w is gone after this */
		try_to_wake_up(task, TASK_NORMAL);
	}
}

static bool wait_in_line(struct rw_semaphore *sem, bool writes, unsigned long flags)
{
	struct rwsem_waiter waiter = {.task = current, .writes = writes};
	bool got;

	list_add_tail(&waiter.entry, &sem->waiters);
	while (waiter.task && !current->doomed) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		sem_unlock(sem, flags);
		schedule();
		flags = sem_lock(sem);
	}
	__set_current_state(TASK_RUNNING);
	got = !waiter.task;
	if (!got) {
		list_del(&waiter.entry);
		hand_on(sem);
	}
	sem_unlock(sem, flags);
	return got;
}

static void down(struct rw_semaphore *sem, bool writes, unsigned long caller)
{
	unsigned long flags;
	bool got = true;

	__might_sleep(writes ? "down_write" : "down_read", caller);
	lock_acquire(&sem->dep, writes ? LOCK_SLEEP : LOCK_READ, caller);
	flags = sem_lock(sem);
	if (is_open(sem, writes)) {
		enter(sem, current, writes);
		sem_unlock(sem, flags);
	} else {
		got = wait_in_line(sem, writes, flags);
	}
	if (!got) {
		lock_release(&sem->dep, caller);
		end_if_doomed();
	}
	current->locks_held += writes;
}

static bool try_down(struct rw_semaphore *sem, bool writes, unsigned long caller)
{
	unsigned long flags = sem_lock(sem);
	bool open = is_open(sem, writes);

	if (open)
		enter(sem, current, writes);
	sem_unlock(sem, flags);
	if (open) {
		lock_acquired_try(&sem->dep, writes ? LOCK_SLEEP : LOCK_READ, caller);
		current->locks_held += writes;
	}
	return open;
}

void down_read(struct rw_semaphore *sem)
{
	down(sem, false, _RET_IP_);
}

void down_write(struct rw_semaphore *sem)
{
	down(sem, true, _RET_IP_);
}

bool down_read_trylock(struct rw_semaphore *sem)
{
	return try_down(sem, false, _RET_IP_);
}

bool down_write_trylock(struct rw_semaphore *sem)
{
	return try_down(sem, true, _RET_IP_);
}

static void refuse(const struct rw_semaphore *sem, const char *what, unsigned long caller)
{
	report(REPORT_lock_not_held, (unsigned long)sem, caller, "refused",
	       "lock=0x%08lx what=%s activity=%d owner=%s", (unsigned long)sem, what, sem->activity,
	       sem->writer ? report_word(sem->writer->comm) : "nobody");
}

void up_read(struct rw_semaphore *sem)
{
	unsigned long flags;

	if (sem->activity <= 0) {
		refuse(sem, "up_read", _RET_IP_);
		return;
	}
	lock_release(&sem->dep, _RET_IP_);
	flags = sem_lock(sem);
	if (!--sem->activity)
		hand_on(sem);
	sem_unlock(sem, flags);
	cond_resched();
}

/* The writer lets go, or goes on as a reader. */
static void end_write(struct rw_semaphore *sem, int activity, const char *what,
                      unsigned long caller)
{
	unsigned long flags;

	if (sem->writer != current) {
		refuse(sem, what, caller);
		return;
	}
	if (!activity)
		lock_release(&sem->dep, caller);
	current->locks_held--;
	flags = sem_lock(sem);
	sem->writer = NULL;
	sem->activity = activity;
	hand_on(sem);
	sem_unlock(sem, flags);
	cond_resched();
}

void up_write(struct rw_semaphore *sem)
{
	end_write(sem, 0, "up_write", _RET_IP_);
}

void downgrade_write(struct rw_semaphore *sem)
{
	end_write(sem, 1, "downgrade_write", _RET_IP_);
}
