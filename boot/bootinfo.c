/* SPDX-License-Identifier: MIT */
/* bootinfo.c - takes over what the loader left, or says why it cannot.
 * Owns: the one struct bootinfo and the map as given. */
#include "boot/bootinfo.h"
#include "asm/fixmap.h"
#include "boot/multiboot.h"
#include "bug.h"
#include "kernel.h"
#include "lib/string.h"
#include "printk.h"

static struct bootinfo bootinfo __initdata;
static struct e820_table e820_given __initdata;

static void __init read_multiboot2(u32 pa, struct boot_error *err)
{
	u32 *head, size;
	int ret;

	if (!pa || pa % 8)
		panic("multiboot2: info block at 0x%x: not an 8-byte aligned address", pa);
	head = early_memremap(pa, 8);
	size = *head;
	early_memunmap(head);
	if (size < 16 || size > MAX_INFO_SIZE)
		panic("multiboot2: info block at 0x%x: total_size %u is not in 16..%u", pa, size,
		      MAX_INFO_SIZE);
	bootinfo.info = (struct boot_range){pa, (u64)pa + size};
	head = early_memremap(pa, size);
	if (!head)
		panic("multiboot2: info block at 0x%x, %u bytes, cannot be mapped", pa, size);
	ret = multiboot2_parse(head, size, &bootinfo, err);
	early_memunmap(head);
	if (ret)
		panic("%s", err->text);
}

static void __init read_multiboot1(u32 pa, struct boot_error *err)
{
	struct mb1_info *mb = early_memremap(pa, sizeof(*mb));

	if (!pa || !mb)
		panic("multiboot1: info block at 0x%x cannot be mapped", pa);
	bootinfo.info = (struct boot_range){pa, (u64)pa + sizeof(*mb)};
	if (multiboot1_parse(mb, &bootinfo, err))
		panic("%s", err->text);
	early_memunmap(mb);
}

/* Without a map, believe the two sizes: [0, lower) and [1 MiB, 1 MiB + upper). */
static void __init map_from_meminfo(void)
{
	if (!bootinfo.have_meminfo)
		panic("the boot loader gives neither a memory map nor a memory size");
	pr_warn("no memory map, trusting the memory size: %u + %u KiB\n", bootinfo.mem_lower,
	        bootinfo.mem_upper);
	e820_add(&e820_given, 0, (u64)bootinfo.mem_lower << 10, E820_TYPE_RAM);
	e820_add(&e820_given, 0x100000, (u64)bootinfo.mem_upper << 10, E820_TYPE_RAM);
}

const struct bootinfo *__init bootinfo_init(u32 magic, u32 info_pa)
{
	struct boot_error err;

	bootinfo.e820 = &e820_given;
	if (magic == MULTIBOOT2_LOADER_MAGIC) {
		bootinfo.protocol = "multiboot2";
		read_multiboot2(info_pa, &err);
	} else {
		bootinfo.protocol = "multiboot1";
		read_multiboot1(info_pa, &err);
	}
	if (!bootinfo.have_mmap)
		map_from_meminfo();
	return &bootinfo;
}
