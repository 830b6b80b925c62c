/* SPDX-License-Identifier: MIT */
/* panic.c - the end, told. Owns: what follows a panic, which CPU panics. */
#include "asm/exit.h"
#include "asm/irqflags.h"
#include "asm/percpu.h"
#include "asm/processor.h"
#include "bug.h"
#include "catch.h"
#include "lib/vsprintf.h"
#include "owner_lock.h"
#include "panic.h"
#include "printk.h"
#include "stacktrace.h"

enum panic_action panic_action;
void (*panic_stop_others)(void);

static unsigned int panicking; /* atomic: 1 + the CPU that panics */

static void __noreturn come_back(struct caught *caught, const char *message)
{
	caught->kind = CAUGHT_PANIC;
	scnprintf(caught->message, sizeof(caught->message), "%s", message);
	catch_deliver(caught);
}

void end_offender(const char *why)
{
	struct caught *caught = catch_active(CAUGHT_REPORT);

	if (!caught)
		panic("%s, and nothing that could be ended alone", why);
	caught->kind = CAUGHT_REPORT;
	scnprintf(caught->message, sizeof(caught->message), "%s", why);
	catch_deliver(caught);
}

/* The first CPU that panics tells; another one waits to be stopped. A panic inside a panic goes on.
 */
static void be_the_only_one(void)
{
	unsigned int me = raw_smp_processor_id() + 1, nobody = 0;

	if (!__atomic_compare_exchange_n(&panicking, &nobody, me, false, __ATOMIC_ACQ_REL,
	                                 __ATOMIC_ACQUIRE) &&
	    nobody != me)
		cpu_stop();
	if (!nobody && panic_stop_others)
		panic_stop_others();
	owner_locks_void = true;
}

void panic(const char *fmt, ...)
{
	struct caught *caught = catch_active(CAUGHT_PANIC);
	char message[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	if (caught)
		come_back(caught, message);
	local_irq_disable();
	be_the_only_one();
	printk(LOG_EMERG, "Kernel panic: %s\n", message);
	dump_stack();
	if (panic_action == PANIC_REBOOT)
		machine_restart();
	machine_exit(EXIT_PANIC);
}
