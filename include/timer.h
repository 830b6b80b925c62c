/* SPDX-License-Identifier: MIT */
/* timer.h - functions that are called when a time has come, in ticks (jiffies, HZ a second). */
#pragma once
#include "lib/list.h"
#include "types.h"

struct timer_list {
	struct list_head entry; /* (L) timer lock */
	unsigned long expires;  /* jiffies */
	void (*function)(struct timer_list *timer);
	bool pending; /* (L) */
};

static inline void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *timer))
{
	*timer = (struct timer_list){.function = function};
}

/* Is time a later than b? Right across the wrap of jiffies. */
static inline bool time_after(unsigned long a, unsigned long b)
{
	return (long)(b - a) < 0;
}

/* Call timer->function at `expires`, or at the next tick if that has passed. The function runs in
 * the timer interrupt of the boot CPU, with no lock held, and may set the timer again.
 * A pending timer is moved. Context: any. */
void mod_timer(struct timer_list *timer, unsigned long expires);

/* Do not call it. Returns: whether it was pending. When this returns the function does not run
 * any more, unless it is the caller. Context: any but the function of another timer. */
bool del_timer_sync(struct timer_list *timer);

/* Called by the boot CPU's timer interrupt: time goes on by one tick. */
void run_timers(void);

/* Timers that are set now. */
unsigned int nr_pending_timers(void);
