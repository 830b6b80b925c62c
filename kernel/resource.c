/* SPDX-License-Identifier: MIT */
/* resource.c - the physical address space as ranges with names. Owns: the table. */
#include "resource.h"
#include "kernel.h"
#include "lib/sort.h"
#include "lib/string.h"

static struct resource resources[MAX_RESOURCES];
static unsigned int nr_resources;
static unsigned long dropped;

void resource_add(u64 start, u64 end, const char *name)
{
	if (nr_resources == MAX_RESOURCES) {
		dropped++;
		return;
	}
	resources[nr_resources++] = (struct resource){start, end, name};
}

static const char *type_resource_name(u32 type)
{
	switch (type) {
	case E820_TYPE_RAM:
		return "System RAM";
	case E820_TYPE_ACPI:
		return "ACPI Tables";
	case E820_TYPE_NVS:
		return "ACPI Non-volatile Storage";
	case E820_TYPE_UNUSABLE:
		return "Unusable memory";
	}
	return "Reserved";
}

void resource_add_map(const struct e820_table *map)
{
	for (u32 i = 0; i < map->nr_entries; i++) {
		const struct e820_entry *e = &map->entries[i];

		resource_add(e->addr, e->addr + e->size - 1, type_resource_name(e->type));
	}
}

/* By start; of two with one start the longer first, so that it becomes the outer one. */
static int compare(const void *a, const void *b)
{
	const struct resource *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end > y->end ? -1 : x->end < y->end;
}

void resource_for_each(void (*fn)(const struct resource *r, unsigned int depth))
{
	u64 outer_end[8];
	unsigned int depth = 0;

	sort(resources, nr_resources, sizeof(resources[0]), compare);
	for (unsigned int i = 0; i < nr_resources; i++) {
		while (depth && resources[i].start > outer_end[depth - 1])
			depth--;
		fn(&resources[i], depth);
		if (depth < ARRAY_SIZE(outer_end))
			outer_end[depth++] = resources[i].end;
	}
}

unsigned long resources_dropped(void)
{
	return dropped;
}

u64 resource_ram_bytes(void)
{
	u64 bytes = 0;

	for (unsigned int i = 0; i < nr_resources; i++)
		if (!strcmp(resources[i].name, "System RAM"))
			bytes += resources[i].end - resources[i].start + 1;
	return bytes;
}
