/* SPDX-License-Identifier: MIT */
/* vsprintf.h - formatted text.
 *
 * Conversions: %d %i %u %x %X %o %c %s %p %% with flags "-0+ #", width, precision and the
 * lengths hh h l ll z. %p is 0x and eight digits. Behind %p, a code address by name:
 *   %pS  symbol+0xoffset/0xsize     %ps  the symbol alone
 *   %pB  as %pS, of a return address: the function that made the call, even at its very end */
#pragma once
#include "compiler.h"
#include "types.h"

/* Write at most size bytes, always ending with a NUL when size > 0.
 * Returns: the length that the whole text has (it may be more than size - 1).
 * Context: any. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* As snprintf, but returns what was really written: never more than size - 1. */
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* How %pS names an address (style: 'S', 'B' or 's'); kernel/ksyms.c sets it.
 * Returns: the length written into buf. */
extern int (*vsprintf_symbol)(char *buf, size_t size, unsigned long addr, char style);
