/* SPDX-License-Identifier: MIT */
/* resource.h - what lies where in the physical address space: /proc/iomem. */
#pragma once
#include "boot/e820.h"
#include "types.h"

enum { MAX_RESOURCES = 160 };

struct resource {
	u64 start, end; /* both inside, as /proc/iomem prints them */
	const char *name;
};

/* Add a range; name is not copied. A full table drops it, counted. Context: boot. */
void resource_add(u64 start, u64 end, const char *name);

/* Add every entry of a sanitised map under its type's name. */
void resource_add_map(const struct e820_table *map);

/* Sort and call fn for each, outer ranges first, with the depth of nesting. */
void resource_for_each(void (*fn)(const struct resource *r, unsigned int depth));

unsigned long resources_dropped(void);

/* Bytes of "System RAM". */
u64 resource_ram_bytes(void);
