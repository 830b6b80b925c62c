/* SPDX-License-Identifier: MIT */
/* ipi.c - what a CPU does when another one interrupts it.
 *
 * Owns: the reason of an NMI. NMIs reach a CPU whatever it does, so stopping for a panic and asking
 * where a CPU hangs go that way; the handler takes no lock.
 * Source: Intel SDM vol. 3, "Nonmaskable Interrupt (NMI)". */
#include "asm/apic.h"
#include "asm/delay.h"
#include "asm/processor.h"
#include "asm/shootdown.h"
#include "asm/traps.h"
#include "panic.h"
#include "smp.h"

enum { NMI_ANSWER_US = 100000 };

void (*reschedule_hook)(void);

static struct cpumask to_stop, stopped; /* atomic */
static struct cpumask asked;            /* atomic: CPUs that are to say where they are */
static DEFINE_PER_CPU(unsigned long, nmi_ip);

static void call_function(struct pt_regs *regs)
{
	(void)regs;
	smp_run_queued_calls();
}

static void reschedule(struct pt_regs *regs)
{
	(void)regs;
	if (reschedule_hook)
		reschedule_hook();
}

/* --- NMI ------------------------------------------------------------------------------------ */

static bool nmi_between_cpus(struct pt_regs *regs)
{
	unsigned int cpu = raw_smp_processor_id();
	bool known = shootdown_serve();

	if (cpumask_test_cpu(cpu, &asked)) {
		raw_cpu_write(nmi_ip, regs->ip);
		cpumask_clear_cpu(cpu, &asked);
		known = true;
	}
	if (cpumask_test_cpu(cpu, &to_stop)) {
		cpumask_set_cpu(cpu, &stopped);
		cpu_stop();
	}
	return known;
}

/* Wait until the bits of `some` are (or are no longer) in *mask, for a while. */
static bool wait_for_mask(const struct cpumask *mask, unsigned long some, unsigned long wanted)
{
	for (unsigned int us = 0; us < NMI_ANSWER_US; us += 10) {
		if ((__atomic_load_n(&mask->bits, __ATOMIC_ACQUIRE) & some) == wanted)
			return true;
		udelay(10);
	}
	return false;
}

unsigned long apic_where_is(unsigned int cpu)
{
	cpumask_set_cpu(cpu, &asked);
	apic_send_nmi(cpu);
	return wait_for_mask(&asked, 1ul << cpu, 0) ? per_cpu(nmi_ip, cpu) : 0;
}

void smp_send_stop(void)
{
	struct cpumask others = {cpu_online_mask->bits & ~(1ul << raw_smp_processor_id())};
	unsigned int cpu;

	if (!others.bits)
		return;
	__atomic_store_n(&to_stop.bits, others.bits, __ATOMIC_SEQ_CST);
	for_each_cpu (cpu, &others)
		apic_send_nmi(cpu);
	wait_for_mask(&stopped, others.bits, others.bits);
}

void smp_send_reschedule(unsigned int cpu)
{
	apic_send_ipi(cpu, RESCHEDULE_VECTOR);
}

void ipi_init(void)
{
	apic_set_handler(CALL_FUNCTION_VECTOR, call_function);
	apic_set_handler(RESCHEDULE_VECTOR, reschedule);
	shootdown_init();
	nmi_hook = nmi_between_cpus;
	panic_stop_others = smp_send_stop;
}
