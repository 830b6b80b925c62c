/* SPDX-License-Identifier: MIT */
/* test_acpi.c - SRAT, SLIT and MADT, good, overlapping, cut and random; and the way to them from
 * the RSDP. Each table lies at the end of its own piece of heap. */
#include "asm/page.h"
#include "boot/acpi.h"
#include "boot/srat.h"
#include "errno.h"
#include "forge.h"
#include "host.h"

enum { SRAT_FIXED = ACPI_HEADER_SIZE + 12, SLIT_FIXED = ACPI_HEADER_SIZE + 8 };

static struct forge f;
static struct numa_info info;
static struct madt_info madt_out;

/* --- SRAT --------------------------------------------------------------------------------- */

static void srat_begin(void)
{
	f.size = 0;
	forge_bytes(&f, "SRAT", 4);
	forge_zeroes(&f, SRAT_FIXED - 4);
}

static void srat_memory(u32 domain, u64 base, u64 length, u32 flags)
{
	forge_u8(&f, 1);
	forge_u8(&f, 40);
	forge_u32(&f, domain);
	forge_zeroes(&f, 2);
	forge_u64(&f, base);
	forge_u64(&f, length);
	forge_u32(&f, 0);
	forge_u32(&f, flags);
	forge_u64(&f, 0);
}

static void srat_cpu(u32 domain, u8 apic_id, u32 flags)
{
	forge_u8(&f, 0);
	forge_u8(&f, 16);
	forge_u8(&f, (u8)domain);
	forge_u8(&f, apic_id);
	forge_u32(&f, flags);
	forge_u8(&f, 0);
	forge_u8(&f, (u8)(domain >> 8));
	forge_u8(&f, (u8)(domain >> 16));
	forge_u8(&f, (u8)(domain >> 24));
	forge_u32(&f, 0);
}

static void srat_x2apic(u32 domain, u32 apic_id, u32 flags)
{
	forge_u8(&f, 2);
	forge_u8(&f, 24);
	forge_zeroes(&f, 2);
	forge_u32(&f, domain);
	forge_u32(&f, apic_id);
	forge_u32(&f, flags);
	forge_u64(&f, 0);
}

/* Whatever the input: nothing points out of the tables. */
static void check_info(int ret)
{
	CHECK(ret == 0 || ret == -EINVAL);
	CHECK(info.nr_nodes >= 1 && info.nr_nodes <= MAX_NUMNODES);
	CHECK(info.nr_blocks <= MAX_NODE_BLOCKS && info.nr_cpus <= MAX_SRAT_CPUS);
	for (u32 i = 0; i < info.nr_blocks; i++) {
		CHECK(info.blocks[i].start < info.blocks[i].end);
		CHECK(info.blocks[i].nid >= 0 && info.blocks[i].nid < (int)info.nr_nodes);
	}
	for (u32 i = 0; i < info.nr_cpus; i++)
		CHECK(info.cpus[i].nid >= 0 && info.cpus[i].nid < (int)info.nr_nodes);
	for (u32 a = 0; a < MAX_NUMNODES; a++)
		CHECK_EQ(info.distance[a][a], LOCAL_DISTANCE);
	if (ret)
		CHECK(info.nr_nodes == 1 && !info.nr_blocks && !info.nr_cpus);
}

static int parse_srat(u32 size)
{
	void *table = forge_exact(&f, size);
	int ret;

	memset(&info, 0x5a, sizeof(info));
	ret = srat_parse(table, size, &info);
	free(table);
	check_info(ret);
	return ret;
}

static void good_srat(void)
{
	srat_begin();
	srat_cpu(7, 0, 1);
	srat_cpu(0x12345678, 1, 1);
	srat_x2apic(7, 300, 1);
	srat_memory(7, 0, 0xa0000, 1);
	srat_memory(7, 0x100000, 0x7f00000, 1);
	srat_memory(0x12345678, 0x8000000, 0x8000000, 1);
}

TEST(a_good_srat_gives_nodes_blocks_and_cpus)
{
	good_srat();
	CHECK_EQ(parse_srat(f.size), 0);
	CHECK_EQ(info.nr_nodes, 2);
	CHECK_EQ(info.domain[0], 7);
	CHECK_EQ(info.domain[1], 0x12345678);
	CHECK_EQ(info.nr_blocks, 3);
	CHECK_EQ(info.blocks[2].start, 0x8000000);
	CHECK_EQ(info.blocks[2].end, 0x10000000);
	CHECK_EQ(info.blocks[2].nid, 1);
	CHECK_EQ(info.nr_cpus, 3);
	CHECK_EQ(info.cpus[1].nid, 1);
	CHECK_EQ(info.cpus[2].apic_id, 300);
	CHECK_EQ(info.distance[0][1], REMOTE_DISTANCE);
}

TEST(an_srat_cut_at_any_length_is_never_read_behind_its_end)
{
	good_srat();
	for (u32 size = 0; size < f.size; size++) {
		int ret = parse_srat(size);

		/* the first memory entry ends behind two CPUs and an x2APIC */
		CHECK_EQ(ret == 0, size >= SRAT_FIXED + 16 + 16 + 24 + 40);
	}
}

TEST(memory_of_two_nodes_that_overlaps_refuses_the_table)
{
	srat_begin();
	srat_memory(0, 0, 0x10000000, 1);
	srat_memory(1, 0xfffffff, 0x1000, 1);
	CHECK_EQ(parse_srat(f.size), -EINVAL);
	CHECK(strstr(host_log(), "overlaps node 0"));
	srat_begin();
	srat_memory(0, 0, 0x10000000, 1);
	srat_memory(1, 0x10000000, 0x1000, 1);
	CHECK_EQ(parse_srat(f.size), 0);
	srat_begin(); /* the same node may say a thing twice */
	srat_memory(0, 0, 0x10000000, 1);
	srat_memory(0, 0x1000, 0x1000, 1);
	CHECK_EQ(parse_srat(f.size), 0);
}

TEST(disabled_and_empty_and_wrapping_entries_say_nothing)
{
	srat_begin();
	srat_memory(0, 0, 0x10000000, 1);
	srat_memory(1, 0, 0x10000000, 0); /* disabled: no overlap */
	srat_memory(0, 0x20000000, 0, 1);
	srat_memory(0, ~0ull - 0xfff, 0x2000, 1);
	srat_memory(0, ~0ull - 0xfff, 0x1000, 1);
	srat_cpu(1, 5, 0);
	srat_x2apic(1, 5, 0);
	CHECK_EQ(parse_srat(f.size), 0);
	CHECK_EQ(info.nr_nodes, 1);
	CHECK_EQ(info.nr_blocks, 1);
	CHECK_EQ(info.nr_cpus, 0);
}

TEST(more_domains_than_nodes_refuse_the_table)
{
	srat_begin();
	for (u32 d = 0; d < MAX_NUMNODES; d++)
		srat_memory(d * 3, (u64)d << 24, 1 << 24, 1);
	CHECK_EQ(parse_srat(f.size), 0);
	CHECK_EQ(info.nr_nodes, MAX_NUMNODES);
	srat_memory(99, 1ull << 32, 1 << 24, 1);
	CHECK_EQ(parse_srat(f.size), -EINVAL);
	srat_begin();
	for (u32 d = 0; d <= MAX_NUMNODES; d++)
		srat_x2apic(d, d, 1);
	srat_memory(0, 0, 1 << 24, 1);
	CHECK_EQ(parse_srat(f.size), -EINVAL);
}

TEST(more_memory_ranges_than_room_refuse_the_table_more_cpus_do_not)
{
	srat_begin();
	for (u32 i = 0; i < 100; i++)
		srat_cpu(0, (u8)i, 1);
	for (u32 i = 0; i < MAX_NODE_BLOCKS; i++)
		srat_memory(0, (u64)i << 24, 1 << 20, 1);
	CHECK_EQ(parse_srat(f.size), 0);
	CHECK_EQ(info.nr_cpus, MAX_SRAT_CPUS);
	srat_memory(0, 1ull << 40, 1 << 20, 1);
	CHECK_EQ(parse_srat(f.size), -EINVAL);
}

TEST(an_entry_of_impossible_size_ends_the_reading)
{
	static const u8 sizes[] = {0, 1, 100, 255};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		srat_begin();
		srat_memory(0, 0, 0x10000000, 1);
		forge_u8(&f, 1);
		forge_u8(&f, sizes[i]);
		forge_zeroes(&f, 38);
		CHECK_EQ(parse_srat(f.size), 0);
		CHECK_EQ(info.nr_blocks, 1);
	}
	srat_begin(); /* before the first one: nothing is known */
	forge_zeroes(&f, 40);
	CHECK_EQ(parse_srat(f.size), -EINVAL);
}

TEST(entries_shorter_than_their_kind_are_skipped)
{
	for (u8 size = 2; size < 40; size++) {
		srat_begin();
		forge_u8(&f, 1);
		forge_u8(&f, size);
		for (u8 i = 2; i < size; i++)
			forge_u8(&f, 0xff);
		srat_memory(0, 0, 0x10000000, 1);
		CHECK_EQ(parse_srat(f.size), 0);
		CHECK_EQ(info.nr_blocks, 1);
		CHECK_EQ(info.nr_nodes, 1);
	}
}

TEST(fifty_thousand_damaged_srats_do_no_harm)
{
	u32 refused = 0;

	for (u32 i = 0; i < 50000 && !host_failed(); i++) {
		good_srat();
		for (u32 n = 1 + test_below(5); n--;)
			f.bytes[SRAT_FIXED + test_below(f.size - SRAT_FIXED)] = (u8)test_random();
		refused += parse_srat(test_chance(4) ? test_below(f.size) : f.size) != 0;
	}
	CHECK(refused > 1000 && refused < 45000);
}

/* --- SLIT --------------------------------------------------------------------------------- */

static void slit(u64 n, const u8 *distances, u32 count)
{
	f.size = 0;
	forge_bytes(&f, "SLIT", 4);
	forge_zeroes(&f, ACPI_HEADER_SIZE - 4);
	forge_u64(&f, n);
	forge_bytes(&f, distances, count);
}

static int parse_slit(u32 size)
{
	void *table = forge_exact(&f, size);
	int ret = slit_parse(table, size, &info);

	free(table);
	CHECK(ret == 0 || ret == -EINVAL);
	for (u32 a = 0; a < info.nr_nodes; a++)
		for (u32 b = 0; b < info.nr_nodes; b++)
			CHECK(a == b ? info.distance[a][b] == LOCAL_DISTANCE
			             : info.distance[a][b] > LOCAL_DISTANCE);
	return ret;
}

/* Two nodes whose domains are 2 and 0. */
static void two_nodes(void)
{
	numa_info_reset(&info);
	info.nr_nodes = 2;
	info.domain[0] = 2;
	info.domain[1] = 0;
}

TEST(distances_are_found_by_domain_not_by_node)
{
	static const u8 d[9] = {10, 11, 12, 21, 10, 23, 32, 33, 10};

	two_nodes();
	slit(3, d, 9);
	CHECK_EQ(parse_slit(f.size), 0);
	CHECK_EQ(info.distance[0][1], 32); /* row 2, column 0 */
	CHECK_EQ(info.distance[1][0], 12);
}

TEST(a_slit_that_is_not_sound_changes_nothing)
{
	static const u8 near[4] = {10, 10, 20, 10}, far[4] = {11, 20, 20, 10},
			less[4] = {10, 20, 9, 10}, good[4] = {10, 30, 30, 10};

	two_nodes();
	info.domain[0] = 1;
	slit(2, near, 4);
	CHECK_EQ(parse_slit(f.size), -EINVAL);
	slit(2, far, 4);
	CHECK_EQ(parse_slit(f.size), -EINVAL);
	slit(2, less, 4);
	CHECK_EQ(parse_slit(f.size), -EINVAL);
	for (u32 size = 0; size < SLIT_FIXED + 4; size++) {
		slit(2, good, 4);
		CHECK_EQ(parse_slit(size), -EINVAL);
	}
	slit(0, good, 4);
	CHECK_EQ(parse_slit(f.size), -EINVAL);
	slit(1ull << 33, good, 4); /* n * n wraps */
	CHECK_EQ(parse_slit(f.size), -EINVAL);
	slit(~0ull, good, 4);
	CHECK_EQ(parse_slit(f.size), -EINVAL);
	info.domain[0] = 2; /* a domain that the table does not have */
	slit(2, good, 4);
	CHECK_EQ(parse_slit(f.size), -EINVAL);
	CHECK_EQ(info.distance[0][1], REMOTE_DISTANCE);
}

TEST(random_slits_do_no_harm)
{
	for (u32 i = 0; i < 20000 && !host_failed(); i++) {
		u8 d[16];

		two_nodes();
		info.domain[0] = test_below(6);
		for (u32 k = 0; k < 16; k++)
			d[k] = test_chance(2) ? 10 : (u8)test_random();
		slit(test_chance(8) ? test_random64() : test_below(6), d, 16);
		parse_slit(test_below(f.size + 1));
	}
}

/* --- MADT --------------------------------------------------------------------------------- */

static void good_madt(void)
{
	static const u8 entries[] = {
		0, 8,  0, 0, 1, 0,    0,    0,                            /* CPU 0 */
		0, 8,  1, 1, 1, 0,    0,    0,                            /* CPU 1 */
		0, 8,  2, 2, 0, 0,    0,    0,                            /* CPU 2, disabled */
		1, 12, 0, 0, 0, 0,    0xc0, 0xfe, 0, 0, 0, 0,             /* I/O APIC */
		2, 10, 0, 0, 2, 0,    0,    0,    0, 0,                   /* not read */
		9, 16, 0, 0, 0, 1,    0,    0,    1, 0, 0, 0, 3, 0, 0, 0, /* x2APIC 256 */
		5, 12, 0, 0, 0, 0x10, 0xe0, 0xfe, 1, 0, 0, 0,             /* address override */
	};

	f.size = 0;
	forge_bytes(&f, "APIC", 4);
	forge_zeroes(&f, ACPI_HEADER_SIZE - 4);
	forge_u32(&f, 0xfee00000);
	forge_u32(&f, 1);
	forge_bytes(&f, entries, sizeof(entries));
}

static int parse_madt(u32 size)
{
	void *table = forge_exact(&f, size);
	int ret;

	memset(&madt_out, 0x5a, sizeof(madt_out));
	ret = madt_parse(table, size, &madt_out);
	free(table);
	CHECK(ret == 0 || ret == -EINVAL);
	CHECK(madt_out.nr_cpus <= MAX_MADT_CPUS && madt_out.nr_ioapics <= MAX_MADT_IOAPICS);
	return ret;
}

TEST(a_good_madt_gives_cpus_and_controllers)
{
	good_madt();
	CHECK_EQ(parse_madt(f.size), 0);
	CHECK_EQ(madt_out.nr_cpus, 3);
	CHECK_EQ(madt_out.apic_id[2], 256);
	CHECK_EQ(madt_out.nr_ioapics, 1);
	CHECK_EQ(madt_out.ioapic[0].pa, 0xfec00000);
	CHECK_EQ(madt_out.local_apic_pa, 0x1fee01000);
}

TEST(a_madt_cut_at_any_length_is_never_read_behind_its_end)
{
	good_madt();
	for (u32 size = 0; size < f.size; size++)
		CHECK_EQ(parse_madt(size) == 0, size >= ACPI_HEADER_SIZE + 8);
}

TEST(more_cpus_and_controllers_than_room_are_left_out)
{
	good_madt();
	f.size = ACPI_HEADER_SIZE + 8;
	for (u32 i = 0; i < 200; i++)
		forge_bytes(&f, (u8[]){0, 8, (u8)i, (u8)i, 1, 0, 0, 0}, 8);
	for (u32 i = 0; i < 20; i++)
		forge_bytes(&f, (u8[]){1, 12, 0, 0, (u8)i, 0, 0, 0, 0, 0, 0, 0}, 12);
	CHECK_EQ(parse_madt(f.size), 0);
	CHECK_EQ(madt_out.nr_cpus, MAX_MADT_CPUS);
	CHECK_EQ(madt_out.nr_ioapics, MAX_MADT_IOAPICS);
}

TEST(fifty_thousand_damaged_madts_do_no_harm)
{
	for (u32 i = 0; i < 50000 && !host_failed(); i++) {
		good_madt();
		for (u32 n = 1 + test_below(5); n--;)
			f.bytes[test_below(f.size)] = (u8)test_random();
		parse_madt(test_chance(2) ? test_below(f.size) : f.size);
	}
}

/* --- from the RSDP on --------------------------------------------------------------------- */

enum { RSDT_PA = 0x110000, XSDT_PA = 0x111000, MADT_PA = 0x112000, SRAT_PA = 0x113000 };

static struct bootinfo bi;
static struct e820_table map;

static void fix_checksum(u8 *bytes, u32 length, u32 at)
{
	u8 sum = 0;

	bytes[at] = 0;
	for (u32 i = 0; i < length; i++)
		sum = (u8)(sum + bytes[i]);
	bytes[at] = (u8)-sum;
}

/* Give the forged table its length and checksum and put it into memory. */
static void place(u64 pa)
{
	forge_set_u32(&f, 4, f.size);
	fix_checksum(f.bytes, f.size, 9);
	memcpy(__va(pa), f.bytes, f.size);
}

static void place_root(const char *signature, u64 pa, u32 entry_size, u64 extra)
{
	u64 tables[] = {MADT_PA, SRAT_PA, extra};

	f.size = 0;
	forge_bytes(&f, signature, 4);
	forge_zeroes(&f, ACPI_HEADER_SIZE - 4);
	for (u32 i = 0; i < 3; i++)
		forge_bytes(&f, &tables[i], entry_size);
	place(pa);
}

/* A machine with an RSDP from the loader, an XSDT and an RSDT. */
static void acpi_machine(u64 extra)
{
	memset(&bi, 0, sizeof(bi));
	map.nr_entries = map.dropped = 0;
	e820_add(&map, 0, 0x100000, E820_TYPE_RAM);
	e820_add(&map, 0x100000, 0x100000, E820_TYPE_ACPI);
	good_madt();
	place(MADT_PA);
	good_srat();
	place(SRAT_PA);
	place_root("XSDT", XSDT_PA, 8, extra);
	place_root("RSDT", RSDT_PA, 4, extra);
	memcpy(bi.rsdp, "RSD PTR ", 8);
	bi.rsdp[15] = 2;
	*(u32 *)(bi.rsdp + 16) = RSDT_PA;
	*(u64 *)(void *)(bi.rsdp + 24) = XSDT_PA;
	fix_checksum(bi.rsdp, 20, 8);
	fix_checksum(bi.rsdp, RSDP_SIZE, 32);
	bi.rsdp_size = RSDP_SIZE;
}

static unsigned int nr_tables(void)
{
	unsigned int n = 0;

	while (acpi_table_at(n))
		n++;
	return n;
}

TEST(tables_are_found_through_the_xsdt_and_read)
{
	const void *table;
	u32 length;

	acpi_machine(0x110000);
	acpi_init(&bi, &map);
	CHECK_EQ(nr_tables(), 3);
	CHECK_STR(acpi_table_at(0)->signature, "APIC");
	CHECK_STR(acpi_table_at(1)->signature, "SRAT");
	CHECK_EQ(madt()->nr_cpus, 3);
	table = acpi_map("SRAT", &length);
	REQUIRE(table);
	CHECK_EQ(srat_parse(table, length, &info), 0);
	CHECK_EQ(info.nr_nodes, 2);
	acpi_unmap(table);
	CHECK(!acpi_map("NONE", &length));
}

TEST(an_rsdp_in_the_bios_area_is_found_without_the_loader)
{
	acpi_machine(MADT_PA);
	bi.rsdp_size = 0;
	memcpy(__va(0xf5a40), bi.rsdp, RSDP_SIZE);
	acpi_init(&bi, &map);
	CHECK_EQ(nr_tables(), 3);
	acpi_machine(MADT_PA); /* in the extended BIOS data area */
	bi.rsdp_size = 0;
	memset(__va(0xe0000), 0, 0x20000);
	*(u16 *)__va(0x40e) = 0x9fc0;
	memcpy(__va(0x9fc00 + 16), bi.rsdp, RSDP_SIZE);
	acpi_init(&bi, &map);
	CHECK_EQ(nr_tables(), 3);
}

TEST(wrong_checksums_leave_a_table_out)
{
	acpi_machine(MADT_PA);
	((u8 *)__va(SRAT_PA))[50] ^= 1;
	acpi_init(&bi, &map);
	CHECK_EQ(nr_tables(), 2);
	CHECK(strstr(host_log(), "SRAT at 0x113000 has a wrong checksum"));
	acpi_machine(MADT_PA);
	((u8 *)__va(XSDT_PA))[20] ^= 1; /* the RSDT is still there */
	acpi_init(&bi, &map);
	CHECK_EQ(nr_tables(), 3);
	acpi_machine(MADT_PA);
	bi.rsdp[10] ^= 1;
	acpi_init(&bi, &map);
	CHECK_EQ(nr_tables(), 0);
	CHECK(strstr(host_log(), "no RSDP"));
}

TEST(impossible_addresses_and_lengths_leave_a_table_out)
{
	static const u64 far[] = {0, 0x200000, 0x1ffff0, 1ull << 40, ~0ull - 36};
	static const u32 lengths[] = {0, 4, 35, 0x40001, 0xffffffff};

	for (u32 i = 0; i < ARRAY_SIZE(far); i++) {
		acpi_machine(far[i]);
		acpi_init(&bi, &map);
		CHECK_EQ(nr_tables(), 2);
	}
	for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
		acpi_machine(MADT_PA);
		((u32 *)__va(SRAT_PA))[1] = lengths[i];
		acpi_init(&bi, &map);
		CHECK_EQ(nr_tables(), 2);
		CHECK(strstr(host_log(), "SRAT at 0x113000 has an impossible length"));
	}
}

static void read_tables(void *arg)
{
	acpi_machine(*(const u64 *)arg);
	acpi_init(&bi, &map);
	CHECK_EQ(nr_tables(), 2);
}

TEST(an_address_near_the_top_of_64_bits_leaves_a_table_out)
{
	u64 pa = ~0ull - 20;

	CHECK(host_survives(read_tables, &pa));
}

static void read_far_table(void *arg)
{
	u64 pa = *(const u64 *)arg;

	acpi_machine(pa);
	e820_add(&map, PHYS_ADDR_SIZE, 1ull << 30, E820_TYPE_RAM);
	acpi_init(&bi, &map);
	CHECK_EQ(nr_tables(), 2);
}

TEST(a_table_above_64_gib_leaves_it_out_though_the_map_lists_it)
{
	u64 pa = PHYS_ADDR_SIZE + 0x1000;

	CHECK(host_survives(read_far_table, &pa));
}

TEST(a_table_that_reaches_out_of_the_listed_memory_is_left_out)
{
	acpi_machine(MADT_PA);
	map.entries[1].size = 0x14000; /* up to 0x114000 */
	((u32 *)__va(SRAT_PA))[1] = 0x1001;
	acpi_init(&bi, &map);
	CHECK_EQ(nr_tables(), 2);
	CHECK(strstr(host_log(), "SRAT at 0x113000 has an impossible length 4097"));
}

TEST(random_damage_to_firmware_memory_does_no_harm)
{
	for (u32 i = 0; i < 3000 && !host_failed(); i++) {
		u8 *firmware = __va(0x110000);

		acpi_machine(MADT_PA);
		for (u32 n = 1 + test_below(6); n--;)
			firmware[test_below(4) * 0x1000 + test_below(100)] = (u8)test_random();
		if (test_chance(2)) { /* sums that come out right again */
			fix_checksum(__va(XSDT_PA), ACPI_HEADER_SIZE + 24, 9);
			fix_checksum(__va(RSDT_PA), ACPI_HEADER_SIZE + 12, 9);
		}
		acpi_init(&bi, &map);
		CHECK(nr_tables() <= MAX_ACPI_TABLES);
	}
}
