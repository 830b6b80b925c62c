/* SPDX-License-Identifier: MIT */
/* ktest.h - tests that run in the kernel.
 *
 *	KTEST(buddy, free_merges_up_to_top)
 *	{
 *		struct page *page = alloc_pages(GFP_KERNEL, 10);
 *
 *		ASSERT_TRUE(page);
 *		...
 *	}
 *
 * A case's name is a claim. Before and after each case the harness takes the ledger (free pages of
 * each zone with pagesets drained, quarantined pages, ...): a case that does not give everything
 * back fails. Output is KTAP over serial: https://docs.kernel.org/dev-tools/ktap.html. While a case
 * runs, every line that it prints begins with "# ", so that nothing it says can pass for a result.
 */
#pragma once
#include "compiler.h"
#include "lib/random.h"
#include "report.h"
#include "types.h"

enum ktest_flags {
	KTEST_BROKEN = 1,  /* fails, hangs or resets on purpose: run only when named in full */
	KTEST_BY_NAME = 2, /* takes more than a machine may have: only when named in full */
};

struct ktest {
	const char *suite, *name;
	void (*fn)(void);
	unsigned int flags;
};

#define KTEST_FLAGS(suite_name, case_name, case_flags)                                             \
	static void ktest_##suite_name##_##case_name(void);                                        \
	static const struct ktest ktest_entry_##suite_name##_##case_name __used __section(         \
		"ktests") __aligned(4) = {#suite_name, #case_name,                                 \
	                                  ktest_##suite_name##_##case_name, case_flags};           \
	static void ktest_##suite_name##_##case_name(void)
#define KTEST(suite_name, case_name) KTEST_FLAGS(suite_name, case_name, 0)

struct ktest_options {
	const char *pattern; /* of "suite.name" */
	const char *nonce;   /* repeated in the end marker */
	u32 seed;            /* of the order and of each case's random numbers */
	unsigned int repeat;
	bool list_only;
};

/* Run the matching cases. Returns: true when at least one ran and none failed. */
bool ktest_run(const struct ktest_options *options);

/* --- for cases -------------------------------------------------------------------------- */

/* Record a failure of the running case. */
void ktest_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4);

/* End the case as skipped: it makes no sense on this machine. Follow it with return. */
void ktest_skip(const char *why);

/* Random numbers of this case: from the seed and the case's name, so the order does not matter. */
u32 ktest_random(void);
u32 ktest_below(u32 n);

#define EXPECT_TRUE(cond)                                                                          \
	do {                                                                                       \
		if (!(cond))                                                                       \
			ktest_fail(__FILE__, __LINE__, "%s is false", #cond);                      \
	} while (0)
#define EXPECT_EQ(a, b)                                                                            \
	do {                                                                                       \
		long long _a = (long long)(a), _b = (long long)(b);                                \
		if (_a != _b)                                                                      \
			ktest_fail(__FILE__, __LINE__, "%s is %lld, not %lld", #a, _a, _b);        \
	} while (0)
#define EXPECT_STREQ(a, b)                                                                         \
	do {                                                                                       \
		const char *_a = (a), *_b = (b);                                                   \
		if (strcmp(_a, _b))                                                                \
			ktest_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #a, _a, _b);    \
	} while (0)
/* NULL, or the text of what a checker found. */
#define EXPECT_SOUND(expr)                                                                         \
	do {                                                                                       \
		const char *_wrong = (expr);                                                       \
		if (_wrong)                                                                        \
			ktest_fail(__FILE__, __LINE__, "%s: %s", #expr, _wrong);                   \
	} while (0)
#define ASSERT_TRUE(cond)                                                                          \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			ktest_fail(__FILE__, __LINE__, "%s is false", #cond);                      \
			return;                                                                    \
		}                                                                                  \
	} while (0)
#define SKIP_UNLESS(cond, why)                                                                     \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			ktest_skip(why);                                                           \
			return;                                                                    \
		}                                                                                  \
	} while (0)

/* Reports that the case asks for: between begin and end exactly one report of `kind` must come. A
 * report at any other time fails the case. */
void ktest_expect_begin(void);
void ktest_expect_end(const char *file, int line, enum report_kind kind);
#define EXPECT_REPORT(kind, statement)                                                             \
	do {                                                                                       \
		ktest_expect_begin();                                                              \
		statement;                                                                         \
		ktest_expect_end(__FILE__, __LINE__, REPORT_##kind);                               \
	} while (0)

/* The end for several reports. Returns: how many came; 0 when the last was of another kind. */
unsigned long ktest_expect_many(enum report_kind kind);

/* The last report's field must have this value, or name this function. */
void ktest_expect_field(const char *file, int line, const char *field, const char *value);
#define EXPECT_FIELD(field, value) ktest_expect_field(__FILE__, __LINE__, field, value)

/* The last report must say that `field` is code of this very case (its function's name). */
#define EXPECT_FIELD_HERE(field) ktest_expect_field_function(__FILE__, __LINE__, field, __func__)
void ktest_expect_field_function(const char *file, int line, const char *field, const char *func);

/* Leave out of the ledger what the case takes out of use for good (quarantined pages). */
void ktest_allow_quarantine(unsigned long pages);
