/* SPDX-License-Identifier: MIT */
/* mutex.h - a lock that is slept for. It goes from hand to hand: the unlock gives it to who has
 * waited longest, so that nobody who comes later gets ahead. Only the owner may unlock it. */
#pragma once
#include "lib/list.h"
#include "lockdep.h"
#include "sched.h"

struct mutex {
	unsigned long owner;       /* atomic: the task that has it, | MUTEX_WAITERS; 0 while free */
	arch_spinlock_t wait_lock; /* interrupts off */
	struct list_head waiters;  /* (L) wait_lock */
	struct lockdep_map dep;
};

enum { MUTEX_WAITERS = 1 };

#define DEFINE_MUTEX(name)                                                                         \
	struct mutex name = {.waiters = LIST_HEAD_INIT((name).waiters), LOCKDEP_INIT(#name)}

void __mutex_init(struct mutex *m, const char *name, const struct lock_key *key);
#define mutex_init(m)                                                                              \
	do {                                                                                       \
		static const struct lock_key _key;                                                 \
		__mutex_init(m, #m, &_key);                                                        \
	} while (0)

/* Context: may sleep. */
void mutex_lock(struct mutex *m);
bool mutex_trylock(struct mutex *m);

/* Of a mutex that the running task does not have: reported (lock_not_held), nothing changes.
 * Context: task. */
void mutex_unlock(struct mutex *m);

static inline bool mutex_is_locked(const struct mutex *m)
{
	return __atomic_load_n(&m->owner, __ATOMIC_RELAXED);
}

/* The task that has it, or NULL. */
static inline struct task_struct *mutex_owner(const struct mutex *m)
{
	return (struct task_struct *)(__atomic_load_n(&m->owner, __ATOMIC_RELAXED) &
	                              ~(unsigned long)MUTEX_WAITERS);
}
