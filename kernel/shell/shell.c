/* SPDX-License-Identifier: MIT */
/* shell.c - from a line of text to commands. Owns: nothing but the prompt. */
#include "shell.h"
#include "catch.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "proc.h"
#include "readline.h"
#include "report.h"

#define PROMPT "quire> "

static const struct shell_command *find_command(const char *name)
{
	const struct shell_command *c;

	for (c = __start_shell_commands; c < __stop_shell_commands; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

bool shell_number64(const char *word, u64 *out)
{
	const char *end;

	*out = strtoull(word, &end);
	return end != word && !*end;
}

bool shell_number(const char *word, unsigned long *out)
{
	u64 v;

	if (!shell_number64(word, &v) || v > ~0ul)
		return false;
	*out = (unsigned long)v;
	return true;
}

/* --- parsing ---------------------------------------------------------------------------- */

/* Cut text into words at blanks; "..." keeps blanks. Returns: how many, -1 when they are too many.
 */
static int split_words(char *text, char **argv)
{
	int argc = 0;

	for (;;) {
		bool quoted = false;
		char *w;

		while (isspace(*text))
			text++;
		if (!*text)
			return argc;
		if (argc == SHELL_MAX_ARGS)
			return -1;
		argv[argc++] = w = text;
		for (; *text && (quoted || !isspace(*text)); text++) {
			if (*text == '"')
				quoted = !quoted;
			else
				*w++ = *text;
		}
		if (*text)
			text++;
		*w = '\0';
	}
}

/* End of the first command in text: a ';' or '#' outside quotes, or its end. */
static char *command_end(char *text)
{
	bool quoted = false;

	for (; *text; text++) {
		if (*text == '"')
			quoted = !quoted;
		if (!quoted && (*text == ';' || *text == '#'))
			break;
	}
	return text;
}

struct invocation {
	const struct shell_command *command;
	int argc;
	char **argv;
	bool ok;
};

static void invoke(void *arg)
{
	struct invocation *i = arg;

	i->ok = i->command->run(i->argc, i->argv);
}

static bool run_words(int argc, char **argv)
{
	struct invocation i = {find_command(argv[0]), argc, argv, false};
	struct caught caught;

	if (!i.command) {
		cprintf("%s: no such command, try `help`\n", argv[0]);
		return false;
	}
	if (argc > 1 && !*i.command->usage) {
		cprintf("usage: %s\n", i.command->name);
		return false;
	}
	if (catch_oops(invoke, &i, &caught)) {
		cprintf("%s: ended by %s\n", i.command->name,
		        caught.kind == CAUGHT_REPORT ? "a report" : "an oops");
		return false;
	}
	if (!i.ok)
		cprintf("usage: %s %s\n", i.command->name, i.command->usage);
	return i.ok;
}

/* Commands that run commands (repeat) may do so this deep: each level costs stack. */
enum { MAX_NESTING = 4 };
static unsigned int nesting;

static bool execute_line(const char *line)
{
	char text[SHELL_LINE], *next = text;
	char *argv[SHELL_MAX_ARGS];
	bool ok = true;

	if (strscpy(text, line, sizeof(text)) < 0) {
		cprintf("the line is longer than %zu characters, not run\n", sizeof(text) - 1);
		return false;
	}
	while (*next && *next != '#') {
		char *end = command_end(next);
		char separator = *end;
		int argc;

		*end = '\0';
		argc = split_words(next, argv);
		if (argc < 0)
			cprintf("%s: more than %d words, not run\n", argv[0], SHELL_MAX_ARGS - 1);
		if (argc)
			ok &= argc > 0 && run_words(argc, argv);
		if (separator != ';')
			break;
		next = end + 1;
	}
	return ok;
}

bool shell_execute(const char *line)
{
	bool ok;

	if (nesting == MAX_NESTING) {
		cprintf("commands inside commands: not more than %u deep\n", MAX_NESTING);
		return false;
	}
	nesting++;
	ok = execute_line(line);
	nesting--;
	return ok;
}

/* A new line at the prompt: reports are told again, and no Ctrl-C is left over. */
static void execute_typed(const char *line)
{
	report_rearm();
	nesting = 0; /* a command that an oops ended did not count down */
	shell_execute(line);
	console_break_clear();
}

/* --- completion ------------------------------------------------------------------------- */

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* The k-th string that starts with prefix out of a numbered source. */
static const char *kth_match(const char *(*source)(unsigned int k), const char *prefix,
                             unsigned int k)
{
	const char *s;

	for (unsigned int i = 0; (s = source(i)); i++)
		if (starts_with(s, prefix) && !k--)
			return s;
	return NULL;
}

static const char *command_name(unsigned int k)
{
	const struct shell_command *c = __start_shell_commands + k;

	return c < __stop_shell_commands ? c->name : NULL;
}

static const char *complete(const char *before, unsigned int k)
{
	const char *last = strrchr(before, ' ');
	const struct shell_command *c;
	char name[32];

	if (!last)
		return kth_match(command_name, before, k);
	strscpy(name, before, min(sizeof(name), (size_t)(strchr(before, ' ') - before) + 1));
	c = find_command(name);
	return c && c->complete ? kth_match(c->complete, last + 1, k) : NULL;
}

/* --- the loop --------------------------------------------------------------------------- */

void shell_type(const char *line)
{
	cprintf(PROMPT "%s\n", line);
	execute_typed(line);
}

void shell_run(void)
{
	char line[SHELL_LINE];

	for (;;) {
		readline(PROMPT, line, sizeof(line), complete);
		execute_typed(line);
	}
}
