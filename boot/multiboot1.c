/* SPDX-License-Identifier: MIT */
/* multiboot1.c - reads the older block, which `qemu -kernel` and emulators give. Owns: nothing.
 * Source: Multiboot Specification 0.6.96, 3.3. The block points elsewhere; each piece is mapped by
 * itself, and a piece that cannot be mapped is an error. */
#include "asm/fixmap.h"
#include "boot/bootinfo.h"
#include "boot/multiboot.h"
#include "errno.h"
#include "kernel.h"
#include "lib/string.h"
#include "lib/vsprintf.h"
#include "printk.h"

enum { MB1_MEMORY = 1 << 0, MB1_CMDLINE = 1 << 2, MB1_MODS = 1 << 3, MB1_MMAP = 1 << 6 };

static int fail(struct boot_error *err, const char *what, u32 value)
{
	scnprintf(err->text, sizeof(err->text), "multiboot1: %s (0x%x)", what, value);
	return -EINVAL;
}

/* Copy a string from anywhere below 4 GiB. Returns: false when cut or unreadable. */
static bool copy_phys_string(char *dst, size_t size, u32 pa)
{
	const char *src = early_memremap(pa, size);
	bool whole;

	if (!src)
		return false;
	whole = strscpy(dst, src, size) >= 0;
	early_memunmap((void *)src);
	return whole;
}

/* The first word is the kernel's own file name. */
static void drop_first_word(char *s)
{
	char *blank = strchr(s, ' ');

	memmove(s, blank ? blank + 1 : s + strlen(s), blank ? strlen(blank + 1) + 1 : 1);
}

static int parse_modules(const struct mb1_info *mb, struct bootinfo *bi, struct boot_error *err)
{
	u32 n = min(mb->mods_count, (u32)MAX_BOOT_MODULES);
	const struct mb1_module *mods;

	if (!n)
		return 0;
	if (n < mb->mods_count)
		pr_warn("multiboot1: %u modules, only %u kept\n", mb->mods_count, n);
	mods = early_memremap(mb->mods_addr, n * sizeof(*mods));
	if (!mods)
		return fail(err, "module list cannot be mapped", mb->mods_addr);
	for (u32 i = 0; i < n; i++) {
		struct boot_module *m = &bi->modules[bi->nr_modules++];

		m->range = (struct boot_range){mods[i].start, mods[i].end};
		if (m->range.start > m->range.end) {
			early_memunmap((void *)mods);
			return fail(err, "module ends before it starts", m->range.start);
		}
		if (mods[i].cmdline)
			copy_phys_string(m->cmdline, sizeof(m->cmdline), mods[i].cmdline);
	}
	early_memunmap((void *)mods);
	return 0;
}

/* Entries carry their own size, which does not count the size field. */
static int parse_mmap(const u8 *map, u32 length, struct bootinfo *bi, struct boot_error *err)
{
	u32 at = 0;

	while (length - at >= sizeof(struct mb1_mmap_entry)) {
		struct mb1_mmap_entry e;

		memcpy(&e, map + at, sizeof(e));
		if (e.size < sizeof(e) - 4 || e.size > length - at - 4)
			return fail(err, "memory map entry has an impossible size", e.size);
		e820_add(bi->e820, e.addr, e.len, e.type);
		at += e.size + 4;
	}
	return 0;
}

static int map_and_parse_mmap(const struct mb1_info *mb, struct bootinfo *bi,
                              struct boot_error *err)
{
	const u8 *map = early_memremap(mb->mmap_addr, mb->mmap_length);
	int ret;

	if (!map)
		return fail(err, "memory map cannot be mapped", mb->mmap_addr);
	bi->have_mmap = true;
	ret = parse_mmap(map, mb->mmap_length, bi, err);
	early_memunmap((void *)map);
	return ret;
}

int multiboot1_parse(const struct mb1_info *mb, struct bootinfo *bi, struct boot_error *err)
{
	int ret = 0;

	if (mb->flags & MB1_MEMORY) {
		bi->have_meminfo = true;
		bi->mem_lower = mb->mem_lower;
		bi->mem_upper = mb->mem_upper;
	}
	if (mb->flags & MB1_CMDLINE) {
		if (!copy_phys_string(bi->cmdline, sizeof(bi->cmdline), mb->cmdline))
			pr_warn("multiboot1: command line cut\n");
		drop_first_word(bi->cmdline);
	}
	if (mb->flags & MB1_MODS)
		ret = parse_modules(mb, bi, err);
	if (!ret && mb->flags & MB1_MMAP)
		ret = map_and_parse_mmap(mb, bi, err);
	return ret;
}
