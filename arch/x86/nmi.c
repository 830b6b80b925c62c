/* SPDX-License-Identifier: MIT */
/* nmi.c - what reaches a CPU whatever it does.
 *
 * Owns: the reasons of NMIs: stop for a panic, say where you are, flush. The handler takes no lock
 * and prints nothing. Source: Intel SDM vol. 3, "Nonmaskable Interrupt (NMI)". */
#include "asm/nmi.h"
#include "asm/apic.h"
#include "asm/delay.h"
#include "asm/processor.h"
#include "asm/traps.h"
#include "panic.h"
#include "smp.h"

enum { ANSWER_US = 500000, POLL_US = 10 }; /* a host may let a CPU stand for a while */

bool (*nmi_flush_hook)(void);

static struct cpumask to_stop, stopped; /* atomic */
static struct cpumask asked;            /* atomic: CPUs that are to say where they are */
static DEFINE_PER_CPU(unsigned long, interrupted_at);

static bool serve(struct pt_regs *regs)
{
	unsigned int cpu = raw_smp_processor_id();
	bool known = nmi_flush_hook && nmi_flush_hook();

	if (cpumask_test_cpu(cpu, &asked)) {
		raw_cpu_write(interrupted_at, regs->ip);
		cpumask_clear_cpu(cpu, &asked);
		known = true;
	}
	if (cpumask_test_cpu(cpu, &to_stop)) {
		cpumask_set_cpu(cpu, &stopped);
		cpu_stop();
	}
	return known;
}

/* Wait a while until of these bits of *mask those that are wanted are set and no others. */
static bool wait_for_mask(const struct cpumask *mask, unsigned long bits, unsigned long wanted)
{
	for (unsigned int us = 0; us < ANSWER_US; us += POLL_US) {
		if ((__atomic_load_n(&mask->bits, __ATOMIC_ACQUIRE) & bits) == wanted)
			return true;
		udelay(POLL_US);
	}
	return false;
}

unsigned long nmi_where_is(unsigned int cpu)
{
	cpumask_set_cpu(cpu, &asked);
	apic_send_nmi(cpu);
	return wait_for_mask(&asked, 1ul << cpu, 0) ? per_cpu(interrupted_at, cpu) : 0;
}

bool smp_send_stop(void)
{
	struct cpumask others = {cpu_online_mask->bits & ~(1ul << raw_smp_processor_id())};
	unsigned int cpu;

	if (!others.bits)
		return false;
	__atomic_store_n(&to_stop.bits, others.bits, __ATOMIC_SEQ_CST);
	for_each_cpu(cpu, &others) apic_send_nmi(cpu);
	wait_for_mask(&stopped, others.bits, others.bits);
	return true;
}

void nmi_init(void)
{
	nmi_hook = serve;
	panic_stop_others = smp_send_stop;
}
