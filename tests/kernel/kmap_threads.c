/* SPDX-License-Identifier: MIT */
/* kmap_threads.c - kmap under threads: windows that follow their task, a pool that is full, leaks
 * (K2, K3 and K6 of the misuse list). */
#include "asm/devices.h"
#include "asm/processor.h"
#include "helpers.h"
#include "kernel.h"
#include "kmap_tasks.h"
#include "mm/highmem.h"
#include "on_cpus.h"
#include "smp.h"
#include "threads.h"
#include "timer.h"
#include "wait.h"

/* Low pages take windows and entries too. */
static enum kmap_mode saved_mode;

static void force_windows(void)
{
	saved_mode = kmap_set_mode(KMAP_MODE_FORCE);
}

static void force_windows_end(void)
{
	kmap_set_mode(saved_mode);
}

struct holder {
	struct page *page;
	unsigned int bad, moved;
};

/* Holds windows while others run here: what it reads is its own page each time. */
static int hold_windows(void *arg)
{
	struct holder *h = arg;
	u32 *outer, *inner;
	unsigned int cpu;

	for (int i = 0; i < 50; i++) {
		outer = kmap_local_page(h->page);
		cpu = raw_smp_processor_id();
		*outer = (u32)(unsigned long)h;
		schedule();
		inner = kmap_local_page(h->page);
		inner[1] = (u32)i;
		schedule();
		h->bad += *outer != (u32)(unsigned long)h || outer[1] != (u32)i;
		h->moved += cpu != raw_smp_processor_id();
		kunmap_local(inner);
		if (i % 3 == 0)
			schedule();
		kunmap_local(outer);
	}
	return 0;
}

static void run_holders(unsigned int n)
{
	static struct holder holders[8];
	unsigned int got;

	for (got = 0; got < n; got++) {
		holders[got] = (struct holder){.page = alloc_page(GFP_HIGHUSER)};
		if (!holders[got].page)
			break;
	}
	EXPECT_EQ(crew_run(got, hold_windows, holders, sizeof(holders[0])), 0);
	for (unsigned int i = 0; i < got; i++) {
		EXPECT_EQ(holders[i].bad, 0);
		EXPECT_EQ(holders[i].moved, 0);
		__free_page(holders[i].page);
	}
	EXPECT_SOUND(kmap_check());
}

KTEST(kmap_threads, windows_follow_their_task_over_switches)
{
	force_windows();
	run_holders(8);
	force_windows_end();
}

KTEST(kmap_threads, and_on_the_ring_of_high_pages)
{
	SKIP_UNLESS(any_zone(ZONE_HIGHMEM), "no high memory");
	run_holders(6);
}

static int hold_while_preempted(void *arg)
{
	struct holder *h = arg;
	unsigned long end = jiffies + 6;
	u32 *va;

	while (!time_after(jiffies, end)) {
		va = kmap_local_page(h->page);
		*va = (u32)(unsigned long)h;
		for (int i = 0; i < 2000; i++)
			h->bad += READ_ONCE(*va) != (u32)(unsigned long)h;
		kunmap_local(va);
	}
	return 0;
}

KTEST(kmap_threads, windows_survive_preemption_at_any_instruction)
{
	struct holder holders[4];

	for (int i = 0; i < 4; i++) {
		holders[i] = (struct holder){.page = alloc_page(GFP_HIGHUSER)};
		ASSERT_TRUE(holders[i].page);
	}
	force_windows();
	EXPECT_EQ(crew_run(4, hold_while_preempted, holders, sizeof(holders[0])), 0);
	force_windows_end();
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(holders[i].bad, 0);
		__free_page(holders[i].page);
	}
}

static int leave_a_window(void *page)
{
	kmap_local_page(page);
	return 0;
}

KTEST(kmap_threads, a_window_left_by_a_thread_that_ends_is_told)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	ASSERT_TRUE(page);
	force_windows();
	EXPECT_REPORT(kmap_leak, crew_run(1, leave_a_window, page, 0));
	EXPECT_FIELD("what", "thread_exit");
	EXPECT_SOUND(kmap_check());
	force_windows_end();
	__free_page(page);
}

/* --- a full pool -------------------------------------------------------------------------- */

static struct page *pool[LAST_PKMAP];

static unsigned int fill_pool(void)
{
	unsigned int n;

	for (n = 0; n < LAST_PKMAP; n++) {
		pool[n] = alloc_page(GFP_HIGHUSER);
		if (!pool[n] || !kmap(pool[n]))
			break;
	}
	return n;
}

static void empty_pool(unsigned int n, unsigned int from)
{
	for (unsigned int i = from; i < n; i++)
		kunmap(pool[i]);
	for (unsigned int i = 0; i < n; i++)
		__free_page(pool[i]);
}

static unsigned int order_of[MAX_CREW], nr_got;

struct waiter {
	struct page *page;
	unsigned int number;
};

static int wait_for_an_entry(void *arg)
{
	struct waiter *w = arg;
	u32 *va = kmap(w->page);

	if (!va)
		return 0;
	order_of[__atomic_fetch_add(&nr_got, 1, __ATOMIC_SEQ_CST)] = w->number;
	*va = w->number;
	kunmap(w->page);
	return 1;
}

static bool start_waiters(struct crew *crew, struct waiter *waiters, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		waiters[i] = (struct waiter){alloc_page(GFP_HIGHUSER), i};
	nr_got = 0;
	return crew_make(crew, n, wait_for_an_entry, waiters, sizeof(waiters[0])) &&
	       crew_start_in_order(crew);
}

KTEST(kmap_threads, who_finds_the_pool_full_sleeps_and_is_woken_in_order)
{
	static struct waiter waiters[12];
	struct crew crew;
	unsigned int n;

	force_windows();
	n = fill_pool();
	if (n < LAST_PKMAP) {
		empty_pool(n, 0);
		force_windows_end();
		ktest_skip("not enough memory");
		return;
	}
	EXPECT_TRUE(start_waiters(&crew, waiters, 12));
	EXPECT_EQ(nr_got, 0);
	kunmap(pool[0]); /* one entry, handed on from each to the next */
	EXPECT_EQ(crew_join(&crew), 12);
	for (unsigned int i = 0; i < 12; i++) {
		EXPECT_EQ(order_of[i], i);
		__free_page(waiters[i].page);
	}
	empty_pool(n, 1);
	EXPECT_SOUND(kmap_check());
	force_windows_end();
}

/* 600 times somebody waits, 60 at a time: stacks for 600 threads are more than small machines have.
 * Where there are many CPUs each turn flushes them all: 180 times. */
KTEST(kmap_threads, hundreds_of_waits_all_end)
{
	static struct waiter waiters[60];
	int rounds = num_online_cpus() > 2 ? 3 : 10;
	struct crew crew;
	unsigned int n, got = 0;

	force_windows();
	n = fill_pool();
	if (n < LAST_PKMAP) {
		empty_pool(n, 0);
		force_windows_end();
		ktest_skip("not enough memory");
		return;
	}
	for (int round = 0; round < rounds; round++) {
		EXPECT_TRUE(start_waiters(&crew, waiters, 60));
		for (int i = 0; i < 5; i++)
			kunmap(pool[i]);
		got += (unsigned int)crew_join(&crew);
		for (int i = 0; i < 60; i++)
			__free_page(waiters[i].page);
		for (int i = 0; i < 5; i++)
			EXPECT_TRUE(kmap(pool[i]));
	}
	EXPECT_EQ(got, 60 * rounds);
	empty_pool(n, 0);
	EXPECT_SOUND(kmap_check());
	force_windows_end();
}

/* --- a pool that another CPU flushes ------------------------------------------------------ */

enum { MANY = LAST_PKMAP + 128 };
static struct page *many[MANY];
static unsigned int nr_slept, nr_wrong;

static bool count_sleep(bool (*ready)(void *arg), void *arg)
{
	__atomic_add_fetch(&nr_slept, 1, __ATOMIC_RELAXED);
	while (!ready(arg))
		cond_resched();
	return true;
}

static void wake_nobody(void)
{
}

static void map_many(void *arg)
{
	unsigned int cpu = raw_smp_processor_id();

	(void)arg;
	for (unsigned int i = 0; i < 3 * MANY; i++) {
		unsigned int k = (i * 7 + cpu * 97) % MANY;
		u32 *va = kmap(many[k]);

		if (!va || READ_ONCE(*va) != k)
			__atomic_add_fetch(&nr_wrong, 1, __ATOMIC_RELAXED);
		if (va)
			kunmap(many[k]);
	}
}

static unsigned int take_many(void)
{
	unsigned int n;

	for (n = 0; n < MANY; n++) {
		many[n] = alloc_page(GFP_HIGHUSER);
		if (!many[n])
			break;
		memcpy_to_page(many[n], 0, &n, sizeof(n));
		if (!PageHighMem(many[n])) {
			__free_page(many[n]);
			break;
		}
	}
	return n;
}

/* Never more entries in use than CPUs, so that nobody has a reason to sleep. */
KTEST(kmap_threads, nobody_sleeps_because_entries_are_being_flushed)
{
	enum kmap_mode before = kmap_set_mode(KMAP_MODE_RING);
	unsigned int n = take_many();

	if (n == MANY && num_online_cpus() > 1) {
		nr_slept = nr_wrong = 0;
		kmap_set_wait_ops((struct kmap_wait_ops){count_sleep, wake_nobody, NULL});
		run_on_all_cpus(map_many, NULL);
		kmap_tasks_init();
		EXPECT_EQ(nr_slept, 0);
		EXPECT_EQ(nr_wrong, 0);
		EXPECT_SOUND(kmap_check());
	} else {
		ktest_skip("not enough high memory, or one CPU");
	}
	kmap_set_mode(before);
	while (n--)
		__free_page(many[n]);
}
