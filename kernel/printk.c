/* SPDX-License-Identifier: MIT */
/* printk.c - the kernel log: a ring of text, oldest overwritten first.
 * Owns: the log ring. Locks: log_owner, interrupts off: leaf of the lock order, and no spinlock_t,
 * because a lock that checks itself would have to print. */
#include "printk.h"
#include "asm/irqflags.h"
#include "asm/percpu.h"
#include "asm/processor.h"
#include "asm/spinlock.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"

enum { LOG_SIZE = 1 << 15 };

static char log_ring[LOG_SIZE];
static unsigned long log_end;  /* bytes ever written */
static unsigned int log_owner; /* 1 + the CPU that writes to the log, 0: nobody */

int console_loglevel = LOG_DEBUG;

static void log_append(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		log_ring[log_end++ % LOG_SIZE] = text[i];
}

/* Wait for the log. What cannot be waited for is printed past: better twice than not at all. */
static bool log_lock(unsigned int self)
{
	for (unsigned int looks = SPIN_LOOKS; looks; looks--) {
		unsigned int nobody = 0;

		if (__atomic_compare_exchange_n(&log_owner, &nobody, self, false, __ATOMIC_ACQUIRE,
		                                __ATOMIC_RELAXED))
			return true;
		if (nobody == self)
			return false; /* a fault inside printk */
		cpu_relax();
	}
	return false;
}

static void emit(enum log_level level, const char *text, size_t len)
{
	unsigned long flags = local_irq_save();
	bool locked = log_lock(raw_smp_processor_id() + 1);

	log_append(text, len);
	if ((int)level < console_loglevel)
		console_write(text, len);
	if (locked)
		__atomic_store_n(&log_owner, 0, __ATOMIC_RELEASE);
	local_irq_restore(flags);
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
