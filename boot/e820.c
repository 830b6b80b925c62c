/* SPDX-License-Identifier: MIT */
/* e820.c - makes one safe list of ranges out of whatever the firmware says.
 * Owns: nothing; tables are passed in.
 * Method: every start and end is an edge; between two neighbouring edges the type is constant and
 * the strictest entry that covers the piece decides. No order of the input matters.
 * Invariant of a sanitised table: sorted, disjoint, non-empty, neighbours differ in type. */
#include "boot/e820.h"
#include "kernel.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "printk.h"

static u32 strictness(u32 type)
{
	switch (type) {
	case E820_TYPE_RAM:
		return 0;
	case E820_TYPE_ACPI:
		return 1;
	case E820_TYPE_NVS:
		return 2;
	case E820_TYPE_UNUSABLE:
		return 4;
	}
	return 3;
}

static u32 known_type(u32 type)
{
	return strictness(type) == 3 ? E820_TYPE_RESERVED : type;
}

const char *e820_type_name(u32 type)
{
	switch (type) {
	case E820_TYPE_RAM:
		return "usable";
	case E820_TYPE_ACPI:
		return "ACPI data";
	case E820_TYPE_NVS:
		return "ACPI NVS";
	case E820_TYPE_UNUSABLE:
		return "unusable";
	}
	return "reserved";
}

/* Make room for a reservation by giving up one RAM entry. */
static bool evict_ram(struct e820_table *table)
{
	for (u32 i = table->nr_entries; i-- > 0;) {
		if (table->entries[i].type != E820_TYPE_RAM)
			continue;
		table->entries[i] = table->entries[--table->nr_entries];
		return true;
	}
	return false;
}

void e820_add(struct e820_table *table, u64 addr, u64 size, u32 type)
{
	if (!size)
		return;
	if (size > ~0ull - addr) {
		pr_warn("e820: entry at 0x%llx wraps beyond 2^64, clamped\n", addr);
		size = ~0ull - addr;
	}
	if (table->nr_entries == E820_MAX_LISTED) {
		table->dropped++;
		if (type == E820_TYPE_RAM || !evict_ram(table))
			return;
	}
	table->entries[table->nr_entries++] = (struct e820_entry){addr, size, type};
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 edges[2 * E820_MAX_LISTED] __initdata;

static u32 __init collect_edges(const struct e820_table *in)
{
	u32 n = 0;

	for (u32 i = 0; i < in->nr_entries; i++) {
		edges[n++] = in->entries[i].addr;
		edges[n++] = in->entries[i].addr + in->entries[i].size;
	}
	sort(edges, n, sizeof(edges[0]), compare_u64);
	return n;
}

/* The strictest type over the piece that starts at addr; 0 when no entry covers it. */
static u32 type_at(const struct e820_table *in, u64 addr)
{
	u32 type = 0;

	for (u32 i = 0; i < in->nr_entries; i++) {
		const struct e820_entry *e = &in->entries[i];

		if (addr < e->addr || addr - e->addr >= e->size)
			continue;
		if (!type || strictness(e->type) > strictness(type))
			type = known_type(e->type);
	}
	return type;
}

static void append_piece(struct e820_table *out, u64 start, u64 end, u32 type)
{
	struct e820_entry *last = &out->entries[out->nr_entries - 1];

	if (out->nr_entries && last->type == type && last->addr + last->size == start)
		last->size += end - start;
	else if (out->nr_entries < E820_MAX_ENTRIES)
		out->entries[out->nr_entries++] = (struct e820_entry){start, end - start, type};
	else
		out->dropped++;
}

void __init e820_sanitize(const struct e820_table *in, struct e820_table *out)
{
	u32 n = collect_edges(in);

	out->nr_entries = 0;
	out->dropped = in->dropped;
	for (u32 i = 0; i + 1 < n; i++) {
		u32 type;

		if (edges[i] == edges[i + 1])
			continue;
		type = type_at(in, edges[i]);
		if (type)
			append_piece(out, edges[i], edges[i + 1], type);
	}
}

/* The part of e inside [start, end) becomes reserved; what RAM is left on its right, if any, goes
 * into *rest. Returns: false when e is untouched. */
static bool carve(struct e820_entry *e, u64 start, u64 end, struct e820_entry *rest)
{
	u64 e_end = e->addr + e->size;

	*rest = (struct e820_entry){0};
	if (e->type != E820_TYPE_RAM || e->addr >= end || e_end <= start)
		return false;
	if (e_end > end)
		*rest = (struct e820_entry){end, e_end - end, E820_TYPE_RAM};
	e->size = start > e->addr ? start - e->addr : 0;
	return true;
}

static void insert_at(struct e820_table *table, u32 pos, struct e820_entry e)
{
	if (table->nr_entries == E820_MAX_ENTRIES) {
		table->dropped++;
		return;
	}
	memmove(&table->entries[pos + 1], &table->entries[pos],
	        (table->nr_entries - pos) * sizeof(e));
	table->entries[pos] = e;
	table->nr_entries++;
}

static void remove_at(struct e820_table *table, u32 pos)
{
	table->nr_entries--;
	memmove(&table->entries[pos], &table->entries[pos + 1],
	        (table->nr_entries - pos) * sizeof(table->entries[0]));
}

void e820_reserve(struct e820_table *table, u64 start, u64 end)
{
	if (start >= end)
		return;
	for (u32 i = 0; i < table->nr_entries; i++) {
		struct e820_entry *e = &table->entries[i], rest;
		u64 from = max(e->addr, start), to = min(e->addr + e->size, end);

		if (!carve(e, start, end, &rest))
			continue;
		if (!e->size)
			remove_at(table, i--);
		insert_at(table, ++i, (struct e820_entry){from, to - from, E820_TYPE_RESERVED});
		if (rest.size)
			insert_at(table, ++i, rest);
	}
}

/* Walk the ranges that cover [start, end) without a gap. type 0: any. */
static bool covered(const struct e820_table *table, u64 start, u64 end, u32 type)
{
	if (end < start)
		return false; /* it wraps */
	for (u32 i = 0; i < table->nr_entries && start < end; i++) {
		const struct e820_entry *e = &table->entries[i];

		if (e->addr + e->size <= start)
			continue;
		if (e->addr > start || (type && e->type != type))
			return false;
		start = e->addr + e->size;
	}
	return start >= end;
}

bool e820_all_of_type(const struct e820_table *table, u64 start, u64 end, u32 type)
{
	return covered(table, start, end, type);
}

bool e820_all_known(const struct e820_table *table, u64 start, u64 end)
{
	return covered(table, start, end, 0);
}

void e820_print(const struct e820_table *table)
{
	for (u32 i = 0; i < table->nr_entries; i++) {
		const struct e820_entry *e = &table->entries[i];

		pr_info("e820: [mem 0x%016llx-0x%016llx] %s\n", e->addr, e->addr + e->size - 1,
		        e820_type_name(e->type));
	}
	if (table->dropped)
		pr_warn("e820: map truncated: %u dropped\n", table->dropped);
}
