/* SPDX-License-Identifier: MIT */
/* smp.c - calls from CPU to CPU.
 *
 * Owns: each CPU's queue of calls. A sender has one entry for each target; the target takes its
 * whole queue with one exchange. (1) The sender fills the entry and pushes it; (2) whoever finds
 * the queue empty sends the interrupt, because a queue that is not empty has one under way; (3) the
 * target runs the entries in the order they came and clears `pending`, which gives an entry back.
 * Source: Linux's names. Locks: none; preemption off while an entry is in use. */
#include "cpumask.h"
#include "smp.h"
#include "asm/apic.h"
#include "asm/delay.h"
#include "asm/irqflags.h"
#include "asm/nmi.h"
#include "asm/processor.h"
#include "bug.h"
#include "errno.h"
#include "kernel.h"
#include "preempt.h"
#include "report.h"
#include "unwind.h"

struct call_entry {
	struct call_entry *next;
	smp_call_func_t fn;
	void *arg;
	unsigned int pending; /* atomic: the target has not run it yet */
};

static DEFINE_PER_CPU(struct call_entry *, call_queue);          /* atomic: of the target */
static DEFINE_PER_CPU(struct call_entry, call_entries[NR_CPUS]); /* of the sender, by target */

unsigned int ipi_timeout_ms = 5000;

/* Nobody is given up for dead before, however early they are told. */
enum { LEAST_PATIENCE_MS = 10000 };

/* --- waiting -------------------------------------------------------------------------------- */

static void tell_timeout(unsigned int cpu, const char *what, unsigned long fn, unsigned long caller,
                         unsigned int ms)
{
	unsigned long at = nmi_where_is(cpu);

	report(REPORT_ipi_timeout, cpu, caller, "none",
	       "target=%u what=%s fn=%s waited_ms=%u stuck_at=%s", cpu, what,
	       fn ? report_ip(fn) : "-", ms, at ? report_ip(at) : "?");
}

bool ipi_wait_turn(struct ipi_wait *wait, unsigned int cpu, const char *what, unsigned long fn,
                   unsigned long caller)
{
	u64 now = rdtsc(), limit = (u64)ipi_timeout_ms * tsc_khz;

	cpu_relax();
	if (!wait->start)
		wait->start = now;
	if (now - wait->start > max(limit * 10, (u64)tsc_khz * LEAST_PATIENCE_MS))
		panic("CPU %u does not answer: %s for %pB", cpu, what, (void *)caller);
	if (wait->told || now - wait->start <= limit)
		return false;
	wait->told = true;
	tell_timeout(cpu, what, fn, caller, ipi_timeout_ms);
	return true;
}

static void wait_for_entry(struct call_entry *entry, unsigned int cpu, unsigned long caller)
{
	struct ipi_wait wait = {0};

	unwind_disable(); /* what fn is given may lie on our stack */
	while (__atomic_load_n(&entry->pending, __ATOMIC_ACQUIRE))
		ipi_wait_turn(&wait, cpu, "call_function", (unsigned long)entry->fn, caller);
	unwind_enable();
}

/* --- sending -------------------------------------------------------------------------------- */

/* Two CPUs that wait for each other with interrupts off never end. */
static void check_context(smp_call_func_t fn, unsigned long caller)
{
	if (likely(!irqs_disabled() && !in_interrupt()))
		return;
	report(REPORT_ipi_context, (unsigned long)fn, caller, "none", "fn=%s context=%s",
	       report_ip((unsigned long)fn), in_interrupt() ? "interrupt" : "irqs_off");
}

/* This CPU's entry for another, free and ours: an interrupt handler that calls, too, may take it
 * while we wait. Returns: with interrupts off, *flags as they were. */
static struct call_entry *take_entry(unsigned int cpu, unsigned long caller, unsigned long *flags)
{
	struct call_entry *entry = this_cpu_ptr(&call_entries[cpu]);

	for (;;) {
		wait_for_entry(entry, cpu, caller);
		*flags = local_irq_save();
		if (!__atomic_load_n(&entry->pending, __ATOMIC_ACQUIRE))
			return entry;
		local_irq_restore(*flags);
	}
}

/* Queue fn for another CPU. Preemption is off. */
static void send_call(unsigned int cpu, smp_call_func_t fn, void *arg, unsigned long caller)
{
	unsigned long flags;
	struct call_entry *entry = take_entry(cpu, caller, &flags);
	struct call_entry **queue = &per_cpu(call_queue, cpu);
	struct call_entry *first;

	entry->fn = fn;
	entry->arg = arg;
	__atomic_store_n(&entry->pending, 1, __ATOMIC_RELAXED);
	first = __atomic_load_n(queue, __ATOMIC_RELAXED);
	do
		entry->next = first;
	while (!__atomic_compare_exchange_n(queue, &first, entry, false, __ATOMIC_SEQ_CST,
	                                    __ATOMIC_RELAXED));
	local_irq_restore(flags);
	if (!first)
		apic_send_ipi(cpu, CALL_FUNCTION_VECTOR);
}

static void call_here(smp_call_func_t fn, void *arg)
{
	unsigned long flags = local_irq_save();

	fn(arg);
	local_irq_restore(flags);
}

int smp_call_function_single(unsigned int cpu, smp_call_func_t fn, void *arg, bool wait)
{
	int ret = 0;

	preempt_disable();
	if (!cpu_online(cpu)) {
		ret = -ENXIO;
	} else if (cpu == smp_processor_id()) {
		call_here(fn, arg);
	} else {
		check_context(fn, _RET_IP_);
		send_call(cpu, fn, arg, _RET_IP_);
		if (wait)
			wait_for_entry(this_cpu_ptr(&call_entries[cpu]), cpu, _RET_IP_);
	}
	preempt_enable();
	return ret;
}

/* Preemption is off. Returns: the CPUs that the call was sent to. */
static struct cpumask send_many(const struct cpumask *mask, smp_call_func_t fn, void *arg,
                                unsigned long caller)
{
	struct cpumask sent = {mask->bits & cpu_online_mask->bits & ~(1ul << smp_processor_id())};
	unsigned int cpu;

	if (sent.bits)
		check_context(fn, caller);
	for_each_cpu(cpu, &sent) send_call(cpu, fn, arg, caller);
	return sent;
}

static void wait_many(const struct cpumask *sent, unsigned long caller)
{
	unsigned int cpu;

	for_each_cpu(cpu, sent) wait_for_entry(this_cpu_ptr(&call_entries[cpu]), cpu, caller);
}

static void call_many(const struct cpumask *mask, smp_call_func_t fn, void *arg, bool wait,
                      unsigned long caller)
{
	struct cpumask sent;

	preempt_disable();
	sent = send_many(mask, fn, arg, caller);
	if (wait)
		wait_many(&sent, caller);
	preempt_enable();
}

void smp_call_function_many(const struct cpumask *mask, smp_call_func_t fn, void *arg, bool wait)
{
	call_many(mask, fn, arg, wait, _RET_IP_);
}

void smp_call_function(smp_call_func_t fn, void *arg, bool wait)
{
	call_many(cpu_online_mask, fn, arg, wait, _RET_IP_);
}

void on_each_cpu(smp_call_func_t fn, void *arg, bool wait)
{
	struct cpumask sent;

	preempt_disable();
	sent = send_many(cpu_online_mask, fn, arg, _RET_IP_);
	call_here(fn, arg);
	if (wait)
		wait_many(&sent, _RET_IP_);
	preempt_enable();
}

/* --- everybody waits ------------------------------------------------------------------------ */

struct rendezvous {
	unsigned int arrived; /* atomic */
	unsigned int go;      /* atomic */
};

static void wait_there(void *arg)
{
	struct rendezvous *r = arg;

	__atomic_fetch_add(&r->arrived, 1, __ATOMIC_ACQ_REL);
	while (!__atomic_load_n(&r->go, __ATOMIC_ACQUIRE)) {
		if (nmi_flush_hook)
			nmi_flush_hook(); /* fn, or a CPU that comes late, may flush */
		cpu_relax();
	}
}

/* One at a time: two that gather the others would each wait for the other. */
static unsigned int gathering; /* atomic */

void stop_machine(smp_call_func_t fn, void *arg)
{
	struct rendezvous r = {0, 0};
	struct ipi_wait wait = {0};
	struct cpumask sent;

	unwind_disable(); /* the others look at our stack */
	preempt_disable();
	while (__atomic_exchange_n(&gathering, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
	sent = send_many(cpu_online_mask, wait_there, &r, _RET_IP_);
	while (__atomic_load_n(&r.arrived, __ATOMIC_ACQUIRE) < cpumask_weight(&sent))
		ipi_wait_turn(&wait, cpumask_next_from(0, &sent), "stop_machine", (unsigned long)fn,
		              _RET_IP_);
	call_here(fn, arg);
	__atomic_store_n(&r.go, 1, __ATOMIC_RELEASE);
	wait_many(&sent, _RET_IP_);
	__atomic_store_n(&gathering, 0, __ATOMIC_RELEASE);
	preempt_enable();
	unwind_enable();
}

/* --- receiving ------------------------------------------------------------------------------ */

/* A queue grows at its head: turn it round. */
static struct call_entry *oldest_first(struct call_entry *list)
{
	struct call_entry *turned = NULL;

	while (list) {
		struct call_entry *next = list->next;

		list->next = turned;
		turned = list;
		list = next;
	}
	return turned;
}

void smp_run_queued_calls(void)
{
	struct call_entry *entry =
		__atomic_exchange_n(this_cpu_ptr(&call_queue), NULL, __ATOMIC_SEQ_CST);

	for (entry = oldest_first(entry); entry;) {
		struct call_entry *next = entry->next; /* gone with `pending` */

		entry->fn(entry->arg);
		__atomic_store_n(&entry->pending, 0, __ATOMIC_RELEASE);
		entry = next;
	}
}
