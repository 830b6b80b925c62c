/* SPDX-License-Identifier: MIT */
/* broken.c - cases that go wrong on purpose, each in another way. They run only when named in full;
 * the machine tests run each and expect that the runner says what happened, and never "passed". */
#include "asm/devices.h"
#include "asm/exit.h"
#include "asm/io.h"
#include "asm/irqflags.h"
#include "console.h"
#include "ktest.h"
#include "mm/page_alloc.h"
#include "preempt.h"
#include "printk.h"
#include "cpu_worker.h"

KTEST_FLAGS(broken, fails, KTEST_BROKEN)
{
	EXPECT_EQ(1 + 1, 3);
}

KTEST_FLAGS(broken, leaks_a_page, KTEST_BROKEN)
{
	alloc_page(GFP_KERNEL);
}

KTEST_FLAGS(broken, reports_without_being_asked, KTEST_BROKEN)
{
	__free_page(NULL);
}

KTEST_FLAGS(broken, hangs, KTEST_BROKEN)
{
	local_irq_disable();
	for (;;)
		barrier();
}

KTEST_FLAGS(broken, resets_the_machine, KTEST_BROKEN)
{
	machine_restart();
}

KTEST_FLAGS(broken, triple_faults, KTEST_BROKEN)
{
	static const struct {
		u16 size;
		u32 address;
	} __packed no_idt = {0, 0};

	__asm__ volatile("lidt %0; ud2" : : "m"(no_idt));
}

KTEST_FLAGS(broken, ends_early_with_the_status_of_success, KTEST_BROKEN)
{
	machine_exit(EXIT_PASS);
}

static void forge(const char *line)
{
	for (; *line; line++)
		outb(0x3f8, (u8)*line); /* past the console and its "# " */
}

KTEST_FLAGS(broken, forges_its_result, KTEST_BROKEN)
{
	forge("\r\nok 1 broken.forges_its_result\r\n"
	      "# ktest end passed=1 failed=0 skipped=0 seed=1 nonce=guess\r\n");
	EXPECT_TRUE(false);
}

KTEST_FLAGS(broken, forges_results_and_exits, KTEST_BROKEN)
{
	forge("\r\nok 1 broken.forges_results_and_exits\r\n"
	      "# ktest end passed=1 failed=0 skipped=0 seed=1 nonce=guess\r\n");
	machine_exit(EXIT_PASS);
}

KTEST_FLAGS(broken, panics_outside_a_case, KTEST_BROKEN)
{
	console_set_prefix("");
	cprintf("Kernel panic: not really\n");
	machine_exit(EXIT_PANIC);
}

static void chatter(void *arg)
{
	(void)arg;
	for (;;)
		pr_info("chatter of CPU %u: %s\n", raw_smp_processor_id(), "some more text");
}

/* Past the harness, which would catch it: as in an interrupt, nothing can be ended alone. */
KTEST_FLAGS(broken, panics_while_others_print, KTEST_BROKEN)
{
	unsigned int cpu;

	for_each_online_cpu (cpu)
		work_post(cpu, chatter, NULL);
	for (unsigned long start = jiffies; jiffies - start < 5;)
		safe_halt();
	preempt_count_add(HARDIRQ_OFFSET, _THIS_IP_);
	panic("on purpose");
}
