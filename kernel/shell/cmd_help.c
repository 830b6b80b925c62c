/* SPDX-License-Identifier: MIT */
/* cmd_help.c - the commands about the shell itself. Owns: nothing. */
#include "asm/exit.h"
#include "bug.h"
#include "cmdline.h"
#include "console.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "printk.h"
#include "readline.h"
#include "shell.h"

static bool run_help(int argc, char **argv)
{
	const struct shell_command *c;
	bool found = false;

	if (argc == 2 && !strcmp(argv[1], "boot")) {
		cprintf("Words of the kernel command line:\n");
		cmdline_help();
		return true;
	}
	for (c = __start_shell_commands; c < __stop_shell_commands; c++) {
		char head[48];

		if (argc > 1 && strcmp(argv[1], c->name))
			continue;
		snprintf(head, sizeof(head), "%s %s", c->name, c->usage);
		cprintf("  %-38s %s\n", head, c->help);
		found = true;
	}
	if (!found)
		cprintf("help: no such command: %s\n", argv[1]);
	if (argc == 1)
		cprintf("Commands are separated by ';', '#' begins a comment. Tab completes.\n");
	return argc <= 2;
}

static bool run_history(int argc, char **argv)
{
	unsigned int n = 0;

	(void)argv;
	while (history_line(n))
		n++;
	while (n--)
		cprintf("  %s\n", history_line(n));
	return argc == 1;
}

static bool run_repeat(int argc, char **argv)
{
	char line[SHELL_LINE] = "";
	unsigned long n;
	size_t len = 0;

	if (argc < 3 || !shell_number(argv[1], &n))
		return false;
	for (int i = 2; i < argc && len < sizeof(line); i++)
		len += (size_t)scnprintf(line + len, sizeof(line) - len, "%s ", argv[i]);
	while (n-- && !console_break())
		if (!shell_execute(line))
			break;
	return true;
}

static bool run_dmesg(int argc, char **argv)
{
	(void)argv;
	log_dump(console_write);
	return argc == 1;
}

static bool run_poweroff(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	cprintf("Power off.\n");
	machine_exit(EXIT_PASS);
}

static bool run_reboot(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	cprintf("Reboot.\n");
	machine_restart();
}

static bool run_panic(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	panic("asked for by the shell");
}

SHELL_COMMAND(dmesg, "", "print the kernel log", run_dmesg, NULL);
SHELL_COMMAND(help, "[COMMAND | boot]", "list commands, or words of the command line", run_help,
              NULL);
SHELL_COMMAND(history, "", "list the lines typed before", run_history, NULL);
SHELL_COMMAND(panic, "", "stop with a panic", run_panic, NULL);
SHELL_COMMAND(poweroff, "", "end the machine, status 33 under QEMU", run_poweroff, NULL);
SHELL_COMMAND(reboot, "", "reset the machine", run_reboot, NULL);
SHELL_COMMAND(repeat, "N COMMAND...", "run a command N times, Ctrl-C ends it", run_repeat, NULL);
