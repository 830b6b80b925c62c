/* SPDX-License-Identifier: MIT */
/* console_input.c - typed characters in through one ring. Owns: the ring, the queue of who waits.
 */
#include "console.h"
#include "lib/string.h"
#include "wait.h"

enum { INPUT_RING = 1024, CTRL_C = 3 };

/* One producer (the interrupt), one consumer (console_getc): indices only ever grow. */
static struct {
	char buf[INPUT_RING];
	unsigned int head; /* written by the interrupt */
	unsigned int tail; /* written by the reader */
	unsigned int dropped;
	bool break_seen;
} input;

static DECLARE_WAIT_QUEUE_HEAD(input_wait);

void console_receive(char c)
{
	if (c == CTRL_C)
		WRITE_ONCE(input.break_seen, true);
	if (input.head - READ_ONCE(input.tail) == INPUT_RING) {
		input.dropped++;
		return;
	}
	input.buf[input.head % INPUT_RING] = c;
	barrier(); /* the character is there before the index says so */
	WRITE_ONCE(input.head, input.head + 1);
	wake_up(&input_wait);
}

int console_getc(void)
{
	int c;

	wait_event_idle(input_wait, READ_ONCE(input.head) != input.tail);
	c = (u8)input.buf[input.tail % INPUT_RING];
	barrier(); /* read before the slot is given back */
	WRITE_ONCE(input.tail, input.tail + 1);
	if (c == CTRL_C)
		WRITE_ONCE(input.break_seen, false); /* it ends the line being edited */
	if (input.dropped) {
		cprintf("\nconsole: %u typed characters lost\n", input.dropped);
		input.dropped = 0;
	}
	return c;
}

long console_wait_break(long ticks)
{
	return wait_event_timeout(input_wait, READ_ONCE(input.break_seen), ticks);
}

bool console_break(void)
{
	unsigned int head = READ_ONCE(input.head), end = input.tail;

	if (!READ_ONCE(input.break_seen))
		return false;
	for (unsigned int i = input.tail; i != head; i++)
		if (input.buf[i % INPUT_RING] == CTRL_C)
			end = i + 1;
	WRITE_ONCE(input.tail, end);
	return true;
}

void console_break_clear(void)
{
	WRITE_ONCE(input.break_seen, false);
}
