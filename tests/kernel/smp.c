/* SPDX-License-Identifier: MIT */
/* smp.c - tests of the other CPUs: what each has, calls between them, CPUs that do not answer. */
#include "cpu_worker.h"
#include "asm/apic.h"
#include "asm/delay.h"
#include "asm/desc.h"
#include "asm/devices.h"
#include "asm/irqflags.h"
#include "asm/nmi.h"
#include "asm/percpu_area.h"
#include "asm/processor.h"
#include "asm/tlb.h"
#include "asm/sections.h"
#include "asm/stack.h"
#include "errno.h"
#include "ktest.h"
#include "lib/string.h"
#include "mm/mmzone.h"
#include "mm/page_alloc.h"
#include "mm/vmstat.h"
#include "on_cpus.h"
#include "preempt.h"

/* --- what each has -------------------------------------------------------------------------- */

static struct seen {
	unsigned int cpu;
	unsigned long area, cr0, cr4, stack;
	bool irqs_off, in_interrupt;
	u32 apic;
} seen[NR_CPUS];

static void look_around(void *arg)
{
	unsigned int cpu = smp_processor_id();

	(void)arg;
	seen[cpu] = (struct seen){.cpu = cpu,
	                          .area = this_cpu_read(this_cpu_off),
	                          .cr0 = read_cr0(),
	                          .cr4 = read_cr4(),
	                          .stack = (unsigned long)__builtin_frame_address(0),
	                          .irqs_off = irqs_disabled(),
	                          .in_interrupt = in_interrupt(),
	                          .apic = apic_present() ? apic_id() : 0};
}

KTEST(smp, every_cpu_has_its_own_data_and_the_same_modes)
{
	unsigned int cpu;

	on_each_cpu(look_around, NULL, true);
	for_each_online_cpu (cpu) {
		EXPECT_EQ(seen[cpu].cpu, cpu);
		EXPECT_EQ(seen[cpu].area, __per_cpu_offset[cpu]);
		EXPECT_EQ(seen[cpu].cr0, seen[0].cr0);
		EXPECT_EQ(seen[cpu].cr4, seen[0].cr4);
		EXPECT_EQ(seen[cpu].apic, apic_present() ? apic_id_of(cpu) : 0);
		EXPECT_TRUE(seen[cpu].irqs_off);
		EXPECT_EQ(seen[cpu].in_interrupt, cpu != raw_smp_processor_id());
		EXPECT_EQ(desc_base(&cpu_gdt(cpu)[GDT_ENTRY_PERCPU]), __per_cpu_offset[cpu]);
		EXPECT_EQ(desc_base(&cpu_gdt(cpu)[GDT_ENTRY_TSS]), (unsigned long)cpu_tss(cpu));
	}
}

KTEST(smp, every_cpu_has_a_stack_with_a_guard)
{
	unsigned int cpu;

	SKIP_UNLESS_SMP();
	on_each_cpu(look_around, NULL, true);
	for_each_online_cpu (cpu) {
		const struct kernel_stack *s = stack_find(seen[cpu].stack);

		EXPECT_TRUE(s && seen[cpu].stack > s->bottom && seen[cpu].stack < s->top);
		if (cpu != raw_smp_processor_id()) /* there it was an interrupt */
			EXPECT_TRUE(s && !strncmp(s->name, "irq/", 4) && s->name[4] - '0' == cpu);
	}
}

KTEST(smp, per_cpu_data_lies_on_the_cpus_node)
{
	unsigned int cpu;

	for_each_possible_cpu (cpu) {
		int nid = per_cpu(numa_node, cpu);
		struct page *page = pfn_to_page(percpu_page_pfn(cpu, 0));

		EXPECT_TRUE(nid >= 0 && nid < (int)nr_node_ids);
		/* the boot CPU's is in the kernel image; a tiny node may have no page to spare */
		if (cpu && NODE_DATA(nid)->node_present_pages > 4096)
			EXPECT_EQ(page_to_nid(page), nid);
	}
}

KTEST(smp, every_cpu_ticks)
{
	unsigned long before[NR_CPUS], start = jiffies;
	unsigned int cpu;

	SKIP_UNLESS(apic_present(), "no local APIC");
	for_each_online_cpu (cpu)
		before[cpu] = apic_count(LOCAL_TIMER_VECTOR, cpu);
	while (jiffies - start < 5)
		safe_halt();
	for_each_online_cpu (cpu)
		EXPECT_TRUE(apic_count(LOCAL_TIMER_VECTOR, cpu) > before[cpu]);
}

/* --- pages of the own node ------------------------------------------------------------------- */

static unsigned long strays;

static void take_local_page(void *arg)
{
	struct page *page = alloc_page(GFP_KERNEL);

	(void)arg;
	if (page && page_to_nid(page) != numa_node_id())
		__atomic_fetch_add(&strays, 1, __ATOMIC_RELAXED);
	if (page)
		__free_page(page);
}

KTEST(smp, every_cpu_takes_pages_of_its_own_node_first)
{
	struct zone *zone;
	unsigned int cpu;

	for_each_online_cpu (cpu) {
		zone = &NODE_DATA(per_cpu(numa_node, cpu))->node_zones[ZONE_NORMAL];
		SKIP_UNLESS(zone_page_state(zone, NR_FREE_PAGES) > high_wmark_pages(zone) + 256,
		            "a node has little low memory");
	}
	strays = 0;
	run_on_all_cpus(take_local_page, NULL);
	EXPECT_EQ(strays, 0);
}

/* --- calls ---------------------------------------------------------------------------------- */

static unsigned long calls[NR_CPUS], order_seen[4], nr_order;

static void count_call(void *arg)
{
	(void)arg;
	calls[smp_processor_id()]++;
}

KTEST(smp, a_call_reaches_each_cpu_once)
{
	unsigned int cpu;

	memset(calls, 0, sizeof(calls));
	on_each_cpu(count_call, NULL, true);
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		EXPECT_EQ(calls[cpu], cpu_online(cpu));
	smp_call_function(count_call, NULL, true);
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		EXPECT_EQ(calls[cpu], cpu_online(cpu) * (cpu == raw_smp_processor_id() ? 1 : 2));
	for_each_online_cpu (cpu)
		EXPECT_EQ(smp_call_function_single(cpu, count_call, NULL, true), 0);
	EXPECT_EQ(calls[raw_smp_processor_id()], 2);
}

KTEST(smp, cpus_that_are_not_there_are_refused)
{
	EXPECT_EQ(smp_call_function_single(NR_CPUS, count_call, NULL, true), -ENXIO);
	EXPECT_EQ(smp_call_function_single(~0u, count_call, NULL, true), -ENXIO);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		if (!cpu_online(cpu))
			EXPECT_EQ(smp_call_function_single(cpu, count_call, NULL, true), -ENXIO);
	EXPECT_EQ(work_post(raw_smp_processor_id(), count_call, NULL), -ENXIO);
}

static void note_order(void *arg)
{
	order_seen[nr_order++ % 4] = (unsigned long)arg;
}

KTEST(smp, calls_that_nobody_waits_for_come_in_order)
{
	unsigned int cpu = another_cpu();

	SKIP_UNLESS_SMP();
	nr_order = 0;
	for (unsigned long i = 1; i <= 3; i++)
		smp_call_function_single(cpu, note_order, (void *)i, false);
	smp_call_function_single(cpu, note_order, (void *)4, true);
	EXPECT_EQ(nr_order, 4);
	for (unsigned long i = 0; i < 4; i++)
		EXPECT_EQ(order_seen[i], i + 1);
}

/* On a host with fewer CPUs each round waits for the host to run them all. */
enum { ROUNDS = 24 };

static void call_everybody(void *arg)
{
	for (unsigned int i = 0; i < ROUNDS; i++)
		smp_call_function(count_call, arg, i & 1);
}

KTEST(smp, calls_from_all_sides_at_once_all_arrive)
{
	unsigned int cpu, n = num_online_cpus();

	SKIP_UNLESS_SMP();
	memset(calls, 0, sizeof(calls));
	run_on_all_cpus(call_everybody, NULL);
	on_each_cpu(look_around, NULL, true); /* what nobody waited for came before */
	for_each_online_cpu (cpu)
		EXPECT_EQ(calls[cpu], ROUNDS * (n - 1));
}

/* --- everybody waits ------------------------------------------------------------------------ */

static struct {
	unsigned long turns[NR_CPUS];
	unsigned int stop, moved;
} work;

static void keep_turning(void *arg)
{
	unsigned int cpu = raw_smp_processor_id();

	(void)arg;
	while (!__atomic_load_n(&work.stop, __ATOMIC_ACQUIRE))
		WRITE_ONCE(work.turns[cpu], work.turns[cpu] + 1);
}

static void look_twice(void *arg)
{
	unsigned long before[NR_CPUS];

	(void)arg;
	memcpy(before, work.turns, sizeof(before));
	for (unsigned int i = 0; i < 2000; i++)
		cpu_relax();
	work.moved += memcmp(before, work.turns, sizeof(before)) != 0;
}

static void turn_or_stop(void *arg)
{
	if (raw_smp_processor_id()) {
		keep_turning(arg);
		return;
	}
	for (unsigned int i = 0; i < 8; i++)
		stop_machine(look_twice, NULL);
	__atomic_store_n(&work.stop, 1, __ATOMIC_RELEASE);
}

KTEST(smp, nobody_moves_while_the_machine_is_stopped)
{
	SKIP_UNLESS_SMP();
	memset(&work, 0, sizeof(work));
	run_on_all_cpus(turn_or_stop, NULL);
	EXPECT_EQ(work.moved, 0);
}

static void flush_one_page(void *arg)
{
	flush_tlb_page((unsigned long)arg);
}

/* At once: without an answer it would be told after the time-out. */
KTEST(smp, cpus_that_are_stopped_serve_flushes)
{
	SKIP_UNLESS_SMP();
	stop_machine(flush_one_page, (void *)VMALLOC_START);
}

static void stop_often(void *arg)
{
	unsigned int times = num_online_cpus() > 4 ? 1 : 3;

	for (unsigned int i = 0; i < times; i++)
		stop_machine(look_twice, arg);
}

KTEST(smp, stopping_the_machine_from_all_sides_does_not_hang)
{
	SKIP_UNLESS_SMP();
	memset(&work, 0, sizeof(work));
	run_on_all_cpus(stop_often, NULL);
	EXPECT_EQ(work.moved, 0);
}

/* --- CPUs that do not answer ----------------------------------------------------------------- */

/* No machine is so slow that a call is not told by DEAF_MS. */
enum { TIMEOUT_MS = 50, DEAF_MS = 20000 };

static struct {
	unsigned int spinning, go_on; /* atomic */
	unsigned long reports;        /* told before it went deaf */
} deaf;

static void be_deaf_until_told(void *arg)
{
	unsigned long flags = local_irq_save();

	(void)arg;
	__atomic_store_n(&deaf.spinning, 1, __ATOMIC_RELEASE);
	for (unsigned int ms = 0; ms < DEAF_MS && report_count() == deaf.reports; ms++) {
		u64 end = rdtsc() + tsc_khz;

		while (!__atomic_load_n(&deaf.go_on, __ATOMIC_ACQUIRE) && rdtsc() < end)
			cpu_relax();
		if (deaf.go_on)
			break;
	}
	local_irq_restore(flags);
}

/* A CPU spins with interrupts off until go_on, or until somebody reports. */
static void make_deaf(unsigned int cpu)
{
	deaf.spinning = deaf.go_on = 0;
	deaf.reports = report_count();
	start_on_cpu(cpu, be_deaf_until_told, NULL);
	while (!__atomic_load_n(&deaf.spinning, __ATOMIC_ACQUIRE))
		cpu_relax();
}

KTEST(smp, a_cpu_that_does_not_answer_a_call_is_named)
{
	unsigned int cpu = another_cpu(), before = ipi_timeout_ms;

	SKIP_UNLESS_SMP();
	make_deaf(cpu);
	ipi_timeout_ms = TIMEOUT_MS;
	memset(calls, 0, sizeof(calls));
	EXPECT_REPORT(ipi_timeout, smp_call_function_single(cpu, count_call, NULL, true));
	ipi_timeout_ms = before;
	EXPECT_FIELD("what", "call_function");
	EXPECT_FIELD("waited_ms", "50");
	EXPECT_FIELD_HERE("caller");
	ktest_expect_field_function(__FILE__, __LINE__, "fn", "count_call");
	ktest_expect_field_function(__FILE__, __LINE__, "stuck_at", "be_deaf_until_told");
	EXPECT_EQ(calls[cpu], 1); /* it came in the end */
	wait_for_started();
}

static void where_is(unsigned int cpu, char *buf, size_t size)
{
	unsigned long at = nmi_where_is(cpu);

	strscpy(buf, at ? report_ip(at) : "?", size);
}

KTEST(smp, an_nmi_tells_where_a_cpu_is)
{
	unsigned int cpu = another_cpu();
	char text[64];

	SKIP_UNLESS_SMP();
	make_deaf(cpu);
	where_is(cpu, text, sizeof(text));
	EXPECT_TRUE(!strncmp(text, "be_deaf_until_told", 18));
	__atomic_store_n(&deaf.go_on, 1, __ATOMIC_RELEASE);
	wait_for_started();
}

KTEST(smp, waiting_for_a_cpu_with_interrupts_off_is_told)
{
	unsigned long flags;

	SKIP_UNLESS_SMP();
	memset(calls, 0, sizeof(calls));
	flags = local_irq_save();
	EXPECT_REPORT(ipi_context, smp_call_function_single(another_cpu(), count_call, NULL, true));
	local_irq_restore(flags);
	EXPECT_FIELD("context", "irqs_off");
	ktest_expect_field_function(__FILE__, __LINE__, "fn", "count_call");
	EXPECT_EQ(calls[another_cpu()], 1);
}

/* --- reports from all sides ------------------------------------------------------------------- */

static void report_something(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 8; i++)
		report(REPORT_state_check, raw_smp_processor_id() * 8 + i, _RET_IP_, "none",
		       "what=%s", report_word("one of many"));
}

KTEST(smp, reports_from_all_sides_are_each_told_whole)
{
	ktest_expect_begin();
	run_on_all_cpus(report_something, NULL);
	EXPECT_FIELD("what", "one_of_many");
	EXPECT_EQ(ktest_expect_many(REPORT_state_check), 8 * num_online_cpus());
}
