/* SPDX-License-Identifier: MIT */
/* cmd_trace.c - the event trace by hand. Owns: nothing. */
#include "console.h"
#include "cpumask.h"
#include "errno.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/mmzone.h"
#include "mm/trace_sites.h"
#include "shell.h"
#include "trace_ctl.h"

/* The command's own arguments. Returns: false: they make no sense. */
struct verb {
	const char *name;
	bool (*run)(int argc, char **argv);
};

static bool run_on(int argc, char **argv)
{
	u32 events = argc ? 0 : TRACE_ALL;

	for (int i = 0; i < argc; i++) {
		u32 some;

		if (trace_parse(argv[i], &some)) {
			cprintf("trace: '%s' is the name of no event, see `trace list`\n", argv[i]);
			return true;
		}
		events |= some;
	}
	if (trace_set(events))
		cprintf("trace: no memory for the rings, try `trace size` with less\n");
	return true;
}

static bool run_off(int argc, char **argv)
{
	(void)argv;
	trace_set(0);
	return argc == 0;
}

static bool run_show(int argc, char **argv)
{
	unsigned long n = ~0u;

	if (argc > 1 || (argc && !shell_number(argv[0], &n)))
		return false;
	trace_show((u32)min(n, (unsigned long)~0u));
	return true;
}

static bool run_clear(int argc, char **argv)
{
	(void)argv;
	trace_clear();
	return argc == 0;
}

static bool run_stat(int argc, char **argv)
{
	(void)argv;
	cprintf("trace: %s, last event %u, filter order>=%u zone %s\n", trace_on ? "on" : "off",
	        trace_seq, trace_filter.min_order,
	        trace_filter.zone < MAX_NR_ZONES ? zone_names[trace_filter.zone] : "all");
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		cprintf("cpu %u: size %u recorded %u kept %u dropped %u\n", cpu,
		        trace_rings[cpu].records ? trace_rings[cpu].nr_records : 0, trace_end(cpu),
		        trace_count(cpu), trace_dropped(cpu));
	return argc == 0;
}

static bool run_list(int argc, char **argv)
{
	(void)argv;
	for (unsigned int id = 0; id < NR_TRACE_EVENTS; id++)
		cprintf("%-3s %-32s %s\n", trace_on >> id & 1 ? "on" : "",
		        trace_event_types[id].name, trace_event_types[id].format);
	return argc == 0;
}

static bool run_size(int argc, char **argv)
{
	unsigned long records;

	if (argc != 1 || !shell_number(argv[0], &records))
		return false;
	switch (trace_resize((u32)min(records, (unsigned long)~0u))) {
	case -EINVAL:
		cprintf("trace: %lu records are too many, at most %u\n", records,
		        TRACE_MOST_RECORDS);
		break;
	case -EBUSY:
		cprintf("trace: first `trace off`\n");
		break;
	case -ENOMEM:
		cprintf("trace: no memory for the rings, it is off\n");
		break;
	}
	return true;
}

/* --- filter ------------------------------------------------------------------------------- */

static bool filter_order(const char *text)
{
	unsigned long order;

	if (!shell_number(text, &order))
		return false;
	if (order < MAX_ORDER)
		trace_set_filter((unsigned int)order, trace_filter.zone);
	else
		cprintf("trace: order %lu: the largest is %u\n", order, MAX_ORDER - 1);
	return true;
}

static bool filter_zone(const char *name)
{
	unsigned int zone = 0;

	while (zone < MAX_NR_ZONES && strcmp(zone_names[zone], name))
		zone++;
	if (zone < MAX_NR_ZONES)
		trace_set_filter(trace_filter.min_order, zone);
	else
		cprintf("trace: '%s' is the name of no zone\n", name);
	return true;
}

static bool run_filter(int argc, char **argv)
{
	if (argc == 1 && !strcmp(argv[0], "none")) {
		trace_set_filter(0, MAX_NR_ZONES);
		return true;
	}
	if (argc == 1 && !strncmp(argv[0], "order>=", 7))
		return filter_order(argv[0] + 7);
	return argc == 2 && !strcmp(argv[0], "zone") && filter_zone(argv[1]);
}

static const struct verb verbs[] = {
	{"on", run_on},     {"off", run_off},   {"show", run_show}, {"clear", run_clear},
	{"stat", run_stat}, {"list", run_list}, {"size", run_size}, {"filter", run_filter},
};

static bool run_trace(int argc, char **argv)
{
	if (argc < 2)
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, argv[1]))
			return verbs[i].run(argc - 2, argv + 2);
	return false;
}

static const char *complete_trace(unsigned int k)
{
	if (k < ARRAY_SIZE(verbs))
		return verbs[k].name;
	k -= (unsigned int)ARRAY_SIZE(verbs);
	return k < NR_TRACE_EVENTS ? trace_event_types[k].name : NULL;
}

SHELL_COMMAND(trace,
              "on [EVENT..]|off|show [N]|clear|stat|list|size N|filter order>=N|zone NAME|none",
              "record what the allocators do (`help trace`)", run_trace, complete_trace);
