/* SPDX-License-Identifier: MIT */
/* ledger.h - what a case must leave as it found it. */
#pragma once

/* Take stock before a case; compare after it and fail the case for every difference, naming the
 * code that allocated what is missing. */
void ledger_open(void);
void ledger_close(void);

/* This many pages more may be quarantined at the end of the case. */
void ledger_allow_quarantine(unsigned long pages);
