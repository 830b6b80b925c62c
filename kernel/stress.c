/* SPDX-License-Identifier: MIT */
/* stress.c - workers that allocate, tag, check and free. Owns: the slots, the running counts.
 * The slots are shared by all workers: a worker takes one by exchanging its busy mark, so that half
 * of what it frees was allocated by others, on other CPUs. */
#include "stress.h"
#include "asm/devices.h"
#include "check_all.h"
#include "console.h"
#include "kernel.h"
#include "kthread.h"
#include "lib/random.h"
#include "ledger.h"
#include "lib/string.h"
#include "report.h"
#include "smp.h"
#include "stress_kinds.h"
#include "timer.h"

enum { WORKERS_PER_CPU = 2, SLOTS_PER_WORKER = 32, MAX_WORKERS = WORKERS_PER_CPU * NR_CPUS };
enum { MAX_SLOTS = MAX_WORKERS * SLOTS_PER_WORKER, TOLD_AT_MOST = 5, OPS_PER_SHRINK = 4096 };

struct slot {
	bool busy;               /* atomic */
	struct stress_item item; /* whoever made it busy; obj NULL: nothing */
};

struct counts {
	unsigned long allocs, frees, failed, bad;
};

struct worker {
	struct task_struct *task;
	struct counts counts; /* the worker's alone */
	u32 seed;
};

static struct slot slots[MAX_SLOTS];
static struct worker workers[MAX_WORKERS];
static unsigned int nr_workers, nr_told, nr_differences;
static const struct stress_kind *only_kind; /* NULL: all in turn */
static bool stopping, under_way;

/* --- tags --------------------------------------------------------------------------------- */

/* The first word of each page, if all of it is ours, then the middle and the last one. */
static unsigned int write_tag(u32 *at, size_t bytes, u32 tag)
{
	for (size_t i = 0; i + sizeof(*at) <= bytes; i += PAGE_SIZE)
		at[i / 4] = tag ^ (u32)i;
	at[bytes / 8] = ~tag;
	at[bytes / 4 - 1] = tag + 1;
	return 0;
}

static unsigned int wrong_word(const u32 *at, size_t index, u32 want, u32 tag)
{
	u32 found = READ_ONCE(at[index]);

	if (found == want)
		return 0;
	if (__atomic_fetch_add(&nr_told, 1, __ATOMIC_RELAXED) < TOLD_AT_MOST)
		cprintf("stress: word %lu at %p is 0x%08x, not 0x%08x (tag 0x%08x)\n",
		        (unsigned long)index, at, found, want, tag);
	return 1;
}

static unsigned int check_tag(u32 *at, size_t bytes, u32 tag)
{
	size_t middle = bytes / 8, last = bytes / 4 - 1;
	unsigned int bad = wrong_word(at, last, tag + 1, tag);

	if (middle != last)
		bad += wrong_word(at, middle, ~tag, tag);
	for (size_t i = 0; i + sizeof(*at) <= bytes; i += PAGE_SIZE)
		if (i / 4 != middle && i / 4 != last)
			bad += wrong_word(at, i / 4, tag ^ (u32)i, tag);
	return bad;
}

/* --- a worker ----------------------------------------------------------------------------- */

static unsigned int nr_kinds(void)
{
	unsigned int n = 0;

	while (stress_kinds[n].name)
		n++;
	return n;
}

static const struct stress_kind *pick_kind(struct rnd *rnd)
{
	return only_kind ? only_kind : &stress_kinds[rnd_below(rnd, nr_kinds())];
}

static void fill_slot(struct slot *slot, struct worker *w, struct rnd *rnd)
{
	struct stress_item item = {.tag = rnd_next(rnd), .kind = pick_kind(rnd)};

	if (!item.kind->alloc(&item, rnd)) {
		w->counts.failed++;
		return;
	}
	w->counts.allocs++;
	w->counts.bad += item.kind->visit(&item, write_tag);
	slot->item = item;
}

static void empty_slot(struct slot *slot, struct worker *w)
{
	w->counts.bad += !!slot->item.kind->visit(&slot->item, check_tag);
	slot->item.kind->free(&slot->item);
	slot->item.obj = NULL;
	w->counts.frees++;
}

static int work(void *arg)
{
	unsigned int nr_slots = nr_workers * SLOTS_PER_WORKER;
	struct worker *w = arg;
	struct rnd rnd = rnd_seed(w->seed);

	while (!READ_ONCE(stopping)) {
		struct slot *slot = &slots[rnd_below(&rnd, nr_slots)];

		if (__atomic_exchange_n(&slot->busy, true, __ATOMIC_ACQUIRE)) {
			cond_resched();
			continue;
		}
		if (slot->item.obj)
			empty_slot(slot, w);
		else
			fill_slot(slot, w, &rnd);
		__atomic_store_n(&slot->busy, false, __ATOMIC_RELEASE);
		if (!rnd_below(&rnd, OPS_PER_SHRINK))
			pick_kind(&rnd)->shrink();
	}
	return 0;
}

/* --- the whole ---------------------------------------------------------------------------- */

static struct counts total(void)
{
	struct counts sum = {0, 0, 0, 0};

	for (unsigned int i = 0; i < nr_workers; i++) {
		sum.allocs += READ_ONCE(workers[i].counts.allocs);
		sum.frees += READ_ONCE(workers[i].counts.frees);
		sum.failed += READ_ONCE(workers[i].counts.failed);
		sum.bad += READ_ONCE(workers[i].counts.bad);
	}
	return sum;
}

static bool start_workers(unsigned int n, u32 seed)
{
	u32 mask = 0;
	unsigned int cpu, taken = 0;

	for_each_online_cpu (cpu)
		if (taken < n / WORKERS_PER_CPU && ++taken)
			mask |= 1u << cpu;
	for (nr_workers = 0; nr_workers < n; nr_workers++) {
		struct worker *w = &workers[nr_workers];

		*w = (struct worker){.seed = seed * 0x9e3779b1u + nr_workers + 1};
		w->task = kthread_create(work, w, "stress/%u", nr_workers);
		if (!w->task)
			break;
		get_task_struct(w->task);
		set_cpus_allowed(w->task, mask);
	}
	for (unsigned int i = 0; i < nr_workers; i++)
		wake_up_process(workers[i].task);
	return nr_workers == n;
}

static void stop_workers(void)
{
	WRITE_ONCE(stopping, true);
	for (unsigned int i = 0; i < nr_workers; i++) {
		kthread_join(workers[i].task);
		put_task_struct(workers[i].task);
	}
	for (unsigned int i = 0; i < MAX_SLOTS; i++)
		if (slots[i].item.obj)
			empty_slot(&slots[i], &workers[0]);
	kthread_reap(); /* else their stacks go while the checkers look */
	under_way = false;
}

/* Returns: seconds that it really lasted. */
static unsigned int watch(unsigned int seconds)
{
	unsigned long before = 0;

	for (unsigned int s = 1; s <= seconds; s++) {
		struct counts c;

		if (console_wait_break(HZ)) {
			console_break();
			cprintf("stress: interrupted\n");
			return s - 1;
		}
		c = total();
		cprintf("stress: %u/%u s, %lu ops/s, %ld held, %lu failed, %lu bad\n", s, seconds,
		        c.allocs + c.frees - before, (long)(c.allocs - c.frees), c.failed, c.bad);
		before = c.allocs + c.frees;
	}
	return seconds;
}

static void complain(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	(void)file;
	(void)line;
	nr_differences++;
	cprintf("stress: ");
	va_start(args, fmt);
	vcprintf(fmt, args);
	va_end(args);
	cprintf("\n");
}

/* Everybody has ended. */
static bool print_result(const struct stress_options *o, unsigned int seconds,
                         unsigned long reports, bool started)
{
	const char *wrong = check_all();
	long leaked = ledger_close(complain);
	struct counts c = total();
	bool ok = started && !wrong && !leaked && !nr_differences && !reports && !c.bad &&
	          c.allocs == c.frees && c.allocs;

	cprintf("STRESS kind=%s seconds=%u cpus=%u workers=%u ops=%lu allocs=%lu frees=%lu "
	        "failed=%lu bad=%lu reports=%lu leaked=%ld differences=%u check=%s result=%s\n",
	        o->kind, seconds, nr_workers / WORKERS_PER_CPU, nr_workers, c.allocs + c.frees,
	        c.allocs, c.frees, c.failed, c.bad, reports, leaked, nr_differences,
	        wrong ? "bad" : "ok", ok ? "ok" : "FAILED");
	if (wrong)
		cprintf("stress: %s\n", wrong);
	return ok;
}

static const struct stress_kind *kind_named(const char *name)
{
	for (unsigned int i = 0; stress_kinds[i].name; i++)
		if (!strcmp(name, stress_kinds[i].name))
			return &stress_kinds[i];
	return NULL;
}

bool stress_kind_exists(const char *kind)
{
	return !strcmp(kind, "mixed") || kind_named(kind);
}

static unsigned int pick_cpus(const struct stress_options *o)
{
	unsigned int online = num_online_cpus();

	if (o->cpus > online)
		cprintf("stress: %u CPU%s, not %u\n", online, online > 1 ? "s run" : " runs",
		        o->cpus);
	return o->cpus ? min(o->cpus, online) : online;
}

bool stress_run(const struct stress_options *o)
{
	unsigned int nr = pick_cpus(o) * WORKERS_PER_CPU, seconds = 0;
	unsigned long reports;
	bool started;

	if (under_way) /* an oops ended the command, not the threads */
		stop_workers();
	ledger_open();
	reports = report_count();
	only_kind = kind_named(o->kind);
	nr_told = nr_differences = 0;
	under_way = true;
	stopping = false;
	started = start_workers(nr, o->seed);
	if (started)
		seconds = watch(o->seconds);
	else
		cprintf("stress: no memory for %u threads\n", nr);
	stop_workers();
	return print_result(o, seconds, report_count() - reports, started);
}
