/* SPDX-License-Identifier: MIT */
/* report.c - the one way in which misuse is told. Owns: the record of what was told, each CPU's
 * buffers for pieces of text. No allocation, no mm lock.
 * Locks: report_lock, interrupts off, then the log's: one report is told whole before the next. */
#include "report.h"
#include "asm/irqflags.h"
#include "asm/percpu.h"
#include "asm/sections.h"
#include "bug.h"
#include "kernel.h"
#include "preempt.h"
#include "unwind.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "owner_lock.h"
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
static struct owner_lock report_lock;

/* A report and what is told with it are made of up to 12 pieces of text; eight CPUs, and threads
 * that take the CPU from each other, may be making some at once. */
enum { TEXT_BUFFERS = 128 };

char *report_text(void)
{
	static char text[TEXT_BUFFERS][REPORT_TEXT];
	static unsigned int turn; /* atomic */

	return text[__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % TEXT_BUFFERS];
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
	char *buf = report_text();
	char *slash;

	scnprintf(buf, 64, fmt, (void *)addr);
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
	char *buf = report_text();

	strscpy(buf, text, 40);
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

static bool brief, told_in_full[NR_REPORT_KINDS];

void report_be_brief(bool on)
{
	brief = on;
}

static void tell(enum report_kind kind, unsigned long times)
{
	pr_err("%s\n", last.line);
	if (times > 1 || (brief && told_in_full[kind]))
		return;
	told_in_full[kind] = true;
	pr_err("  %s: %s.\n", kind_names[kind], kind_texts[kind]);
	if (!is_fault(kind))
		dump_stack();
}

/* Why the code that unwind_due is about is to be ended: the first report that said so. */
static DEFINE_PER_CPU(enum report_kind, due_kind);

static void end_for(enum report_kind kind)
{
	char why[64];

	snprintf(why, sizeof(why), "report=oops: %s", kind_names[kind]);
	end_offender(why);
}

void unwind_if_enabled(void)
{
	if (this_cpu_read(unwind_disabled))
		return;
	this_cpu_write(unwind_due, 0);
	end_for(this_cpu_read(due_kind));
}

/* report=oops or report=panic. An interrupt handler is no part of the call that it interrupts. */
static void be_strict(enum report_kind kind)
{
	if (report_mode == REPORT_PANIC)
		panic("report=panic: %s", kind_names[kind]);
	if (!this_cpu_read(unwind_disabled) || in_interrupt())
		end_for(kind);
	if (!this_cpu_read(unwind_due))
		this_cpu_write(due_kind, kind);
	this_cpu_write(unwind_due, 1);
}

/* Count it and tell it when it is its turn. Returns: how often it came. */
static unsigned long count_and_tell(enum report_kind kind, unsigned long obj, unsigned long caller,
                                    const char *action, const char *fmt, va_list args)
{
	unsigned long times = count_told(kind, obj, caller);
	size_t size = sizeof(last.line);
	int n;

	last.count++;
	last.kind = kind;
	n = scnprintf(last.line, size, "MMBUG kind=%s ", kind_names[kind]);
	n += vsnprintf(last.line + n, size - (size_t)n, fmt, args);
	n = min(n, (int)size - 1);
	n += scnprintf(last.line + n, size - (size_t)n,
	               " cpu=%u task=%d caller=%s action=%s seq=%lu", raw_smp_processor_id(),
	               current->pid, is_fault(kind) ? report_ip(caller) : report_site(caller),
	               action, last.count);
	if (times > 1)
		scnprintf(last.line + n, size - (size_t)n, " times=%lu", times);
	if (is_power_of_2(times))
		tell(kind, times);
	return times;
}

bool report(enum report_kind kind, unsigned long obj, unsigned long caller, const char *action,
            const char *fmt, ...)
{
	unsigned long flags = local_irq_save(), times;
	bool taken = owner_lock_take(&report_lock);
	va_list args;

	va_start(args, fmt);
	times = count_and_tell(kind, obj, caller, action, fmt, args);
	va_end(args);
	owner_lock_give(&report_lock, taken);
	local_irq_restore(flags);
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
