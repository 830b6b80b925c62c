/* SPDX-License-Identifier: MIT */
/* test_multiboot2.c - the loader's tag list: good, cut, odd, forged and random. Each block lies at
 * the end of its own piece of heap, so that ASan sees every read behind it. */
#include "boot/bootinfo.h"
#include "boot/multiboot.h"
#include "errno.h"
#include "forge.h"
#include "host.h"

static struct forge f;
static struct bootinfo bi;
static struct boot_error err;
static struct e820_table e820;

/* --- building ----------------------------------------------------------------------------- */

static void begin(void)
{
	f.size = 0;
	forge_u32(&f, 0); /* total size: set by end() */
	forge_u32(&f, 0);
}

/* Returns: where the tag begins. */
static u32 tag_sized(u32 type, u32 size, const void *data, u32 len)
{
	u32 at = f.size;

	forge_u32(&f, type);
	forge_u32(&f, size);
	forge_bytes(&f, data, len);
	while (f.size % 8)
		forge_u8(&f, 0xee);
	return at;
}

static u32 tag(u32 type, const void *data, u32 len)
{
	return tag_sized(type, len + 8, data, len);
}

static void end(void)
{
	tag(MB2_TAG_END, "", 0);
	forge_set_u32(&f, 0, f.size);
}

static u32 tag_mmap(u32 stride, const struct mb2_mmap_entry *e, u32 n, u32 extra)
{
	static struct forge body;
	u32 used = min(stride, (u32)sizeof(*e));

	body.size = 0;
	forge_u32(&body, stride);
	forge_u32(&body, 0);
	for (u32 i = 0; i < n; i++) {
		forge_bytes(&body, &e[i], used);
		forge_zeroes(&body, stride - used);
	}
	forge_zeroes(&body, extra);
	return tag(MB2_TAG_MMAP, body.bytes, body.size);
}

static u32 tag_module(u32 start, u32 stop, const char *cmdline)
{
	static struct forge body;

	body.size = 0;
	forge_u32(&body, start);
	forge_u32(&body, stop);
	forge_bytes(&body, cmdline, (u32)strlen(cmdline) + 1);
	return tag(MB2_TAG_MODULE, body.bytes, body.size);
}

static u32 tag_sections(u32 num, u32 entsize, u32 present)
{
	static struct forge body;

	body.size = 0;
	forge_u32(&body, num);
	forge_u32(&body, entsize);
	forge_u32(&body, 0);
	for (u32 i = 0; i < present; i++) {
		struct elf32_shdr s = {
			.flags = i % 2 ? 2 : 0, .addr = 0x10000 * (i + 1), .size = 0x100};

		forge_bytes(&body, &s, sizeof(s));
		forge_zeroes(&body, entsize - (u32)sizeof(s));
	}
	return tag(MB2_TAG_ELF_SECTIONS, body.bytes, body.size);
}

static const struct mb2_mmap_entry map[] = {
	{0, 0x9fc00, 1, 0}, {0x9fc00, 0x400, 2, 0}, {0x100000, 0x7ee0000, 1, 0}};

/* What GRUB gives, in small. */
static void good_block(void)
{
	static const char rsdp[RSDP_SIZE] = "RSD PTR ";

	begin();
	tag(MB2_TAG_CMDLINE, "mem=64M test=*", 15);
	tag(MB2_TAG_LOADER_NAME, "GRUB 2.06", 10);
	tag_module(0x200000, 0x201000, "initrd one");
	tag_module(0x300000, 0x300000, "");
	tag(MB2_TAG_BASIC_MEMINFO, "\x7f\x02\0\0\0\xfc\1\0", 8);
	tag_mmap(24, map, 3, 0);
	tag_sections(5, 40, 5);
	tag(MB2_TAG_ACPI_OLD, rsdp, 20);
	tag(MB2_TAG_ACPI_NEW, rsdp, 36);
	tag(21, "unknown", 8);
	end();
}

/* --- parsing ------------------------------------------------------------------------------ */

/* Whatever the input: nothing in the result is out of bounds. */
static void check_result(int ret)
{
	CHECK(ret == 0 || ret == -EINVAL);
	if (ret)
		CHECK(strnlen(err.text, sizeof(err.text)) > 12);
	CHECK(strnlen(err.text, sizeof(err.text)) < sizeof(err.text));
	CHECK(bi.nr_modules <= MAX_BOOT_MODULES && bi.nr_ranges <= MAX_BOOT_RANGES);
	CHECK(strnlen(bi.cmdline, sizeof(bi.cmdline)) < sizeof(bi.cmdline));
	CHECK(strnlen(bi.loader, sizeof(bi.loader)) < sizeof(bi.loader));
	CHECK(bi.rsdp_size == 0 || bi.rsdp_size == 20 || bi.rsdp_size == RSDP_SIZE);
	CHECK(e820.nr_entries <= E820_MAX_LISTED);
	for (u32 i = 0; i < bi.nr_modules; i++) {
		CHECK(bi.modules[i].range.start <= bi.modules[i].range.end);
		CHECK(strnlen(bi.modules[i].cmdline, 64) < 64);
	}
}

static int parse_size(u32 size)
{
	void *block = forge_exact(&f, size);
	int ret;

	memset(&bi, 0, sizeof(bi));
	e820.nr_entries = e820.dropped = 0;
	bi.e820 = &e820;
	err.text[0] = '\0';
	ret = multiboot2_parse(block, size, &bi, &err);
	free(block);
	check_result(ret);
	return ret;
}

static int parse(void)
{
	return parse_size(f.size);
}

/* The block must be refused, and the error must say why and where. */
static void expect_error(const char *what, u32 type, u32 offset)
{
	char place[40];

	snprintf(place, sizeof(place), "offset %u)", offset);
	CHECK_EQ(parse(), -EINVAL);
	CHECK(strstr(err.text, what));
	CHECK(strstr(err.text, place));
	snprintf(place, sizeof(place), "tag type %u,", type);
	CHECK(strstr(err.text, place));
}

TEST(a_good_block_is_read_in_full)
{
	good_block();
	CHECK_EQ(parse(), 0);
	CHECK_EQ(bi.warnings, 0);
	CHECK_STR(bi.cmdline, "mem=64M test=*");
	CHECK_STR(bi.loader, "GRUB 2.06");
	CHECK_EQ(bi.nr_modules, 2);
	CHECK_EQ(bi.modules[0].range.start, 0x200000);
	CHECK_EQ(bi.modules[0].range.end, 0x201000);
	CHECK_STR(bi.modules[0].cmdline, "initrd one");
	CHECK(bi.have_mmap && bi.have_meminfo);
	CHECK_EQ(bi.mem_lower, 639);
	CHECK_EQ(bi.mem_upper, 0x1fc00);
	CHECK_EQ(e820.nr_entries, 3);
	CHECK_EQ(e820.entries[2].size, 0x7ee0000);
	CHECK_EQ(bi.nr_ranges, 3); /* sections 0, 2, 4 are not SHF_ALLOC */
	CHECK_EQ(bi.ranges[1].start, 0x30000);
	CHECK_EQ(bi.ranges[1].end, 0x30100);
	CHECK_EQ(bi.rsdp_size, RSDP_SIZE);
}

TEST(a_block_cut_at_any_length_is_never_read_behind_its_end)
{
	u32 errors = 0;

	good_block();
	for (u32 size = 0; size < f.size; size++)
		errors += parse_size(size) != 0;
	CHECK(errors > f.size / 2);
}

/* Between two tags nothing is missing but the end tag: that is odd, not wrong. */
TEST(a_block_without_end_tag_is_read_with_a_warning)
{
	good_block();
	CHECK_EQ(parse_size(f.size - 8), 0);
	CHECK_EQ(bi.warnings, 1);
	CHECK_EQ(bi.nr_modules, 2);
	CHECK_EQ(parse_size(8), 0);
	CHECK_EQ(bi.warnings, 1);
	CHECK(strstr(host_log(), "no end tag"));
}

TEST(sizes_below_a_tag_header_are_refused)
{
	for (u32 size = 0; size < 8; size++) {
		u32 at;

		begin();
		tag(MB2_TAG_LOADER_NAME, "x", 2);
		at = tag_sized(MB2_TAG_CMDLINE, size, "abc", 4);
		end();
		expect_error("smaller than its own header", MB2_TAG_CMDLINE, at);
		begin();
		at = tag_sized(MB2_TAG_END, size, "", 0);
		expect_error("smaller than its own header", MB2_TAG_END, at);
	}
}

TEST(a_tag_that_runs_past_the_block_is_refused)
{
	static const u32 sizes[] = {33, 64, 0x1000, 0x7fffffff, 0xfffffff8, 0xffffffff};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 at;

		begin();
		at = tag_sized(MB2_TAG_CMDLINE, sizes[i], "abcdefg", 8);
		end();
		expect_error("runs past the end", MB2_TAG_CMDLINE, at);
	}
}

TEST(tags_too_short_for_their_content_are_refused_or_ignored)
{
	u32 at;

	for (u32 len = 0; len < 8; len++) {
		begin();
		at = tag(MB2_TAG_MODULE, "\0\0\0\0\0\0\0", len);
		expect_error("module tag too short", MB2_TAG_MODULE, at);
		begin();
		at = tag(MB2_TAG_MMAP, "\0\0\0\0\0\0\0", len);
		expect_error("memory map tag too short", MB2_TAG_MMAP, at);
		begin();
		at = tag(MB2_TAG_BASIC_MEMINFO, "\0\0\0\0\0\0\0", len);
		expect_error("memory size tag too short", MB2_TAG_BASIC_MEMINFO, at);
		begin();
		tag(MB2_TAG_ELF_SECTIONS, "\0\0\0\0\0\0\0", len);
		tag(MB2_TAG_ACPI_NEW, "\0\0\0\0\0\0\0", len);
		end();
		CHECK_EQ(parse(), 0);
		CHECK_EQ(bi.warnings, 2);
		CHECK_EQ(bi.rsdp_size, 0);
	}
}

TEST(strings_without_an_end_are_cut_at_the_tag)
{
	char text[3000];

	memset(text, 'x', sizeof(text));
	begin();
	tag(MB2_TAG_CMDLINE, "abc", 3);
	tag(MB2_TAG_LOADER_NAME, text, 40);
	end();
	CHECK_EQ(parse(), 0);
	CHECK_STR(bi.cmdline, "abc");
	CHECK_EQ(strlen(bi.loader), 40);
	CHECK_EQ(bi.warnings, 1);
	begin(); /* terminated, but longer than there is room */
	text[2999] = '\0';
	tag(MB2_TAG_CMDLINE, text, sizeof(text));
	tag(MB2_TAG_LOADER_NAME, text, sizeof(text));
	end();
	CHECK_EQ(parse(), 0);
	CHECK_EQ(strlen(bi.cmdline), COMMAND_LINE_SIZE - 1);
	CHECK_EQ(strlen(bi.loader), sizeof(bi.loader) - 1);
	CHECK_EQ(bi.warnings, 1);
	begin();
	tag(MB2_TAG_CMDLINE, "", 0);
	end();
	CHECK_EQ(parse(), 0);
	CHECK_STR(bi.cmdline, "");
}

TEST(module_strings_without_an_end_are_cut)
{
	char body[200];

	memset(body, 'y', sizeof(body));
	memset(body, 0, 8);
	for (u32 len = 8; len < sizeof(body); len++) {
		begin();
		tag(MB2_TAG_MODULE, body, len);
		end();
		CHECK_EQ(parse(), 0);
		CHECK_EQ(strlen(bi.modules[0].cmdline), min(len - 8, 63u));
	}
}

TEST(more_modules_than_room_are_ignored_with_a_warning)
{
	begin();
	for (u32 i = 0; i < MAX_BOOT_MODULES + 5; i++)
		tag_module(0x100000 + i, 0x100000 + i, "m");
	end();
	CHECK_EQ(parse(), 0);
	CHECK_EQ(bi.nr_modules, MAX_BOOT_MODULES);
	CHECK_EQ(bi.warnings, 5);
	CHECK_EQ(bi.modules[MAX_BOOT_MODULES - 1].range.start, 0x10000f);
}

TEST(a_module_that_ends_before_it_starts_is_refused)
{
	u32 at;

	begin();
	at = tag_module(0x200001, 0x200000, "backwards");
	expect_error("module ends before it starts", MB2_TAG_MODULE, at);
}

/* --- memory map --------------------------------------------------------------------------- */

TEST(memory_map_strides_of_24_and_more_are_accepted)
{
	for (u32 stride = 24; stride <= 128; stride += 8) {
		begin();
		tag_mmap(stride, map, 3, 0);
		end();
		CHECK_EQ(parse(), 0);
		CHECK_EQ(e820.nr_entries, 3);
		CHECK_EQ(e820.entries[1].addr, 0x9fc00);
		CHECK_EQ(e820.entries[1].type, 2);
		CHECK_EQ(bi.warnings, 0);
	}
}

TEST(other_memory_map_strides_are_refused)
{
	for (u32 stride = 0; stride < 128; stride++) {
		u32 at;

		if (stride >= 24 && stride % 8 == 0)
			continue;
		begin();
		at = tag_mmap(stride, map, 1, 64);
		expect_error("entry size", MB2_TAG_MMAP, at);
	}
	begin();
	tag(MB2_TAG_MMAP, "\xf8\xff\xff\xff\0\0\0", 8); /* a huge stride: no entry fits */
	end();
	CHECK_EQ(parse(), 0);
	CHECK_EQ(e820.nr_entries, 0);
	CHECK(bi.have_mmap);
}

TEST(a_cut_memory_map_entry_is_ignored_with_a_warning)
{
	for (u32 extra = 1; extra < 24; extra++) {
		begin();
		tag_mmap(24, map, 2, extra);
		end();
		CHECK_EQ(parse(), 0);
		CHECK_EQ(e820.nr_entries, 2);
		CHECK_EQ(bi.warnings, 1);
	}
}

TEST(elf_sections_that_do_not_fit_are_ignored)
{
	static const u32 bad[][3] = {/* num, entsize, present */
	                             {6, 40, 5},        {0xffffffff, 40, 5}, {5, 0x40000000, 0},
	                             {5, 39, 0},        {5, 0, 0},           {2, 80, 1},
	                             {0x6666667, 40, 5}};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		begin();
		if (bad[i][2])
			tag_sections(bad[i][0], bad[i][1], bad[i][2]);
		else
			tag(MB2_TAG_ELF_SECTIONS, bad[i], 12);
		end();
		CHECK_EQ(parse(), 0);
		CHECK_EQ(bi.nr_ranges, 0);
		CHECK_EQ(bi.warnings, 1);
	}
	begin();
	tag_sections(150, 40, 150);
	end();
	CHECK_EQ(parse(), 0);
	CHECK_EQ(bi.nr_ranges, MAX_BOOT_RANGES);
}

TEST(the_new_rsdp_wins_whichever_comes_first)
{
	for (u32 first = 0; first < 2; first++) {
		char old[20] = "old", new[36] = "new";

		begin();
		if (first)
			tag(MB2_TAG_ACPI_NEW, new, 36);
		tag(MB2_TAG_ACPI_OLD, old, 20);
		if (!first)
			tag(MB2_TAG_ACPI_NEW, new, 36);
		end();
		CHECK_EQ(parse(), 0);
		CHECK_EQ(bi.rsdp_size, 36);
		CHECK(!memcmp(bi.rsdp, "new", 4));
	}
}

/* --- random ------------------------------------------------------------------------------- */

TEST(a_hundred_thousand_damaged_blocks_do_no_harm)
{
	u32 refused = 0;

	for (u32 i = 0; i < 100000 && !host_failed(); i++) {
		good_block();
		for (u32 n = 1 + test_below(4); n--;) {
			u32 at = test_below(f.size);

			f.bytes[at] = test_chance(3) ? (u8)(f.bytes[at] ^ 1u << test_below(8))
			                             : (u8)test_random();
		}
		refused += parse_size(test_chance(4) ? test_below(f.size) : f.size) != 0;
	}
	CHECK(refused > 10000 && refused < 90000);
}

TEST(random_words_as_tags_do_no_harm)
{
	for (u32 i = 0; i < 50000 && !host_failed(); i++) {
		begin();
		for (u32 n = test_below(12); n--;) {
			u8 junk[64];
			u32 len = test_below(64);

			for (u32 k = 0; k < len; k++)
				junk[k] = (u8)(test_chance(3) ? 0 : test_random());
			tag_sized(test_below(18), test_chance(8) ? test_random() : len + 8, junk,
			          len);
		}
		parse();
	}
}
