/* SPDX-License-Identifier: MIT */
/* string.c - memory and string functions: plain loops and one string instruction each.
 * Owns: nothing. Context: any. */
#include "lib/string.h"
#include "errno.h"
#include "kernel.h"
#include "asm/string.h"

void *memset(void *dst, int c, size_t n)
{
	rep_stosb(dst, c, n);
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	rep_movsb(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if (dst <= src || (const char *)dst >= (const char *)src + n)
		return memcpy(dst, src, n);
	for (char *d = dst; n--;)
		d[n] = ((const char *)src)[n];
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

char *strstr(const char *haystack, const char *needle)
{
	size_t n = strlen(needle);

	for (; *haystack; haystack++)
		if (!strncmp(haystack, needle, n))
			return (char *)haystack;
	return n ? NULL : (char *)haystack;
}

long strscpy(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(src, size);
	size_t copied = min(n, size - 1);

	memcpy(dst, src, copied);
	dst[copied] = '\0';
	return n < size ? (long)copied : -E2BIG;
}

bool glob_match(const char *pattern, const char *s)
{
	const char *star = NULL, *retry = NULL;

	for (;;) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = s;
		} else if (*s && (*pattern == '?' || *pattern == *s)) {
			pattern++, s++;
		} else if (!*s && !*pattern) {
			return true;
		} else if (star && *retry) {
			pattern = star;
			s = ++retry;
		} else {
			return false;
		}
	}
}

static int digit_value(int c)
{
	if (isdigit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

u64 strtoull(const char *s, const char **end)
{
	int base = 10;
	u64 value = 0;

	if (s[0] == '0' && (s[1] | 0x20) == 'x' && digit_value(s[2]) < 16) {
		base = 16;
		s += 2;
	} else if (s[0] == '0') {
		base = 8;
	}
	for (; digit_value(*s) < base; s++) {
		u32 digit = (u32)digit_value(*s);

		if (value > (~0ull - digit) / (u32)base)
			value = ~0ull;
		else if (value != ~0ull)
			value = value * (u32)base + digit;
	}
	*end = s;
	return value;
}

/* Powers of two that a size suffix stands for; 0 for none. */
static unsigned int suffix_shift(int c)
{
	switch (c | 0x20) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	case 't':
		return 40;
	}
	return 0;
}

u64 memparse(const char *s, const char **end)
{
	u64 value = strtoull(s, end);
	unsigned int shift = *end == s ? 0 : suffix_shift(**end);

	if (!shift)
		return value;
	(*end)++;
	return value > ~0ull >> shift ? ~0ull : value << shift;
}
