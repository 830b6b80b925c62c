/* SPDX-License-Identifier: MIT */
/* ledger.h - what a case must leave as it found it. */
#pragma once
#include "compiler.h"

/* Where a difference is told: ktest_fail(). */
typedef void (*complain_t)(const char *file, int line, const char *fmt, ...) __printf(3, 4);

/* Take stock before a case; compare after it and complain about every difference, naming the code
 * that allocated what is missing. */
void ledger_open(void);
void ledger_close(complain_t complain);

/* This many pages more may be quarantined at the end of the case. */
void ledger_allow_quarantine(unsigned long pages);
