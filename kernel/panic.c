/* SPDX-License-Identifier: MIT */
/* panic.c - the end, told. Owns: what follows a panic, which CPU panics. */
#include "asm/exit.h"
#include "asm/irqflags.h"
#include "asm/percpu.h"
#include "asm/processor.h"
#include "asm/sections.h"
#include "bug.h"
#include "catch.h"
#include "kernel.h"
#include "lib/vsprintf.h"
#include "owner_lock.h"
#include "panic.h"
#include "printk.h"
#include "spinlock.h"
#include "stacktrace.h"

enum panic_action panic_action;
bool (*panic_stop_others)(void);

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
	if (nobody || !panic_stop_others || !panic_stop_others())
		return;
	owner_locks_void = true;
	printk(LOG_EMERG, "\n"); /* another CPU may have been stopped inside a line */
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

DEFINE_PER_CPU(unsigned long, spin_looks_left);

/* Who holds it: somebody further down this CPU's own stack, whom the backtrace shows; or code that
 * was ended by a fault while it held the lock. */
void spin_lock_stuck(const arch_spinlock_t *arch)
{
	const raw_spinlock_t *lock = container_of(arch, raw_spinlock_t, arch);
	const char *name =
		lock->dep.name; /* the scheduler's locks are bare: any word stands there */
	unsigned long ended = catch_last_ended();
	char holder[64] = "";

#ifdef CONFIG_DEBUG
	scnprintf(holder, sizeof(holder), ", cpu %u holds it since %pS", lock->dep.holder_cpu - 1,
	          (void *)lock->dep.holder_ip);
#endif
	if (ended && !holder[0])
		scnprintf(holder, sizeof(holder), ", or held by what was ended at %pS",
		          (void *)ended);
	if ((unsigned long)name - (unsigned long)__start_rodata >=
	    (unsigned long)(__end_rodata - __start_rodata))
		name = "of the scheduler";
	panic("spinlock %s (%p) is never released: wanted by cpu %u%s", name, (const void *)lock,
	      raw_smp_processor_id(), holder);
}
