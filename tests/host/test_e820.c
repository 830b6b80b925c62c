/* SPDX-License-Identifier: MIT */
/* test_e820.c - the firmware's map, sanitised: against a model of one cell a piece of address space
 * that says the strictest type of each, whatever the order and overlap of the input. */
#include <stdlib.h>
#include "boot/e820.h"
#include "host.h"

/* Tables of their own on the heap: ASan sees one entry too many. */
static struct e820_table *given, *clean;

static void fresh(void)
{
	free(given);
	free(clean);
	given = calloc(1, sizeof(*given));
	clean = calloc(1, sizeof(*clean));
}

/* As the header says it: RAM < ACPI tables < ACPI NVS < reserved and unknown < unusable. */
static int rank(u32 type)
{
	static const int ranks[] = {[E820_TYPE_RAM] = 1,
	                            [E820_TYPE_RESERVED] = 4,
	                            [E820_TYPE_ACPI] = 2,
	                            [E820_TYPE_NVS] = 3,
	                            [E820_TYPE_UNUSABLE] = 5};

	return type >= 1 && type <= 5 ? ranks[type] : 4;
}

/* The type that a sanitised table lists for a given one. */
static u32 listed_type(u32 type)
{
	return rank(type) == 4 ? E820_TYPE_RESERVED : type;
}

/* What [addr, addr + 1) is by the input; 0: nothing known. */
static u32 model_type(const struct e820_table *in, u64 addr)
{
	u32 type = 0;

	for (u32 i = 0; i < in->nr_entries; i++) {
		const struct e820_entry *e = &in->entries[i];

		if (addr >= e->addr && addr - e->addr < e->size &&
		    (!type || rank(e->type) > rank(type)))
			type = listed_type(e->type);
	}
	return type;
}

static u32 type_in(const struct e820_table *table, u64 addr)
{
	for (u32 i = 0; i < table->nr_entries; i++)
		if (addr >= table->entries[i].addr &&
		    addr - table->entries[i].addr < table->entries[i].size)
			return table->entries[i].type;
	return 0;
}

/* Sorted, disjoint, not empty; joined unless e820_reserve() was at work. */
static void check_clean(const struct e820_table *t, bool joined)
{
	for (u32 i = 0; i < t->nr_entries; i++) {
		const struct e820_entry *e = &t->entries[i], *next = e + 1;

		CHECK(e->size && e->type);
		CHECK(e->addr + e->size > e->addr);
		if (i + 1 == t->nr_entries)
			break;
		CHECK(e->addr + e->size <= next->addr);
		if (joined)
			CHECK(e->addr + e->size < next->addr || e->type != next->type);
	}
}

/* Compare at every cell's first and last byte. */
static void compare(u64 base, u64 cell, u32 nr)
{
	for (u32 c = 0; c < nr; c++) {
		u64 first = base + c * cell, last = first + cell - 1;

		CHECK_EQ(type_in(clean, first), model_type(given, first));
		CHECK_EQ(type_in(clean, last), model_type(given, last));
	}
}

static bool same_tables(const struct e820_table *a, const struct e820_table *b)
{
	if (a->nr_entries != b->nr_entries || a->dropped != b->dropped)
		return false;
	for (u32 i = 0; i < a->nr_entries; i++)
		if (a->entries[i].addr != b->entries[i].addr ||
		    a->entries[i].size != b->entries[i].size ||
		    a->entries[i].type != b->entries[i].type)
			return false;
	return true;
}

/* --- sanitising --------------------------------------------------------------------------- */

/* Heap's method: call fn for each order of the n entries. */
static void permute(struct e820_entry *e, u32 n, void (*fn)(const struct e820_entry *e))
{
	if (n == 1) {
		fn(e);
		return;
	}
	for (u32 i = 0; i < n; i++) {
		struct e820_entry *other = n % 2 ? e : e + i, last;

		permute(e, n - 1, fn);
		last = e[n - 1];
		e[n - 1] = *other;
		*other = last;
	}
}

static struct e820_table *expected;
static unsigned int orders;

static void sanitize_order(const struct e820_entry *e)
{
	given->nr_entries = given->dropped = 0;
	for (u32 i = 0; i < 6; i++)
		e820_add(given, e[i].addr, e[i].size, e[i].type);
	e820_sanitize(given, clean);
	if (!orders++)
		*expected = *clean;
	CHECK(same_tables(clean, expected));
}

static void all_orders(const struct e820_entry *six)
{
	struct e820_entry e[6];

	fresh();
	expected = calloc(1, sizeof(*expected));
	memcpy(e, six, sizeof(e));
	orders = 0;
	permute(e, 6, sanitize_order);
	CHECK_EQ(orders, 720);
	check_clean(expected, true);
	free(expected);
}

TEST(all_orders_of_six_entries_give_the_same_map)
{
	static const struct e820_entry apart[6] = {
		{0, 0x9fc00, 1},        {0x9fc00, 0x400, 2},     {0xf0000, 0x10000, 2},
		{0x100000, 0x7ee00, 1}, {0x7fe0000, 0x20000, 3}, {0xfffc0000, 0x40000, 2},
	};
	static const struct e820_entry over[6] = {
		{0x1000, 0x8000, 1}, {0x2000, 0x1000, 3}, {0x2800, 0x1000, 4},
		{0x3000, 0x2000, 5}, {0x4000, 0x8000, 1}, {0x4800, 0x1800, 77},
	};
	static const struct e820_entry same[6] = {
		{0x1000, 0x1000, 1}, {0x1000, 0x1000, 2}, {0x1000, 0x1000, 3},
		{0x1000, 0x1000, 4}, {0x1000, 0x1000, 5}, {0x1000, 0x2000, 1},
	};

	all_orders(apart);
	all_orders(over);
	all_orders(same);
}

TEST(random_maps_agree_with_the_model_in_every_byte)
{
	for (u32 round = 0; round < 3000 && !host_failed(); round++) {
		u32 n = 1 + test_below(14);

		fresh();
		while (n--)
			e820_add(given, test_below(64), test_below(24), test_below(8));
		e820_sanitize(given, clean);
		check_clean(clean, true);
		compare(0, 1, 96);
	}
}

TEST(random_maps_of_large_entries_agree_with_the_model)
{
	for (u32 round = 0; round < 60 && !host_failed(); round++) {
		fresh();
		for (u32 n = 200 + test_below(400); n--;)
			e820_add(given, (u64)test_below(2048) << 20, (u64)test_below(20) << 20,
			         test_chance(2) ? 1 : test_below(9));
		e820_sanitize(given, clean);
		check_clean(clean, true);
		compare(0, 1 << 20, 2100);
	}
}

TEST(stricter_type_wins_for_each_pair)
{
	for (u32 a = 0; a < 9; a++) {
		for (u32 b = 0; b < 9; b++) {
			fresh();
			e820_add(given, 0x1000, 0x2000, a);
			e820_add(given, 0x2000, 0x2000, b);
			e820_sanitize(given, clean);
			CHECK_EQ(rank(type_in(clean, 0x1000)), rank(a));
			CHECK_EQ(rank(type_in(clean, 0x2000)), max(rank(a), rank(b)));
			CHECK_EQ(rank(type_in(clean, 0x2fff)), max(rank(a), rank(b)));
			CHECK_EQ(rank(type_in(clean, 0x3000)), rank(b));
			check_clean(clean, true);
		}
	}
}

TEST(unknown_types_are_reserved)
{
	static const u32 types[] = {0, 2, 6, 7, 12, 20, 0x7fffffff, 0x80000001, 0xffffffff};

	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		fresh();
		e820_add(given, 0x1000, 0x1000, types[i]);
		e820_sanitize(given, clean);
		CHECK_EQ(clean->nr_entries, 1);
		CHECK_EQ(clean->entries[0].type, E820_TYPE_RESERVED);
	}
}

TEST(overlapping_ram_is_counted_once)
{
	fresh();
	for (u32 i = 0; i < 50; i++)
		e820_add(given, 0x1000 + i * 0x800, 0x1000, E820_TYPE_RAM);
	e820_sanitize(given, clean);
	CHECK_EQ(clean->nr_entries, 1);
	CHECK_EQ(clean->entries[0].addr, 0x1000);
	CHECK_EQ(clean->entries[0].size, 49 * 0x800 + 0x1000);
}

TEST(entries_of_length_zero_are_ignored)
{
	fresh();
	for (u32 i = 0; i < 5000; i++)
		e820_add(given, test_random64(), 0, test_below(8));
	CHECK_EQ(given->nr_entries, 0);
	CHECK_EQ(given->dropped, 0);
	e820_sanitize(given, clean);
	CHECK_EQ(clean->nr_entries, 0);
}

TEST(single_bytes_are_kept_as_they_are)
{
	fresh();
	e820_add(given, 7, 1, E820_TYPE_RAM);
	e820_add(given, 9, 1, E820_TYPE_RAM);
	e820_add(given, 8, 1, E820_TYPE_NVS);
	e820_sanitize(given, clean);
	CHECK_EQ(clean->nr_entries, 3);
	compare(0, 1, 16);
}

TEST(entries_that_wrap_are_clamped)
{
	fresh();
	e820_add(given, ~0ull - 0xfff, 0x5000, E820_TYPE_RAM);
	e820_add(given, 0x1000, ~0ull, E820_TYPE_ACPI);
	e820_add(given, ~0ull, 5, E820_TYPE_RESERVED);
	e820_sanitize(given, clean);
	check_clean(clean, true);
	CHECK_EQ(type_in(clean, 0), 0);
	CHECK_EQ(type_in(clean, 0xfff), 0);
	CHECK_EQ(type_in(clean, 0x1000), E820_TYPE_ACPI);
	CHECK_EQ(type_in(clean, ~0ull - 1), E820_TYPE_ACPI);
	CHECK(strstr(host_log(), "wraps beyond 2^64"));
}

/* --- too many ----------------------------------------------------------------------------- */

enum { FLOOD = 2000 };

TEST(two_thousand_entries_are_cut_told_and_never_become_more_ram)
{
	char told[40];

	fresh();
	for (u32 i = 0; i < FLOOD; i++)
		e820_add(given, (u64)i << 13, 0x1000, i % 3 ? E820_TYPE_RAM : E820_TYPE_RESERVED);
	CHECK_EQ(given->nr_entries, E820_MAX_LISTED);
	CHECK_EQ(given->dropped, FLOOD - E820_MAX_LISTED);
	e820_sanitize(given, clean);
	check_clean(clean, true);
	CHECK_EQ(clean->dropped, given->dropped);
	for (u32 i = 0; i < FLOOD; i++) {
		CHECK_EQ(type_in(clean, ((u64)i << 13) + 0x1000), 0);
		if (i % 3 == 0) /* no reservation was lost */
			CHECK_EQ(type_in(clean, (u64)i << 13), E820_TYPE_RESERVED);
	}
	e820_print(clean);
	snprintf(told, sizeof(told), "map truncated: %u dropped", FLOOD - E820_MAX_LISTED);
	CHECK(strstr(host_log(), told));
}

TEST(reservations_push_ram_out_of_a_full_table)
{
	fresh();
	for (u32 i = 0; i < E820_MAX_LISTED; i++)
		e820_add(given, (u64)i << 13, 0x1000, E820_TYPE_RAM);
	for (u32 i = 0; i < E820_MAX_LISTED + 10; i++)
		e820_add(given, 1ull << 40 | (u64)i << 13, 0x1000, E820_TYPE_NVS);
	CHECK_EQ(given->nr_entries, E820_MAX_LISTED);
	CHECK_EQ(given->dropped, E820_MAX_LISTED + 10);
	for (u32 i = 0; i < given->nr_entries; i++)
		CHECK_EQ(given->entries[i].type, E820_TYPE_NVS);
}

/* Overlaps make more pieces than there were entries: there is room for the most that can be. */
TEST(a_full_table_has_room_for_all_its_pieces)
{
	fresh();
	e820_add(given, 0, 1ull << 32, E820_TYPE_RAM);
	for (u32 i = 0; i < E820_MAX_LISTED - 1; i++)
		e820_add(given, 0x1000 + ((u64)i << 13), 0x1000, E820_TYPE_ACPI);
	e820_sanitize(given, clean);
	CHECK_EQ(clean->nr_entries + clean->dropped, 2 * (E820_MAX_LISTED - 1) + 1);
	CHECK_EQ(clean->dropped, 0);
	check_clean(clean, true);
	compare(0, 0x1000, 2 * E820_MAX_LISTED + 4);
}

TEST(random_floods_never_invent_ram)
{
	for (u32 round = 0; round < 20 && !host_failed(); round++) {
		struct e820_table *all = calloc(1, sizeof(*all)); /* room for everything */
		u32 n = E820_MAX_LISTED + 20 + test_below(E820_MAX_LISTED - 20);

		fresh();
		for (u32 i = 0; i < n; i++) {
			struct e820_entry e = {(u64)test_below(4096) << 12,
			                       (u64)(1 + test_below(6)) << 12,
			                       test_chance(3) ? test_below(7) : E820_TYPE_RAM};

			e820_add(given, e.addr, e.size, e.type);
			all->entries[all->nr_entries++] = e;
		}
		e820_sanitize(given, clean);
		check_clean(clean, true);
		for (u64 addr = 0; addr < 4112ull << 12 && !host_failed(); addr += 0x1000)
			if (type_in(clean, addr) == E820_TYPE_RAM)
				CHECK_EQ(model_type(all, addr), E820_TYPE_RAM);
		CHECK(given->dropped >= n - E820_MAX_LISTED);
		free(all);
	}
}

/* --- on a sanitised table ----------------------------------------------------------------- */

static void random_clean_map(void)
{
	fresh();
	for (u32 n = 1 + test_below(12); n--;)
		e820_add(given, test_below(64), test_below(24), 1 + test_below(5));
	e820_sanitize(given, clean);
}

TEST(reserving_turns_ram_into_reserved_and_nothing_else)
{
	for (u32 round = 0; round < 3000 && !host_failed(); round++) {
		u64 start = test_below(80), end = start + 1 + test_below(40);

		random_clean_map();
		for (u32 i = 0; i < clean->nr_entries; i++)
			given->entries[i] = clean->entries[i];
		given->nr_entries = clean->nr_entries;
		e820_reserve(clean, start, end);
		check_clean(clean, false);
		for (u64 addr = 0; addr < 96; addr++) {
			u32 before = model_type(given, addr);
			bool hit = addr >= start && addr < end && before == E820_TYPE_RAM;

			CHECK_EQ(type_in(clean, addr), hit ? E820_TYPE_RESERVED : before);
		}
	}
}

TEST(reserving_an_empty_range_changes_nothing)
{
	fresh();
	e820_add(clean, 0x1000, 0x9000, E820_TYPE_RAM);
	e820_reserve(clean, 0x3000, 0x3000);
	CHECK_EQ(clean->nr_entries, 1);
	check_clean(clean, true);
}

TEST(reserving_in_a_full_table_loses_ram_and_overruns_nothing)
{
	fresh();
	for (u32 i = 0; i < E820_MAX_ENTRIES; i++) /* sanitised already, and full */
		clean->entries[i] = (struct e820_entry){(u64)i << 13, 0x1000, E820_TYPE_RAM};
	clean->nr_entries = E820_MAX_ENTRIES;
	for (u32 i = 0; i < E820_MAX_ENTRIES; i += 7)
		e820_reserve(clean, ((u64)i << 13) + 0x400, ((u64)i << 13) + 0x800);
	CHECK_EQ(clean->nr_entries, E820_MAX_ENTRIES);
	CHECK(clean->dropped > 0);
	check_clean(clean, false);
	for (u32 i = 0; i < E820_MAX_ENTRIES; i += 7)
		CHECK(type_in(clean, ((u64)i << 13) + 0x600) != E820_TYPE_RAM);
}

TEST(all_of_type_asks_about_every_byte)
{
	for (u32 round = 0; round < 2000 && !host_failed(); round++) {
		u64 start = test_below(80), end = start + test_below(20);
		bool known = true;

		random_clean_map();
		for (u32 type = 1; type <= 5; type++) {
			bool all = true;

			for (u64 addr = start; addr < end; addr++)
				all = all && type_in(clean, addr) == type;
			CHECK_EQ(e820_all_of_type(clean, start, end, type), all);
		}
		for (u64 addr = start; addr < end; addr++)
			known = known && type_in(clean, addr);
		CHECK_EQ(e820_all_known(clean, start, end), known);
	}
}
