/* SPDX-License-Identifier: MIT */
/* multiboot2.c - reads the tag list that GRUB leaves. Owns: nothing.
 * Source: Multiboot2 Specification 2.0, "Boot information format".
 * Trust: none. A tag's size is checked against the block before the tag is read; a list without an
 * end tag stops at the block's end. Fields are copied out bytewise: nothing says they are aligned.
 */
#include "boot/bootinfo.h"
#include "boot/multiboot.h"
#include "errno.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/unaligned.h"
#include "lib/vsprintf.h"
#include "printk.h"

enum { MB2_HEADER = 8, MB2_ALIGN = 8, SHF_ALLOC = 2 };

/* One tag: its header and what follows it. */
struct tag {
	u32 type, size, offset;
	const u8 *data; /* behind the header */
	u32 len;        /* bytes of data */
};

static int fail(struct boot_error *err, const char *what, const struct tag *t)
{
	scnprintf(err->text, sizeof(err->text), "multiboot2: %s (tag type %u, size %u, offset %u)",
	          what, t->type, t->size, t->offset);
	return -EINVAL;
}

static void warn(struct bootinfo *bi, const char *what, const struct tag *t)
{
	bi->warnings++;
	pr_warn("multiboot2: %s (tag type %u, size %u, offset %u)\n", what, t->type, t->size,
	        t->offset);
}

/* Copy a string that should end inside the tag. Returns: false when it was cut or unterminated. */
static bool copy_string(char *dst, size_t size, const u8 *src, u32 len)
{
	size_t n = strnlen((const char *)src, len);
	size_t copied = min(n, size - 1);

	memcpy(dst, src, copied);
	dst[copied] = '\0';
	return copied == n && n < len;
}

static int parse_cmdline(const struct tag *t, struct bootinfo *bi)
{
	if (!copy_string(bi->cmdline, sizeof(bi->cmdline), t->data, t->len))
		warn(bi, "command line cut or unterminated", t);
	return 0;
}

static int parse_module(const struct tag *t, struct bootinfo *bi, struct boot_error *err)
{
	struct boot_module *m = &bi->modules[bi->nr_modules];

	if (t->len < 8)
		return fail(err, "module tag too short", t);
	if (bi->nr_modules == MAX_BOOT_MODULES) {
		warn(bi, "too many modules, ignored", t);
		return 0;
	}
	m->range =
		(struct boot_range){get_unaligned_le32(t->data), get_unaligned_le32(t->data + 4)};
	if (m->range.start > m->range.end)
		return fail(err, "module ends before it starts", t);
	copy_string(m->cmdline, sizeof(m->cmdline), t->data + 8, t->len - 8);
	bi->nr_modules++;
	return 0;
}

static int parse_meminfo(const struct tag *t, struct bootinfo *bi, struct boot_error *err)
{
	if (t->len < 8)
		return fail(err, "memory size tag too short", t);
	bi->have_meminfo = true;
	bi->mem_lower = get_unaligned_le32(t->data);
	bi->mem_upper = get_unaligned_le32(t->data + 4);
	return 0;
}

static int parse_mmap(const struct tag *t, struct bootinfo *bi, struct boot_error *err)
{
	u32 stride, at;

	if (t->len < 8)
		return fail(err, "memory map tag too short", t);
	stride = get_unaligned_le32(t->data);
	if (stride < sizeof(struct mb2_mmap_entry) || stride % 8)
		return fail(err, "memory map entry size is not a multiple of 8 from 24 up", t);
	bi->have_mmap = true;
	for (at = 8; at <= t->len && t->len - at >= stride; at += stride)
		e820_add(bi->e820, get_unaligned_le64(t->data + at),
		         get_unaligned_le64(t->data + at + 8),
		         get_unaligned_le32(t->data + at + 16));
	if (at != t->len)
		warn(bi, "last memory map entry is cut, ignored", t);
	return 0;
}

/* Sections without SHF_ALLOC are in memory only because the loader put them there: symbols. */
static int parse_elf_sections(const struct tag *t, struct bootinfo *bi)
{
	u32 num, entsize;

	if (t->len < 12) {
		warn(bi, "ELF sections tag too short, ignored", t);
		return 0;
	}
	num = get_unaligned_le32(t->data);
	entsize = get_unaligned_le32(t->data + 4);
	if (entsize < sizeof(struct elf32_shdr) || (t->len - 12) / entsize < num) {
		warn(bi, "ELF sections tag is inconsistent, ignored", t);
		return 0;
	}
	for (u32 i = 0; i < num && bi->nr_ranges < MAX_BOOT_RANGES; i++) {
		struct elf32_shdr s;

		memcpy(&s, t->data + 12 + i * entsize, sizeof(s));
		if (s.addr && s.size && !(s.flags & SHF_ALLOC))
			bi->ranges[bi->nr_ranges++] =
				(struct boot_range){s.addr, (u64)s.addr + s.size};
	}
	return 0;
}

/* The new tag (ACPI 2.0 and later) wins over the old one. */
static int parse_rsdp(const struct tag *t, struct bootinfo *bi)
{
	u32 want = t->type == MB2_TAG_ACPI_NEW ? RSDP_SIZE : 20;

	if (t->len < want) {
		warn(bi, "RSDP tag too short, ignored", t);
		return 0;
	}
	if (bi->rsdp_size < want) {
		memcpy(bi->rsdp, t->data, want);
		bi->rsdp_size = want;
	}
	return 0;
}

static int parse_tag(const struct tag *t, struct bootinfo *bi, struct boot_error *err)
{
	switch (t->type) {
	case MB2_TAG_CMDLINE:
		return parse_cmdline(t, bi);
	case MB2_TAG_LOADER_NAME:
		copy_string(bi->loader, sizeof(bi->loader), t->data, t->len);
		return 0;
	case MB2_TAG_MODULE:
		return parse_module(t, bi, err);
	case MB2_TAG_BASIC_MEMINFO:
		return parse_meminfo(t, bi, err);
	case MB2_TAG_MMAP:
		return parse_mmap(t, bi, err);
	case MB2_TAG_ELF_SECTIONS:
		return parse_elf_sections(t, bi);
	case MB2_TAG_ACPI_OLD:
	case MB2_TAG_ACPI_NEW:
		return parse_rsdp(t, bi);
	}
	return 0; /* others are not needed */
}

int multiboot2_parse(const void *block, u32 size, struct bootinfo *bi, struct boot_error *err)
{
	const u8 *base = block;
	u32 at = MB2_HEADER;
	int ret = 0;

	while (!ret && at <= size && size - at >= MB2_HEADER) {
		struct tag t = {.type = get_unaligned_le32(base + at),
		                .size = get_unaligned_le32(base + at + 4),
		                .offset = at};

		if (t.size < MB2_HEADER)
			return fail(err, "tag smaller than its own header", &t);
		if (t.size > size - at)
			return fail(err, "tag runs past the end of the block", &t);
		if (t.type == MB2_TAG_END)
			return 0;
		t.data = base + at + MB2_HEADER;
		t.len = t.size - MB2_HEADER;
		ret = parse_tag(&t, bi, err);
		at += ALIGN(t.size, (u32)MB2_ALIGN);
	}
	if (!ret) {
		struct tag end = {0};

		end.offset = min(at, size);
		warn(bi, "no end tag, stopped at the end of the block", &end);
	}
	return ret;
}
