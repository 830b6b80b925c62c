/* SPDX-License-Identifier: MIT */
/* console.h - where text goes and where typed characters come from. */
#pragma once
#include "compiler.h"
#include "types.h"

/* One output device. write() may be called with interrupts off and must not allocate. */
struct console {
	const char *name;
	void (*write)(const char *text, size_t len);
	struct console *next;
};

/* Add an output device. Context: boot. */
void console_register(struct console *con);

/* Write text to every console, unlogged: the shell's output and the tests' results.
 * Context: any. */
void console_write(const char *text, size_t len);
void cprintf(const char *fmt, ...) __printf(1, 2);
void vcprintf(const char *fmt, va_list args);

/* Begin every line with prefix from now on ("" for none): while a test case runs its text is
 * marked "# ", so that nothing it prints can pass for a result line. Returns: the one before. */
const char *console_set_prefix(const char *prefix);

/* Keep what is written in buf (at most size - 1 bytes and a NUL) instead of showing it, until
 * console_capture_end(). For tests of what commands print. */
void console_capture(char *buf, size_t size);
void console_capture_end(void);

/* A device received c. Context: interrupt. Drops (and counts) what the ring cannot hold; a
 * Ctrl-C also raises the break flag. */
void console_receive(char c);

/* Wait for a character. Context: may sleep. */
int console_getc(void);

/* Sleep for `ticks`, or until Ctrl-C is typed. Returns: ticks left; 0 when the time is over. */
long console_wait_break(long ticks);

/* Has Ctrl-C been typed since this command began? Long commands ask between steps. What was typed
 * ahead of it is dropped with it. The answer stays the same until console_break_clear(), so that
 * all commands that run one inside the other end. */
bool console_break(void);
void console_break_clear(void);
