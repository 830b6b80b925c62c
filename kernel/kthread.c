/* SPDX-License-Identifier: MIT */
/* kthread.c - making and ending kernel threads. Owns: their memory, the list of the dead.
 *
 * A thread cannot free the stack it runs on. (1) It gives up what it has and calls schedule_dead();
 * (2) the next task on that CPU, by the scheduler's hook, puts it on the list of the dead;
 * (3) reaperd, or whoever wants a thread or the books, frees those without references.
 * Locks: reap_mutex while freeing; dead_lock, interrupts off, alone. */
#include "kthread.h"
#include "asm/irq.h"
#include "asm/smpboot.h"
#include "bug.h"
#include "completion.h"
#include "cpumask.h"
#include "errno.h"
#include "kernel.h"
#include "lib/vsprintf.h"
#include "mutex.h"
#include "mm/slab.h"
#include "mm/topology.h"
#include "mm/vmalloc.h"
#include "report.h"

struct kthread {
	struct task_struct task;
	int (*fn)(void *data);
	void *data;
	void *stack;
	struct completion exited;
	int result;
	bool should_stop;
	struct list_head dead; /* (L) dead_lock */
};

static struct kmem_cache *kthread_cache;
static LIST_HEAD(dead_threads);
static DEFINE_RAW_SPINLOCK(dead_lock);
static DECLARE_WAIT_QUEUE_HEAD(reaper_wait);
static DEFINE_MUTEX(reap_mutex);
static unsigned int threads;   /* atomic */
static unsigned int ending;    /* atomic: told that they have ended, not on the list yet */
static unsigned int permanent; /* (C) threads that never end */

static void free_thread(struct kthread *k)
{
	stack_unregister(&k->task.stack);
	vfree(k->stack);
	kmem_cache_free(kthread_cache, k);
	__atomic_sub_fetch(&threads, 1, __ATOMIC_RELAXED);
}

void put_task_struct(struct task_struct *p)
{
	ASSERT(p->kthread && p->usage > 0);
	if (!__atomic_sub_fetch(&p->usage, 1, __ATOMIC_ACQ_REL))
		free_thread(p->kthread);
}

/* --- ending ------------------------------------------------------------------------------- */

/* On the CPU that it left, preemption off. */
static void thread_is_dead(struct task_struct *p)
{
	unsigned long flags = raw_spin_lock_irqsave(&dead_lock);

	list_add_tail(&p->kthread->dead, &dead_threads);
	raw_spin_unlock_irqrestore(&dead_lock, flags);
	__atomic_sub_fetch(&ending, 1, __ATOMIC_RELEASE);
	wake_up(&reaper_wait);
}

static struct kthread *next_dead(void)
{
	unsigned long flags = raw_spin_lock_irqsave(&dead_lock);
	struct kthread *k = NULL;

	if (!list_empty(&dead_threads)) {
		k = list_first_entry(&dead_threads, struct kthread, dead);
		list_del(&k->dead);
	}
	raw_spin_unlock_irqrestore(&dead_lock, flags);
	return k;
}

/* Under a mutex, so that everything that somebody else has taken is free when we return. */
static void reap(void)
{
	struct kthread *k;

	mutex_lock(&reap_mutex);
	while ((k = next_dead()))
		put_task_struct(&k->task);
	mutex_unlock(&reap_mutex);
}

/* After those that are on their way out. */
void kthread_reap(void)
{
	while (__atomic_load_n(&ending, __ATOMIC_ACQUIRE))
		schedule_timeout_uninterruptible(1);
	reap();
}

static int reaper(void *unused)
{
	(void)unused;
	while (!kthread_should_stop()) {
		wait_event_idle(reaper_wait, !list_empty(&dead_threads));
		reap();
	}
	return 0;
}

/* What a thread must not take with it. */
static void check_left_behind(void)
{
	unsigned int count = preempt_count();
	unsigned long site;

	lockdep_drop_held(0, "thread_exit");
	if (current->locks_held && !DEBUG_BUILD)
		report(REPORT_lock_held, (unsigned long)current,
		       (unsigned long)current->kthread->fn + 1, "none",
		       "what=thread_exit name=%s mutexes=%u", report_word(current->comm),
		       current->locks_held);
	if (task_exit_hook)
		task_exit_hook();
	if (!count)
		return;
	atomic_context(&site);
	report(REPORT_lock_held, (unsigned long)current, site + 1, "none",
	       "what=thread_exit preempt_count=%u since=%pS", count, (void *)site);
	preempt_count_set(0);
}

static void __noreturn thread_exit(int result)
{
	struct kthread *k = current->kthread;

	check_left_behind();
	__atomic_add_fetch(&ending, 1, __ATOMIC_RELAXED);
	k->result = result;
	task_remove(current);
	complete_all(&k->exited);
	schedule_dead();
}

static void thread_main(void)
{
	struct kthread *k = current->kthread;

	thread_exit(READ_ONCE(k->should_stop) ? -EINTR : k->fn(k->data));
}

/* --- making ------------------------------------------------------------------------------- */

/* Without a stack there is no thread. */
static struct kthread *make_thread(void *stack, const char *name, int (*fn)(void *data), void *data)
{
	struct kthread *k = NULL;

	if (stack)
		k = kmem_cache_alloc(kthread_cache, GFP_KERNEL | __GFP_ZERO);
	if (!k)
		return NULL;
	k->stack = stack;
	k->fn = fn;
	k->data = data;
	init_completion(&k->exited);
	task_init(&k->task, name, k->stack, thread_main);
	k->task.kthread = k;
	__atomic_add_fetch(&threads, 1, __ATOMIC_RELAXED);
	task_add(&k->task);
	return k;
}

struct task_struct *kthread_create(int (*fn)(void *data), void *data, const char *fmt, ...)
{
	void *stack = vmalloc(THREAD_SIZE);
	char name[TASK_COMM_LEN];
	struct kthread *k;
	va_list args;

	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	k = make_thread(stack, name, fn, data);
	if (k)
		return &k->task;
	vfree(stack);
	return NULL;
}

int kthread_bind(struct task_struct *task, unsigned int cpu)
{
	ASSERT(task->state == TASK_NEW);
	return set_cpus_allowed(task, 1u << cpu);
}

bool kthread_should_stop(void)
{
	return current->kthread && READ_ONCE(current->kthread->should_stop);
}

/* Returns: the thread's result, once it is off its CPU for good. */
static int wait_for_end(struct kthread *k)
{
	wait_for_completion(&k->exited);
	while (__atomic_load_n(&k->task.on_cpu, __ATOMIC_ACQUIRE))
		cond_resched();
	return k->result;
}

static bool is_thread(const struct task_struct *task, const char *what, unsigned long caller)
{
	if (task->kthread && READ_ONCE(task->usage) > 0)
		return true;
	report(REPORT_bad_task, (unsigned long)task, caller, "refused", "what=%s name=%s state=%s",
	       what, report_word(task->comm), task->kthread ? "freed" : "no_thread");
	return false;
}

int kthread_join(struct task_struct *task)
{
	if (!is_thread(task, "kthread_join", _RET_IP_))
		return -ENODEV;
	if (task->state == TASK_NEW)
		return kthread_stop(task);
	return wait_for_end(task->kthread);
}

int kthread_stop(struct task_struct *task)
{
	int result;

	if (!is_thread(task, "kthread_stop", _RET_IP_))
		return -ENODEV;
	get_task_struct(task);
	WRITE_ONCE(task->kthread->should_stop, true);
	wake_up_process(task);
	result = wait_for_end(task->kthread);
	put_task_struct(task);
	return result;
}

unsigned int nr_threads(void)
{
	return __atomic_load_n(&threads, __ATOMIC_RELAXED) - permanent;
}

void kthread_permanent(void)
{
	permanent = __atomic_load_n(&threads, __ATOMIC_RELAXED);
}

/* --- boot --------------------------------------------------------------------------------- */

static struct kernel_stack irq_stacks[NR_CPUS];
static char irq_stack_names[NR_CPUS][8];

int irq_stack_init(unsigned int cpu)
{
	struct kernel_stack *s = &irq_stacks[cpu];
	char *stack = cpu ? vmalloc_node(IRQ_STACK_SIZE, per_cpu(numa_node, cpu))
	                  : image_stack(IMAGE_STACK_IRQ);

	if (!stack)
		return -ENOMEM;
	snprintf(irq_stack_names[cpu], sizeof(irq_stack_names[cpu]), "irq/%u", cpu);
	*s = (struct kernel_stack){.name = irq_stack_names[cpu],
	                           .guard = (unsigned long)stack - PAGE_SIZE,
	                           .bottom = (unsigned long)stack,
	                           .top = (unsigned long)stack + IRQ_STACK_SIZE};
	stack_fill(stack, IRQ_STACK_SIZE);
	stack_register(s);
	per_cpu(irq_stack_top, cpu) = s->top;
	return 0;
}

const struct kernel_stack *irq_stack(unsigned int cpu)
{
	return irq_stacks[cpu].top ? &irq_stacks[cpu] : NULL;
}

void kthread_init(void)
{
	struct kthread *reaperd;
	unsigned int cpu;

	kthread_cache =
		kmem_cache_create("kthread", sizeof(struct kthread), 0, SLAB_HWCACHE_ALIGN, NULL);
	if (!kthread_cache)
		panic("no memory for the first threads");
	for_each_possible_cpu (cpu) {
		if (cpu)
			sched_init_cpu(cpu);
		if (irq_stack_init(cpu))
			panic("no memory for the interrupt stack of CPU %u", cpu);
	}
	task_dead_hook = thread_is_dead;
	cpu_startup_hook = cpu_startup_entry;
	sched_start(image_stack(IMAGE_STACK_IDLE));
	reaperd = make_thread(image_stack(IMAGE_STACK_REAPER), "reaperd", reaper, NULL);
	if (!reaperd)
		panic("no memory for the first threads");
	wake_up_process(&reaperd->task);
	kthread_permanent();
}
