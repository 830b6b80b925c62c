/* SPDX-License-Identifier: MIT */
/* sysctl.c - the tunables of the page allocator. Owns: their limits; the values live where they are
 * used. A value out of range is refused and nothing changes. */
#include "console.h"
#include "errno.h"
#include "kernel.h"
#include "lib/string.h"
#include "mm/page_alloc.h"
#include "mm/vmstat.h"
#include "mm/watermark.h"
#include "proc.h"

/* One number within [least, most]. */
static int parse(const char *text, unsigned long least, unsigned long most, unsigned long *out)
{
	const char *end;
	u64 v;

	while (isspace(*text))
		text++;
	v = strtoull(text, &end);
	while (isspace(*end))
		end++;
	if (end == text || *end || v < least || v > most)
		return -EINVAL;
	*out = (unsigned long)v;
	return 0;
}

static void show_min_free(void)
{
	cprintf("%lu\n", min_free_kbytes);
}

/* More than half of low memory as reserve would leave nothing to work with. */
static int write_min_free(const char *text)
{
	unsigned long low_kb = (totalram_pages() - totalhigh_pages()) << (PAGE_SHIFT - 10);
	int ret = parse(text, 0, low_kb / 2, &min_free_kbytes);

	if (!ret)
		setup_per_zone_wmarks();
	return ret;
}

static void show_scale(void)
{
	cprintf("%lu\n", watermark_scale_factor);
}

static int write_scale(const char *text)
{
	int ret = parse(text, 1, 1000, &watermark_scale_factor);

	if (!ret)
		setup_per_zone_wmarks();
	return ret;
}

static void show_ratio(void)
{
	cprintf("%lu\t%lu\t%lu\t%lu\n", lowmem_reserve_ratio[0], lowmem_reserve_ratio[1],
	        lowmem_reserve_ratio[2], lowmem_reserve_ratio[3]);
}

/* One to four numbers; zones without one keep theirs. */
static int write_ratio(const char *text)
{
	unsigned long values[MAX_NR_ZONES];
	unsigned int n = 0;

	for (;;) {
		const char *end;
		u64 v;

		while (isspace(*text))
			text++;
		if (!*text)
			break;
		v = strtoull(text, &end);
		if (end == text || n == MAX_NR_ZONES || v > ~0u)
			return -EINVAL;
		values[n++] = (unsigned long)v;
		text = end;
	}
	if (!n)
		return -EINVAL;
	for (unsigned int i = 0; i < n; i++)
		lowmem_reserve_ratio[i] = values[i];
	setup_per_zone_lowmem_reserve();
	return 0;
}

static void show_fraction(void)
{
	cprintf("%lu\n", percpu_pagelist_high_fraction);
}

/* 0 gives the default back; a pageset of more than an eighth of a zone is refused, as in Linux. */
static int write_fraction(const char *text)
{
	unsigned long fraction;
	struct zone *zone;
	int ret = parse(text, 0, ~0u, &fraction);

	if (ret || (fraction && fraction < 8))
		return -EINVAL;
	percpu_pagelist_high_fraction = fraction;
	for_each_populated_zone (zone)
		pageset_set_high_and_batch(zone);
	return 0;
}

static void show_mems_allowed(void)
{
	cprintf("0x%lx\n", mems_allowed);
}

static int write_mems_allowed(const char *text)
{
	unsigned long nodes;
	int ret = parse(text, 1, ~0ul, &nodes);
	struct zone *zone;

	if (ret)
		return ret;
	for_each_populated_zone (zone)
		if (nodes >> zone->node & 1) {
			set_mems_allowed(nodes);
			return 0;
		}
	return -EINVAL; /* no node that has memory */
}

static const struct sysctl sysctls[] = {
	{"lowmem_reserve_ratio", show_ratio, write_ratio},
	{"mems_allowed", show_mems_allowed, write_mems_allowed},
	{"min_free_kbytes", show_min_free, write_min_free},
	{"percpu_pagelist_high_fraction", show_fraction, write_fraction},
	{"watermark_scale_factor", show_scale, write_scale},
};

const struct sysctl *sysctl_at(unsigned int k)
{
	return k < ARRAY_SIZE(sysctls) ? &sysctls[k] : NULL;
}
