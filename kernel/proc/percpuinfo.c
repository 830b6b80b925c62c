/* SPDX-License-Identifier: MIT */
/* percpuinfo.c - /proc/percpuinfo: the per-CPU units and who has what in them. Owns: a copy of the
 * list, taken under the allocator's lock and printed after it. */
#include "console.h"
#include "kernel.h"
#include "mm/percpu.h"
#include "mm/topology.h"
#include "proc.h"
#include "report.h"

enum { MAX_LISTED = 256 };

static struct percpu_alloc_info list[MAX_LISTED];
static unsigned int nr_listed;
static unsigned long nr_left_out;

static bool copy_one(const struct percpu_alloc_info *info, void *arg)
{
	(void)arg;
	if (nr_listed < MAX_LISTED)
		list[nr_listed++] = *info;
	else
		nr_left_out++;
	return true;
}

static void show_units(void)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		if (__per_cpu_offset[cpu])
			cprintf("cpu%u: unit 0x%08lx offset 0x%lx node %d\n", cpu,
			        PERCPU_BASE + __per_cpu_offset[cpu], __per_cpu_offset[cpu],
			        per_cpu(numa_node, cpu));
}

void show_percpuinfo(void)
{
	struct percpu_stats s;

	percpu_get_stats(&s);
	cprintf("unit_size: %lu\nstatic_size: %lu\nused_size: %lu\nnr_allocs: %lu\n"
	        "populated_pages: %lu\ntotal_pages: %lu\nmetadata_pages: %lu\n",
	        PERCPU_UNIT_SIZE, (unsigned long)s.static_bytes, (unsigned long)s.used_bytes,
	        s.nr_allocs, s.nr_populated, s.nr_pages, s.nr_meta_pages);
	show_units();
	nr_listed = 0;
	nr_left_out = 0;
	percpu_for_each(copy_one, NULL);
	for (unsigned int i = 0; i < nr_listed; i++)
		cprintf("0x%08lx-0x%08lx %7lu %s\n", PERCPU_BASE + list[i].offset,
		        PERCPU_BASE + list[i].offset + list[i].size, (unsigned long)list[i].size,
		        report_site(list[i].site));
	if (nr_left_out)
		cprintf("# %lu more are not listed\n", nr_left_out);
}
