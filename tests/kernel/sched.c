/* SPDX-License-Identifier: MIT */
/* sched.c - tests of threads and of who runs when. Cases that count turns bind their threads to one
 * CPU, so that they say the same on every machine. */
#include "asm/devices.h"
#include "asm/irq.h"
#include "asm/irqflags.h"
#include "asm/stack.h"
#include "catch.h"
#include "errno.h"
#include "fail.h"
#include "kernel.h"
#include "asm/processor.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "mm/page_alloc.h"
#include "mm/vmalloc.h"
#include "on_cpus.h"
#include "threads.h"
#include "timer.h"
#include "wait.h"

static int count_one(void *counter)
{
	__atomic_add_fetch((unsigned int *)counter, 1, __ATOMIC_SEQ_CST);
	return 1;
}

/* --- switching ---------------------------------------------------------------------------- */

/* Two threads that take turns by schedule() on one CPU write down who ran. */
struct turns {
	char log[64];
	unsigned int n;
};
static struct turns turns;

static int take_turns(void *name)
{
	for (int i = 0; i < 8; i++) {
		turns.log[turns.n++] = *(char *)name;
		schedule();
	}
	return 0;
}

static bool bind_crew(struct crew *crew, unsigned int cpu)
{
	for (unsigned int i = 0; i < crew->n; i++)
		if (kthread_bind(crew->tasks[i], cpu))
			return false;
	return true;
}

KTEST(sched, two_threads_that_yield_take_turns)
{
	static char names[] = "ab";
	struct crew crew;

	turns = (struct turns){.n = 0};
	ASSERT_TRUE(crew_make(&crew, 2, take_turns, names, 1));
	EXPECT_TRUE(bind_crew(&crew, 0));
	preempt_disable(); /* both are there before either runs */
	crew_start(&crew);
	preempt_enable();
	crew_join(&crew);
	EXPECT_EQ(turns.n, 16);
	for (unsigned int i = 2; i < 16; i++)
		EXPECT_TRUE(turns.log[i] == turns.log[i - 2] || turns.log[i] != turns.log[i - 1]);
	EXPECT_SOUND(sched_check());
}

/* Registers and stack of a task survive being switched away. */
static noinline unsigned int churn(unsigned int depth, unsigned int seed)
{
	volatile unsigned int mine[8];
	unsigned int sum = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(mine); i++)
		mine[i] = seed * 31 + i;
	schedule();
	if (depth)
		sum += churn(depth - 1, seed + 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(mine); i++)
		sum += mine[i] != seed * 31 + i;
	return sum;
}

static int churn_deep(void *seed)
{
	return (int)churn(10, *(unsigned int *)seed);
}

KTEST(sched, stacks_and_registers_survive_switching)
{
	unsigned int seeds[8] = {1, 20, 300, 4000, 50000, 6, 7, 8};

	EXPECT_EQ(crew_run(8, churn_deep, seeds, sizeof(seeds[0])), 0);
}

/* --- preemption --------------------------------------------------------------------------- */

static volatile unsigned int spinning_flag;

static int spin_until_set(void *unused)
{
	(void)unused;
	while (!spinning_flag)
		cpu_relax();
	return 0;
}

static int set_flag(void *unused)
{
	(void)unused;
	spinning_flag = 1;
	return 0;
}

KTEST(sched, a_thread_that_spins_is_preempted_by_the_tick)
{
	struct crew spinner, setter;

	spinning_flag = 0;
	ASSERT_TRUE(crew_make(&spinner, 1, spin_until_set, NULL, 0));
	ASSERT_TRUE(crew_make(&setter, 1, set_flag, NULL, 0));
	EXPECT_TRUE(bind_crew(&spinner, 0) && bind_crew(&setter, 0));
	crew_start(&spinner);
	crew_start(&setter);
	crew_join(&setter);
	crew_join(&spinner);
}

KTEST(sched, nobody_runs_here_while_preemption_is_off)
{
	unsigned int ran = 0;
	struct crew crew;
	unsigned long end;

	ASSERT_TRUE(crew_make(&crew, 1, count_one, &ran, 0));
	get_cpu();
	EXPECT_TRUE(bind_crew(&crew, raw_smp_processor_id()));
	sched_set_prio(crew.tasks[0], 0);
	crew_start(&crew);
	end = jiffies + 4;
	while (!time_after(jiffies, end))
		cpu_relax();
	EXPECT_EQ(READ_ONCE(ran), 0);
	EXPECT_TRUE(need_resched());
	put_cpu(); /* here it gets the CPU */
	EXPECT_EQ(READ_ONCE(ran), 1);
	crew_join(&crew);
}

KTEST(sched, a_better_task_preempts_its_waker_at_once)
{
	unsigned int ran = 0;
	struct crew crew;

	ASSERT_TRUE(crew_make(&crew, 1, count_one, &ran, 0));
	migrate_disable();
	EXPECT_TRUE(bind_crew(&crew, raw_smp_processor_id()));
	sched_set_prio(crew.tasks[0], DEFAULT_PRIO - 1);
	crew_start(&crew);
	EXPECT_EQ(READ_ONCE(ran), 1);
	migrate_enable();
	crew_join(&crew);
}

/* No tick can end the slice while it looks: interrupts are off. */
KTEST(sched, an_equal_task_waits_for_the_end_of_the_slice)
{
	unsigned int ran = 0;
	unsigned long flags;
	struct crew crew;

	ASSERT_TRUE(crew_make(&crew, 1, count_one, &ran, 0));
	migrate_disable();
	EXPECT_TRUE(bind_crew(&crew, raw_smp_processor_id()));
	flags = local_irq_save();
	current->slice = SLICE_TICKS;
	crew_start(&crew);
	EXPECT_TRUE(!need_resched());
	EXPECT_EQ(READ_ONCE(ran), 0);
	local_irq_restore(flags);
	while (!READ_ONCE(ran)) /* the end of the slice takes the CPU away */
		cpu_relax();
	crew_join(&crew);
	EXPECT_EQ(ran, 1);
	migrate_enable();
}

KTEST(sched, a_worse_task_runs_only_when_the_better_sleep)
{
	unsigned int ran = 0;
	struct crew crew;
	unsigned long end;

	ASSERT_TRUE(crew_make(&crew, 1, count_one, &ran, 0));
	migrate_disable();
	EXPECT_TRUE(bind_crew(&crew, raw_smp_processor_id()));
	sched_set_prio(crew.tasks[0], NR_PRIOS - 1);
	crew_start(&crew);
	end = jiffies + 3 * SLICE_TICKS;
	while (!time_after(jiffies, end))
		cond_resched();
	EXPECT_EQ(READ_ONCE(ran), 0);
	crew_join(&crew);
	EXPECT_EQ(ran, 1);
	migrate_enable();
}

/* A task that is preempted between setting its state and schedule() is not lost. */
static int dawdle(void *unused)
{
	(void)unused;
	for (int i = 0; i < 4; i++) {
		unsigned long start = jiffies;

		set_current_state(TASK_UNINTERRUPTIBLE);
		while (jiffies == start)
			barrier();
		__set_current_state(TASK_RUNNING);
	}
	return 1;
}

static int keep_busy(void *until)
{
	while (!READ_ONCE(*(unsigned int *)until))
		cond_resched();
	return 0;
}

KTEST(sched, preemption_of_a_task_that_is_about_to_sleep_does_not_lose_it)
{
	struct crew sleepers, busy;
	unsigned int done = 0;

	ASSERT_TRUE(crew_make(&sleepers, 2, dawdle, NULL, 0));
	ASSERT_TRUE(crew_make(&busy, 1, keep_busy, &done, 0));
	EXPECT_TRUE(bind_crew(&sleepers, 0) && bind_crew(&busy, 0));
	crew_start(&busy);
	crew_start(&sleepers);
	EXPECT_EQ(crew_join(&sleepers), 2);
	WRITE_ONCE(done, 1);
	crew_join(&busy);
}

static int move_while_bound(void *unused)
{
	unsigned int here, wrong;

	(void)unused;
	migrate_disable();
	here = raw_smp_processor_id();
	wrong = set_cpus_allowed(current, cpu_online_mask->bits & ~(1ul << here)) != -EBUSY;
	wrong += raw_smp_processor_id() != here || current->cpus_allowed != ~0u;
	migrate_enable();
	return (int)wrong;
}

KTEST(sched, who_is_bound_to_a_cpu_is_not_moved_and_told_so)
{
	SKIP_UNLESS_SMP();
	EXPECT_EQ(crew_run(1, move_while_bound, NULL, 0), 0);
}

/* --- fairness ----------------------------------------------------------------------------- */

struct share {
	unsigned long end;
	unsigned long ticks;
};

static int burn(void *arg)
{
	struct share *s = arg;

	while (!time_after(jiffies, READ_ONCE(s->end)))
		barrier(); /* no PAUSE, which is slow under -icount */
	s->ticks = current->ticks;
	return 0;
}

KTEST(sched, equal_tasks_share_the_cpu_equally)
{
	struct share shares[4];
	unsigned long least = ~0ul, most = 0;
	struct crew crew;

	for (int i = 0; i < 4; i++)
		shares[i] = (struct share){jiffies + 12 * SLICE_TICKS, 0};
	ASSERT_TRUE(crew_make(&crew, 4, burn, shares, sizeof(shares[0])));
	EXPECT_TRUE(bind_crew(&crew, 0));
	crew_start(&crew);
	crew_join(&crew);
	for (int i = 0; i < 4; i++) {
		least = min(least, shares[i].ticks);
		most = max(most, shares[i].ticks);
	}
	EXPECT_TRUE(least > 0 && most - least <= 2 * SLICE_TICKS);
}

KTEST(sched, a_raised_priority_counts_at_once)
{
	struct share shares[2];
	unsigned long before[2];
	struct crew crew;

	for (int i = 0; i < 2; i++)
		shares[i] = (struct share){jiffies + 100 * HZ, 0};
	ASSERT_TRUE(crew_make(&crew, 2, burn, shares, sizeof(shares[0])));
	EXPECT_TRUE(bind_crew(&crew, 0));
	crew_start(&crew);
	schedule_timeout_uninterruptible(4);
	before[0] = crew.tasks[0]->ticks;
	before[1] = crew.tasks[1]->ticks;
	for (int i = 0; i < 2; i++)
		WRITE_ONCE(shares[i].end, jiffies + 6 * SLICE_TICKS);
	sched_set_prio(crew.tasks[1], DEFAULT_PRIO - 1); /* nobody else runs until it ends */
	crew_join(&crew);
	EXPECT_TRUE(shares[1].ticks - before[1] > 2 * (shares[0].ticks - before[0]));
}

/* --- threads ------------------------------------------------------------------------------ */

static int return_number(void *number)
{
	return *(int *)number;
}

KTEST(kthread, stop_returns_what_the_function_returned)
{
	int numbers[3] = {1, 10, 100};

	EXPECT_EQ(crew_run(3, return_number, numbers, sizeof(numbers[0])), 111);
}

static int wait_for_stop(void *unused)
{
	(void)unused;
	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return 42;
}

KTEST(kthread, stop_ends_a_thread_that_asks)
{
	struct task_struct *t = kthread_run(wait_for_stop, NULL, "waiter");

	ASSERT_TRUE(t);
	schedule_timeout_uninterruptible(2);
	EXPECT_EQ(kthread_stop(t), 42);
}

static int sleep_until_stop(void *unused)
{
	(void)unused;
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 42;
}

KTEST(kthread, stop_wakes_a_thread_that_sleeps)
{
	struct task_struct *t = kthread_run(sleep_until_stop, NULL, "sleeper");

	ASSERT_TRUE(t);
	EXPECT_TRUE(wait_until_asleep(t, 100));
	EXPECT_EQ(kthread_stop(t), 42);
}

KTEST(kthread, one_that_never_ran_ends_without_running)
{
	unsigned int ran = 0;
	struct task_struct *t = kthread_create(count_one, &ran, "never");

	ASSERT_TRUE(t);
	EXPECT_EQ(t->state, TASK_NEW);
	EXPECT_EQ(kthread_stop(t), -EINTR);
	EXPECT_EQ(ran, 0);
}

KTEST(kthread, an_ended_thread_leaves_nothing)
{
	unsigned int ran = 0, before = nr_threads();

	for (int i = 0; i < 20; i++)
		kthread_run(count_one, &ran, "short/%d", i);
	while (READ_ONCE(ran) < 20)
		schedule_timeout_uninterruptible(1);
	schedule_timeout_uninterruptible(2);
	kthread_reap();
	EXPECT_EQ(nr_threads(), before); /* and the ledger counts the pages */
}

KTEST(kthread, sixty_four_threads_run_at_once)
{
	unsigned int ran = 0;

	EXPECT_EQ(crew_run(64, count_one, &ran, 0), 64);
	EXPECT_EQ(ran, 64);
}

KTEST(kthread, bind_to_a_cpu_that_is_not_there_is_refused)
{
	unsigned int ran = 0;
	struct task_struct *t = kthread_create(count_one, &ran, "bound");

	ASSERT_TRUE(t);
	EXPECT_EQ(kthread_bind(t, NR_CPUS - 1 + 20), -EINVAL);
	EXPECT_EQ(kthread_bind(t, 0), 0);
	kthread_stop(t);
}

KTEST(kthread, stopping_what_is_no_thread_is_told)
{
	EXPECT_REPORT(bad_task, EXPECT_EQ(kthread_stop(&init_task), -ENODEV));
	EXPECT_FIELD("what", "kthread_stop");
	EXPECT_FIELD("name", "init");
	EXPECT_FIELD("task", "0");
}

/* Returns: how often there was no thread. */
static unsigned int fail_each_call(enum fail_site site)
{
	unsigned int ran = 0, failed = 0;

	for (unsigned long nth = 1; nth < 8; nth++) {
		struct task_struct *t;

		kthread_reap();
		vm_unmap_aliases(); /* no stack is at hand */
		fail_arm(site, nth);
		t = kthread_create(count_one, &ran, "fail");
		fail_arm(site, 0);
		failed += !t;
		if (t)
			kthread_stop(t);
	}
	EXPECT_EQ(ran, 0);
	return failed;
}

KTEST(kthread, without_memory_there_is_no_thread_and_no_loss)
{
	EXPECT_TRUE(fail_each_call(FAIL_slab) > 0);
	if (THREAD_SIZE > PAGE_SIZE) /* vmalloc asks twice for a single page */
		EXPECT_TRUE(fail_each_call(FAIL_alloc_pages) > 0);
}

KTEST(kthread, names_and_numbers_are_its_own)
{
	unsigned int ran = 0;
	struct task_struct *a = kthread_create(count_one, &ran, "name/%d", 7);
	struct task_struct *b = kthread_create(count_one, &ran, "a_name_that_is_far_too_long");

	ASSERT_TRUE(a && b);
	EXPECT_STREQ(a->comm, "name/7");
	EXPECT_EQ(strlen(b->comm), TASK_COMM_LEN - 1);
	EXPECT_TRUE(a->pid != b->pid);
	kthread_stop(a);
	kthread_stop(b);
}

/* --- stacks ------------------------------------------------------------------------------- */

static noinline int recurse(volatile unsigned int *stop)
{
	volatile unsigned int frame[16];

	frame[0] = *stop;
	return frame[0] ? 0 : recurse(&frame[0]) + (int)frame[0];
}

static void overflow(void *unused)
{
	volatile unsigned int never = 0;

	(void)unused;
	recurse(&never);
}

static int overflow_caught(void *unused)
{
	struct caught caught;

	(void)unused;
	return catch_run(overflow, NULL, &caught) == CAUGHT_STACK_OVERFLOW;
}

KTEST(kthread, a_stack_that_runs_over_is_named_by_its_thread)
{
	struct task_struct *t = kthread_create(overflow_caught, NULL, "deep");
	char guard[40];

	ASSERT_TRUE(t);
	get_task_struct(t);
	ktest_expect_begin();
	wake_up_process(t);
	EXPECT_EQ(kthread_join(t), 1);
	ktest_expect_end(__FILE__, __LINE__, REPORT_stack_overflow);
	EXPECT_FIELD("stack", "deep");
	EXPECT_TRUE(report_field("guard", guard, sizeof(guard)));
	put_task_struct(t);
}

static int use_stack(void *unused)
{
	volatile char frame[1024];

	(void)unused;
	frame[0] = 1;
	for (unsigned int i = 0; i < sizeof(frame); i++)
		frame[i] = (char)i;
	return frame[0];
}

KTEST(kthread, the_high_water_mark_shows_what_was_used)
{
	struct task_struct *t = kthread_create(use_stack, NULL, "stack");
	unsigned long before;

	ASSERT_TRUE(t);
	get_task_struct(t);
	before = stack_high_water(&t->stack);
	EXPECT_TRUE(before < 64);
	wake_up_process(t);
	kthread_join(t);
	EXPECT_TRUE(stack_high_water(&t->stack) > 1024 &&
	            stack_high_water(&t->stack) <= THREAD_SIZE);
	put_task_struct(t);
}

KTEST(kthread, interrupts_have_a_stack_of_their_own)
{
	const struct kernel_stack *s = irq_stack(0);
	unsigned long end = jiffies + 2;

	while (!time_after(jiffies, end))
		cpu_relax();
	ASSERT_TRUE(s);
	EXPECT_TRUE(stack_high_water(s) > 32 && stack_high_water(s) < IRQ_STACK_SIZE / 2);
	EXPECT_TRUE(stack_find(s->top - 4) == s && stack_find(s->guard) == s);
}

static void fault(void *unused)
{
	volatile unsigned long nowhere = 0x10;

	(void)unused;
	*(volatile int *)nowhere = 1;
}

static int fault_caught(void *unused)
{
	struct caught caught;

	(void)unused;
	return catch_run(fault, NULL, &caught) == CAUGHT_FAULT;
}

KTEST(kthread, an_oops_that_is_caught_ends_only_what_faulted)
{
	struct task_struct *t = kthread_create(fault_caught, NULL, "faulty");
	char pid[12], number[12];

	ASSERT_TRUE(t);
	get_task_struct(t);
	ktest_expect_begin();
	wake_up_process(t);
	EXPECT_EQ(kthread_join(t), 1);
	ktest_expect_end(__FILE__, __LINE__, REPORT_kernel_fault);
	snprintf(number, sizeof(number), "%d", t->pid);
	EXPECT_TRUE(report_field("task", pid, sizeof(pid)));
	EXPECT_STREQ(pid, number);
	put_task_struct(t);
}

/* Catch frames belong to their task: two tasks in catch_run() at once do not mix. */
static int catch_across_switch(void *unused);
static void sleep_then_fault(void *unused)
{
	schedule_timeout_uninterruptible(2);
	fault(unused);
}

static int catch_across_switch(void *unused)
{
	struct caught caught;

	return catch_run(sleep_then_fault, unused, &caught) == CAUGHT_FAULT;
}

KTEST(kthread, each_thread_comes_back_to_its_own_frame)
{
	struct crew crew;

	ASSERT_TRUE(crew_make(&crew, 3, catch_across_switch, NULL, 0));
	crew_start(&crew);
	ktest_expect_begin();
	EXPECT_EQ(crew_join(&crew), 3);
	EXPECT_EQ(ktest_expect_many(REPORT_kernel_fault), 3);
}

/* --- restartable sections ------------------------------------------------------------------ */

static int allocate_for_a_while(void *arg)
{
	unsigned long end = *(unsigned long *)arg;
	struct page *pages[4];
	unsigned int bad = 0;

	while (!time_after(jiffies, end)) {
		for (int i = 0; i < 4; i++)
			pages[i] = alloc_page(GFP_KERNEL);
		for (int i = 0; i < 4; i++) {
			if (!pages[i])
				continue;
			bad += page_ref_count(pages[i]) != 1;
			__free_page(pages[i]);
		}
	}
	return (int)bad;
}

KTEST(sched, page_fast_paths_are_right_when_preempted)
{
	unsigned long end = jiffies + 8;

	EXPECT_EQ(crew_run(6, allocate_for_a_while, &end, 0), 0);
}
