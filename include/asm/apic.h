/* SPDX-License-Identifier: MIT */
/* apic.h - each CPU's local APIC: interrupts between CPUs, a timer for each.
 * The boot CPU's LINT0 passes the 8259's interrupts through, so lines stay where they are. Without
 * a local APIC there is one CPU and the 8254 ticks.
 * Source: Intel SDM vol. 3, "Advanced Programmable Interrupt Controller (APIC)". */
#pragma once
#include "asm/ptrace.h"
#include "types.h"

/* Vectors from FIRST_APIC_VECTOR on come from the local APIC. */
enum {
	FIRST_APIC_VECTOR = 0xe0,
	LOCAL_TIMER_VECTOR = 0xef,
	TLB_FLUSH_VECTOR = 0xfb,
	CALL_FUNCTION_VECTOR = 0xfc,
	RESCHEDULE_VECTOR = 0xfd,
	APIC_ERROR_VECTOR = 0xfe,
	APIC_SPURIOUS_VECTOR = 0xff,
	NR_APIC_VECTORS = 256 - FIRST_APIC_VECTOR,
};

/* Is there a local APIC in use? */
bool apic_present(void);

/* Map the registers and switch this CPU's on. boot_cpu: LINT0 is the 8259.
 * Context: boot, interrupts off. Returns: false when the machine has none (boot CPU only). */
bool apic_init_boot_cpu(void);
void apic_init_this_cpu(void);

/* The id of this CPU's local APIC. */
u32 apic_id(void);

/* Which local APIC a CPU has: to be told before anything is sent to it. */
void apic_set_id(unsigned int cpu, u32 id);
u32 apic_id_of(unsigned int cpu);

/* Interrupt a CPU. Context: any. */
void apic_send_ipi(unsigned int cpu, unsigned int vector);
void apic_send_nmi(unsigned int cpu);

/* The start of a CPU that has no number yet: INIT, then the page it begins on. */
void apic_send_init(u32 id);
void apic_send_startup(u32 id, phys_addr_t page);

void apic_eoi(void);

/* Let handler serve an APIC vector, on every CPU. It runs with interrupts off. Context: boot. */
void apic_set_handler(unsigned int vector, void (*handler)(struct pt_regs *regs));

/* Serve the interrupt in regs->trapno. */
void apic_interrupt(struct pt_regs *regs);

/* Interrupts of a vector that a CPU has served. */
unsigned long apic_count(unsigned int vector, unsigned int cpu);

/* --- timer --------------------------------------------------------------------------------- */

/* Measure the timer's speed, then let it tick HZ times a second on this CPU in the 8254's place. */
void apic_timer_init_boot_cpu(void);
void apic_timer_start(void);

/* Hold this CPU's timer back, or let it go on. */
void apic_timer_mask(bool masked);

/* --- ipi.c --------------------------------------------------------------------------------- */

/* Set up the interrupts between CPUs: calls, flushes, reschedule, stop. Context: boot. */
void ipi_init(void);

/* Called in a reschedule interrupt when set. */
extern void (*reschedule_hook)(void);
