/* SPDX-License-Identifier: MIT */
/* apic.c - the registers of the local APIC. Owns: they, the CPUs' APIC ids, handlers and counts of
 * its vectors. Source: Intel SDM vol. 3, "Local APIC", "Issuing Interprocessor Interrupts". */
#include "asm/apic.h"
#include "smp.h"
#include "asm/cpufeature.h"
#include "asm/fixmap.h"
#include "asm/irqflags.h"
#include "asm/memtype.h"
#include "asm/percpu.h"
#include "asm/processor.h"
#include "bug.h"
#include "preempt.h"
#include "apic_regs.h"

static bool present;
static u32 ids[NR_CPUS];
static void (*handlers[NR_APIC_VECTORS])(struct pt_regs *regs);
static DEFINE_PER_CPU(unsigned long, counts[NR_APIC_VECTORS]);

/* --- registers ------------------------------------------------------------------------------ */

static volatile u32 *apic_reg(unsigned int reg)
{
	return (volatile u32 *)(fix_to_virt(FIX_APIC) + reg);
}

u32 apic_read(unsigned int reg)
{
	return *apic_reg(reg);
}

void apic_write(unsigned int reg, u32 value)
{
	*apic_reg(reg) = value;
}

bool apic_present(void)
{
	return present;
}

u32 apic_id(void)
{
	return apic_read(APIC_ID) >> 24;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

/* --- on ------------------------------------------------------------------------------------- */

void apic_init_this_cpu(void)
{
	unsigned int cpu = raw_smp_processor_id();

	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE);
	apic_write(APIC_TASK_PRIORITY, 0);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | LOCAL_TIMER_VECTOR);
	apic_write(APIC_LVT_LINT0, cpu ? LVT_MASKED : LVT_EXTINT);
	apic_write(APIC_LVT_LINT1, LVT_NMI);
	apic_write(APIC_LVT_ERROR, APIC_ERROR_VECTOR);
	apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | APIC_SPURIOUS_VECTOR);
	apic_write(APIC_ERROR_STATUS, 0);
}

bool apic_init_boot_cpu(void)
{
	u64 base;

	if (!cpu_features.apic || !cpu_features.tsc)
		return false;
	base = rdmsr(MSR_APIC_BASE);
	if (base & APIC_BASE_X2APIC)
		return false; /* the registers are not in memory */
	set_fixmap(FIX_APIC, base & APIC_BASE_ADDRESS, pgprot_cached(PAGE_KERNEL, CACHE_UC));
	apic_init_this_cpu();
	ids[0] = apic_id();
	present = true;
	return true;
}

void apic_timer_mask(bool masked)
{
	u32 lvt = present ? apic_read(APIC_LVT_TIMER) : 0;

	if (lvt & LVT_PERIODIC)
		apic_write(APIC_LVT_TIMER, masked ? lvt | LVT_MASKED : lvt & ~LVT_MASKED);
}

/* --- interrupts to others ------------------------------------------------------------------- */

void apic_set_id(unsigned int cpu, u32 id)
{
	ids[cpu] = id;
}

u32 apic_id_of(unsigned int cpu)
{
	return ids[cpu];
}

/* The command register is two words: an interrupt handler must not send between them. */
static void send(u32 id, u32 command)
{
	unsigned long flags = local_irq_save();

	while (apic_read(APIC_COMMAND) & COMMAND_PENDING)
		cpu_relax();
	apic_write(APIC_COMMAND_HIGH, id << 24);
	apic_write(APIC_COMMAND, command);
	local_irq_restore(flags);
}

void apic_send_ipi(unsigned int cpu, unsigned int vector)
{
	send(ids[cpu], COMMAND_ASSERT | vector);
}

void apic_send_nmi(unsigned int cpu)
{
	send(ids[cpu], COMMAND_ASSERT | COMMAND_NMI);
}

void apic_send_init(u32 id)
{
	send(id, COMMAND_LEVEL | COMMAND_ASSERT | COMMAND_INIT);
	send(id, COMMAND_LEVEL | COMMAND_INIT); /* taken back */
}

void apic_send_startup(u32 id, phys_addr_t page)
{
	send(id, COMMAND_ASSERT | COMMAND_STARTUP | (u32)(page >> PAGE_SHIFT));
}

/* --- interrupts here ------------------------------------------------------------------------ */

void apic_set_handler(unsigned int vector, void (*handler)(struct pt_regs *regs))
{
	ASSERT(vector >= FIRST_APIC_VECTOR && !handlers[vector - FIRST_APIC_VECTOR]);
	handlers[vector - FIRST_APIC_VECTOR] = handler;
}

void apic_interrupt(struct pt_regs *regs)
{
	unsigned int i = (unsigned int)regs->trapno - FIRST_APIC_VECTOR;

	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	this_cpu_inc(counts[i]);
	if (handlers[i])
		handlers[i](regs);
	if (regs->trapno != APIC_SPURIOUS_VECTOR)
		apic_eoi();
	preempt_count_sub(HARDIRQ_OFFSET);
}

unsigned long apic_count(unsigned int vector, unsigned int cpu)
{
	return per_cpu(counts[vector - FIRST_APIC_VECTOR], cpu);
}

void smp_send_reschedule(unsigned int cpu)
{
	apic_send_ipi(cpu, RESCHEDULE_VECTOR);
}
