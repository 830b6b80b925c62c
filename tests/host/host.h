/* SPDX-License-Identifier: MIT */
/* host.h - the test harness on the build machine, and the machine that it plays.
 *
 *	TEST(free_merges_up_to_top)
 *	{
 *		REQUIRE(zone);
 *		CHECK_EQ(zone->free_area[10].nr_free, 1);
 *	}
 *
 * A case's name is a claim. Each case begins in a new world: every global of mm/, boot/ and the
 * other kernel sources under test is as after loading, and physical memory is empty. A report that
 * the case did not ask for, a lock left held or interrupts left off fail it. Results are TAP:
 * https://testanything.org. A case marked TEST_TODO claims what the code does not do yet: its
 * failure is told and does not count.
 * Environment: SEED=n (random numbers), T=pattern (of "program.case"), VERBOSE=1 (kernel log). */
#pragma once
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "report.h"
#include "types.h"

struct host_test {
	const char *name;
	void (*fn)(void);
	const char *todo; /* why it fails today, or NULL */
	int line;
};

#define TEST_TODO(case_name, why)                                                                  \
	static void test_##case_name(void);                                                        \
	static const struct host_test host_test_##case_name __used __section("host_tests")         \
		__aligned(8) = {#case_name, test_##case_name, why, __LINE__};                      \
	static void test_##case_name(void)
#define TEST(case_name) TEST_TODO(case_name, NULL)

/* --- checks ----------------------------------------------------------------------------- */

/* Record a failure of the running case. */
void host_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4);
/* Has the running case failed? For random tests: go no further. */
bool host_failed(void);
/* A line of explanation in the output. */
void host_note(const char *fmt, ...) __printf(1, 2);

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (unlikely(!(cond)))                                                             \
			host_fail(__FILE__, __LINE__, "%s is false", #cond);                       \
	} while (0)
#define CHECK_EQ(a, b)                                                                             \
	do {                                                                                       \
		unsigned long long _a = (unsigned long long)(a), _b = (unsigned long long)(b);     \
		if (unlikely(_a != _b))                                                            \
			host_fail(__FILE__, __LINE__, "%s is %llu (0x%llx), not %llu (0x%llx)",    \
			          #a, _a, _a, _b, _b);                                             \
	} while (0)
#define CHECK_STR(a, b)                                                                            \
	do {                                                                                       \
		const char *_a = (a), *_b = (b);                                                   \
		if (unlikely(strcmp(_a, _b)))                                                      \
			host_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #a, _a, _b);     \
	} while (0)
/* NULL, or the text of what a checker found. */
#define CHECK_SOUND(expr)                                                                          \
	do {                                                                                       \
		const char *_wrong = (expr);                                                       \
		if (unlikely(_wrong != NULL))                                                      \
			host_fail(__FILE__, __LINE__, "%s: %s", #expr, _wrong);                    \
	} while (0)
#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (unlikely(!(cond))) {                                                           \
			host_fail(__FILE__, __LINE__, "%s is false", #cond);                       \
			return;                                                                    \
		}                                                                                  \
	} while (0)

/* The statement must tell exactly one report of this kind. */
#define EXPECT_REPORT(kind, statement)                                                             \
	do {                                                                                       \
		unsigned long _before = report_count();                                            \
		statement;                                                                         \
		host_expect_report(__FILE__, __LINE__, REPORT_##kind, _before);                    \
	} while (0)
void host_expect_report(const char *file, int line, enum report_kind kind, unsigned long before);

/* Reports told since `before` were asked for, whatever they are. */
void host_allow_reports(unsigned long before);

/* The last report's field has this value, or is code of this function. */
#define CHECK_FIELD(field, value) host_check_field(__FILE__, __LINE__, field, value)
#define CHECK_FIELD_IN(field, fn) host_check_field_in(__FILE__, __LINE__, field, fn)
void host_check_field(const char *file, int line, const char *field, const char *value);
void host_check_field_in(const char *file, int line, const char *field, const char *function);

/* fn(arg) must panic with a message that contains text. The world is not to be used afterwards, but
 * for looking at it: locks are forgotten. */
#define EXPECT_PANIC(text, fn, arg) host_expect_panic(__FILE__, __LINE__, text, fn, arg)
void host_expect_panic(const char *file, int line, const char *text, void (*fn)(void *), void *arg);
/* Run fn(arg) in a process of its own, silently. Returns: whether it came to its end: no fault, no
 * sanitizer's complaint, no panic, no failed check. For what is known to go wrong. */
bool host_survives(void (*fn)(void *), void *arg);

/* What the last expected panic said. */
const char *host_panic_text(void);

/* --- random numbers, from SEED and the case's name ------------------------------------------ */

u32 test_random(void);
u32 test_below(u32 n); /* 0..n-1, n > 0 */
static inline bool test_chance(u32 one_in)
{
	return test_below(one_in) == 0;
}
u64 test_random64(void);

/* --- the machine -------------------------------------------------------------------------- */

/* Everything as after loading: globals, per-CPU areas, memory. Each case begins so. */
void world_reset(void);

/* A frame's bytes, for the test to write to: RAM that the allocator has given out. */
void *host_frame(unsigned long pfn);

/* The kernel's own log so far, NUL at its end; cleared by world_reset(). */
const char *host_log(void);

/* Do not let anything touch [start, start + size) of the arena until the next world. */
void host_forbid(const void *start, size_t size);

/* Stop: what the harness itself or the machine's stand-in found makes no sense. */
void host_bug(const char *fmt, ...) __printf(1, 2) __noreturn;

/* Nothing is left open: no lock held, interrupts on. Returns: NULL or what is. */
const char *host_check_idle(void);
