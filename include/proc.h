/* SPDX-License-Identifier: MIT */
/* proc.h - reports under /proc and tunables under /proc/sys, Linux's names and formats. */
#pragma once
#include "types.h"

/* show prints the whole file by cprintf. write takes a value as text, NULL when the file is read
 * only; it returns 0, or a negative error number with nothing changed. */
struct proc_file {
	const char *path; /* "/proc/buddyinfo" */
	void (*show)(void);
	int (*write)(const char *value);
};

/* The k-th file, NULL behind the last; and by path. "/proc/" may be left out. */
const struct proc_file *proc_at(unsigned int k);
const struct proc_file *proc_find(const char *path);

/* The reports, one a file in kernel/proc/. */
void show_buddyinfo(void);
void show_pagetypeinfo(void);
void show_zoneinfo(void);
void show_meminfo(void);
void show_vmstat(void);
void show_iomem(void);
void show_interrupts(void);
void show_numastat(void);
void show_kpagetables(void);
void show_vmallocinfo(void);
void show_slabinfo(void);
void show_percpuinfo(void);
void show_kmapinfo(void);
void show_trace(void);

/* A number that can be read and set: "vm.min_free_kbytes" is /proc/sys/vm/min_free_kbytes. */
struct sysctl {
	const char *name; /* without "vm." */
	void (*show)(void);
	int (*write)(const char *value);
};
const struct sysctl *sysctl_at(unsigned int k);
