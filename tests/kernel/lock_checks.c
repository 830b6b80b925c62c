/* SPDX-License-Identifier: MIT */
/* lock_checks.c - tests of the checking build's eye on locks (T3 of the misuse list): each mistake
 * is named with both sites, and none hangs. */
#include "asm/devices.h"
#include "asm/irqflags.h"
#include "bug.h"
#include "catch.h"
#include "kernel.h"
#include "lib/string.h"
#include "lockdep.h"
#include "mutex.h"
#include "rwsem.h"
#include "spinlock.h"
#include "threads.h"
#include "timer.h"

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
static DEFINE_SPINLOCK(lock_c);
static DEFINE_MUTEX(mutex_a);
static DEFINE_MUTEX(mutex_b);

#define REQUIRE_CHECKS()                                                                           \
	do {                                                                                       \
		SKIP_UNLESS(DEBUG_BUILD, "locks are checked in the checking build");               \
		SKIP_UNLESS(lockdep_enabled(), "a table of the checker is full");                  \
	} while (0)

static void take_twice(void *unused)
{
	(void)unused;
	spin_lock(&lock_a);
	spin_lock(&lock_a);
}

static void give_up_a(void)
{
	lock_a = (spinlock_t){.rlock = {.dep = lock_a.rlock.dep}};
}

KTEST(lockdep, a_lock_taken_twice_is_named_and_does_not_hang)
{
	struct caught caught;

	REQUIRE_CHECKS();
	EXPECT_REPORT(lock_twice, catch_run(take_twice, NULL, &caught));
	EXPECT_EQ(caught.kind, CAUGHT_REPORT);
	EXPECT_FIELD("lock", "lock_a");
	EXPECT_EQ(preempt_count(), 0);
	give_up_a();
}

static void lock_mutex_twice(void *unused)
{
	(void)unused;
	mutex_lock(&mutex_a);
	mutex_lock(&mutex_a);
}

KTEST(lockdep, so_is_a_mutex)
{
	struct caught caught;

	REQUIRE_CHECKS();
	EXPECT_REPORT(lock_twice, catch_run(lock_mutex_twice, NULL, &caught));
	EXPECT_FIELD("lock", "mutex_a");
	EXPECT_TRUE(mutex_owner(&mutex_a) == current);
	mutex_a.owner = 0; /* nobody is left to give it up */
}

static void nest(spinlock_t *outer, spinlock_t *inner)
{
	spin_lock(outer);
	spin_lock(inner);
	spin_unlock(inner);
	spin_unlock(outer);
}

KTEST(lockdep, two_locks_in_both_orders_are_told_with_both_chains)
{
	char held[64], earlier[128];

	REQUIRE_CHECKS();
	lockdep_reset();
	nest(&lock_a, &lock_b);
	nest(&lock_a, &lock_b);
	EXPECT_REPORT(lock_order, nest(&lock_b, &lock_a));
	EXPECT_TRUE(report_field("held", held, sizeof(held)) && strstr(held, "lock_b@nest"));
	EXPECT_TRUE(report_field("earlier", earlier, sizeof(earlier)) &&
	            strstr(earlier, "lock_a@nest") && strstr(earlier, "->lock_b@nest"));
	lockdep_reset();
}

KTEST(lockdep, a_ring_of_three_is_found)
{
	char earlier[160];

	REQUIRE_CHECKS();
	lockdep_reset();
	nest(&lock_a, &lock_b);
	nest(&lock_b, &lock_c);
	EXPECT_REPORT(lock_order, nest(&lock_c, &lock_a));
	EXPECT_TRUE(report_field("earlier", earlier, sizeof(earlier)) &&
	            strstr(earlier, "lock_a@nest") && strstr(earlier, "->lock_b@nest") &&
	            strstr(earlier, "->lock_c@nest"));
	lockdep_reset();
}

static int mutex_ab(void *unused)
{
	(void)unused;
	mutex_lock(&mutex_a);
	mutex_lock(&mutex_b);
	mutex_unlock(&mutex_b);
	mutex_unlock(&mutex_a);
	return 0;
}

KTEST(lockdep, mutexes_of_two_threads_count_as_well)
{
	REQUIRE_CHECKS();
	lockdep_reset();
	EXPECT_EQ(crew_run(1, mutex_ab, NULL, 0), 0);
	mutex_lock(&mutex_b);
	EXPECT_REPORT(lock_order, mutex_lock(&mutex_a));
	mutex_unlock(&mutex_a);
	mutex_unlock(&mutex_b);
	lockdep_reset();
}

/* Only the pair in this case is of one class; zone locks and their like never nest. */
KTEST(lockdep, two_locks_of_one_class_are_told)
{
	spinlock_t pair[2];

	REQUIRE_CHECKS();
	for (int i = 0; i < 2; i++)
		spin_lock_init(&pair[i]);
	EXPECT_REPORT(lock_order, nest(&pair[0], &pair[1]));
	lockdep_reset();
}

static void take_in_irq(struct timer_list *timer)
{
	(void)timer;
	spin_lock(&lock_c);
	spin_unlock(&lock_c);
}

KTEST(lockdep, a_lock_of_handlers_that_is_held_with_interrupts_on_is_told)
{
	struct timer_list timer;

	REQUIRE_CHECKS();
	lockdep_reset();
	timer_setup(&timer, take_in_irq);
	mod_timer(&timer, jiffies + 1);
	schedule_timeout_uninterruptible(3);
	EXPECT_REPORT(lock_irq, spin_lock(&lock_c));
	spin_unlock(&lock_c);
	EXPECT_FIELD("lock", "lock_c");
	lockdep_reset();
}

KTEST(lockdep, also_when_another_lock_stands_between)
{
	struct timer_list timer;
	unsigned long flags;

	REQUIRE_CHECKS();
	lockdep_reset();
	timer_setup(&timer, take_in_irq);
	mod_timer(&timer, jiffies + 1);
	schedule_timeout_uninterruptible(3);
	spin_lock(&lock_b); /* with interrupts on, but no handler takes it ... */
	spin_unlock(&lock_b);
	flags = local_irq_save();
	EXPECT_REPORT(lock_irq, nest(&lock_c, &lock_b)); /* ... except behind lock_c */
	local_irq_restore(flags);
	EXPECT_FIELD("irq_lock", "lock_c");
	EXPECT_FIELD("lock", "lock_b");
	lockdep_reset();
}

KTEST(lockdep, an_unlock_of_what_is_not_held_is_refused)
{
	REQUIRE_CHECKS();
	EXPECT_REPORT(lock_not_held, spin_unlock(&lock_a));
	EXPECT_FIELD("lock", "lock_a");
	EXPECT_EQ(preempt_count(), 0);
	EXPECT_TRUE(!spin_is_locked(&lock_a));
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
}

static int end_with_mutex(void *unused)
{
	(void)unused;
	mutex_lock(&mutex_a);
	return 0;
}

KTEST(lockdep, a_lock_held_at_the_end_of_a_thread_is_told)
{
	EXPECT_REPORT(lock_held, crew_run(1, end_with_mutex, NULL, 0));
	EXPECT_FIELD(DEBUG_BUILD ? "lock" : "mutexes", DEBUG_BUILD ? "mutex_a" : "1");
	EXPECT_FIELD("what", "thread_exit");
	mutex_a.owner = 0;
}

static int end_with_preemption_off(void *unused)
{
	(void)unused;
	preempt_disable();
	return 0;
}

KTEST(lockdep, preemption_off_at_the_end_of_a_thread_is_told)
{
	EXPECT_REPORT(lock_held, crew_run(1, end_with_preemption_off, NULL, 0));
	EXPECT_FIELD("preempt_count", "1");
}

KTEST(lockdep, a_sleep_names_the_lock_that_is_held)
{
	char held[64];

	REQUIRE_CHECKS();
	spin_lock(&lock_a);
	EXPECT_REPORT(sleep_in_atomic, msleep(1));
	spin_unlock(&lock_a);
	EXPECT_TRUE(report_field("held", held, sizeof(held)) && strstr(held, "lock_a@"));
}

KTEST(lockdep, right_use_teaches_it_and_tells_nothing)
{
	struct lockdep_stats s;

	REQUIRE_CHECKS();
	lockdep_reset();
	for (int i = 0; i < 50; i++) {
		nest(&lock_a, &lock_b);
		nest(&lock_b, &lock_c);
		nest(&lock_a, &lock_c);
		mutex_ab(NULL);
	}
	lockdep_get_stats(&s);
	EXPECT_TRUE(s.classes >= 5 && s.edges >= 4);
	spin_lock(&lock_c); /* who only tries cannot wait for anybody */
	EXPECT_TRUE(spin_trylock(&lock_a));
	spin_unlock(&lock_a);
	spin_unlock(&lock_c);
	lockdep_reset();
}
