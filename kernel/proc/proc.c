/* SPDX-License-Identifier: MIT */
/* proc.c - the table of files, and /proc/sys/vm made of the sysctls. Owns: the paths. */
#include "proc.h"
#include "cmdline.h"
#include "console.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"

static void show_cmdline(void)
{
	console_write(saved_command_line, strlen(saved_command_line)); /* too long for cprintf */
	console_write("\n", 1);
}

static const struct proc_file files[] = {
	{"/proc/buddyinfo", show_buddyinfo, NULL},
	{"/proc/cmdline", show_cmdline, NULL},
	{"/proc/interrupts", show_interrupts, NULL},
	{"/proc/iomem", show_iomem, NULL},
	{"/proc/kmapinfo", show_kmapinfo, NULL},
	{"/proc/kpagetables", show_kpagetables, NULL},
	{"/proc/meminfo", show_meminfo, NULL},
	{"/proc/numastat", show_numastat, NULL},
	{"/proc/pagetypeinfo", show_pagetypeinfo, NULL},
	{"/proc/trace", show_trace, NULL},
	{"/proc/vmallocinfo", show_vmallocinfo, NULL},
	{"/proc/slabinfo", show_slabinfo, NULL},
	{"/proc/percpuinfo", show_percpuinfo, NULL},
	{"/proc/vmstat", show_vmstat, NULL},
	{"/proc/zoneinfo", show_zoneinfo, NULL},
};

/* Files made of sysctls, with their paths. */
enum { MAX_SYSCTLS = 16 };
static char sysctl_paths[MAX_SYSCTLS][64];
static struct proc_file sysctl_files[MAX_SYSCTLS];

static const struct proc_file *sysctl_file(unsigned int k)
{
	const struct sysctl *ctl = k < MAX_SYSCTLS ? sysctl_at(k) : NULL;

	if (!ctl)
		return NULL;
	snprintf(sysctl_paths[k], sizeof(sysctl_paths[k]), "/proc/sys/vm/%s", ctl->name);
	sysctl_files[k] = (struct proc_file){sysctl_paths[k], ctl->show, ctl->write};
	return &sysctl_files[k];
}

const struct proc_file *proc_at(unsigned int k)
{
	return k < ARRAY_SIZE(files) ? &files[k] : sysctl_file(k - ARRAY_SIZE(files));
}

const struct proc_file *proc_find(const char *path)
{
	const struct proc_file *f;

	for (unsigned int k = 0; (f = proc_at(k)); k++)
		if (!strcmp(f->path, path) || !strcmp(f->path + strlen("/proc/"), path))
			return f;
	return NULL;
}
