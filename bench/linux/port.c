/* SPDX-License-Identifier: MIT */
/* port.c - Linux's side of the benchmarks. Owns: the probe that counts fallbacks. */
#include <linux/cpumask.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <asm/apic.h>

#include "../loops.h"

/* The tick comes from the local APIC, periodic (nohz=off highres=off). */
unsigned int bench_mask_ticks(void)
{
	unsigned int before = apic_read(APIC_LVTT);

	apic_write(APIC_LVTT, before | APIC_LVT_MASKED);
	return before;
}

void bench_unmask_ticks(unsigned int before)
{
	apic_write(APIC_LVTT, before);
}

bool bench_stopped(void)
{
	return false;
}

unsigned long bench_troubles(void)
{
	return 0;
}

/* '*' stands for anything. */
bool bench_matches(const char *pattern, const char *name)
{
	for (; *pattern != '*'; pattern++, name++)
		if (*pattern != *name)
			return false;
		else if (!*name)
			return true;
	do
		if (bench_matches(pattern + 1, name))
			return true;
	while (*name++);
	return false;
}

int bench_second_cpu(void)
{
	return num_online_cpus() > 1 ? (int)cpumask_next(0, cpu_online_mask) : -1;
}

static struct {
	struct work_struct work;
	void (*fn)(void *arg);
	void *arg;
} posted;

static void run_posted(struct work_struct *work)
{
	posted.fn(posted.arg);
}

void bench_start_on(int cpu, void (*fn)(void *arg), void *arg)
{
	if (posted.fn)
		flush_work(&posted.work);
	posted.fn = fn;
	posted.arg = arg;
	INIT_WORK(&posted.work, run_posted);
	queue_work_on(cpu, system_highpri_wq, &posted.work);
}

unsigned long bench_free_pages(void)
{
	return global_zone_page_state(NR_FREE_PAGES);
}

void bench_free_blocks(unsigned long nr[BENCH_ORDERS])
{
	struct zone *zones = NODE_DATA(0)->node_zones;

	memset(nr, 0, BENCH_ORDERS * sizeof(*nr));
	for (unsigned int zone = 0; zone < MAX_NR_ZONES; zone++)
		for (unsigned int order = 0; order < BENCH_ORDERS; order++)
			nr[order] += zones[zone].free_area[order].nr_free;
}

#ifdef CONFIG_TRACEPOINTS
static unsigned long nr_fallbacks;
static struct tracepoint *fallback_point;

static void count_fallback(void *data, struct page *page, int alloc_order, int fallback_order,
                           int alloc_migratetype, int fallback_migratetype)
{
	nr_fallbacks++;
}

static void find_point(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "mm_page_alloc_extfrag"))
		fallback_point = point;
}

unsigned long bench_fallbacks(void)
{
	if (!fallback_point) {
		for_each_kernel_tracepoint(find_point, NULL);
		if (!fallback_point ||
		    tracepoint_probe_register(fallback_point, count_fallback, NULL))
			return ~0ul;
	}
	return nr_fallbacks;
}

static void forget_fallbacks(void)
{
	if (fallback_point)
		tracepoint_probe_unregister(fallback_point, count_fallback, NULL);
	tracepoint_synchronize_unregister();
}
#else
unsigned long bench_fallbacks(void)
{
	return ~0ul;
}

static void forget_fallbacks(void)
{
}
#endif

unsigned int bench_own(const char *pattern)
{
	return 0;
}

static char *pattern = "*";
module_param(pattern, charp, 0);
MODULE_PARM_DESC(pattern, "which benchmarks, as Quire's bench=");

/* QEMU's isa-debug-exit, told as Quire tells it that all is well. */
static void end_machine(void)
{
	outb(0x10, 0xf4);
}

static int __init bench_init(void)
{
	set_cpus_allowed_ptr(current, cpumask_of(0)); /* the second CPU is another one */
	bench_run(pattern);
	forget_fallbacks();
	end_machine();
	return 0;
}

module_init(bench_init);
MODULE_DESCRIPTION("Quire's benchmarks on Linux");
MODULE_LICENSE("Dual MIT/GPL");
