/* SPDX-License-Identifier: MIT */
/* readline.h - one line of input with editing, history and completion. */
#pragma once
#include "types.h"

/* How Tab completes: called with the text before the cursor. Returns the k-th candidate for its
 * last word, NULL behind the last. A candidate is valid until the next call. */
typedef const char *(*completer_t)(const char *before, unsigned int k);

/* Print the prompt, read a line into buf (without newline) and remember it. The keys are those of
 * other shells: arrows, Home, End, Delete, Backspace, Tab, Ctrl-A B C D E F H K L N P U W.
 * Only printable characters, backspaces and newlines are sent, so any terminal will do. */
void readline(const char *prompt, char *buf, size_t size, completer_t complete);

/* The k-th remembered line, newest first; NULL behind the last. */
const char *history_line(unsigned int k);
