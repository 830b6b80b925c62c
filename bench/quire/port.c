/* SPDX-License-Identifier: MIT */
/* port.c - Quire's side of the benchmarks. Owns: nothing. */
#include "asm/irq.h"
#include "../loops.h"
#include "cpu_worker.h"
#include "fail.h"
#include "report.h"
#include "mm/pageblock.h"
#include "mm/vmstat.h"

unsigned int bench_mask_ticks(void)
{
	return irq_mask_lines();
}

void bench_unmask_ticks(unsigned int before)
{
	irq_unmask_lines((u16)before);
}

bool bench_stopped(void)
{
	return console_break();
}

unsigned long bench_troubles(void)
{
	unsigned long sum = report_count();

	for (unsigned int site = 0; site < NR_FAIL_SITES; site++)
		sum += fail_injected[site];
	return sum;
}

bool bench_matches(const char *pattern, const char *name)
{
	return glob_match(pattern, name);
}

int bench_second_cpu(void)
{
	unsigned int cpu = cpumask_next_from(1, cpu_online_mask);

	return cpu < NR_CPUS ? (int)cpu : -1;
}

void bench_start_on(int cpu, void (*fn)(void *arg), void *arg)
{
	work_post((unsigned int)cpu, fn, arg);
}

unsigned long bench_free_pages(void)
{
	return nr_free_pages();
}

void bench_free_blocks(unsigned long nr[BENCH_ORDERS])
{
	struct zone *zone;

	memset(nr, 0, BENCH_ORDERS * sizeof(*nr));
	for_each_populated_zone (zone)
		for (unsigned int order = 0; order < BENCH_ORDERS; order++)
			nr[order] += zone->free_area[order].nr_free;
}

unsigned long bench_fallbacks(void)
{
	unsigned long sum = 0;

	for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		for (unsigned int from = 0; from < MIGRATE_PCPTYPES; from++)
			sum += nr_fallbacks[mt][from];
	return sum;
}
