/* SPDX-License-Identifier: MIT */
/* wait.h - waiting until something is true, and telling those who wait.
 *
 *   wait_event(queue, ready);            ready = true; wake_up(&queue);
 *
 * Waiters that are not exclusive stand at the head and are all woken by each wake_up(); exclusive
 * ones stand in the order in which they came, and one of them is woken. Source: Love, ch. 4. */
#pragma once
#include "lib/list.h"
#include "sched.h"
#include "spinlock.h"

typedef struct wait_queue_head {
	spinlock_t lock;
	struct list_head head; /* (L) lock */
} wait_queue_head_t;

enum { WQ_FLAG_EXCLUSIVE = 1 };

/* One who waits, on its own stack. */
struct wait_queue_entry {
	struct task_struct *task;
	struct list_head entry; /* (L) the queue's lock */
	unsigned int flags;
};

#define DEFINE_WAIT(name)                                                                          \
	struct wait_queue_entry name = {.task = current, .entry = LIST_HEAD_INIT((name).entry)}
#define WAIT_QUEUE_HEAD_INIT(name)                                                                 \
	{                                                                                          \
		.lock = {.rlock = {LOCKDEP_INIT(#name)}}, .head = LIST_HEAD_INIT((name).head)      \
	}
#define DECLARE_WAIT_QUEUE_HEAD(name) wait_queue_head_t name = WAIT_QUEUE_HEAD_INIT(name)

#define init_waitqueue_head(queue)                                                                 \
	do {                                                                                       \
		spin_lock_init(&(queue)->lock);                                                    \
		INIT_LIST_HEAD(&(queue)->head);                                                    \
	} while (0)

/* Does anybody wait? Only a hint without the queue's lock. */
static inline bool waitqueue_active(const wait_queue_head_t *queue)
{
	return !list_empty(&queue->head);
}

/* Stand in the queue and set the running task's state; then test, then schedule(). Again after each
 * wake-up. finish_wait() leaves the queue and is needed at the end. */
void prepare_to_wait(wait_queue_head_t *queue, struct wait_queue_entry *wait, unsigned int state);
void prepare_to_wait_exclusive(wait_queue_head_t *queue, struct wait_queue_entry *wait,
                               unsigned int state);
void finish_wait(wait_queue_head_t *queue, struct wait_queue_entry *wait);

/* Wake all that are not exclusive and the first `nr` exclusive ones (0: all). A woken one leaves
 * the queue. Returns: how many were asleep. Context: any. */
unsigned int wake_up_nr(wait_queue_head_t *queue, unsigned int nr);
#define wake_up(queue)     wake_up_nr(queue, 1)
#define wake_up_all(queue) wake_up_nr(queue, 0)

/* The running task waited too long and is to be ended: leave every queue, then call this. Returns
 * when it was not. (hung.c) */
void end_if_doomed(void);

#define __wait_event(queue, condition, exclusive, state, sleep)                                    \
	do {                                                                                       \
		DEFINE_WAIT(_wait);                                                                \
		for (;;) {                                                                         \
			if (exclusive)                                                             \
				prepare_to_wait_exclusive(queue, &_wait, state);                   \
			else                                                                       \
				prepare_to_wait(queue, &_wait, state);                             \
			if (condition)                                                             \
				break;                                                             \
			sleep;                                                                     \
			if (unlikely(current->doomed)) {                                           \
				finish_wait(queue, &_wait);                                        \
				end_if_doomed();                                                   \
			}                                                                          \
		}                                                                                  \
		finish_wait(queue, &_wait);                                                        \
	} while (0)

/* Sleep until the condition is true. Whoever makes it true wakes the queue afterwards.
 * Context: may sleep. */
#define wait_event(queue, condition)                                                               \
	do {                                                                                       \
		might_sleep();                                                                     \
		if (!(condition))                                                                  \
			__wait_event(&(queue), condition, false, TASK_UNINTERRUPTIBLE,             \
			             schedule());                                                  \
	} while (0)

/* The same for waiting that is no fault however long it takes: a server without work. */
#define wait_event_idle(queue, condition)                                                          \
	do {                                                                                       \
		might_sleep();                                                                     \
		if (!(condition))                                                                  \
			__wait_event(&(queue), condition, false, TASK_INTERRUPTIBLE, schedule());  \
	} while (0)

/* Only one of those who wait this way is woken at a time. */
#define wait_event_exclusive(queue, condition)                                                     \
	do {                                                                                       \
		might_sleep();                                                                     \
		if (!(condition))                                                                  \
			__wait_event(&(queue), condition, true, TASK_UNINTERRUPTIBLE, schedule()); \
	} while (0)

/* At most `ticks`. Returns: 0: the time is over and the condition false; else ticks left, at least
 * 1. */
#define wait_event_timeout(queue, condition, ticks)                                                \
	({                                                                                         \
		long _left = (ticks);                                                              \
		might_sleep();                                                                     \
		if (!(condition))                                                                  \
			__wait_event(&(queue), (condition) || !_left, false, TASK_UNINTERRUPTIBLE, \
			             _left = schedule_timeout(_left));                             \
		_left ? _left : (long)!!(condition);                                               \
	})
