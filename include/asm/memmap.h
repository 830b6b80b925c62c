/* SPDX-License-Identifier: MIT */
/* memmap.h - is a pointer a struct page? A bit for every piece of the address space that could hold
 * the entries of one 4 MiB block of memory: 1024 entries of 32 bytes, 32 KiB aligned. One shift,
 * one bit test. */
#pragma once
#include "compiler.h"
#include "types.h"

enum { MEMMAP_PIECE_SHIFT = 15, NR_MEMMAP_PIECES = 1 << (32 - MEMMAP_PIECE_SHIFT) };

extern unsigned long memmap_pieces[NR_MEMMAP_PIECES / 32];

static __always_inline bool memmap_holds(const void *page)
{
	bool set;

	__asm__("btl %2, %1"
	        : "=@ccc"(set)
	        : "m"(memmap_pieces), "r"((unsigned long)page >> MEMMAP_PIECE_SHIFT));
	return set;
}

/* The piece at page exists. Context: boot. */
static inline void memmap_mark(const void *page)
{
	unsigned long piece = (unsigned long)page >> MEMMAP_PIECE_SHIFT;

	memmap_pieces[piece / 32] |= 1ul << (piece % 32);
}

/* Write n copies of *entry, 32 bytes each, from dst up: by 16-byte stores where the CPU has them,
 * two instructions a page. Context: any. */
void memmap_fill(void *dst, const void *entry, unsigned long n);
