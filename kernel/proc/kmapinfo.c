/* SPDX-License-Identifier: MIT */
/* kmapinfo.c - /proc/kmapinfo: kmap windows and entries in use, and by whom. Owns: nothing. */
#include "console.h"
#include "mm/highmem.h"
#include "proc.h"
#include "report.h"

static const char *const mode_names[] = {"ring", "flush", "force"};

static void show_uses(const char *kind, const char *number, const struct kmap_use *uses,
                      unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		cprintf("%s 0x%08lx pfn %lu %s %u %s\n", kind, uses[i].va, uses[i].pfn, number,
		        uses[i].count, report_site(uses[i].site));
}

void show_kmapinfo(void)
{
	static struct kmap_use uses[LAST_PKMAP];
	struct kmap_stats s;

	kmap_get_stats(&s);
	cprintf("mode: %s\nwindows: %u\nlaps: %lu\nentries: %u\nidle: %u\nmappings: %lu\n"
	        "flushes: %lu\n",
	        mode_names[s.mode], s.windows, s.laps, s.entries, s.entries_idle, s.mappings,
	        s.flushes);
	show_uses("window", "level", uses, kmap_list_windows(uses, KMAP_MAX));
	show_uses("entry", "users", uses, kmap_list_entries(uses, LAST_PKMAP));
}
