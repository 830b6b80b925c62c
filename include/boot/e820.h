/* SPDX-License-Identifier: MIT */
/* e820.h - the firmware's memory map: as given, and sanitised.
 * Source: ACPI specification, "Address Range Types"; names are Linux's. */
#pragma once
#include "types.h"

enum e820_type {
	E820_TYPE_RAM = 1,
	E820_TYPE_RESERVED = 2, /* and every type that is not named here */
	E820_TYPE_ACPI = 3,
	E820_TYPE_NVS = 4,
	E820_TYPE_UNUSABLE = 5,
};

/* Bytes [addr, addr + size). */
struct e820_entry {
	u64 addr, size;
	u32 type;
};

/* As many as firmware may list: ten times what the most fragmented UEFI firmware leaves. N entries
 * have at most 2N - 1 pieces between their edges, and a few are cut further; a sanitised table of
 * listed entries therefore never overflows. */
enum { E820_MAX_LISTED = 1280, E820_MAX_ENTRIES = 2 * E820_MAX_LISTED + 16 };

struct e820_table {
	u32 nr_entries;
	u32 dropped; /* entries that found no room */
	struct e820_entry entries[E820_MAX_ENTRIES];
};

/* Append one entry as the firmware gave it. Zero length: ignored. base + size beyond 2^64: clamped
 * with a warning. A full table drops RAM rather than a reservation, so that what is left is safe.
 */
void e820_add(struct e820_table *table, u64 addr, u64 size, u32 type);

/* Write into *out the same bytes as sorted, disjoint ranges, neighbours of one type joined. Where
 * entries overlap, the stricter type wins for every byte:
 * RAM < ACPI tables < ACPI NVS < reserved and unknown < unusable.
 * A full *out drops ranges, counted in out->dropped: what is not listed is no RAM. */
void e820_sanitize(const struct e820_table *in, struct e820_table *out);

/* Set the type of [start, end) in a sanitised table to reserved, where it was RAM. */
void e820_reserve(struct e820_table *table, u64 start, u64 end);

/* Is every byte of [start, end) of this type in a sanitised table? */
bool e820_all_of_type(const struct e820_table *table, u64 start, u64 end, u32 type);

/* Is every byte of [start, end) listed in a sanitised table, whatever its type? */
bool e820_all_known(const struct e820_table *table, u64 start, u64 end);

const char *e820_type_name(u32 type);

/* One line an entry: "e820: [mem 0x...-0x...] usable". */
void e820_print(const struct e820_table *table);
