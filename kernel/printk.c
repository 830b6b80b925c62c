/* SPDX-License-Identifier: MIT */
/* printk.c - the kernel log: a ring of text, oldest overwritten first.
 * Owns: the log ring. Locks: log_lock, interrupts off: leaf of the lock order, and the bare lock of
 * the machine, because a lock that checks itself would have to print. */
#include "printk.h"
#include "asm/irqflags.h"
#include "asm/percpu.h"
#include "asm/spinlock.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"

enum { LOG_SIZE = 1 << 15 };

static char log_ring[LOG_SIZE];
static unsigned long log_end; /* bytes ever written */
static arch_spinlock_t log_lock;
static unsigned int log_owner; /* 1 + the CPU that holds log_lock */

int console_loglevel = LOG_DEBUG;

static void log_append(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		log_ring[log_end++ % LOG_SIZE] = text[i];
}

/* A fault inside printk prints past the lock that its own CPU holds. */
static void emit(enum log_level level, const char *text, size_t len)
{
	unsigned long flags = local_irq_save();
	bool nested = READ_ONCE(log_owner) == raw_smp_processor_id() + 1;

	if (!nested) {
		arch_spin_lock(&log_lock);
		log_owner = raw_smp_processor_id() + 1;
	}
	log_append(text, len);
	if ((int)level < console_loglevel)
		console_write(text, len);
	if (!nested) {
		log_owner = 0;
		arch_spin_unlock(&log_lock);
	}
	local_irq_restore(flags);
}

/* A CPU that was stopped while it printed never gives the lock back. */
void log_take_over(void)
{
	if (log_owner == raw_smp_processor_id() + 1)
		return;
	log_owner = 0;
	log_lock = (arch_spinlock_t){0, 0};
}

void vprintk(enum log_level level, const char *fmt, va_list args)
{
	static const char cut[] = "...\n";
	char buf[512];
	int n = vsnprintf(buf, sizeof(buf), fmt, args);

	if (n >= (int)sizeof(buf)) {
		n = sizeof(buf) - 1;
		memcpy(buf + sizeof(buf) - sizeof(cut), cut, sizeof(cut));
	}
	emit(level, buf, (size_t)n);
}

void printk(enum log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(level, fmt, args);
	va_end(args);
}

void log_dump(void (*out)(const char *text, size_t len))
{
	unsigned long pos = log_end > LOG_SIZE ? log_end - LOG_SIZE : 0;

	while (pos < log_end) {
		size_t at = pos % LOG_SIZE;
		size_t n = min((size_t)(log_end - pos), LOG_SIZE - at);

		out(log_ring + at, n);
		pos += n;
	}
}
