/* SPDX-License-Identifier: MIT */
/* vm_struct.h - what stands behind an area of kernel addresses: Linux's names. */
#pragma once
#include "asm/memtype.h"
#include "types.h"

struct page;

enum vm_flags {
	VM_IOREMAP = 0x01,       /* device registers */
	VM_ALLOC = 0x02,         /* vmalloc: the frames are the area's */
	VM_MAP = 0x04,           /* vmap: the frames are the caller's */
	VM_USERMAP = 0x08,       /* vmalloc_user: fit to be mapped into a process */
	VM_NO_GUARD = 0x40,      /* the area has no guard page */
	VM_PLAIN = 0x1000,       /* as vmalloc() makes them, small: may be cached when freed */
	VM_PLAIN_LARGE = 0x2000, /* the same with more pages than VMAP_CACHE_PAGES */
};

struct vm_struct {
	void *addr;
	unsigned long size;    /* bytes, guard page included */
	unsigned long flags;   /* of enum vm_flags */
	struct page **pages;   /* nr_large blocks of 2 MiB, then single pages; NULL: ioremap */
	unsigned int nr_pages; /* pages of 4 KiB, blocks counted in full */
	unsigned int nr_large; /* blocks of 2 MiB at the beginning */
	phys_addr_t phys_addr; /* ioremap: what is behind it, page aligned */
	enum cache_mode cache; /* ioremap: how it is cached */
	unsigned long caller;  /* who asked for it */
};

/* Bytes that may be used: without the guard page. */
unsigned long get_vm_area_size(const struct vm_struct *vm);

/* Entries of vm->pages. */
unsigned int vm_nr_blocks(const struct vm_struct *vm);
