/* SPDX-License-Identifier: MIT */
/* readline.c - the line editor. Owns: the history ring.
 * It redraws with backspaces and blanks only: no terminal is assumed. */
#include "readline.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "shell.h"

enum { HISTORY = 32 };
enum {
	CTRL_A = 1,
	CTRL_B,
	CTRL_C,
	CTRL_D,
	CTRL_E,
	CTRL_F,
	BACKSPACE = 8,
	TAB,
	NEWLINE,
	CTRL_K,
	CTRL_L,
	RETURN,
	CTRL_N,
	CTRL_P = 16,
	CTRL_U = 21,
	CTRL_W = 23,
	ESCAPE = 27,
	RUBOUT = 127
};
/* What escape sequences become. */
enum { KEY_UP = 256, KEY_DOWN, KEY_RIGHT, KEY_LEFT, KEY_HOME, KEY_END, KEY_DELETE, KEY_NONE };

static char history[HISTORY][SHELL_LINE];
static unsigned int nr_history;

struct editor {
	const char *prompt;
	char *buf;
	size_t size, len, pos, lost; /* lost: characters that did not fit */
	unsigned int back;           /* lines back in the history, 0: the new one */
	completer_t complete;
};

const char *history_line(unsigned int k)
{
	return k < min(nr_history, (unsigned int)HISTORY) ? history[(nr_history - 1 - k) % HISTORY]
	                                                  : NULL;
}

static void remember(const char *line)
{
	const char *last = history_line(0);

	if (*line && (!last || strcmp(last, line)))
		strscpy(history[nr_history++ % HISTORY], line, SHELL_LINE);
}

/* --- screen ----------------------------------------------------------------------------- */

static void put_times(char c, size_t n)
{
	while (n--)
		console_write(&c, 1);
}

/* Write buf from `from` on, blank out `extra` old characters, and come back to pos. */
static void redraw(const struct editor *e, size_t from, size_t extra)
{
	console_write(e->buf + from, e->len - from);
	put_times(' ', extra);
	put_times('\b', e->len - e->pos + extra);
}

static void move_to(struct editor *e, size_t pos)
{
	if (pos < e->pos)
		put_times('\b', e->pos - pos);
	else
		console_write(e->buf + e->pos, pos - e->pos);
	e->pos = pos;
}

/* --- editing ---------------------------------------------------------------------------- */

static void insert(struct editor *e, char c)
{
	if (e->len + 1 >= e->size) {
		e->lost++;
		return;
	}
	memmove(e->buf + e->pos + 1, e->buf + e->pos, e->len - e->pos);
	e->buf[e->pos++] = c;
	e->len++;
	redraw(e, e->pos - 1, 0);
}

/* Remove n characters that end at the cursor (before > 0) or begin at it. */
static void erase(struct editor *e, size_t before, size_t after)
{
	size_t n = before + after;

	move_to(e, e->pos - before);
	memmove(e->buf + e->pos, e->buf + e->pos + n, e->len - e->pos - n);
	e->len -= n;
	redraw(e, e->pos, n);
}

static size_t word_before(const struct editor *e)
{
	size_t i = e->pos;

	while (i && e->buf[i - 1] == ' ')
		i--;
	while (i && e->buf[i - 1] != ' ')
		i--;
	return e->pos - i;
}

static void replace_line(struct editor *e, const char *text)
{
	size_t old = e->len;

	move_to(e, 0);
	e->len = e->pos = (size_t)max(strscpy(e->buf, text, e->size), 0l);
	console_write(e->buf, e->len);
	if (old > e->len) {
		put_times(' ', old - e->len);
		put_times('\b', old - e->len);
	}
}

static void walk_history(struct editor *e, int step)
{
	unsigned int back = e->back + (unsigned int)step;
	const char *line = back ? history_line(back - 1) : "";

	if (!line || (step < 0 && !e->back))
		return;
	e->back = back;
	replace_line(e, line);
}

/* --- completion ------------------------------------------------------------------------- */

static size_t common_prefix(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

static void list_candidates(struct editor *e, const char *before)
{
	const char *c;

	cprintf("\n");
	for (unsigned int k = 0; (c = e->complete(before, k)); k++)
		cprintf("%s  ", c);
	cprintf("\n%s", e->prompt);
	redraw(e, 0, 0);
}

/* Add what all candidates share; when that is nothing and there are several, list them. */
static void complete_word(struct editor *e)
{
	char before[SHELL_LINE], first[SHELL_LINE];
	const char *c, *word;
	size_t shared, typed;
	unsigned int k;

	strscpy(before, e->buf, e->pos + 1);
	word = strrchr(before, ' ');
	typed = strlen(word ? word + 1 : before);
	c = e->complete ? e->complete(before, 0) : NULL;
	if (!c)
		return;
	strscpy(first, c, sizeof(first)); /* the next call may reuse its buffer */
	shared = strlen(first);
	for (k = 1; (c = e->complete(before, k)); k++)
		shared = min(shared, common_prefix(first, c));
	if (shared == typed && k > 1) {
		list_candidates(e, before);
		return;
	}
	for (size_t i = typed; i < shared; i++)
		insert(e, first[i]);
	if (k == 1)
		insert(e, ' ');
}

/* --- keys ------------------------------------------------------------------------------- */

/* ESC [ A, ESC O A, ESC [ 3 ~ and their like. */
static int read_escape(void)
{
	static const char letters[] = "ABCDHF";
	const char *at;
	int c = console_getc();

	if (c != '[' && c != 'O')
		return KEY_NONE;
	c = console_getc();
	if (isdigit(c)) {
		int digit = c;

		while ((c = console_getc()) != '~')
			if (!isdigit(c) && c != ';')
				return KEY_NONE;
		return digit == '3' ? KEY_DELETE : digit == '1' ? KEY_HOME : KEY_END;
	}
	at = strchr(letters, c);
	return at && c ? KEY_UP + (int)(at - letters) : KEY_NONE;
}

static void cursor_key(struct editor *e, int key)
{
	switch (key) {
	case KEY_LEFT:
	case CTRL_B:
		move_to(e, e->pos - (e->pos > 0));
		break;
	case KEY_RIGHT:
	case CTRL_F:
		move_to(e, e->pos + (e->pos < e->len));
		break;
	case KEY_HOME:
	case CTRL_A:
		move_to(e, 0);
		break;
	case KEY_END:
	case CTRL_E:
		move_to(e, e->len);
		break;
	case KEY_UP:
	case CTRL_P:
		walk_history(e, 1);
		break;
	case KEY_DOWN:
	case CTRL_N:
		walk_history(e, -1);
		break;
	}
}

static void edit_key(struct editor *e, int key)
{
	switch (key) {
	case BACKSPACE:
	case RUBOUT:
		erase(e, e->pos > 0, 0);
		break;
	case KEY_DELETE:
	case CTRL_D:
		erase(e, 0, e->pos < e->len);
		break;
	case CTRL_K:
		erase(e, 0, e->len - e->pos);
		break;
	case CTRL_U:
		erase(e, e->pos, 0);
		break;
	case CTRL_W:
		erase(e, word_before(e), 0);
		break;
	case CTRL_L:
		cprintf("\n%s", e->prompt);
		redraw(e, 0, 0);
		break;
	case TAB:
		complete_word(e);
		break;
	default:
		if (key < 256 && isprint(key))
			insert(e, (char)key);
		else
			cursor_key(e, key);
	}
}

void readline(const char *prompt, char *buf, size_t size, completer_t complete)
{
	static int last;
	struct editor e = {.prompt = prompt, .buf = buf, .size = size, .complete = complete};

	cprintf("%s", prompt);
	for (;;) {
		int previous = last, key = last = console_getc();

		if (key == NEWLINE && previous == RETURN)
			continue; /* the second half of a CR LF */
		if (key == RETURN || key == NEWLINE)
			break;
		if (key == CTRL_C) {
			cprintf("^C\n%s", prompt);
			e.len = e.pos = e.lost = 0;
			e.back = 0;
			continue;
		}
		edit_key(&e, key == ESCAPE ? read_escape() : key);
	}
	buf[e.len] = '\0';
	cprintf("\n");
	remember(buf);
	if (e.lost) {
		cprintf("the line is longer than %zu characters, not run\n", size - 1);
		buf[0] = '\0';
	}
}
