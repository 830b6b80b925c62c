/* SPDX-License-Identifier: MIT */
/* sched.h - tasks and who runs next.
 *
 * Every CPU has a run queue of its own: a list for each priority and a bit mask of the lists that
 * are not empty. The first task of the best list runs, for SLICE_TICKS; then it goes to the tail.
 * A better task preempts at once. A task stays on its CPU until it wakes up the next time: then it
 * goes where least runs, its last CPU first. Source: Love, ch. 4 (Linux 2.6's O(1) lists, without
 * the expired array: a priority is a promise here, not a share). */
#pragma once
#include <asm/percpu.h>
#include <asm/spinlock.h>
#include <asm/stack.h>
#include "lib/list.h"
#include "lockdep.h"
#include "mm/kmap_ctrl.h"
#include "preempt.h"
#include "types.h"

/* What keeps a task from running. INTERRUPTIBLE may be woken early (kthread_stop()). */
enum task_state {
	TASK_RUNNING = 0,
	TASK_INTERRUPTIBLE = 1,
	TASK_UNINTERRUPTIBLE = 2,
	TASK_NEW = 4,  /* made, never woken */
	TASK_DEAD = 8, /* will not run again */
	TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE,
};

enum { NR_PRIOS = 32, DEFAULT_PRIO = 16, IDLE_PRIO = NR_PRIOS }; /* 0 is served first */
enum { SLICE_TICKS = 2, TASK_COMM_LEN = 16 };

struct catch_frame;
struct kthread;
struct shrinker;

/* (Q) lock of the run queue of ->cpu  (W) wake_lock  (T) the task itself  (C) constant */
struct task_struct {
	unsigned long sp; /* while it does not run. switch.asm: first */
	volatile unsigned int state;
	volatile bool on_cpu; /* runs, or is still being switched away from */
	bool on_rq;           /* (Q) running or waiting for the CPU */
	bool doomed;          /* waited too long: to be ended where it waits (hung.c) */
	bool has_timeout;     /* (T) sleeps for a time that it chose */
	bool sleep_told;      /* (T) might_sleep() has complained about the sleep that follows */
	unsigned int cpu;     /* (W) */
	u32 cpus_allowed;     /* (W) bit mask; an empty part of it means: any */
	unsigned int migrate_disabled;            /* (T) nested */
	unsigned int prio, slice;                 /* (Q) */
	struct list_head run_list;                /* (Q) */
	arch_spinlock_t wake_lock;                /* outer to run queue locks */
	int usage;                                /* references, atomic */
	unsigned int locks_held;                  /* (T) mutexes, and rwsems for writing */
	unsigned int memalloc_depth;              /* (T) in reclaim: may use every reserve */
	struct shrinker *shrinking;               /* (T) runs calls of this one: mm/shrinker.c */
	unsigned int unwind_disabled, unwind_due; /* unwind.h, while it does not run */
	unsigned long ticks, switches;            /* (Q) ticks of the timer that found it running */
	unsigned long wait_since;                 /* (T) jiffies when it last went to sleep */
	unsigned long wait_site;                  /* (T) who put it to sleep */
	struct catch_frame *catch;  /* (T) innermost place to come back to (catch.h) */
	struct kthread *kthread;    /* (C) NULL: boot task or idle task */
	struct kernel_stack stack;  /* (C) name points at comm */
	struct list_head all_list;  /* task_list_lock */
	struct kmap_ctrl kmap_ctrl; /* its windows while it does not run */
	int pid;                    /* (C) */
	char comm[TASK_COMM_LEN];   /* (C) */
#ifdef CONFIG_DEBUG
	unsigned int held_depth; /* (T) */
	struct held_lock held[MAX_HELD_LOCKS];
#endif
};

DECLARE_PER_CPU(struct task_struct *, current_task);
#define current raw_cpu_read(current_task)

/* How many locks the running task holds, as the checking build counts; and forget those beyond
 * `depth` without a word: the code that would have given them up was left by catch_run(). */
static inline unsigned int lockdep_depth(void)
{
#ifdef CONFIG_DEBUG
	return current->held_depth;
#else
	return 0;
#endif
}

static inline void lockdep_forget_held(unsigned int depth)
{
#ifdef CONFIG_DEBUG
	if (current->held_depth > depth)
		current->held_depth = depth;
#else
	(void)depth;
#endif
}

/* The code that booted: it goes on to be the shell and the test harness. */
extern struct task_struct init_task;

/* --- switching ---------------------------------------------------------------------------- */

/* Give the CPU away: for good while ->state is not TASK_RUNNING, else until it is our turn again.
 * Context: may sleep. With spinlocks held or in an interrupt: reported (sleep_in_atomic). */
void schedule(void);

/* The same for who holds exactly one preempt_disable(): it is undone meanwhile. */
void schedule_preempt_disabled(void);

/* Let others of the same priority run, if anybody waits for this CPU. Returns: whether it did. */
bool cond_resched(void);

/* At return from an interrupt to code that may be preempted; interrupts off. */
void preempt_schedule_irq(void);

/* Set ->state, so that everything that is tested afterwards is tested after that. */
#define set_current_state(s)   __atomic_store_n(&current->state, s, __ATOMIC_SEQ_CST)
#define __set_current_state(s) (current->state = (s))

/* --- waking ------------------------------------------------------------------------------- */

/* Make p runnable if its state is one of `states`. Returns: whether it was asleep.
 * Context: any, also interrupts. Orders what the caller wrote before what p then reads. */
bool try_to_wake_up(struct task_struct *p, unsigned int states);
static inline bool wake_up_process(struct task_struct *p)
{
	return try_to_wake_up(p, TASK_NORMAL | TASK_NEW);
}

/* --- where and how ------------------------------------------------------------------------ */

/* Stay on this CPU, but be preempted like everybody, until migrate_enable(). They nest. */
void migrate_disable(void);
void migrate_enable(void);

/* Run only on these CPUs from the next wake-up on (from now, if p is new or the caller itself: then
 * it may move before the call returns). mask without a CPU that is there: -EINVAL. The caller holds
 * a window of kmap_local_page() or called migrate_disable(), so that it cannot move: -EBUSY. */
int set_cpus_allowed(struct task_struct *p, u32 mask);

/* 0 .. NR_PRIOS-1, 0 is best. Takes effect at once. */
void sched_set_prio(struct task_struct *p, unsigned int prio);

/* --- time --------------------------------------------------------------------------------- */

enum { MAX_SCHEDULE_TIMEOUT = 0x7fffffff };

/* Sleep, with ->state set by the caller, until woken or `ticks` have passed (MAX_SCHEDULE_TIMEOUT:
 * without limit). Returns: ticks left, 0 when time ran out. */
long schedule_timeout(long ticks);
long schedule_timeout_uninterruptible(long ticks);

/* At least this long. Context: may sleep. */
void msleep(unsigned int ms);

static inline unsigned long msecs_to_jiffies(unsigned int ms)
{
	return (ms + 9) / 10; /* HZ is 100, asm/devices.h */
}

/* Called by each CPU's timer interrupt. */
void scheduler_tick(void);

/* --- CPUs --------------------------------------------------------------------------------- */

/* This CPU's boot code becomes its idle task; never returns. Context: interrupts off, the CPU's
 * descriptors and per-CPU area loaded, sched_init_cpu() done for it. */
void cpu_startup_entry(void) __noreturn;

/* Make a CPU's run queue and its idle task, so that `current` is right there from the first
 * instruction on; the stack that the CPU boots on becomes the idle task's.
 * Context: boot, before that CPU runs. */
void sched_init_cpu(unsigned int cpu);

/* The boot code becomes a task. Context: boot, once, before anything else here. */
void sched_init(void);

/* Boot CPU: from now on there is somebody to switch to. idle_stack: memory of THREAD_SIZE. */
void sched_start(void *idle_stack);

/* An interrupt from another CPU asks to look at the run queue again. Context: its handler. */
void scheduler_ipi(void);

/* --- tasks -------------------------------------------------------------------------------- */

/* Fill in a new task that starts with fn() on its stack. Returns: nothing can fail. */
void task_init(struct task_struct *p, const char *comm, void *stack, void (*fn)(void));

/* Give p the stack (memory of THREAD_SIZE) on which it begins with fn(). */
void task_set_stack(struct task_struct *p, void *stack, void (*fn)(void));

/* Known to `ps` and the checkers, or not any more. */
void task_add(struct task_struct *p);
void task_remove(struct task_struct *p);

static inline void get_task_struct(struct task_struct *p)
{
	__atomic_add_fetch(&p->usage, 1, __ATOMIC_RELAXED);
}

/* Call fn for every task, task_list_lock held and interrupts off, until it returns false. */
void for_each_task(bool (*fn)(struct task_struct *p, void *arg), void *arg);

/* The running task does not come back from this. Context: task; everything it had is given up. */
void schedule_dead(void) __noreturn;

/* What other floors keep for each task: called with interrupts off as a task leaves its CPU and as
 * it comes back, and in a thread that ends. May be NULL. */
extern void (*sched_out_hook)(struct task_struct *prev);
extern void (*sched_in_hook)(struct task_struct *next);
extern void (*task_exit_hook)(void);

/* Told of every task that is dead and off its CPU. Context: preemption off. */
extern void (*task_dead_hook)(struct task_struct *p);

/* Bytes of a stack that were ever used. It was filled by stack_fill() when it was made. */
unsigned long stack_high_water(const struct kernel_stack *stack);
void stack_fill(void *stack, unsigned long size);

/* One word: "R", "S" (interruptible), "D" (uninterruptible), "N", "X" (dead). */
const char *task_state_name(const struct task_struct *p);

struct rq_stats {
	unsigned int nr_running; /* without the idle task */
	unsigned long switches, preemptions, migrations, wakeups;
	unsigned long ticks, idle_ticks;
};
void rq_get_stats(unsigned int cpu, struct rq_stats *stats);

/* Does everything about tasks and run queues agree? Returns: NULL or what is wrong.
 * Context: any; looks at one queue at a time. */
const char *sched_check(void);
