/* SPDX-License-Identifier: MIT */
/* test_multiboot1.c - the older block of the loader: its pieces lie anywhere below 4 GiB, and each
 * early window is an exact copy, so that ASan sees every read behind a piece. */
#include "asm/page.h"
#include "boot/bootinfo.h"
#include "boot/multiboot.h"
#include "errno.h"
#include "host.h"

enum { CMDLINE_PA = 0x8000, MODS_PA = 0x9000, MMAP_PA = 0xa000 };
enum { HAS_MEMORY = 1, HAS_CMDLINE = 4, HAS_MODS = 8, HAS_MMAP = 64 };

static struct mb1_info mb;
static struct bootinfo bi;
static struct boot_error err;
static struct e820_table e820;

static const struct mb1_mmap_entry good_map[] = {
	{20, 0, 0x9fc00, 1}, {20, 0x9fc00, 0x400, 2}, {20, 0x100000, 0x7ee0000, 1}};

static void good_block(void)
{
	static const struct mb1_module mods[] = {{0x200000, 0x201000, CMDLINE_PA, 0},
	                                         {0x300000, 0x300000, 0, 0}};

	memcpy(__va(CMDLINE_PA), "quire.elf mem=64M test=*", 25);
	memcpy(__va(MODS_PA), mods, sizeof(mods));
	memcpy(__va(MMAP_PA), good_map, sizeof(good_map));
	mb = (struct mb1_info){.flags = HAS_MEMORY | HAS_CMDLINE | HAS_MODS | HAS_MMAP,
	                       .mem_lower = 639,
	                       .mem_upper = 129920,
	                       .cmdline = CMDLINE_PA,
	                       .mods_count = 2,
	                       .mods_addr = MODS_PA,
	                       .mmap_length = sizeof(good_map),
	                       .mmap_addr = MMAP_PA};
}

static int parse(void)
{
	int ret;

	memset(&bi, 0, sizeof(bi));
	e820.nr_entries = e820.dropped = 0;
	bi.e820 = &e820;
	err.text[0] = '\0';
	ret = multiboot1_parse(&mb, &bi, &err);
	CHECK(ret == 0 || (ret == -EINVAL && err.text[0]));
	CHECK(bi.nr_modules <= MAX_BOOT_MODULES && e820.nr_entries <= E820_MAX_LISTED);
	return ret;
}

TEST(a_good_block_is_read_in_full)
{
	good_block();
	CHECK_EQ(parse(), 0);
	CHECK_STR(bi.cmdline, "mem=64M test=*"); /* without the kernel's own name */
	CHECK(bi.have_meminfo && bi.mem_lower == 639 && bi.mem_upper == 129920);
	CHECK_EQ(bi.nr_modules, 2);
	CHECK_EQ(bi.modules[0].range.end, 0x201000);
	CHECK(bi.have_mmap);
	CHECK_EQ(e820.nr_entries, 3);
	CHECK_EQ(e820.entries[2].size, 0x7ee0000);
}

TEST(what_the_flags_leave_out_is_not_read)
{
	good_block();
	mb.flags = 0;
	CHECK_EQ(parse(), 0);
	CHECK(!bi.have_mmap && !bi.have_meminfo && !bi.nr_modules && !bi.cmdline[0]);
	CHECK_EQ(e820.nr_entries, 0);
}

TEST(map_entries_of_an_impossible_size_are_refused)
{
	static const u32 sizes[] = {0, 4, 19, sizeof(good_map) - 3, 0x7fffffff, 0xffffffff};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		good_block();
		*(u32 *)__va(MMAP_PA) = sizes[i];
		CHECK_EQ(parse(), -EINVAL);
		CHECK(strstr(err.text, "memory map entry has an impossible size"));
	}
}

TEST(map_entries_too_short_for_a_type_are_refused)
{
	static const u32 short_map[] = {16, 0, 0, 0x9f000, 0, 16, 0x100000, 0, 0x100000, 0, 1};

	good_block();
	memcpy(__va(MMAP_PA), short_map, sizeof(short_map));
	mb.mmap_length = sizeof(short_map);
	CHECK_EQ(parse(), -EINVAL);
	CHECK_EQ(e820.nr_entries, 0);
}

TEST(wider_map_entries_are_stepped_over_as_they_say)
{
	good_block();
	*(u32 *)__va(MMAP_PA) = 44; /* the second entry is inside the first */
	CHECK_EQ(parse(), 0);
	CHECK_EQ(e820.nr_entries, 2);
	CHECK_EQ(e820.entries[1].addr, 0x100000);
}

TEST(a_cut_last_map_entry_is_never_read)
{
	for (u32 cut = 1; cut < sizeof(good_map[0]); cut++) {
		good_block();
		mb.mmap_length -= cut;
		CHECK_EQ(parse(), 0);
		CHECK_EQ(e820.nr_entries, 2);
	}
}

static void parse_backward_module(void *arg)
{
	(void)arg;
	good_block();
	((struct mb1_module *)__va(MODS_PA))[1].end = 0x2fffff;
	CHECK_EQ(parse(), -EINVAL);
	CHECK(strstr(err.text, "module ends before it starts (0x300000)"));
}

TEST(a_module_that_ends_before_it_starts_is_refused)
{
	CHECK(host_survives(parse_backward_module, NULL));
}

TEST(pieces_that_cannot_be_mapped_are_errors)
{
	good_block();
	mb.mmap_length = 0;
	CHECK_EQ(parse(), -EINVAL);
	CHECK(strstr(err.text, "memory map cannot be mapped"));
	good_block();
	mb.mmap_length = 0xffffffff;
	CHECK_EQ(parse(), -EINVAL);
}
