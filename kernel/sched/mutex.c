/* SPDX-License-Identifier: MIT */
/* mutex.c - sleeping locks handed on in order. Owns: nothing.
 * Free, owned, owned and waited for: one word tells, and without waiters one compare-and-swap each
 * way is all. With MUTEX_WAITERS set the owner cannot let go by itself: mutex_unlock() makes the
 * first waiter the owner. Locks: m->wait_lock, interrupts off; then what try_to_wake_up() takes. */
#include "mutex.h"
#include "asm/irqflags.h"
#include "kernel.h"
#include "report.h"
#include "wait.h"

struct mutex_waiter {
	struct list_head entry;
	struct task_struct *task;
};

void __mutex_init(struct mutex *m, const char *name, const struct lock_key *key)
{
	m->owner = 0;
	m->wait_lock = (arch_spinlock_t){0};
	INIT_LIST_HEAD(&m->waiters);
	lockdep_init_map(&m->dep, name, key);
}

static bool swap_owner(struct mutex *m, unsigned long old, unsigned long new)
{
	return __atomic_compare_exchange_n(&m->owner, &old, new, false, __ATOMIC_SEQ_CST,
	                                   __ATOMIC_RELAXED);
}

/* Get the mutex if it is free, else be counted among the waiting; wait_lock held.
 * Returns: whether the caller has it now. */
static bool take_or_mark(struct mutex *m)
{
	unsigned long owner;

	for (;;) {
		owner = __atomic_load_n(&m->owner, __ATOMIC_RELAXED);
		if (!owner && swap_owner(m, 0, (unsigned long)current))
			return true;
		if (owner && (owner & MUTEX_WAITERS || swap_owner(m, owner, owner | MUTEX_WAITERS)))
			return false;
	}
}

/* Not waiting any more without having got it; wait_lock held. */
static void leave(struct mutex *m, struct mutex_waiter *waiter)
{
	list_del(&waiter->entry);
	if (list_empty(&m->waiters))
		__atomic_fetch_and(&m->owner, ~(unsigned long)MUTEX_WAITERS, __ATOMIC_RELAXED);
}

static void lock_slow(struct mutex *m)
{
	struct mutex_waiter waiter = {.task = current};
	unsigned long flags = local_irq_save();
	bool doomed = false;

	arch_spin_lock(&m->wait_lock);
	if (!take_or_mark(m)) {
		list_add_tail(&waiter.entry, &m->waiters);
		while (mutex_owner(m) != current && !doomed) {
			set_current_state(TASK_UNINTERRUPTIBLE);
			arch_spin_unlock(&m->wait_lock);
			local_irq_restore(flags);
			schedule();
			flags = local_irq_save();
			arch_spin_lock(&m->wait_lock);
			doomed = current->doomed && mutex_owner(m) != current;
		}
		__set_current_state(TASK_RUNNING);
		if (doomed)
			leave(m, &waiter);
	}
	arch_spin_unlock(&m->wait_lock);
	local_irq_restore(flags);
	if (doomed) {
		lock_release(&m->dep, _THIS_SITE_);
		end_if_doomed();
	}
}

void mutex_lock(struct mutex *m)
{
	__might_sleep("mutex_lock", _RET_IP_);
	lock_acquire(&m->dep, LOCK_SLEEP, _RET_IP_);
	if (!swap_owner(m, 0, (unsigned long)current))
		lock_slow(m);
	current->locks_held++;
}

bool mutex_trylock(struct mutex *m)
{
	if (!swap_owner(m, 0, (unsigned long)current))
		return false;
	lock_acquired_try(&m->dep, LOCK_SLEEP, _RET_IP_);
	current->locks_held++;
	return true;
}

static void unlock_slow(struct mutex *m)
{
	unsigned long flags = local_irq_save();
	struct mutex_waiter *first;

	arch_spin_lock(&m->wait_lock);
	if (list_empty(&m->waiters)) { /* they have all given up */
		__atomic_store_n(&m->owner, 0, __ATOMIC_RELEASE);
	} else {
		first = list_first_entry(&m->waiters, struct mutex_waiter, entry);
		list_del(&first->entry);
		__atomic_store_n(&m->owner,
		                 (unsigned long)first->task |
		                         (list_empty(&m->waiters) ? 0 : MUTEX_WAITERS),
		                 __ATOMIC_RELEASE);
		try_to_wake_up(first->task, TASK_NORMAL);
	}
	arch_spin_unlock(&m->wait_lock);
	local_irq_restore(flags);
	cond_resched();
}

void mutex_unlock(struct mutex *m)
{
	struct task_struct *owner = mutex_owner(m);

	if (owner != current) {
		report(REPORT_lock_not_held, (unsigned long)m, _RET_IP_, "refused",
		       "lock=0x%08lx what=mutex owner=%s", (unsigned long)m,
		       owner ? report_word(owner->comm) : "nobody");
		return;
	}
	lock_release(&m->dep, _RET_IP_);
	current->locks_held--;
	if (!swap_owner(m, (unsigned long)current, 0))
		unlock_slow(m);
}
