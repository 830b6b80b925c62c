/* SPDX-License-Identifier: MIT */
/* printk.h - the kernel log and the consoles behind it. */
#pragma once
#include "compiler.h"
#include "types.h"

enum log_level {
	LOG_EMERG,
	LOG_ALERT,
	LOG_CRIT,
	LOG_ERR,
	LOG_WARN,
	LOG_NOTICE,
	LOG_INFO,
	LOG_DEBUG
};

/* Append to the log ring and, when level < console_loglevel, write to every console.
 * Context: any; allocates nothing; takes only the console's own lock. */
void printk(enum log_level level, const char *fmt, ...) __printf(2, 3);
void vprintk(enum log_level level, const char *fmt, va_list args);

#define pr_err(...)    printk(LOG_ERR, __VA_ARGS__)
#define pr_warn(...)   printk(LOG_WARN, __VA_ARGS__)
#define pr_notice(...) printk(LOG_NOTICE, __VA_ARGS__)
#define pr_info(...)   printk(LOG_INFO, __VA_ARGS__)
#define pr_debug(...)  printk(LOG_DEBUG, __VA_ARGS__)

/* Messages below this level reach the consoles (loglevel=, default 7: all but debug). */
extern int console_loglevel;

/* Copy the oldest kept text first into out(text, len) pieces: what `dmesg` prints. */
void log_dump(void (*out)(const char *text, size_t len));
