/* SPDX-License-Identifier: MIT */
/* cmdline.h - the kernel command line, parsed once into one structure. README lists the words. */
#pragma once
#include "types.h"

struct boot_options {
	phys_addr_t mem;        /* mem=: RAM above this address is left out; 0: none */
	phys_addr_t highmem;    /* highmem=: low memory ends here; 0: MAXMEM */
	phys_addr_t movable;    /* movable=: bytes for ZONE_MOVABLE */
	unsigned int numa_fake; /* numa=fake=N */
	bool numa_off;          /* numa=off */
	u32 maxcpus;            /* maxcpus=N: CPUs to use; 0: all */
	bool debug_highmem;     /* debug_highmem=: force and guard kmap windows */
	bool page_owner, page_poison, debug_pagealloc;
	u32 trace;           /* trace=: events to record, as bits; stop= alone: all */
	u32 trace_size;      /* trace_size=: records of each CPU; 0: the default */
	const char *test;    /* test=PATTERN: run these and exit */
	const char *bench;   /* bench=PATTERN: run these and exit */
	const char *run;     /* run="a; b": commands for the shell */
	const char *nonce;   /* nonce=WORD: repeated in the tests' end marker */
	u32 seed;            /* seed=: of tests */
	unsigned int repeat; /* repeat=: times that tests are run */
};

extern struct boot_options boot_options;

/* The command line as given, for /proc/cmdline. */
extern char saved_command_line[];

/* Parse a command line: words separated by blanks, "..." around blanks. Each word that is not known
 * or has a bad value is reported and ignored. Context: boot, once. */
void cmdline_parse(const char *line);

/* One line for each word, for `help boot`. */
void cmdline_help(void);
