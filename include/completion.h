/* SPDX-License-Identifier: MIT */
/* completion.h - "it is done": told once for each who waits, in any order of the two. */
#pragma once
#include "wait.h"

struct completion {
	unsigned int done; /* (L) wait.lock */
	wait_queue_head_t wait;
};

enum { COMPLETED_FOR_ALL = ~0u };

#define DECLARE_COMPLETION(name) struct completion name = {0, WAIT_QUEUE_HEAD_INIT((name).wait)}
#define init_completion(c)                                                                         \
	do {                                                                                       \
		(c)->done = 0;                                                                     \
		init_waitqueue_head(&(c)->wait);                                                   \
	} while (0)

/* Let one waiter go, now or when it comes; or all, from now on. Context: any. The completion is not
 * touched any more once the waiter goes on, so it may lie on the waiter's stack. */
void complete(struct completion *c);
void complete_all(struct completion *c);

/* Context: may sleep. */
void wait_for_completion(struct completion *c);

/* At most `ticks`. Returns: ticks left, at least 1; 0 when time is over. */
long wait_for_completion_timeout(struct completion *c, long ticks);

/* Take one without waiting. Returns: whether there was one. */
bool try_wait_for_completion(struct completion *c);
