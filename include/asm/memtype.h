/* SPDX-License-Identifier: MIT */
/* memtype.h - how the CPU may cache a mapping.
 *
 * Three bits of an entry (PAT, PCD, PWT) choose one of eight slots of the page attribute table. The
 * kernel fills the table with Linux's layout, so that slots 0, 2 and 3 mean what they meant before
 * there was a table:
 *   0 WB  1 WC  2 UC-  3 UC  4 WB  5 WP  6 UC-  7 WT
 * A CPU without the table gets the nearest stricter type for WC; WT is its slot 1.
 * Source: Intel SDM vol. 3, "Page Attribute Table (PAT)", "Memory Type Range Registers". */
#pragma once
#include "asm/pgtable_types.h"

enum cache_mode {
	CACHE_WB,       /* ordinary memory */
	CACHE_WC,       /* writes gather in a buffer: frame buffers */
	CACHE_UC_MINUS, /* uncached, but a range register may say WC */
	CACHE_UC,       /* uncached, every access in order: device registers */
	CACHE_WT,       /* reads cached, writes go through */
	CACHE_WP,       /* reads cached, writes uncached */
	NR_CACHE_MODES,
};

/* Fill the page attribute table of this CPU. Context: boot, each CPU, before any mapping uses a
 * slot other than 0, 2 and 3. */
void pat_init(void);

/* prot with its cache bits as mode asks, for a 4 KiB entry. */
pgprot_t pgprot_cached(pgprot_t prot, enum cache_mode mode);

/* The mode that the bits of an entry ask for. large: a 2 MiB entry, whose PAT bit is elsewhere. */
enum cache_mode cache_mode_of(u64 entry, bool large);

/* "uncached", "write-combining", ...; as a word for fields: "uncached-minus". */
const char *cache_mode_name(enum cache_mode mode);

/* Bits of a 4 KiB entry's rights and type moved to where a 2 MiB entry has them, and back. */
static inline u64 prot_to_large(u64 flags)
{
	u64 pat = flags & _PAGE_PAT;

	return (flags & ~_PAGE_PAT) | pat << (PAGE_PAT_LARGE_BIT - PAGE_PAT_BIT) | _PAGE_PSE;
}

static inline u64 prot_from_large(u64 flags)
{
	u64 pat = flags & _PAGE_PAT_LARGE;

	return (flags & ~(_PAGE_PSE | _PAGE_PAT_LARGE)) |
	       pat >> (PAGE_PAT_LARGE_BIT - PAGE_PAT_BIT);
}
