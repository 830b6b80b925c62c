/* SPDX-License-Identifier: MIT */
/* multiboot.h - what the two multiboot specifications lay out in memory.
 * Source: Multiboot2 Specification 2.0, "Boot information format"; Multiboot 0.6.96, 3.3. */
#pragma once
#include "types.h"

#define MULTIBOOT2_LOADER_MAGIC 0x36d76289u
#define MULTIBOOT1_LOADER_MAGIC 0x2badb002u

/* multiboot2: {total_size, reserved} and then tags, each on an 8-byte boundary. */
struct mb2_tag {
	u32 type;
	u32 size; /* of the tag with this header, without padding */
};

enum mb2_tag_type {
	MB2_TAG_END = 0,
	MB2_TAG_CMDLINE = 1,
	MB2_TAG_LOADER_NAME = 2,
	MB2_TAG_MODULE = 3,
	MB2_TAG_BASIC_MEMINFO = 4,
	MB2_TAG_MMAP = 6,
	MB2_TAG_ELF_SECTIONS = 9,
	MB2_TAG_ACPI_OLD = 14,
	MB2_TAG_ACPI_NEW = 15,
};

struct mb2_mmap_entry {
	u64 addr, len;
	u32 type, zero;
};

struct elf32_shdr {
	u32 name, type, flags, addr, offset, size, link, info, addralign, entsize;
};

/* multiboot1: one fixed structure. */
struct mb1_info {
	u32 flags;
	u32 mem_lower, mem_upper; /* KiB; flags bit 0 */
	u32 boot_device;
	u32 cmdline;               /* physical; bit 2 */
	u32 mods_count, mods_addr; /* bit 3 */
	u32 syms[4];
	u32 mmap_length, mmap_addr; /* bit 6 */
};

struct mb1_module {
	u32 start, end, cmdline, pad;
};

/* The size field counts the bytes behind itself. */
struct mb1_mmap_entry {
	u32 size;
	u64 addr, len;
	u32 type;
} __attribute__((packed));
