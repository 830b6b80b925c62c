/* SPDX-License-Identifier: MIT */
/* console.c - text out to every registered device.
 * Owns: the list of consoles, the line prefix, the capture buffer. Locks: console_lock, interrupts
 * off, below all others. What one call writes stays together. */
#include "console.h"
#include "asm/irqflags.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "owner_lock.h"

static struct console *consoles;
static const char *line_prefix = "";
static bool at_line_start = true;
static struct owner_lock console_lock;
bool owner_locks_void;

static struct {
	char *buf;
	size_t size, len;
} capture;

void console_register(struct console *con)
{
	con->next = consoles;
	consoles = con;
}

void console_capture(char *buf, size_t size)
{
	capture.buf = buf;
	capture.size = size;
	capture.len = 0;
	buf[0] = '\0';
}

void console_capture_end(void)
{
	capture.buf = NULL;
}

static void write_captured(const char *text, size_t len)
{
	size_t n = min(len, capture.size - 1 - capture.len);

	memcpy(capture.buf + capture.len, text, n);
	capture.len += n;
	capture.buf[capture.len] = '\0';
}

static void write_raw(const char *text, size_t len)
{
	for (struct console *con = consoles; con; con = con->next)
		con->write(text, len);
}

const char *console_set_prefix(const char *prefix)
{
	const char *old = line_prefix;

	line_prefix = prefix;
	return old;
}

/* Length of the piece up to and including the first newline. */
static size_t line_length(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len)
		if (text[n++] == '\n')
			break;
	return n;
}

void console_write(const char *text, size_t len)
{
	unsigned long flags = local_irq_save();
	bool taken = owner_lock_take(&console_lock);

	if (capture.buf) {
		write_captured(text, len);
		len = 0;
	}
	while (len) {
		size_t n = line_length(text, len);

		if (at_line_start && *line_prefix)
			write_raw(line_prefix, strlen(line_prefix));
		write_raw(text, n);
		at_line_start = text[n - 1] == '\n';
		text += n;
		len -= n;
	}
	owner_lock_give(&console_lock, taken);
	local_irq_restore(flags);
}

void vcprintf(const char *fmt, va_list args)
{
	char buf[512];
	int n = vsnprintf(buf, sizeof(buf), fmt, args);

	console_write(buf, (size_t)min(n, (int)sizeof(buf) - 1));
}

void cprintf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vcprintf(fmt, args);
	va_end(args);
}
