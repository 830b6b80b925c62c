/* SPDX-License-Identifier: MIT */
/* rwsem.h - a sleeping lock for many readers or one writer, served in the order in which they come:
 * a reader that arrives behind a waiting writer waits too, so that writers are not starved. */
#pragma once
#include "lib/list.h"
#include "lockdep.h"
#include "sched.h"

struct rw_semaphore {
	arch_spinlock_t lock;       /* interrupts off */
	int activity;               /* (L) readers in it; -1: a writer; 0: free */
	struct list_head waiters;   /* (L) */
	struct task_struct *writer; /* (L) */
	struct lockdep_map dep;
};

#define DECLARE_RWSEM(name)                                                                        \
	struct rw_semaphore name = {.waiters = LIST_HEAD_INIT((name).waiters), LOCKDEP_INIT(#name)}

void __init_rwsem(struct rw_semaphore *sem, const char *name, const struct lock_key *key);
#define init_rwsem(sem)                                                                            \
	do {                                                                                       \
		static const struct lock_key _key;                                                 \
		__init_rwsem(sem, #sem, &_key);                                                    \
	} while (0)

/* Context: may sleep. The try forms do not wait. */
void down_read(struct rw_semaphore *sem);
bool down_read_trylock(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
bool down_write_trylock(struct rw_semaphore *sem);

/* Nobody in it, or for up_write() not the caller: reported (lock_not_held), nothing changes. */
void up_read(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

/* The writer becomes a reader without letting another writer in between. */
void downgrade_write(struct rw_semaphore *sem);
