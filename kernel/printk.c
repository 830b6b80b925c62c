/* SPDX-License-Identifier: MIT */
/* printk.c - the kernel log: a ring of text, oldest overwritten first.
 * Owns: the log ring. Locks: log_lock, interrupts off, then the console's: below all others. */
#include "printk.h"
#include "asm/irqflags.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "owner_lock.h"

enum { LOG_SIZE = 1 << 15 };

static char log_ring[LOG_SIZE];
static unsigned long log_end; /* bytes ever written */
static struct owner_lock log_lock;

int console_loglevel = LOG_DEBUG;

static void log_append(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		log_ring[log_end++ % LOG_SIZE] = text[i];
}

static void emit(enum log_level level, const char *text, size_t len)
{
	unsigned long flags = local_irq_save();
	bool taken = owner_lock_take(&log_lock);

	log_append(text, len);
	if ((int)level < console_loglevel)
		console_write(text, len);
	owner_lock_give(&log_lock, taken);
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
