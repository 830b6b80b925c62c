/* SPDX-License-Identifier: MIT */
/* timers.c - tests of the timer wheel and of sleeping for a time. */
#include "asm/devices.h"
#include "kernel.h"
#include "ktest.h"
#include "preempt.h"
#include "sched.h"
#include "timer.h"

KTEST(timers, sleeping_lasts_as_long_as_asked)
{
	for (unsigned int ms = 10; ms <= 30; ms += 10) {
		unsigned long start = jiffies;

		msleep(ms);
		EXPECT_TRUE(jiffies - start >= ms / 10);
	}
}

KTEST(timers, time_out_counts_ticks_down_to_zero)
{
	unsigned long start = jiffies;

	EXPECT_EQ(schedule_timeout_uninterruptible(3), 0);
	EXPECT_TRUE(jiffies - start >= 3);
}

static void note_time(struct timer_list *timer);
struct stamped {
	struct timer_list timer;
	unsigned long when;
	bool in_irq;
};
static void note_time(struct timer_list *timer)
{
	struct stamped *s = container_of(timer, struct stamped, timer);

	s->when = jiffies;
	s->in_irq = in_interrupt();
}

KTEST(timers, run_at_their_tick_and_in_order)
{
	static struct stamped s[200], later; /* a lap of the wheel later */
	unsigned long now = jiffies;

	for (unsigned int i = 0; i < ARRAY_SIZE(s); i++) {
		timer_setup(&s[i].timer, note_time);
		s[i].when = 0;
		mod_timer(&s[i].timer, now + 1 + i % 20);
	}
	timer_setup(&later.timer, note_time);
	later.when = 0;
	mod_timer(&later.timer, now + 64 + 10);
	EXPECT_TRUE(nr_pending_timers() >= 100);
	schedule_timeout_uninterruptible(24);
	EXPECT_TRUE(!later.when && del_timer_sync(&later.timer));
	for (unsigned int i = 0; i < ARRAY_SIZE(s); i++)
		EXPECT_TRUE(s[i].in_irq && s[i].when >= now + 1 + i % 20 &&
		            s[i].when <= now + 3 + i % 20);
}

static unsigned int laps;

static void again_at_once(struct timer_list *timer)
{
	if (++laps < 4)
		mod_timer(timer, jiffies);
}

KTEST(timers, one_that_asks_for_now_again_runs_once_a_tick)
{
	struct timer_list timer;
	unsigned long start = jiffies;

	timer_setup(&timer, again_at_once);
	laps = 0;
	mod_timer(&timer, start);
	schedule_timeout_uninterruptible(10);
	EXPECT_EQ(laps, 4);
	EXPECT_TRUE(!del_timer_sync(&timer));
}

KTEST(timers, a_deleted_timer_does_not_run_and_a_moved_one_once)
{
	struct stamped a, b;

	timer_setup(&a.timer, note_time);
	timer_setup(&b.timer, note_time);
	a.when = b.when = 0;
	mod_timer(&a.timer, jiffies + 3);
	mod_timer(&b.timer, jiffies + 2);
	mod_timer(&b.timer, jiffies + 6);
	EXPECT_TRUE(del_timer_sync(&a.timer));
	EXPECT_TRUE(!del_timer_sync(&a.timer));
	schedule_timeout_uninterruptible(4);
	EXPECT_TRUE(!a.when && !b.when);
	schedule_timeout_uninterruptible(4);
	EXPECT_TRUE(!a.when && b.when);
}
