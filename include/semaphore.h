/* SPDX-License-Identifier: MIT */
/* semaphore.h - a count of free places; who finds none waits, in order. Anybody may give one back.
 */
#pragma once
#include "wait.h"

struct semaphore {
	unsigned int count; /* (L) wait.lock */
	wait_queue_head_t wait;
};

#define sema_init(sem, places)                                                                     \
	do {                                                                                       \
		(sem)->count = (places);                                                           \
		init_waitqueue_head(&(sem)->wait);                                                 \
	} while (0)

/* Take a place. Context: may sleep. down_timeout returns: whether it got one within `ticks`. */
void down(struct semaphore *sem);
bool down_timeout(struct semaphore *sem, long ticks);
bool down_trylock(struct semaphore *sem);

/* Give one back. Context: any. */
void up(struct semaphore *sem);
