/* SPDX-License-Identifier: MIT */
/* shootdown.c - flushes on the other CPUs.
 *
 * Owns: the one request that may be under way. (1) The requester takes it, interrupts off; (2)
 * writes the range and, for each CPU, that it owes a flush; (3) interrupts them and waits until
 * none owes any more. Whoever waits for the request to become free pays what he owes meanwhile, so
 * that two CPUs with interrupts off do not wait for each other. A CPU that does not answer in time
 * is told, and made to flush by an NMI, which needs nothing of it. Source: Black et al.,
 * "Translation Lookaside Buffer Consistency: A Software Approach", 1989. */
#include "asm/shootdown.h"
#include "asm/apic.h"
#include "asm/irqflags.h"
#include "asm/nmi.h"
#include "asm/processor.h"
#include "asm/tlb.h"
#include "kernel.h"
#include "preempt.h"
#include "smp.h"
#include "unwind.h"

static unsigned int busy;                        /* atomic: somebody has the request */
static unsigned long request_start, request_end; /* by the one who has it */
static unsigned int request_nr;                  /* by the one who has it; never 0 */
static unsigned int owed[NR_CPUS];               /* atomic: request to be flushed for; 0: none */

/* An NMI may serve the same request in the middle of this, and the next one begin: what is owed for
 * that one is not paid by having flushed for this. */
bool shootdown_serve(void)
{
	unsigned int *debt = &owed[raw_smp_processor_id()];
	unsigned int nr = __atomic_load_n(debt, __ATOMIC_ACQUIRE);
	bool owing = nr;

	while (nr) {
		if (request_end)
			local_flush_tlb_kernel_range(request_start, request_end);
		else
			local_flush_tlb_all();
		if (__atomic_compare_exchange_n(debt, &nr, 0, false, __ATOMIC_ACQ_REL,
		                                __ATOMIC_ACQUIRE))
			break;
	}
	return owing;
}

static void take_request(void)
{
	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE)) {
		shootdown_serve();
		cpu_relax();
	}
}

static void wait_for(unsigned int cpu, unsigned long caller)
{
	struct ipi_wait wait = {0};

	while (__atomic_load_n(&owed[cpu], __ATOMIC_ACQUIRE))
		if (ipi_wait_turn(&wait, cpu, "tlb_flush", 0, caller))
			apic_send_nmi(cpu);
}

/* Not to be ended by a report in the middle: the others would wait for the request for ever. */
static void flush_others(unsigned long start, unsigned long end, unsigned long caller)
{
	unsigned long flags = local_irq_save();
	unsigned long others = cpu_online_mask->bits & ~(1ul << raw_smp_processor_id());
	struct cpumask targets = {others};
	unsigned int cpu;

	unwind_disable();
	if (others) {
		take_request();
		request_start = start;
		request_end = end;
		request_nr += 1 + (request_nr == ~0u);
		for_each_cpu(cpu, &targets)
			__atomic_store_n(&owed[cpu], request_nr, __ATOMIC_RELEASE);
		for_each_cpu(cpu, &targets) apic_send_ipi(cpu, TLB_FLUSH_VECTOR);
		for_each_cpu(cpu, &targets) wait_for(cpu, caller);
		__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
	}
	local_irq_restore(flags);
	unwind_enable();
}

static void interrupt(struct pt_regs *regs)
{
	(void)regs;
	shootdown_serve();
}

void shootdown_init(void)
{
	apic_set_handler(TLB_FLUSH_VECTOR, interrupt);
	nmi_flush_hook = shootdown_serve;
}

void shootdown_enable(void)
{
	tlb_flush_others = flush_others;
}
