/* SPDX-License-Identifier: MIT */
/* pgwalk.h - reading the live page tables: one address, or all of the kernel's half. */
#pragma once
#include "asm/address_class.h"
#include "asm/pgtable.h"
#include "types.h"

/* What the walk of one address found, level by level. */
struct pgwalk {
	pgd_t pgd;
	pmd_t pmd;
	pte_t pte;           /* for a 2 MiB page: the equivalent 4 KiB entry */
	unsigned int levels; /* entries read: 1 pgd, 2 pmd, 3 pte */
	bool present, large;
	phys_addr_t pa; /* of the byte, when present */
};

/* Walk va in the page tables that CR3 points to now. Every table pointer is checked against the
 * direct map before it is followed, so corrupt tables cannot make the walk itself fault.
 * Context: any. Source: Intel SDM vol. 3, "PAE Paging". */
struct pgwalk pgwalk(unsigned long va);

/* Print the walk, one line a level, with the rights decoded. */
void pgwalk_print(unsigned long va, void (*print)(const char *fmt, ...));

/* A run of kernel addresses in one area with the same rights and page size. */
struct map_range {
	unsigned long start, end; /* end may be 0: the top of the address space */
	u64 flags;                /* of _PAGE_*: RW, USER, NX, GLOBAL, PSE */
	enum cache_mode cache;
	const char *area; /* address_class() of every address in it */
};

/* Call fn for each run of present kernel mappings in address order.
 * Stops early when fn returns false. */
void for_each_kernel_mapping(bool (*fn)(const struct map_range *range, void *arg), void *arg);

/* Pages of the kernel's half that are writable and executable at once: 0 is right (on a CPU with
 * NX). Prints each run that is both when print is not NULL. */
unsigned long count_wx_pages(void (*print)(const char *fmt, ...));
