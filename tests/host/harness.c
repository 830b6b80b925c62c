/* SPDX-License-Identifier: MIT */
/* harness.c - runs the cases of one program and prints TAP. Owns: the running case. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "host.h"
#include "host_private.h"
#include "asm/irqflags.h"
#include "asm/spinlock.h"
#include "lib/hash.h"
#include "lib/random.h"
#undef vsnprintf /* the C library's, for this file's own text */
#undef snprintf

extern const struct host_test __start_host_tests[], __stop_host_tests[];

enum { CASE_SECONDS = 120, MOST_FAILURES = 10, MOST_CASES = 200 };

static struct {
	const struct host_test *test;
	unsigned int number, failures;
	unsigned long reports; /* told by now as far as the case asked for them */
	struct rnd rnd;
} running;

static const char *program;
static u32 seed;

/* --- for cases ---------------------------------------------------------------------------- */

void host_fail(const char *file, int line, const char *fmt, ...)
{
	const char *slash = strrchr(file, '/');
	char text[500];
	va_list args;

	if (running.failures++ >= (running.test->todo ? 1 : MOST_FAILURES))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printf("# %s:%d: %s\n", slash ? slash + 1 : file, line, text);
	if (running.failures == 1 && !running.test->todo)
		log_show_tail();
}

bool host_failed(void)
{
	return running.failures;
}

void host_note(const char *fmt, ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printf("# %s\n", text);
}

u32 test_random(void)
{
	return rnd_next(&running.rnd);
}

u32 test_below(u32 n)
{
	return rnd_below(&running.rnd, n);
}

u64 test_random64(void)
{
	u64 upper = test_random();

	return upper << 32 | test_random();
}

/* --- reports and panics ------------------------------------------------------------------- */

void host_allow_reports(unsigned long before)
{
	running.reports += report_count() - before;
}

void host_expect_report(const char *file, int line, enum report_kind kind, unsigned long before)
{
	unsigned long told = report_count() - before;

	host_allow_reports(before);
	if (told != 1)
		host_fail(file, line, "%lu reports instead of one of kind %s", told,
		          report_kind_name(kind));
	else if (report_last_kind() != kind)
		host_fail(file, line, "a report of kind %s instead of %s: %s",
		          report_kind_name(report_last_kind()), report_kind_name(kind),
		          report_last_line());
}

void host_check_field(const char *file, int line, const char *field, const char *value)
{
	char found[100];

	if (!report_field(field, found, sizeof(found)))
		host_fail(file, line, "no field %s in \"%s\"", field, report_last_line());
	else if (strcmp(found, value))
		host_fail(file, line, "field %s is \"%s\", not \"%s\"", field, found, value);
}

void host_check_field_in(const char *file, int line, const char *field, const char *function)
{
	size_t len = strlen(function);
	char found[100];

	if (!report_field(field, found, sizeof(found)))
		host_fail(file, line, "no field %s in \"%s\"", field, report_last_line());
	else if (strncmp(found, function, len) || found[len] != '+')
		host_fail(file, line, "field %s is \"%s\", not in %s", field, found, function);
}

void host_expect_panic(const char *file, int line, const char *text, void (*fn)(void *), void *arg)
{
	jmp_buf here;

	panic_jump = &here;
	if (!setjmp(here)) {
		fn(arg);
		host_fail(file, line, "no panic with \"%s\"", text);
	} else if (!strstr(host_panic_text(), text)) {
		host_fail(file, line, "panic says \"%s\", not \"%s\"", host_panic_text(), text);
	}
	panic_jump = NULL;
	host_locks_held = 0;
	host_irqs_off = false;
}

bool host_survives(void (*fn)(void *), void *arg)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(2);
		fn(arg);
		_exit(host_failed());
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* --- running ------------------------------------------------------------------------------ */

/* The world is broken: no further case makes sense. */
void harness_bail(const char *text)
{
	if (running.test) {
		log_show_tail();
		printf("not ok %u - %s.%s\n", running.number, program, running.test->name);
	}
	printf("Bail out! %s (replay: SEED=%u T=%s.%s)\n", text, seed, program,
	       running.test ? running.test->name : "");
	fflush(stdout);
	abort();
}

static void on_alarm(int sig)
{
	(void)sig;
	harness_bail("the case hangs");
}

void world_reset(void)
{
	image_reset();
	machine_reset();
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void begin_case(const struct host_test *test)
{
	world_reset();
	log_reset();
	report_rearm();
	running.test = test;
	running.number++;
	running.failures = 0;
	running.reports = report_count();
	running.rnd = rnd_seed(fnv_string(test->name) ^ seed * 2654435761u);
	for (int i = 0; i < 8; i++)
		test_random();
	alarm(CASE_SECONDS);
}

static void end_case(void)
{
	alarm(0);
	if (report_count() != running.reports)
		host_fail(__FILE__, __LINE__, "%lu reports that the case did not ask for; last: %s",
		          report_count() - running.reports, report_last_line());
	CHECK_SOUND(host_check_idle());
}

enum outcome { PASSED, FAILED, KNOWN, NR_OUTCOMES };

static enum outcome run_case(const struct host_test *test)
{
	double before = seconds_now();
	bool failed;

	begin_case(test);
	test->fn();
	end_case();
	failed = running.failures;
	printf("%sok %u - %s.%s", failed ? "not " : "", running.number, program, test->name);
	if (test->todo)
		printf(" # TODO %s\n", test->todo);
	else
		printf(" # %.0f ms\n", (seconds_now() - before) * 1000);
	if (failed && !test->todo)
		printf("# replay: SEED=%u T=%s.%s\n", seed, program, test->name);
	running.test = NULL;
	return !failed ? PASSED : test->todo ? KNOWN : FAILED;
}

static bool wanted(const struct host_test *test, const char *pattern)
{
	char name[200];

	snprintf(name, sizeof(name), "%s.%s", program, test->name);
	return !pattern || !*pattern || glob_match(pattern, name) || strstr(name, pattern) != NULL;
}

static int compare_lines(const void *a, const void *b)
{
	return (*(const struct host_test *const *)a)->line -
	       (*(const struct host_test *const *)b)->line;
}

/* The cases that match, as they stand in the file. Returns: how many. */
static unsigned int collect(const struct host_test **tests, const char *pattern)
{
	unsigned int n = 0;

	for (const struct host_test *t = __start_host_tests; t < __stop_host_tests; t++)
		if (wanted(t, pattern) && n < MOST_CASES)
			tests[n++] = t;
	qsort(tests, n, sizeof(*tests), compare_lines);
	return n;
}

static int run_all(const char *pattern)
{
	const struct host_test *tests[MOST_CASES];
	unsigned int plan = collect(tests, pattern), count[NR_OUTCOMES] = {0};

	printf("TAP version 13\n1..%u%s\n# %s SEED=%u\n", plan, plan ? "" : " # SKIP no match",
	       program, seed);
	for (unsigned int i = 0; i < plan; i++)
		count[run_case(tests[i])]++;
	printf("# %s: %u passed, %u failed, %u known\n", program, count[PASSED], count[FAILED],
	       count[KNOWN]);
	return count[FAILED] ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *env = getenv("SEED");

	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	program = slash ? slash + 1 : argv[0];
	seed = env && *env ? (u32)strtoul(env, NULL, 0) : 1;
	signal(SIGALRM, on_alarm);
	log_set_live(getenv("VERBOSE") != NULL);
	symbols_setup();
	machine_setup();
	image_setup();
	return run_all(getenv("T"));
}
