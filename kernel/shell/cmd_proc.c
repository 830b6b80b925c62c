/* SPDX-License-Identifier: MIT */
/* cmd_proc.c - reading and setting what lies under /proc. Owns: nothing. */
#include "console.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "proc.h"
#include "shell.h"

static const char *proc_path(unsigned int k)
{
	const struct proc_file *f = proc_at(k);

	return f ? f->path : NULL;
}

static bool run_cat(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const struct proc_file *f = proc_find(argv[i]);

		if (f)
			f->show();
		else
			cprintf("cat: %s: no such file, try `ls`\n", argv[i]);
	}
	return argc > 1;
}

static bool run_ls(int argc, char **argv)
{
	const struct proc_file *f;

	(void)argv;
	for (unsigned int k = 0; (f = proc_at(k)); k++)
		cprintf("%s  %s\n", f->write ? "rw" : "r-", f->path);
	return argc <= 2;
}

static void write_file(const char *path, const char *value)
{
	const struct proc_file *f = proc_find(path);

	if (!f)
		cprintf("echo: %s: no such file\n", path);
	else if (!f->write)
		cprintf("echo: %s: cannot be written\n", path);
	else if (f->write(value))
		cprintf("echo: %s: invalid value '%s', nothing changed\n", path, value);
}

/* echo WORDS... [> FILE] */
static bool run_echo(int argc, char **argv)
{
	char text[SHELL_LINE] = "";
	const char *path = NULL;
	size_t len = 0;

	for (int i = 1; i < argc && !path; i++) {
		if (argv[i][0] == '>')
			path = argv[i][1] ? argv[i] + 1 : i + 1 < argc ? argv[i + 1] : "";
		else
			len += (size_t)scnprintf(text + len, sizeof(text) - len, "%s%s",
			                         len ? " " : "", argv[i]);
	}
	if (path && !*path)
		return false;
	if (path)
		write_file(path, text);
	else
		cprintf("%s\n", text);
	return true;
}

static void show_sysctl(const struct sysctl *ctl)
{
	cprintf("vm.%s = ", ctl->name);
	ctl->show();
}

static void set_sysctl(const struct sysctl *ctl, const char *value)
{
	if (!ctl->write || ctl->write(value))
		cprintf("sysctl: vm.%s: invalid value '%s', nothing changed\n", ctl->name, value);
	else
		show_sysctl(ctl);
}

/* PATTERN or NAME=VALUE; the value may hold blanks when it is quoted. */
static bool one_sysctl(char *arg)
{
	const struct sysctl *ctl;
	char *value = strchr(arg, '=');
	bool found = false;

	if (value)
		*value++ = '\0';
	if (!strncmp(arg, "vm.", 3))
		arg += 3;
	for (unsigned int k = 0; (ctl = sysctl_at(k)); k++) {
		if (!glob_match(arg, ctl->name))
			continue;
		found = true;
		if (value)
			set_sysctl(ctl, value);
		else
			show_sysctl(ctl);
	}
	if (!found)
		cprintf("sysctl: no tunable matches 'vm.%s'\n", arg);
	return true;
}

static bool run_sysctl(int argc, char **argv)
{
	static char all[] = "*";

	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "-a")))
		return one_sysctl(all);
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-w"))
			one_sysctl(argv[i]);
	return true;
}

static const char *sysctl_name(unsigned int k)
{
	static char name[64];
	const struct sysctl *ctl = sysctl_at(k);

	if (!ctl)
		return NULL;
	snprintf(name, sizeof(name), "vm.%s", ctl->name);
	return name;
}

SHELL_COMMAND(cat, "FILE...", "print a report under /proc", run_cat, proc_path);
SHELL_COMMAND(echo, "TEXT... [> FILE]", "print text, or set a tunable", run_echo, proc_path);
SHELL_COMMAND(ls, "", "list the files under /proc", run_ls, NULL);
SHELL_COMMAND(sysctl, "[-a | PATTERN | NAME=VALUE]", "read or set vm.* tunables", run_sysctl,
              sysctl_name);
