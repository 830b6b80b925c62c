/* SPDX-License-Identifier: MIT */
/* trace_ctl.c - which events are recorded, and the memory of the rings.
 *
 * Owns: trace_on, the rings' memory, the filter. On: (1) rings; (2) diversions; (3) the bits. Off:
 * the other way round. A ring is taken away in two steps: its pointer goes, every CPU takes an
 * interrupt, which none does while it writes a record; then nobody writes to it any more.
 * Locks: trace_mutex (sleeps; CPUs are asked under it, pages allocated). */
#include "trace_ctl.h"
#include "asm/page.h"
#include "cpumask.h"
#include "errno.h"
#include "kernel.h"
#include "lib/bitops.h"
#include "lib/string.h"
#include "mm/alloc_hooks.h"
#include "mm/buddy.h"
#include "mm/memblock.h"
#include "mm/mm_init.h"
#include "mm/page_alloc.h"
#include "mm/trace_sites.h"
#include "mutex.h"
#include "printk.h"
#include "smp.h"

static DEFINE_MUTEX(trace_mutex);
static u32 wanted_records = TRACE_DEFAULT_RECORDS;
static bool first_is_of_boot; /* CPU 0's ring lies in reserved pages */

/* --- memory ------------------------------------------------------------------------------- */

static size_t ring_bytes(u32 records)
{
	return records * sizeof(struct trace_record);
}

static bool have_rings(void)
{
	return trace_rings[0].records;
}

static void nothing(void *unused)
{
	(void)unused;
}

static void free_ring(unsigned int cpu, struct trace_record *records, u32 nr_records)
{
	phys_addr_t start = __pa(records);

	if (!cpu && first_is_of_boot)
		free_reserved_area(start, start + ring_bytes(nr_records));
	else
		free_pages_exact(records, ring_bytes(nr_records));
}

static void free_rings(void)
{
	struct trace_record *records[NR_CPUS] = {NULL};

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		records[cpu] = trace_rings[cpu].records;
		WRITE_ONCE(trace_rings[cpu].records, NULL);
	}
	on_each_cpu(nothing, NULL, true);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (records[cpu])
			free_ring(cpu, records[cpu], trace_rings[cpu].nr_records);
		trace_rings[cpu].head = 0;
	}
	first_is_of_boot = false;
}

static void install_ring(unsigned int cpu, struct trace_record *records, u32 nr_records)
{
	memset(records, 0, ring_bytes(nr_records));
	trace_rings[cpu].head = 0;
	trace_rings[cpu].nr_records = nr_records;
	WRITE_ONCE(trace_rings[cpu].records, records);
}

static void tell_no_memory(void)
{
	pr_warn("trace: no memory for %u rings of %zu KiB, off\n", nr_cpu_ids,
	        ring_bytes(wanted_records) / 1024);
}

/* For each CPU that has none. Without memory for one of them none has any. */
static int make_rings(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		void *memory;

		if (trace_rings[cpu].records)
			continue;
		memory = alloc_pages_exact(ring_bytes(wanted_records), GFP_KERNEL | __GFP_NOWARN);
		if (!memory) {
			free_rings();
			tell_no_memory();
			return -ENOMEM;
		}
		install_ring(cpu, memory, wanted_records);
	}
	return 0;
}

/* --- switching ---------------------------------------------------------------------------- */

static void divert(u32 events)
{
	alloc_hooks_set(HOOK_TRACE, events & TRACE_NEEDS_PAGES);
	buddy_watch(BUDDY_TRACED, events & TRACE_NEEDS_BUDDY);
	slab_divert(events & TRACE_NEEDS_SLAB);
	kmap_divert(events & TRACE_NEEDS_KMAP);
}

/* trace_mutex held. */
static void record(u32 events)
{
	divert(trace_on | events);
	WRITE_ONCE(trace_on, events);
	divert(events);
}

int trace_set(u32 events)
{
	int ret = 0;

	mutex_lock(&trace_mutex);
	if (events && !have_rings())
		ret = make_rings();
	if (!ret)
		record(events);
	mutex_unlock(&trace_mutex);
	return ret;
}

/* trace_mutex held. */
static int resize(u32 records)
{
	u32 events = trace_on;
	int ret = 0;

	if (!records && events)
		return -EBUSY;
	record(0);
	free_rings();
	if (records) {
		wanted_records = (u32)roundup_pow_of_two(max(records, (u32)TRACE_LEAST_RECORDS));
		ret = make_rings();
	}
	if (!ret)
		record(events);
	return ret;
}

int trace_resize(u32 records)
{
	int ret = -EINVAL;

	if (records > TRACE_MOST_RECORDS)
		return ret;
	mutex_lock(&trace_mutex);
	ret = resize(records);
	mutex_unlock(&trace_mutex);
	return ret;
}

/* Who writes meanwhile may leave a record in what looks empty: it is read or overwritten later. */
void trace_clear(void)
{
	u32 events;

	mutex_lock(&trace_mutex);
	events = trace_on;
	WRITE_ONCE(trace_on, 0);
	on_each_cpu(nothing, NULL, true);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (trace_rings[cpu].records)
			install_ring(cpu, trace_rings[cpu].records, trace_rings[cpu].nr_records);
	WRITE_ONCE(trace_on, events);
	mutex_unlock(&trace_mutex);
}

void trace_set_filter(unsigned int min_order, unsigned int zone)
{
	trace_filter = (struct trace_filter){min_order, zone};
}

/* --- names -------------------------------------------------------------------------------- */

u32 trace_match(const char *pattern)
{
	bool all = !strcmp(pattern, "on") || !strcmp(pattern, "all");
	u32 events = 0;

	for (unsigned int id = 0; id < NR_TRACE_EVENTS; id++)
		if (all || glob_match(pattern, trace_event_types[id].name))
			events |= 1u << id;
	return events;
}

int trace_parse(const char *text, u32 *events)
{
	u32 all = 0, some;
	char pattern[40];
	size_t n;

	for (;; text += n + 1) {
		const char *comma = strchr(text, ',');

		n = comma ? (size_t)(comma - text) : strlen(text);
		if (n >= sizeof(pattern))
			return -EINVAL;
		strscpy(pattern, text, n + 1);
		some = trace_match(pattern);
		if (!some)
			return -EINVAL;
		all |= some;
		if (!comma)
			break;
	}
	*events = all;
	return 0;
}

/* --- boot --------------------------------------------------------------------------------- */

void __init trace_boot_rings(u32 records)
{
	void *memory;

	if (records)
		wanted_records = (u32)roundup_pow_of_two(
			clamp(records, (u32)TRACE_LEAST_RECORDS, (u32)TRACE_MOST_RECORDS));
	memory = memblock_alloc_try(ring_bytes(wanted_records), PAGE_SIZE);
	if (!memory) {
		tell_no_memory();
		return;
	}
	install_ring(0, memory, wanted_records);
	first_is_of_boot = true;
}

void __init trace_boot_cpus(void)
{
	if (!have_rings())
		return;
	if (make_rings())
		record(0);
	else
		pr_info("trace: on, %u records for each CPU\n", wanted_records);
}

void __init trace_boot_start(u32 events)
{
	if (!have_rings())
		return;
	record(events);
}
