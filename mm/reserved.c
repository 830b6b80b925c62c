/* SPDX-License-Identifier: MIT */
/* reserved.c - names of reserved memory. Owns: the table of ranges. */
#include "mm/reserved.h"
#include "asm/page.h"
#include "kernel.h"

static struct reserved_range ranges[MAX_RESERVED_RANGES];
static unsigned int nr_ranges;

void reserved_remember(phys_addr_t start, phys_addr_t end, const char *name)
{
	if (nr_ranges < MAX_RESERVED_RANGES)
		ranges[nr_ranges++] = (struct reserved_range){start, end, name};
}

void reserved_forget(phys_addr_t start, phys_addr_t end)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < nr_ranges; i++)
		if (ranges[i].start < start || ranges[i].end > end)
			ranges[kept++] = ranges[i];
	nr_ranges = kept;
}

const char *reserved_name(unsigned long pfn)
{
	phys_addr_t pa = PFN_PHYS(pfn);

	for (unsigned int i = nr_ranges; i-- > 0;)
		if (pa + PAGE_SIZE > ranges[i].start && pa < ranges[i].end)
			return ranges[i].name;
	return "reserved";
}

const struct reserved_range *reserved_at(unsigned int k)
{
	return k < nr_ranges ? &ranges[k] : NULL;
}
