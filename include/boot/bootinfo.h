/* SPDX-License-Identifier: MIT */
/* bootinfo.h - what the boot loader told, copied out of its hands into one structure.
 * Both multiboot versions end here; nothing later knows which loader it was. */
#pragma once
#include "boot/e820.h"
#include "types.h"

enum {
	COMMAND_LINE_SIZE = 2048,
	MAX_BOOT_MODULES = 16,
	MAX_BOOT_RANGES = 64,
	RSDP_SIZE = 36,
	/* The info block is read through one early window. */
	MAX_INFO_SIZE = 448 * 1024,
};

/* Physical bytes [start, end). */
struct boot_range {
	u64 start, end;
};

struct boot_module {
	struct boot_range range;
	char cmdline[64];
};

struct bootinfo {
	const char *protocol; /* "multiboot2" or "multiboot1" */
	char loader[64];
	char cmdline[COMMAND_LINE_SIZE];
	struct boot_range info; /* the loader's own block */
	u32 nr_modules;
	struct boot_module modules[MAX_BOOT_MODULES];
	u32 nr_ranges; /* where the loader put the ELF symbol tables */
	struct boot_range ranges[MAX_BOOT_RANGES];
	u8 rsdp[RSDP_SIZE];
	u32 rsdp_size; /* 0: none given */
	bool have_mmap, have_meminfo;
	u32 mem_lower, mem_upper; /* KiB */
	struct e820_table *e820;  /* as given */
	u32 warnings;
};

/* Why a block cannot be used: the text for the panic. */
struct boot_error {
	char text[160];
};

/* Read a multiboot2 block of size bytes (the whole block, already mapped).
 * Every length is checked before what it covers is read.
 * Returns: 0, or -EINVAL with *err filled. Odd but harmless things are warned about. */
int multiboot2_parse(const void *block, u32 size, struct bootinfo *bi, struct boot_error *err);

/* Read the fixed part of a multiboot1 block; what it points to is read through map().
 * Returns: as multiboot2_parse. */
struct mb1_info;
int multiboot1_parse(const struct mb1_info *mb, struct bootinfo *bi, struct boot_error *err);

/* Take over from the loader: map, check and read its block, or panic with the reason.
 * Context: boot, once, before anything is allocated. */
const struct bootinfo *bootinfo_init(u32 magic, u32 info_pa);
