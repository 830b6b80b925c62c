/* SPDX-License-Identifier: MIT */
/* cmd_threads.c - tasks by hand: who there is, what the machine does, load. Owns: nothing. */
#include "asm/devices.h"
#include "asm/irq.h"
#include "cmdline.h"
#include "console.h"
#include "kernel.h"
#include "kthread.h"
#include "lib/string.h"
#include "mm/vmstat.h"
#include "sched.h"
#include "shell.h"
#include "smp.h"
#include "stress.h"

/* --- ps ----------------------------------------------------------------------------------- */

static bool show_task(struct task_struct *p, void *unused)
{
	const struct kernel_stack *s = &p->stack;

	(void)unused;
	cprintf("%5d %3u  %-5s %4u %6lu/%-6lu %8lu %8lu  %s\n", p->pid, p->cpu,
	        p->on_cpu ? "R+" : task_state_name(p), p->prio, s->top ? stack_high_water(s) : 0,
	        s->top - s->bottom, p->ticks, p->switches, p->comm);
	return true;
}

static bool run_ps(int argc, char **argv)
{
	(void)argv;
	cprintf("  PID CPU  STATE PRIO   STACK/OF        TICKS SWITCHES  NAME\n");
	for_each_task(show_task, NULL);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		const struct kernel_stack *s = irq_stack(cpu);

		if (s)
			cprintf("    - %3u  -        - %6lu/%-6lu        -        -  [%s]\n", cpu,
			        stack_high_water(s), s->top - s->bottom, s->name);
	}
	return argc == 1;
}

/* --- vmstat ------------------------------------------------------------------------------- */

struct sample {
	unsigned long irqs, switches, idle, ticks;
	unsigned int running, blocked;
};

static bool add_task(struct task_struct *p, void *arg)
{
	struct sample *s = arg;

	s->running += p->state == TASK_RUNNING && p->prio != IDLE_PRIO && !p->on_cpu;
	s->blocked += p->state == TASK_UNINTERRUPTIBLE;
	return true;
}

static struct sample take_sample(void)
{
	struct sample s = {0};
	struct rq_stats stats;
	unsigned int cpu;

	for_each_task(add_task, &s);
	for_each_online_cpu (cpu) {
		rq_get_stats(cpu, &stats);
		s.switches += stats.switches;
		s.ticks += stats.ticks;
		s.idle += stats.idle_ticks;
	}
	for (unsigned int irq = 0; irq < NR_IRQS; irq++)
		s.irqs += irq_count(irq);
	return s;
}

/* Linux's columns. There is no swap, no block device and no user mode to fill the others. */
static void show_sample(const struct sample *a, const struct sample *b, unsigned long ticks)
{
	unsigned long all = max(b->ticks - a->ticks, 1ul), idle = (b->idle - a->idle) * 100 / all;

	cprintf("%2u %2u %6u %6lu %6u %6u %4u %4u %5u %5u %4lu %4lu %2u %2lu %2lu %2u %2u\n",
	        b->running, b->blocked, 0u, nr_free_pages() * 4, 0u, 0u, 0u, 0u, 0u, 0u,
	        (b->irqs - a->irqs) * HZ / ticks, (b->switches - a->switches) * HZ / ticks, 0u,
	        100 - idle, idle, 0u, 0u);
}

static bool run_vmstat(int argc, char **argv)
{
	unsigned long every = 0, times = 0;
	struct sample zero = {0}, before = take_sample(), now;

	if (argc > 3 || (argc > 1 && (!shell_number(argv[1], &every) || !every)) ||
	    (argc > 2 && (!shell_number(argv[2], &times) || !times)))
		return false;
	cprintf("procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n"
	        " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n");
	show_sample(&zero, &before, max((unsigned long)jiffies, 1ul));
	for (unsigned long n = 1; every && (!times || n < times); n++) {
		if (console_wait_break((long)every * HZ)) {
			console_break();
			break;
		}
		now = take_sample();
		show_sample(&before, &now, every * HZ);
		before = now;
	}
	return true;
}

/* --- stress ------------------------------------------------------------------------------- */

/* The n-th word as a number from 1 on; absent: what is there stays. Returns: false, told, when it
 * is none. */
static bool count_word(int argc, char **argv, int n, const char *of_what, unsigned long *out)
{
	if (n >= argc || (shell_number(argv[n], out) && *out))
		return true;
	cprintf("stress: '%s' is no number of %s\n", argv[n], of_what);
	return false;
}

static bool run_stress(int argc, char **argv)
{
	unsigned long seconds = 10, cpus = 0, seed = boot_options.seed;

	if (argc < 2 || argc > 5)
		return false;
	if (!stress_kind_exists(argv[1])) {
		cprintf("stress: no such kind: %s\n", argv[1]);
		return false;
	}
	if (!count_word(argc, argv, 2, "seconds", &seconds) ||
	    !count_word(argc, argv, 3, "CPUs", &cpus) ||
	    (argc > 4 && !shell_number(argv[4], &seed)))
		return false;
	stress_run(&(struct stress_options){.kind = argv[1],
	                                    .seconds = (unsigned int)seconds,
	                                    .cpus = (unsigned int)cpus,
	                                    .seed = (u32)seed});
	return true;
}

static const char *stress_word(unsigned int k)
{
	static const char *const words[] = {"page", "slab", "vmalloc", "kmap", "mixed"};

	return k < ARRAY_SIZE(words) ? words[k] : NULL;
}

SHELL_COMMAND(ps, "", "tasks: CPU, state, priority, stack used, ticks", run_ps, NULL);
SHELL_COMMAND(stress, "page|slab|vmalloc|kmap|mixed [SECONDS [CPUS [SEED]]]",
              "threads on the allocators, contents checked at each free; Ctrl-C ends it",
              run_stress, stress_word);
SHELL_COMMAND(vmstat, "[SECONDS [TIMES]]", "what the machine does; Ctrl-C ends it", run_vmstat,
              NULL);
