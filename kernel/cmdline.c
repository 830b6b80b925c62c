/* SPDX-License-Identifier: MIT */
/* cmdline.c - one table of words. Owns: boot_options and the text behind its strings. */
#include "cmdline.h"
#include "boot/bootinfo.h"
#include "bug.h"
#include "console.h"
#include "asm/devices.h"
#include "errno.h"
#include "fail.h"
#include "hung.h"
#include "kernel.h"
#include "ktest.h"
#include "lib/string.h"
#include "mm/buddy.h"
#include "mm/slab_debug.h"
#include "panic.h"
#include "printk.h"
#include "report.h"
#include "trace_ctl.h"

struct boot_options boot_options = {.seed = 1, .repeat = 1, .debug_highmem = DEBUG_BUILD};
char saved_command_line[COMMAND_LINE_SIZE];
static char words[COMMAND_LINE_SIZE]; /* cut into strings that boot_options points to */

static int parse_size(const char *value, phys_addr_t *out)
{
	const char *end;
	u64 size = memparse(value, &end);

	if (end == value || *end || !size)
		return -EINVAL;
	*out = size;
	return 0;
}

static int parse_number(const char *value, u32 *out)
{
	const char *end;
	u64 n = strtoull(value, &end);

	if (end == value || *end || n > ~0u)
		return -EINVAL;
	*out = (u32)n;
	return 0;
}

static int parse_switch(const char *value, bool *out)
{
	*out = !strcmp(value, "on") || !strcmp(value, "1");
	return *out || !strcmp(value, "off") || !strcmp(value, "0") ? 0 : -EINVAL;
}

static int set_mem(const char *v)
{
	return parse_size(v, &boot_options.mem);
}

static int set_highmem(const char *v)
{
	return parse_size(v, &boot_options.highmem);
}

static int set_movable(const char *v)
{
	return parse_size(v, &boot_options.movable);
}

static int set_numa(const char *v)
{
	unsigned int n;

	if (!strcmp(v, "off")) {
		boot_options.numa_off = true;
		return 0;
	}
	if (strncmp(v, "fake=", 5))
		return -EINVAL;
	if (parse_number(v + 5, &n) || !n || n > MAX_NUMNODES)
		return -EINVAL;
	boot_options.numa_fake = n;
	return 0;
}

static int set_maxcpus(const char *v)
{
	u32 n;

	if (parse_number(v, &n) || !n)
		return -EINVAL;
	boot_options.maxcpus = n;
	return 0;
}

static int set_hung_task(const char *v)
{
	u32 seconds;

	if (parse_number(v, &seconds) || seconds > 86400)
		return -EINVAL;
	hung_task_ticks = (unsigned long)seconds * HZ;
	return 0;
}

static int set_loglevel(const char *v)
{
	u32 level;

	if (parse_number(v, &level) || level > LOG_DEBUG + 1)
		return -EINVAL;
	console_loglevel = (int)level;
	return 0;
}

static int set_panic(const char *v)
{
	if (strcmp(v, "exit") && strcmp(v, "reboot"))
		return -EINVAL;
	panic_action = *v == 'r' ? PANIC_REBOOT : PANIC_EXIT;
	return 0;
}

static int set_report(const char *v)
{
	static const char *const names[] = {"warn", "oops", "panic"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(v, names[i]))
			continue;
		report_mode = (enum report_mode)i;
		return 0;
	}
	return -EINVAL;
}

static int set_test(const char *v)
{
	boot_options.test = v;
	return 0;
}

static int set_bench(const char *v)
{
	boot_options.bench = v;
	return 0;
}

static int set_run(const char *v)
{
	boot_options.run = v;
	return 0;
}

static int set_nonce(const char *v)
{
	boot_options.nonce = v;
	return 0;
}

static int set_seed(const char *v)
{
	return parse_number(v, &boot_options.seed);
}

static int set_repeat(const char *v)
{
	unsigned int n;

	if (parse_number(v, &n) || !n || n > KTEST_MAX_REPEAT)
		return -EINVAL;
	boot_options.repeat = n;
	return 0;
}

static int set_page_owner(const char *v)
{
	return parse_switch(v, &boot_options.page_owner);
}

static int set_page_poison(const char *v)
{
	return parse_switch(v, &boot_options.page_poison);
}

static int set_debug_highmem(const char *v)
{
	return parse_switch(v, &boot_options.debug_highmem);
}

static int set_debug_pagealloc(const char *v)
{
	return parse_switch(v, &boot_options.debug_pagealloc);
}

static int set_guard_order(const char *v)
{
	u32 order;

	if (parse_number(v, &order) || order > MAX_ORDER / 2)
		return -EINVAL;
	buddy_set_guard_order(order);
	return 0;
}

static int set_slab_debug(const char *v)
{
	return slab_debug_setup(v);
}

static int set_trace(const char *v)
{
	if (!strcmp(v, "off")) {
		boot_options.trace = 0;
		return 0;
	}
	return trace_parse(v, &boot_options.trace);
}

static int set_trace_size(const char *v)
{
	u32 records;

	if (parse_number(v, &records) || !records || records > TRACE_MOST_RECORDS)
		return -EINVAL;
	boot_options.trace_size = records;
	return 0;
}

static int set_stop(const char *v)
{
	u32 seq;

	if (parse_number(v, &seq) || !seq)
		return -EINVAL;
	trace_stop = seq;
	if (!boot_options.trace)
		boot_options.trace = TRACE_ALL;
	return 0;
}

static const struct option {
	const char *word;
	int (*set)(const char *value);
	const char *help;
} options[] = {
	{"mem", set_mem, "SIZE: leave out RAM above this address"},
	{"highmem", set_highmem, "SIZE: end low memory here instead of at 896 MiB"},
	{"movable", set_movable, "SIZE: make this much of the highest zone ZONE_MOVABLE"},
	{"numa", set_numa, "fake=N: cut RAM into N nodes; off: one node"},
	{"maxcpus", set_maxcpus, "N: use at most N CPUs"},
	{"hung_task", set_hung_task, "SECONDS: name tasks that wait longer (30); 0: never"},
	{"loglevel", set_loglevel, "0..8: print messages below this level (default 7)"},
	{"panic", set_panic, "exit|reboot: what follows a panic"},
	{"report", set_report, "warn|oops|panic: what a misuse report does"},
	{"page_owner", set_page_owner, "on|off: remember who allocated and freed each page"},
	{"page_poison", set_page_poison, "on|off: fill free pages, check them when they are taken"},
	{"debug_highmem", set_debug_highmem,
         "on|off: kmap low pages too, guard every window, flush at once"},
	{"debug_pagealloc", set_debug_pagealloc,
         "on|off: unmap free pages, so that touching one faults"},
	{"debug_guardpage_minorder", set_guard_order,
         "N: keep split-off halves below order N unused"},
	{"slab_debug", set_slab_debug,
         "FZPU[,CACHE...]: checks, red zones, poison, owners of objects; -: none"},
	{"fail", fail_parse, "SITE:NTH: make the NTH allocation of a site fail"},
	{"trace", set_trace, "on|EVENT[,EVENT...]: record events from the first page on"},
	{"trace_size", set_trace_size, "N: records that each CPU keeps (4096)"},
	{"stop", set_stop, "N: call debug_stop() after event N; alone: trace=on"},
	{"test", set_test, "PATTERN: run the matching tests, then exit"},
	{"seed", set_seed, "N: of the tests' order and random numbers"},
	{"repeat", set_repeat, "N: run the tests this often"},
	{"nonce", set_nonce, "WORD: for the test runner, repeated in the end marker"},
	{"bench", set_bench, "PATTERN: run the matching benchmarks, then exit"},
	{"run", set_run, "\"COMMAND; ...\": type this into the shell at boot"},
};

static void apply_word(const char *word)
{
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);

	for (u32 i = 0; i < ARRAY_SIZE(options); i++) {
		if (strlen(options[i].word) != len || strncmp(options[i].word, word, len))
			continue;
		if (!equals || options[i].set(equals + 1))
			pr_warn("command line: bad value in '%s', ignored (%s=%s)\n", word,
			        options[i].word, options[i].help);
		return;
	}
	pr_warn("command line: unknown word '%s', ignored\n", word);
}

/* Copy the next word to *out without its quotes. Returns: the text behind it, NULL at the end. */
static const char *next_word(const char *line, char **out)
{
	bool quoted = false;
	char *w = *out;

	while (isspace(*line))
		line++;
	if (!*line)
		return NULL;
	for (; *line && (quoted || !isspace(*line)); line++) {
		if (*line == '"')
			quoted = !quoted;
		else
			*w++ = *line;
	}
	*w++ = '\0';
	*out = w;
	return line;
}

void cmdline_parse(const char *line)
{
	char *out = words, *word = words;

	strscpy(saved_command_line, line, sizeof(saved_command_line));
	while ((line = next_word(line, &out))) {
		apply_word(word);
		word = out;
	}
}

void cmdline_help(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(options); i++)
		cprintf("  %s=%s\n", options[i].word, options[i].help);
}
