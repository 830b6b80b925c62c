/* SPDX-License-Identifier: MIT */
/* memmap.h - is a pointer a struct page? A bit for every piece of the arena that could hold the
 * entries of one block of the largest order: 64 bytes each here. */
#pragma once
#include "asm/memlayout.h"
#include "types.h"

#ifndef CONFIG_MAX_ORDER
#define CONFIG_MAX_ORDER 11
#endif

enum {
	HOST_PAGE_STRUCT_SHIFT = 6,
	MEMMAP_PIECE_SHIFT = HOST_PAGE_STRUCT_SHIFT + CONFIG_MAX_ORDER - 1,
	NR_MEMMAP_PIECES = MAXMEM >> MEMMAP_PIECE_SHIFT,
};

extern unsigned long memmap_pieces[NR_MEMMAP_PIECES / 64];

static inline bool memmap_holds(const void *page)
{
	unsigned long offset = (unsigned long)page - PAGE_OFFSET;
	unsigned long piece = offset >> MEMMAP_PIECE_SHIFT;

	return offset < MAXMEM && memmap_pieces[piece / 64] >> (piece % 64) & 1;
}

static inline void memmap_mark(const void *page)
{
	unsigned long piece = ((unsigned long)page - PAGE_OFFSET) >> MEMMAP_PIECE_SHIFT;

	memmap_pieces[piece / 64] |= 1ul << (piece % 64);
}

/* Write n copies of *entry, one struct page each, from dst up. */
void memmap_fill(void *dst, const void *entry, unsigned long n);
