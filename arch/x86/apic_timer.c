/* SPDX-License-Identifier: MIT */
/* apic_timer.c - each CPU's own tick. Owns: the speed of the timers.
 * Source: Intel SDM vol. 3, "APIC Timer". */
#include "apic_regs.h"
#include "asm/apic.h"
#include "asm/delay.h"
#include "asm/devices.h"
#include "asm/irqflags.h"
#include "printk.h"

static u32 counts_per_tick;
static u32 counted;

static void count_from_top(void)
{
	apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	apic_write(APIC_TIMER_INITIAL, ~0u);
}

static void count_read(void)
{
	counted = ~0u - apic_read(APIC_TIMER_CURRENT);
}

static void tick(struct pt_regs *regs)
{
	(void)regs;
	timer_tick();
}

void apic_timer_start(void)
{
	apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	apic_write(APIC_LVT_TIMER, LVT_PERIODIC | LOCAL_TIMER_VECTOR);
	apic_write(APIC_TIMER_INITIAL, counts_per_tick);
}

void apic_timer_init_boot_cpu(void)
{
	unsigned int us = delay_init(count_from_top, count_read);

	counts_per_tick = (u32)((u64)counted * (1000000 / HZ) / us);
	pr_info("Local APIC timer: %u kHz, time stamp counter %u kHz\n",
	        (u32)((u64)counted * 16 * 1000 / us), tsc_khz);
	apic_set_handler(LOCAL_TIMER_VECTOR, tick);
	timer_stop();
	apic_timer_start();
}
