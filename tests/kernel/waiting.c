/* SPDX-License-Identifier: MIT */
/* waiting.c - tests of everything that tasks wait by: queues, completions, mutexes, rwsems,
 * semaphores, and of waits that nobody ends. */
#include "asm/devices.h"
#include "asm/processor.h"
#include "catch.h"
#include "completion.h"
#include "hung.h"
#include "kernel.h"
#include "lib/string.h"
#include "mutex.h"
#include "rwsem.h"
#include "semaphore.h"
#include "threads.h"
#include "timer.h"
#include "wait.h"

/* --- wait queues -------------------------------------------------------------------------- */

static DECLARE_WAIT_QUEUE_HEAD(queue);
static unsigned int tickets; /* atomic: what the waiters want, one each */
static unsigned int served[MAX_CREW], nr_served;

static bool take_ticket(void)
{
	unsigned int n = __atomic_load_n(&tickets, __ATOMIC_RELAXED);

	while (n && !__atomic_compare_exchange_n(&tickets, &n, n - 1, false, __ATOMIC_SEQ_CST,
	                                         __ATOMIC_RELAXED))
		;
	return n;
}

static void note_served(const void *arg)
{
	served[__atomic_fetch_add(&nr_served, 1, __ATOMIC_SEQ_CST)] = *(const unsigned int *)arg;
}

static int wait_exclusive(void *arg)
{
	wait_event_exclusive(queue, take_ticket());
	note_served(arg);
	return 0;
}

static int wait_shared(void *arg)
{
	wait_event(queue, READ_ONCE(tickets));
	note_served(arg);
	return 0;
}

static const unsigned int numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static bool open_queue(struct crew *crew, unsigned int n, int (*fn)(void *))
{
	tickets = nr_served = 0;
	return crew_make(crew, n, fn, (void *)numbers, sizeof(numbers[0]));
}

KTEST(wait, exclusive_waiters_are_woken_one_by_one_in_order)
{
	struct crew crew;

	ASSERT_TRUE(open_queue(&crew, 8, wait_exclusive));
	EXPECT_TRUE(crew_start_in_order(&crew));
	for (unsigned int i = 0; i < 8; i++) {
		__atomic_add_fetch(&tickets, 1, __ATOMIC_SEQ_CST);
		EXPECT_EQ(wake_up(&queue), 1);
		while (READ_ONCE(nr_served) <= i)
			schedule_timeout_uninterruptible(1);
		EXPECT_EQ(served[i], i);
		EXPECT_EQ(nr_served, i + 1);
	}
	crew_join(&crew);
	EXPECT_TRUE(!waitqueue_active(&queue));
}

KTEST(wait, everybody_else_is_woken_at_once)
{
	struct crew crew;

	ASSERT_TRUE(open_queue(&crew, 8, wait_shared));
	EXPECT_TRUE(crew_start_in_order(&crew));
	tickets = 1;
	EXPECT_EQ(wake_up(&queue), 8);
	crew_join(&crew);
	EXPECT_EQ(nr_served, 8);
}

KTEST(wait, waking_a_queue_where_nobody_waits_does_nothing)
{
	EXPECT_EQ(wake_up(&queue), 0);
	EXPECT_EQ(wake_up_all(&queue), 0);
}

KTEST(wait, a_wake_up_without_the_condition_lets_them_wait_on)
{
	struct crew crew;

	ASSERT_TRUE(open_queue(&crew, 2, wait_exclusive));
	EXPECT_TRUE(crew_start_in_order(&crew));
	wake_up_all(&queue);
	EXPECT_TRUE(wait_until_asleep(crew.tasks[0], 200) && wait_until_asleep(crew.tasks[1], 200));
	EXPECT_EQ(nr_served, 0);
	tickets = 2;
	wake_up_all(&queue);
	crew_join(&crew);
	EXPECT_EQ(nr_served, 2);
}

KTEST(wait, time_out_ends_the_wait_and_says_so)
{
	unsigned long start = jiffies;

	tickets = 0;
	EXPECT_EQ(wait_event_timeout(queue, READ_ONCE(tickets), 4), 0);
	EXPECT_TRUE(jiffies - start >= 4);
	tickets = 1;
	EXPECT_EQ(wait_event_timeout(queue, READ_ONCE(tickets), 4), 4);
	EXPECT_TRUE(!waitqueue_active(&queue));
}

static int wake_later(void *unused)
{
	(void)unused;
	schedule_timeout_uninterruptible(3);
	WRITE_ONCE(tickets, 1);
	wake_up(&queue);
	return 0;
}

KTEST(wait, a_wake_up_in_time_leaves_ticks)
{
	struct crew crew;
	long left;

	tickets = 0;
	ASSERT_TRUE(crew_make(&crew, 1, wake_later, NULL, 0));
	crew_start(&crew);
	left = wait_event_timeout(queue, READ_ONCE(tickets), 1000);
	EXPECT_TRUE(left > 0 && left < 1000);
	crew_join(&crew);
}

/* Producers and consumers lose nothing over 2000 hand-overs. */
enum { HANDED = 500 };
static int produce(void *unused)
{
	(void)unused;
	for (int i = 0; i < HANDED; i++) {
		__atomic_add_fetch(&tickets, 1, __ATOMIC_SEQ_CST);
		wake_up(&queue);
		if (i % 7 == 0)
			schedule();
	}
	return 0;
}

static int consume(void *unused)
{
	(void)unused;
	for (int i = 0; i < HANDED; i++)
		wait_event_exclusive(queue, take_ticket());
	return 1;
}

KTEST(wait, no_wake_up_is_lost_between_producers_and_consumers)
{
	struct crew producers, consumers;

	tickets = 0;
	ASSERT_TRUE(crew_make(&consumers, 4, consume, NULL, 0));
	ASSERT_TRUE(crew_make(&producers, 4, produce, NULL, 0));
	crew_start(&consumers);
	crew_start(&producers);
	crew_join(&producers);
	EXPECT_EQ(crew_join(&consumers), 4);
	EXPECT_EQ(tickets, 0);
}

/* --- completions -------------------------------------------------------------------------- */

static struct completion done;

static int wait_done(void *arg)
{
	wait_for_completion(&done);
	note_served(arg);
	return 0;
}

KTEST(completion, lets_one_go_for_each_complete)
{
	struct crew crew;

	init_completion(&done);
	ASSERT_TRUE(open_queue(&crew, 3, wait_done));
	EXPECT_TRUE(crew_start_in_order(&crew));
	for (unsigned int i = 0; i < 3; i++) {
		complete(&done);
		while (READ_ONCE(nr_served) <= i)
			schedule_timeout_uninterruptible(1);
		EXPECT_EQ(served[i], i);
	}
	crew_join(&crew);
	EXPECT_EQ(done.done, 0);
}

KTEST(completion, told_before_is_as_good_as_told_after)
{
	init_completion(&done);
	complete(&done);
	complete(&done);
	wait_for_completion(&done);
	EXPECT_TRUE(try_wait_for_completion(&done));
	EXPECT_TRUE(!try_wait_for_completion(&done));
	EXPECT_EQ(wait_for_completion_timeout(&done, 2), 0);
	complete_all(&done);
	wait_for_completion(&done);
	wait_for_completion(&done);
}

/* --- mutexes ------------------------------------------------------------------------------ */

static DEFINE_MUTEX(lock);
static unsigned long guarded;

static int add_under_mutex(void *unused)
{
	(void)unused;
	for (int i = 0; i < 200; i++) {
		unsigned long seen;

		mutex_lock(&lock);
		seen = READ_ONCE(guarded);
		if (i % 5 == 0)
			schedule();
		WRITE_ONCE(guarded, seen + 1);
		mutex_unlock(&lock);
	}
	return 0;
}

KTEST(mutex, only_one_is_inside)
{
	guarded = 0;
	EXPECT_EQ(crew_run(8, add_under_mutex, NULL, 0), 0);
	EXPECT_EQ(guarded, 1600);
	EXPECT_TRUE(!mutex_is_locked(&lock));
}

static int lock_and_note(void *arg)
{
	mutex_lock(&lock);
	note_served(arg);
	mutex_unlock(&lock);
	return 0;
}

KTEST(mutex, goes_to_who_has_waited_longest)
{
	struct crew crew;

	mutex_lock(&lock);
	ASSERT_TRUE(open_queue(&crew, 8, lock_and_note));
	EXPECT_TRUE(crew_start_in_order(&crew));
	mutex_unlock(&lock);
	crew_join(&crew);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT_EQ(served[i], i);
}

KTEST(mutex, is_handed_over_so_that_its_last_owner_does_not_get_ahead)
{
	struct crew crew;

	mutex_lock(&lock);
	ASSERT_TRUE(open_queue(&crew, 1, lock_and_note));
	EXPECT_TRUE(crew_start_in_order(&crew));
	mutex_unlock(&lock);
	EXPECT_TRUE(mutex_owner(&lock) != current);
	mutex_lock(&lock);
	EXPECT_EQ(nr_served, 1);
	mutex_unlock(&lock);
	crew_join(&crew);
}

static int try_lock(void *unused)
{
	(void)unused;
	return mutex_trylock(&lock);
}

KTEST(mutex, trylock_does_not_wait)
{
	EXPECT_TRUE(mutex_trylock(&lock));
	EXPECT_EQ(crew_run(1, try_lock, NULL, 0), 0);
	mutex_unlock(&lock);
}

static int unlock_it(void *unused)
{
	(void)unused;
	mutex_unlock(&lock);
	return 0;
}

KTEST(mutex, unlock_by_somebody_else_is_refused)
{
	EXPECT_REPORT(lock_not_held, mutex_unlock(&lock));
	EXPECT_FIELD("owner", "nobody");
	mutex_lock(&lock);
	EXPECT_REPORT(lock_not_held, crew_run(1, unlock_it, NULL, 0));
	EXPECT_FIELD("what", "mutex");
	EXPECT_FIELD("owner", "init");
	EXPECT_TRUE(mutex_owner(&lock) == current);
	mutex_unlock(&lock);
}

/* --- rwsems ------------------------------------------------------------------------------- */

static DECLARE_RWSEM(sem);
static unsigned int readers_inside, most_readers, writers_inside, broken;

static int read_inside(void *unused)
{
	unsigned int n;

	(void)unused;
	for (int i = 0; i < 30; i++) {
		down_read(&sem);
		n = __atomic_add_fetch(&readers_inside, 1, __ATOMIC_SEQ_CST);
		most_readers = max(most_readers, n);
		broken += READ_ONCE(writers_inside);
		schedule();
		__atomic_sub_fetch(&readers_inside, 1, __ATOMIC_SEQ_CST);
		up_read(&sem);
	}
	return 0;
}

static int write_inside(void *unused)
{
	(void)unused;
	for (int i = 0; i < 30; i++) {
		down_write(&sem);
		broken += READ_ONCE(readers_inside) + READ_ONCE(writers_inside);
		writers_inside++;
		schedule();
		writers_inside--;
		up_write(&sem);
		schedule();
	}
	return 0;
}

KTEST(rwsem, readers_share_and_writers_are_alone)
{
	struct crew readers, writers;

	readers_inside = most_readers = writers_inside = broken = 0;
	ASSERT_TRUE(crew_make(&readers, 5, read_inside, NULL, 0));
	ASSERT_TRUE(crew_make(&writers, 3, write_inside, NULL, 0));
	crew_start(&readers);
	crew_start(&writers);
	crew_join(&readers);
	crew_join(&writers);
	EXPECT_EQ(broken, 0);
	EXPECT_TRUE(most_readers > 0);
	EXPECT_TRUE(down_write_trylock(&sem));
	up_write(&sem);
}

static int write_and_note(void *arg)
{
	down_write(&sem);
	note_served(arg);
	up_write(&sem);
	return 0;
}

static int read_and_note(void *arg)
{
	down_read(&sem);
	note_served(arg);
	up_read(&sem);
	return 0;
}

KTEST(rwsem, a_reader_does_not_wait_for_readers)
{
	struct crew reader;

	down_read(&sem);
	ASSERT_TRUE(open_queue(&reader, 1, read_and_note));
	crew_start(&reader);
	crew_join(&reader); /* comes to its end while we are inside */
	EXPECT_EQ(nr_served, 1);
	up_read(&sem);
}

KTEST(rwsem, a_reader_behind_a_waiting_writer_waits)
{
	struct crew writer, reader;

	down_read(&sem);
	ASSERT_TRUE(open_queue(&writer, 1, write_and_note));
	ASSERT_TRUE(crew_make(&reader, 1, read_and_note, (void *)&numbers[9], 0));
	EXPECT_TRUE(crew_start_in_order(&writer) && crew_start_in_order(&reader));
	EXPECT_EQ(nr_served, 0);
	EXPECT_TRUE(!down_read_trylock(&sem));
	up_read(&sem);
	crew_join(&writer);
	crew_join(&reader);
	EXPECT_TRUE(served[0] == 0 && served[1] == 9);
}

KTEST(rwsem, a_writer_can_become_a_reader)
{
	struct crew reader;

	down_write(&sem);
	ASSERT_TRUE(open_queue(&reader, 1, read_and_note));
	EXPECT_TRUE(crew_start_in_order(&reader));
	downgrade_write(&sem);
	crew_join(&reader);
	EXPECT_EQ(nr_served, 1);
	EXPECT_TRUE(!down_write_trylock(&sem));
	up_read(&sem);
}

KTEST(rwsem, up_without_down_is_refused)
{
	EXPECT_REPORT(lock_not_held, up_read(&sem));
	EXPECT_FIELD("what", "up_read");
	EXPECT_REPORT(lock_not_held, up_write(&sem));
	down_read(&sem);
	EXPECT_REPORT(lock_not_held, downgrade_write(&sem));
	up_read(&sem);
	EXPECT_EQ(sem.activity, 0);
}

/* --- semaphores --------------------------------------------------------------------------- */

static struct semaphore places;
static unsigned int inside, most_inside;

static int use_place(void *unused)
{
	(void)unused;
	for (int i = 0; i < 20; i++) {
		unsigned int n;

		down(&places);
		n = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		most_inside = max(most_inside, n);
		if (i % 8)
			schedule();
		else
			schedule_timeout_uninterruptible(1);
		__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		up(&places);
	}
	return 0;
}

KTEST(semaphore, never_more_inside_than_places)
{
	sema_init(&places, 3);
	inside = most_inside = 0;
	EXPECT_EQ(crew_run(8, use_place, NULL, 0), 0);
	EXPECT_TRUE(most_inside > 1 && most_inside <= 3);
	EXPECT_EQ(places.count, 3);
	EXPECT_TRUE(down_timeout(&places, 1) && down_trylock(&places) && down_trylock(&places));
	EXPECT_TRUE(!down_trylock(&places) && !down_timeout(&places, 2));
}

/* --- sleeping where it is not allowed, waiting for nobody --------------------------------- */

static DEFINE_SPINLOCK(spin);

KTEST(atomic, sleeping_under_a_spinlock_names_the_holder)
{
	spin_lock(&spin);
	EXPECT_REPORT(sleep_in_atomic, msleep(10));
	spin_unlock(&spin);
	EXPECT_FIELD("what", "schedule_timeout");
	EXPECT_FIELD("context", "preempt_off");
	EXPECT_EQ(preempt_count(), 0);
}

static void sleep_under_spinlock(void *unused)
{
	(void)unused;
	spin_lock(&spin);
	msleep(10);
}

/* Ended where it would sleep, it leaves no timer on a stack that is gone. */
KTEST(atomic, who_is_ended_for_sleeping_leaves_no_timer)
{
	unsigned int timers = nr_pending_timers();
	enum report_mode before = report_mode;
	struct caught caught;

	report_mode = REPORT_OOPS;
	EXPECT_REPORT(sleep_in_atomic, catch_run(sleep_under_spinlock, NULL, &caught));
	report_mode = before;
	EXPECT_EQ(caught.kind, CAUGHT_REPORT);
	EXPECT_EQ(nr_pending_timers(), timers);
	arch_spin_unlock(&spin.rlock.arch); /* it was ended with the lock */
}

KTEST(atomic, a_mutex_under_a_spinlock_is_told_although_it_is_free)
{
	spin_lock(&spin);
	EXPECT_REPORT(sleep_in_atomic, mutex_lock(&lock));
	EXPECT_FIELD("what", "mutex_lock");
	mutex_unlock(&lock);
	spin_unlock(&spin);
}

KTEST(atomic, waiting_with_interrupts_off_is_told)
{
	unsigned long flags = local_irq_save();

	init_completion(&done);
	complete(&done);
	EXPECT_REPORT(sleep_in_atomic, wait_for_completion(&done));
	local_irq_restore(flags);
	EXPECT_FIELD("context", "irqs_off");
}

static void wait_for_nobody(void *unused)
{
	DECLARE_WAIT_QUEUE_HEAD(nobody);

	(void)unused;
	wait_event(nobody, false);
}

static void wait_for_lost_completion(void *unused)
{
	(void)unused;
	init_completion(&done);
	wait_for_completion(&done);
}

static void expect_hung(void (*fn)(void *))
{
	unsigned long limit = hung_task_ticks;
	struct caught caught;

	hung_task_ticks = 6;
	EXPECT_REPORT(hung_task, catch_run(fn, NULL, &caught));
	hung_task_ticks = limit;
	EXPECT_EQ(caught.kind, CAUGHT_REPORT);
	EXPECT_FIELD("name", "init");
}

KTEST(hung, a_task_that_nobody_wakes_is_named_and_ended)
{
	expect_hung(wait_for_nobody);
	EXPECT_FIELD("hung_pid", "0");
}

KTEST(hung, so_is_one_that_waits_for_a_completion)
{
	expect_hung(wait_for_lost_completion);
	EXPECT_TRUE(!waitqueue_active(&done.wait));
}

static int hold_mutex_for_a_while(void *unused)
{
	(void)unused;
	mutex_lock(&lock);
	schedule_timeout_uninterruptible(HZ / 2);
	mutex_unlock(&lock);
	return 0;
}

static void lock_forever(void *unused)
{
	(void)unused;
	mutex_lock(&lock);
}

KTEST(hung, a_mutex_that_is_not_given_up_does_not_stop_the_rest)
{
	struct crew holder;

	ASSERT_TRUE(crew_make(&holder, 1, hold_mutex_for_a_while, NULL, 0));
	EXPECT_TRUE(crew_start_in_order(&holder));
	expect_hung(lock_forever);
	EXPECT_TRUE(mutex_owner(&lock) == holder.tasks[0]);
	crew_join(&holder);
	mutex_lock(&lock);
	mutex_unlock(&lock);
}
