/* SPDX-License-Identifier: MIT */
/* shootdown.c - flushes on the other CPUs.
 *
 * Owns: the one request that may be under way. (1) The requester takes it, interrupts off; (2)
 * writes the range and the set of CPUs that owe a flush; (3) interrupts them and waits until the
 * set is empty. Whoever waits for the request to become free pays what he owes meanwhile, so that
 * two CPUs with interrupts off do not wait for each other. A CPU that does not answer in time is
 * told, and made to flush by an NMI, which needs nothing of it.
 * Source: Black et al., "Translation Lookaside Buffer Consistency: A Software Approach", 1989. */
#include "asm/shootdown.h"
#include "asm/apic.h"
#include "asm/irqflags.h"
#include "asm/nmi.h"
#include "asm/processor.h"
#include "asm/tlb.h"
#include "kernel.h"
#include "preempt.h"
#include "smp.h"

static unsigned int busy;                        /* atomic: somebody has the request */
static unsigned long request_start, request_end; /* by the one who has it */
static struct cpumask owing;                     /* atomic: CPUs that have not flushed yet */

bool shootdown_serve(void)
{
	unsigned int cpu = raw_smp_processor_id();

	if (!cpumask_test_cpu(cpu, &owing))
		return false;
	if (request_end)
		local_flush_tlb_kernel_range(request_start, request_end);
	else
		local_flush_tlb_all();
	cpumask_clear_cpu(cpu, &owing);
	return true;
}

static void take_request(void)
{
	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE)) {
		shootdown_serve();
		cpu_relax();
	}
}

static void wait_for_all(unsigned long caller)
{
	struct ipi_wait wait = {0};
	unsigned int cpu;

	while ((cpu = cpumask_next_from(0, &owing)) < NR_CPUS)
		if (ipi_wait_turn(&wait, cpu, "tlb_flush", 0, caller))
			apic_send_nmi(cpu);
}

static void flush_others(unsigned long start, unsigned long end, unsigned long caller)
{
	unsigned long flags = local_irq_save();
	unsigned long others = cpu_online_mask->bits & ~(1ul << raw_smp_processor_id());
	struct cpumask targets = {others};
	unsigned int cpu;

	if (others) {
		take_request();
		request_start = start;
		request_end = end;
		__atomic_store_n(&owing.bits, others, __ATOMIC_SEQ_CST);
		for_each_cpu(cpu, &targets) apic_send_ipi(cpu, TLB_FLUSH_VECTOR);
		wait_for_all(caller);
		__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
	}
	local_irq_restore(flags);
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
	tlb_flush_others = flush_others;
}
