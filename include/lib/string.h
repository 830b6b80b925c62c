/* SPDX-License-Identifier: MIT */
/* string.h - the C string functions that the kernel uses, as C11 defines them, and a few more. */
#pragma once
#include "types.h"

void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);

/* Copy at most size-1 bytes and always end dst with a NUL (size > 0).
 * Returns: length copied, or -E2BIG when src was cut. */
long strscpy(char *dst, const char *src, size_t size);

/* Does s match a shell pattern of '*', '?' and plain characters? */
bool glob_match(const char *pattern, const char *s);

/* Parse a number in base 10, 16 (0x) or 8 (0). *end is set behind the last digit; a number that
 * does not fit 64 bits gives ~0. No digits: *end == s. */
u64 strtoull(const char *s, const char **end);

/* strtoull followed by an optional K, M, G or T (powers of 1024). Saturates at ~0. */
u64 memparse(const char *s, const char **end);

static inline bool isdigit(int c)
{
	return c >= '0' && c <= '9';
}

static inline bool isspace(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool isprint(int c)
{
	return c >= ' ' && c < 127;
}
