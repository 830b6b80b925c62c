/* SPDX-License-Identifier: MIT */
/* ktest.c - finds, shuffles and runs the cases and counts what they did.
 *
 * Owns: the state of the running case. The end marker repeats the counts and the runner's nonce:
 *   # ktest end passed=N failed=N skipped=N seed=N nonce=WORD
 * so that a run that ends early, or a line that only looks like a result, does not add up. */
#include "ktest.h"
#include "asm/timestamp.h"
#include "bug.h"
#include "catch.h"
#include "console.h"
#include "kernel.h"
#include "ledger.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "sched.h"

extern const struct ktest __start_ktests[], __stop_ktests[];

enum { MAX_CASES = 2048 };

static struct {
	unsigned int failures;
	const char *skipped; /* why, or NULL */
	struct rnd rnd;
	unsigned long reports_before, reports_expected;
} running;

static struct {
	unsigned int passed, failed, skipped, number;
} totals;

static const struct ktest *order[MAX_CASES];

void ktest_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	__atomic_fetch_add(&running.failures, 1, __ATOMIC_RELAXED);
	cprintf("%s:%d: ", file, line);
	va_start(args, fmt);
	vcprintf(fmt, args);
	va_end(args);
	cprintf("\n");
}

void ktest_skip(const char *why)
{
	running.skipped = why;
}

u32 ktest_random(void)
{
	return rnd_next(&running.rnd);
}

u32 ktest_below(u32 n)
{
	return rnd_below(&running.rnd, n);
}

/* --- reports ---------------------------------------------------------------------------- */

void ktest_expect_begin(void)
{
	running.reports_before = report_count();
	report_be_brief(true);
}

void ktest_expect_end(const char *file, int line, enum report_kind kind)
{
	unsigned long n = report_count() - running.reports_before;

	report_be_brief(false);
	running.reports_expected += n;
	if (n != 1)
		ktest_fail(file, line, "%lu reports instead of one %s", n, report_kind_name(kind));
	else if (report_last_kind() != kind)
		ktest_fail(file, line, "report is a %s, not a %s",
		           report_kind_name(report_last_kind()), report_kind_name(kind));
}

unsigned long ktest_expect_many(enum report_kind kind)
{
	unsigned long n = report_count() - running.reports_before;

	report_be_brief(false);
	running.reports_expected += n;
	return report_last_kind() == kind ? n : 0;
}

void ktest_expect_field(const char *file, int line, const char *field, const char *value)
{
	char found[96] = "(no such field)";

	report_field(field, found, sizeof(found));
	if (strcmp(found, value))
		ktest_fail(file, line, "report's %s is '%s', not '%s'", field, found, value);
}

/* "function+0x12" or, when the compiler cut the function in parts, "function.part+0x12". */
void ktest_expect_field_function(const char *file, int line, const char *field, const char *func)
{
	char found[96] = "(no such field)";
	size_t len = strlen(func);

	report_field(field, found, sizeof(found));
	if (strncmp(found, func, len) || (found[len] != '+' && found[len] != '.'))
		ktest_fail(file, line, "report's %s is '%s', not in %s", field, found, func);
}

/* --- one case --------------------------------------------------------------------------- */

static void case_name(const struct ktest *t, char *buf, size_t size)
{
	snprintf(buf, size, "%s.%s", t->suite, t->name);
}

static void run_fn(void *arg)
{
	((const struct ktest *)arg)->fn();
}

/* A fault or panic of a case that expected none ends that case only. */
static void run_guarded(const struct ktest *t)
{
	struct caught caught;

	switch (catch_run(run_fn, (void *)t, &caught)) {
	case CAUGHT_NOTHING:
		return;
	case CAUGHT_PANIC:
		ktest_fail(t->suite, 0, "panic: %s", caught.message);
		return;
	case CAUGHT_REPORT:
		ktest_fail(t->suite, 0, "ended: %s", caught.message);
		return;
	default:
		ktest_fail(t->suite, 0, "fault %lu at %pS, address 0x%08lx", caught.trapno,
		           (void *)caught.ip, caught.address);
	}
}

static void check_unasked_reports(unsigned long before)
{
	unsigned long unasked = report_count() - before - running.reports_expected;

	if (unasked)
		ktest_fail("reports", 0, "%lu reports that nobody asked for, the last: %s", unasked,
		           report_last_line());
}

static void print_result(const struct ktest *t, u64 cost)
{
	char name[96];

	case_name(t, name, sizeof(name));
	totals.number++;
	if (running.failures) {
		totals.failed++;
		cprintf("not ok %u %s # tsc=%llu\n", totals.number, name, cost);
	} else if (running.skipped) {
		totals.skipped++;
		cprintf("ok %u %s # SKIP %s\n", totals.number, name, running.skipped);
	} else {
		totals.passed++;
		cprintf("ok %u %s # tsc=%llu\n", totals.number, name, cost);
	}
}

static void run_case(const struct ktest *t, u32 seed)
{
	unsigned long reports = report_count();
	const char *prefix = console_set_prefix("# ");
	char name[96];
	u64 start;

	case_name(t, name, sizeof(name));
	memset(&running, 0, sizeof(running));
	running.rnd = rnd_seed(seed ^ fnv_string(name));
	report_rearm();
	ledger_open();
	start = timestamp();
	run_guarded(t);
	start = timestamp() - start;
	report_be_brief(false); /* a case that ended while it waited for one */
	check_unasked_reports(reports);
	ledger_close(ktest_fail);
	console_set_prefix(prefix);
	print_result(t, start);
}

void ktest_allow_quarantine(unsigned long pages)
{
	ledger_allow_quarantine(pages);
}

/* --- the run ---------------------------------------------------------------------------- */

/* Broken-on-purpose and costly cases run only by their full name. */
static bool selected(const struct ktest *t, const char *pattern)
{
	char name[96];

	case_name(t, name, sizeof(name));
	if (t->flags & (KTEST_BROKEN | KTEST_BY_NAME))
		return !strcmp(pattern, name);
	return glob_match(pattern, name);
}

static unsigned int select_cases(const char *pattern)
{
	unsigned int n = 0;

	ASSERT(__stop_ktests - __start_ktests <= MAX_CASES); /* none is left out in silence */
	for (const struct ktest *t = __start_ktests; t < __stop_ktests; t++)
		if (selected(t, pattern))
			order[n++] = t;
	return n;
}

/* Fisher and Yates. Seed 0 keeps the order of the link. */
static void shuffle(unsigned int n, u32 seed)
{
	struct rnd rnd = rnd_seed(seed);

	for (unsigned int i = n; seed && i > 1; i--) {
		unsigned int k = rnd_below(&rnd, i);
		const struct ktest *t = order[i - 1];

		order[i - 1] = order[k];
		order[k] = t;
	}
}

static void list_cases(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		cprintf("%s.%s\n", order[i]->suite, order[i]->name);
	cprintf("%u cases\n", n);
}

unsigned int ktest_count(const char *pattern)
{
	return select_cases(pattern);
}

bool ktest_run(const struct ktest_options *o)
{
	unsigned int n = select_cases(o->pattern);

	if (o->list_only) {
		list_cases(n);
		return n != 0;
	}
	memset(&totals, 0, sizeof(totals));
	/* a case stays on the boot CPU, as if it were alone, unless it says otherwise */
	set_cpus_allowed(current, 1);
	cprintf("KTAP version 1\n1..%u\n# seed=%u\n", n * o->repeat, o->seed);
	bool stopped = false;

	for (unsigned int round = 0; round < o->repeat && !stopped; round++) {
		u32 seed = o->seed ? o->seed + round : 0; /* a round can be replayed by itself */

		select_cases(o->pattern);
		shuffle(n, seed);
		for (unsigned int i = 0; i < n && !stopped; i++) {
			run_case(order[i], seed);
			stopped = console_break();
		}
	}
	set_cpus_allowed(current, ~0u);
	cprintf("# ktest end passed=%u failed=%u skipped=%u seed=%u nonce=%s\n", totals.passed,
	        totals.failed, totals.skipped, o->seed, o->nonce ? o->nonce : "-");
	return n && !totals.failed && totals.number == n * o->repeat;
}
