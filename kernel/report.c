/* SPDX-License-Identifier: MIT */
/* report.c - the one way in which misuse is told. Owns: the record of what was told.
 * No allocation, no mm lock. Locks: report_lock, interrupts off, for one report at a time; a report
 * from within a report, by a fault in it, passes. */
#include "report.h"
#include "asm/irqflags.h"
#include "asm/percpu.h"
#include "asm/sections.h"
#include "asm/spinlock.h"
#include "bug.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "printk.h"
#include "sched.h"
#include "stacktrace.h"

static const char *const kind_names[] = {
#define X(kind, text) #kind,
	REPORT_KINDS(X)
#undef X
};
static const char *const kind_texts[] = {
#define X(kind, text) text,
	REPORT_KINDS(X)
#undef X
};

enum { NR_TOLD = 64 };

/* What has been told since the last rearm; when full, the oldest makes room. */
static struct told {
	enum report_kind kind;
	unsigned long obj, caller;
	unsigned long times;
} told[NR_TOLD];
static unsigned int nr_told;

static struct {
	unsigned long count;
	enum report_kind kind;
	char line[640];
} last;

enum report_mode report_mode;

static arch_spinlock_t report_lock;
static unsigned int report_owner; /* 1 + the CPU that holds it */

/* Returns: whether the lock was taken, for report_end(). */
static bool report_begin(unsigned long *flags)
{
	*flags = local_irq_save();
	if (READ_ONCE(report_owner) == raw_smp_processor_id() + 1)
		return false;
	arch_spin_lock(&report_lock);
	report_owner = raw_smp_processor_id() + 1;
	return true;
}

static void report_end(bool locked, unsigned long flags)
{
	if (locked) {
		report_owner = 0;
		arch_spin_unlock(&report_lock);
	}
	local_irq_restore(flags);
}

const char *report_kind_name(enum report_kind kind)
{
	return kind < NR_REPORT_KINDS ? kind_names[kind] : "unknown";
}

/* How often this very report came, this time included. */
static unsigned long count_told(enum report_kind kind, unsigned long obj, unsigned long caller)
{
	for (unsigned int i = 0; i < min(nr_told, (unsigned int)NR_TOLD); i++)
		if (told[i].kind == kind && told[i].obj == obj && told[i].caller == caller)
			return ++told[i].times;
	told[nr_told++ % NR_TOLD] = (struct told){kind, obj, caller, 1};
	return 1;
}

static unsigned long epoch;

void report_rearm(void)
{
	nr_told = 0;
	epoch++;
}

unsigned long report_epoch(void)
{
	return epoch;
}

/* "f+0x1c": what fmt, %pB or %pS, makes of addr, without the size. */
static const char *short_symbol(const char *fmt, unsigned long addr)
{
	static char bufs[16][64]; /* four for each report under way at a time */
	static unsigned int turn;
	char *buf = bufs[__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % 16];
	char *slash;

	scnprintf(buf, sizeof(bufs[0]), fmt, (void *)addr);
	slash = strchr(buf, '/');
	if (slash)
		*slash = '\0';
	return buf;
}

const char *report_site(unsigned long addr)
{
	return is_kernel_text(addr - 1) ? short_symbol("%pB", addr) : "?";
}

const char *report_ip(unsigned long addr)
{
	return short_symbol("%pS", addr);
}

const char *report_word(const char *text)
{
	static char bufs[8][40];
	static unsigned int turn;
	char *buf = bufs[__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % 8];

	strscpy(buf, text, sizeof(bufs[0]));
	for (char *p = buf; *p; p++)
		if (*p == ' ')
			*p = '_';
	return buf;
}

/* Those come with the registers and the stack of the fault, and end what runs in any mode. */
static bool is_fault(enum report_kind kind)
{
	return kind == REPORT_kernel_fault || kind == REPORT_exception;
}

static void tell(enum report_kind kind, unsigned long times)
{
	pr_err("%s\n", last.line);
	if (times > 1)
		return;
	pr_err("  %s: %s.\n", kind_names[kind], kind_texts[kind]);
	if (!is_fault(kind))
		dump_stack();
}

/* report=oops or report=panic */
static void be_strict(enum report_kind kind)
{
	char why[64];

	snprintf(why, sizeof(why), "report=%s: %s", report_mode == REPORT_PANIC ? "panic" : "oops",
	         kind_names[kind]);
	if (report_mode == REPORT_PANIC)
		panic("%s", why);
	end_offender(why);
}

/* Put the line together. */
static void compose(enum report_kind kind, unsigned long caller, const char *action,
                    unsigned long times, const char *fmt, va_list args)
{
	size_t size = sizeof(last.line);
	int n = scnprintf(last.line, size, "MMBUG kind=%s ", kind_names[kind]);

	n += vsnprintf(last.line + n, size - (size_t)n, fmt, args);
	n = min(n, (int)size - 1);
	n += scnprintf(last.line + n, size - (size_t)n,
	               " cpu=%u task=%d caller=%s action=%s seq=%lu", raw_smp_processor_id(),
	               current->pid, report_site(caller), action, last.count);
	if (times > 1)
		scnprintf(last.line + n, size - (size_t)n, " times=%lu", times);
}

bool report(enum report_kind kind, unsigned long obj, unsigned long caller, const char *action,
            const char *fmt, ...)
{
	unsigned long flags, times;
	bool locked = report_begin(&flags);
	va_list args;

	times = count_told(kind, obj, caller);
	last.count++;
	last.kind = kind;
	va_start(args, fmt);
	compose(kind, caller, action, times, fmt, args);
	va_end(args);
	if (is_power_of_2(times))
		tell(kind, times);
	report_end(locked, flags);
	if (report_mode != REPORT_WARN && !is_fault(kind))
		be_strict(kind);
	return times == 1;
}

const char *report_last_line(void)
{
	return last.line;
}

unsigned long report_count(void)
{
	return last.count;
}

enum report_kind report_last_kind(void)
{
	return last.kind;
}

bool report_field(const char *field, char *buf, size_t size)
{
	size_t len = strlen(field);
	const char *end;

	for (const char *p = last.line; (p = strchr(p, ' '));) {
		p++;
		if (strncmp(p, field, len) || p[len] != '=')
			continue;
		p += len + 1;
		end = strchr(p, ' ');
		strscpy(buf, p, end ? min(size, (size_t)(end - p) + 1) : size);
		return true;
	}
	return false;
}
