/* SPDX-License-Identifier: MIT */
/* shell.h - the commands on the serial line. */
#pragma once
#include "compiler.h"
#include "types.h"

enum { SHELL_MAX_ARGS = 16, SHELL_LINE = 256 };

/* One command, listed by `help`. argv[0] is its name. Prints by cprintf.
 * run returns false when the arguments make no sense: then the usage line is printed. */
struct shell_command {
	const char *name;
	const char *usage; /* the arguments, "" for none */
	const char *help;
	bool (*run)(int argc, char **argv);
	/* Words that may follow, for the Tab key: the k-th, NULL behind the last. May be NULL. */
	const char *(*complete)(unsigned int k);
};

/* Put a command into the table; the linker sorts it by name. */
#define SHELL_COMMAND(cmd, usage_text, help_text, run_fn, complete_fn)                             \
	static const struct shell_command shell_command_##cmd __used __section(                    \
		"shell_commands." #cmd) = {#cmd, usage_text, help_text, run_fn, complete_fn}

extern const struct shell_command __start_shell_commands[], __stop_shell_commands[];

/* Read and run commands for ever. */
void shell_run(void) __noreturn;

/* Run one line: commands separated by ';', '#' begins a comment, "..." keeps blanks together.
 * Returns: false when any command was unknown or used wrongly. */
bool shell_execute(const char *line);

/* As if typed: prompt, echo, run. */
void shell_type(const char *line);

/* Parse a whole word as a number. Returns: whether it is one. */
bool shell_number(const char *word, unsigned long *out);
bool shell_number64(const char *word, u64 *out);
