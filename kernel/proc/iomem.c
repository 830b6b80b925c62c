/* SPDX-License-Identifier: MIT */
/* iomem.c - /proc/iomem: the physical address space by name, nested. Owns: nothing. */
#include "console.h"
#include "proc.h"
#include "resource.h"

static void show_one(const struct resource *r, unsigned int depth)
{
	cprintf("%*s%08llx-%08llx : %s\n", (int)depth * 2, "", r->start, r->end, r->name);
}

void show_iomem(void)
{
	resource_for_each(show_one);
	if (resources_dropped())
		cprintf("# %lu more ranges are not listed\n", resources_dropped());
}
