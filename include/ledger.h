/* SPDX-License-Identifier: MIT */
/* ledger.h - what a test case or a stress run must leave as it found it. */
#pragma once
#include "compiler.h"

/* Where a difference is told, as ktest_fail(). */
typedef void (*complain_t)(const char *file, int line, const char *fmt, ...) __printf(3, 4);

/* Take stock before a case; compare after it and complain about every difference, naming the code
 * that allocated what is missing. Only one at a time. Context: may sleep.
 * ledger_close() returns: free pages less than before; 0 does not mean that nothing was told. */
void ledger_open(void);
long ledger_close(complain_t complain);

/* This many pages more may be quarantined at the end of the case. */
void ledger_allow_quarantine(unsigned long pages);
