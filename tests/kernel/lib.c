/* SPDX-License-Identifier: MIT */
/* lib.c - tests of floor 0: strings, printf, numbers, sorting, bits. */
#include "errno.h"
#include "kernel.h"
#include "ktest.h"
#include "lib/bitops.h"
#include "lib/list.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "lib/vsprintf.h"

static const char *fmt(const char *format, ...) __printf(1, 2);
static const char *fmt(const char *format, ...)
{
	static char buf[128];
	va_list args;

	va_start(args, format);
	vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	return buf;
}

KTEST(lib, printf_pads_and_signs_numbers)
{
	EXPECT_STREQ(fmt("%d|%5d|%-5d|%05d|%+d", 42, 42, 42, 42, 42), "42|   42|42   |00042|+42");
	EXPECT_STREQ(fmt("%d %i", -1, -2147483647 - 1), "-1 -2147483648");
	EXPECT_STREQ(fmt("%x %X %#x %08x", 0xabcu, 0xabcu, 0xabcu, 0xabcu),
	             "abc ABC 0xabc 00000abc");
	EXPECT_STREQ(fmt("%.3d|%8.3u|%.0d|", 7, 7u, 0), "007|     007||");
	EXPECT_STREQ(fmt("%*d|%-*d|", 4, 1, 4, 1), "   1|1   |");
}

KTEST(lib, printf_prints_64_bits)
{
	EXPECT_STREQ(fmt("%llu", 18446744073709551615ull), "18446744073709551615");
	EXPECT_STREQ(fmt("%lld", -9223372036854775807ll - 1), "-9223372036854775808");
	EXPECT_STREQ(fmt("%016llx", 0xfd00000000ull), "000000fd00000000");
	EXPECT_STREQ(fmt("%hhu %hu", (unsigned char)200, (unsigned short)60000), "200 60000");
}

KTEST(lib, printf_prints_strings_and_pointers)
{
	EXPECT_STREQ(fmt("%s|%5s|%-5s|%.2s|%c|%%", "abc", "abc", "abc", "abc", 'x'),
	             "abc|  abc|abc  |ab|x|%");
	EXPECT_STREQ(fmt("%p", (void *)0xc0100000ul), "0xc0100000");
	EXPECT_STREQ(fmt("%s", strchr("abc", 'x')), "(null)");
}

KTEST(lib, printf_never_writes_past_its_buffer)
{
	char buf[8] = "#######";

	EXPECT_EQ(snprintf(buf, 4, "%s", "abcdef"), 6);
	EXPECT_STREQ(buf, "abc");
	EXPECT_EQ(buf[4], '#');
	EXPECT_EQ(scnprintf(buf, 4, "%s", "abcdef"), 3);
	EXPECT_EQ(snprintf(NULL, 0, "%d", 12345), 5);
}

KTEST(lib, division_of_64_bits_matches_multiplication)
{
	for (int i = 0; i < 2000; i++) {
		u64 n = (u64)ktest_random() << 32 | ktest_random();
		u64 d = ((u64)ktest_random() << 32 | ktest_random()) >> ktest_below(63);

		if (!d)
			d = 1;
		EXPECT_TRUE(n / d * d + n % d == n && n % d < d);
	}
	EXPECT_TRUE(~0ull / 1 == ~0ull && ~0ull / ~0ull == 1 && 5ull / ~0ull == 0);
	EXPECT_TRUE((s64)-7 / (s64)2 == -3 && (s64)-7 % (s64)2 == -1);
}

KTEST(lib, strings_compare_and_search_as_in_c)
{
	EXPECT_TRUE(strcmp("abc", "abd") < 0 && strcmp("b", "abc") > 0 && !strcmp("", ""));
	EXPECT_TRUE(!strncmp("abcx", "abcy", 3) && strncmp("ab", "abc", 3) < 0);
	EXPECT_TRUE(strlen("four") == 4 && strnlen("four", 2) == 2);
	EXPECT_STREQ(strchr("a=b", '='), "=b");
	EXPECT_STREQ(strrchr("a.b.c", '.'), ".c");
	EXPECT_STREQ(strstr("hello world", "lo w"), "lo world");
	EXPECT_TRUE(!strstr("abc", "abcd") && !strchr("abc", 'x'));
}

KTEST(lib, strscpy_ends_with_nul_and_tells_truncation)
{
	char buf[4];

	EXPECT_EQ(strscpy(buf, "ab", sizeof(buf)), 2);
	EXPECT_EQ(strscpy(buf, "abcd", sizeof(buf)), -E2BIG);
	EXPECT_STREQ(buf, "abc");
}

KTEST(lib, memmove_handles_overlap_both_ways)
{
	char a[] = "0123456789", b[] = "0123456789";

	memmove(a + 2, a, 6);
	EXPECT_STREQ(a, "0101234589");
	memmove(b, b + 2, 6);
	EXPECT_STREQ(b, "2345676789");
}

KTEST(lib, memset_and_memcpy_touch_exactly_n_bytes)
{
	for (size_t n = 0; n < 20; n++) {
		char a[24], b[24];

		memset(a, 'x', sizeof(a));
		memset(a + 1, 'y', n);
		EXPECT_TRUE(a[0] == 'x' && a[n + 1] == 'x' && (!n || (a[1] == 'y' && a[n] == 'y')));
		memset(b, 'z', sizeof(b));
		memcpy(b + 1, a + 1, n);
		EXPECT_TRUE(b[0] == 'z' && b[n + 1] == 'z' && !memcmp(a + 1, b + 1, n));
	}
}

KTEST(lib, glob_matches_stars_and_question_marks)
{
	EXPECT_TRUE(glob_match("*", "") && glob_match("a*c", "abbc") && glob_match("?b", "ab"));
	EXPECT_TRUE(!glob_match("a*c", "abd") && !glob_match("", "a") &&
	            glob_match("*.b*", "a.bc"));
	EXPECT_TRUE(glob_match("a*b*c", "aXbYbZc") && !glob_match("a*b*c", "aXcYb"));
}

KTEST(lib, sizes_parse_with_suffix_and_saturate)
{
	const char *end;

	EXPECT_EQ(memparse("64M", &end), 64ll << 20);
	EXPECT_EQ(*end, 0);
	EXPECT_EQ(memparse("0x10k,", &end), 16 << 10);
	EXPECT_EQ(*end, ',');
	EXPECT_TRUE(memparse("99999999999999999999", &end) == ~0ull);
	EXPECT_TRUE(memparse("18000000000G", &end) == ~0ull);
	memparse("-1", &end);
	EXPECT_EQ(*end, '-');
}

static int compare_int(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

KTEST(lib, sort_orders_and_keeps_every_element)
{
	int v[200];
	long sum = 0;

	for (int i = 0; i < 200; i++)
		sum += v[i] = (int)ktest_below(50);
	sort(v, 200, sizeof(v[0]), compare_int);
	for (int i = 0; i < 200; i++) {
		sum -= v[i];
		EXPECT_TRUE(!i || v[i - 1] <= v[i]);
	}
	EXPECT_EQ(sum, 0);
	sort(v, 0, sizeof(v[0]), compare_int);
	sort(v, 1, sizeof(v[0]), compare_int);
}

KTEST(lib, bit_scans_agree_with_shifts)
{
	for (unsigned int i = 0; i < BITS_PER_LONG; i++) {
		EXPECT_EQ(__ffs(BIT(i)), i);
		EXPECT_EQ(__fls(BIT(i) | 1), i);
		EXPECT_EQ(fls(BIT(i)), i + 1);
	}
	EXPECT_EQ(fls(0), 0);
	EXPECT_EQ(hweight(0xf0f0), 8);
	EXPECT_EQ(rounddown_pow_of_two(1000), 512);
	EXPECT_EQ(roundup_pow_of_two(1000), 1024);
	EXPECT_EQ(roundup_pow_of_two(1024), 1024);
}

struct item {
	int value;
	struct list_head link;
};

KTEST(lib, lists_keep_order_as_stack_and_queue)
{
	struct item items[4] = {{0, {0}}, {1, {0}}, {2, {0}}, {3, {0}}}, *it, *next;
	LIST_HEAD(head);
	int expect = 0;

	for (int i = 0; i < 4; i++)
		list_add_tail(&items[i].link, &head);
	list_for_each_entry (it, &head, link)
		EXPECT_EQ(it->value, expect++);
	list_move_tail(&items[0].link, &head);
	EXPECT_EQ(list_first_entry(&head, struct item, link)->value, 1);
	list_for_each_entry_safe (it, next, &head, link)
		list_del(&it->link);
	EXPECT_TRUE(list_empty(&head));
	EXPECT_TRUE(items[2].link.next == LIST_POISON1);
}
