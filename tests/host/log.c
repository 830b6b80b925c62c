/* SPDX-License-Identifier: MIT */
/* log.c - what the kernel prints, and its panics. Owns: the log, the way out of a panic.
 * The lock order says that nothing is printed under an mm lock; here that is checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include "asm/sections.h"
#include "asm/spinlock.h"
#include "bug.h"
#include "host.h"
#include "host_private.h"
#include "printk.h"
#include "stacktrace.h"
#include "owner_lock.h"

bool owner_locks_void;

enum { LOG_KEPT = 1 << 16, TAIL_SHOWN = 600 };

static char kept[LOG_KEPT];
static size_t kept_len;
static bool live;
static char panic_text[400];

jmp_buf *panic_jump;
int console_loglevel = LOG_DEBUG;

void log_reset(void)
{
	kept_len = 0;
	kept[0] = '\0';
}

void log_set_live(bool on)
{
	live = on;
}

const char *host_log(void)
{
	return kept;
}

/* When it is full the older half goes. */
static void keep(const char *text, size_t len)
{
	if (kept_len + len + 1 > LOG_KEPT) {
		memmove(kept, kept + LOG_KEPT / 2, kept_len - LOG_KEPT / 2);
		kept_len -= LOG_KEPT / 2;
	}
	memcpy(kept + kept_len, text, len + 1);
	kept_len += len;
}

/* Comment lines, so that no kernel text can pass for a result. */
static void show(const char *text)
{
	for (bool begin = true; *text; text++) {
		if (begin)
			fputs("#   ", stdout);
		putchar(*text);
		begin = *text == '\n';
	}
}

void log_show_tail(void)
{
	const char *from = kept_len > TAIL_SHOWN ? kept + kept_len - TAIL_SHOWN : kept;

	if (kept_len && !live) {
		show(from);
		if (kept[kept_len - 1] != '\n')
			putchar('\n');
	}
}

void vprintk(enum log_level level, const char *fmt, va_list args)
{
	char buf[512];

	(void)level;
	if (host_locks_held)
		host_bug("printk(\"%s\") while a lock is held", fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	keep(buf, strlen(buf));
	if (live)
		show(buf);
}

void printk(enum log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(level, fmt, args);
	va_end(args);
}

/* The host's frames are not the kernel's: only the caller itself is known. */
unsigned int stack_trace_from(unsigned long bp, unsigned long *entries, unsigned int max)
{
	(void)bp;
	(void)entries;
	(void)max;
	return 0;
}

void dump_stack(void)
{
}

const char *host_panic_text(void)
{
	return panic_text;
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(panic_text, sizeof(panic_text), fmt, args);
	va_end(args);
	if (panic_jump)
		longjmp(*panic_jump, 1);
	harness_bail(panic_text);
}

/* There is no task to end but the test itself. */
void end_offender(const char *why)
{
	panic("%s", why);
}

void host_bug(const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	harness_bail(text);
}
