/* SPDX-License-Identifier: MIT */
/* pgtable.h - the kernel's page tables above the direct map: ranges mapped and unmapped, rights
 * changed, 2 MiB pages split and joined, tables created and given back.
 *
 * Tables are made when they are first needed and live in low memory. A table counts its entries in
 * use (page->private), so that one without any can be found and freed. Only trim frees tables, and
 * flushes before it does: while a CPU might still follow an entry to a table, the table exists.
 * Everything here works on [VMALLOC_START, VMALLOC_END) but for split, join and change, which also
 * take addresses of the direct map. Addresses and sizes: multiples of the page size.
 * Locks: kernel_pgtable_lock, below it only the page allocator's. */
#pragma once
#include "asm/pgtable.h"
#include "types.h"

struct page;

/* Map nr pages at va. Nothing may be mapped there.
 * gfp:     for tables, without zone bits.
 * Returns: 0, or, with nothing mapped but tables made on the way left for trim: -ENOMEM: no table;
 *          reported: -EEXIST: something is mapped there, -EINVAL: not whole pages of the window.
 * Context: as the flags say; interrupts on. */
int map_kernel_pages(unsigned long va, struct page *const *pages, unsigned long nr, pgprot_t prot,
                     gfp_t gfp);

/* Map size bytes of consecutive frames from pa on, with 2 MiB pages where va and pa allow it.
 * Returns and context: as map_kernel_pages(). */
int map_kernel_range(unsigned long va, phys_addr_t pa, unsigned long size, pgprot_t prot,
                     gfp_t gfp);

/* Clear every entry of [va, va + size), hidden ones too. A 2 MiB page must lie inside as a whole.
 * Not whole pages of the window: reported, nothing is changed.
 * Flushes nothing: that is the caller's, before the frames are used again. Context: task. */
void unmap_kernel_range(unsigned long va, unsigned long size);

/* Free the tables in [start, end) that no entry of is used. If there are any, everything is flushed
 * on every CPU first. Returns: how many. Context: interrupts on. */
unsigned long trim_kernel_tables(unsigned long start, unsigned long end);

/* Turn the 2 MiB page around va into 512 pages with the same rights, or back when all 512 are
 * there, in order, with equal rights. Flushed on every CPU.
 * Returns: 0; -EINVAL: nothing there to split or join; -ENOMEM. Context: interrupts on. */
int split_kernel_page(unsigned long va);
int join_kernel_pages(unsigned long va);

/* Give [va, va + size), all of it mapped, other rights or another cache mode; 2 MiB pages are split
 * where the range begins or ends inside. Flushed on every CPU.
 * Returns: 0; nothing is changed: -EFAULT: an address is not mapped; -ENOMEM; -EINVAL, reported:
 * the range wraps or is not whole pages. */
int change_kernel_prot(unsigned long va, unsigned long size, pgprot_t prot);

/* The frame behind an address. Returns: false when nothing is mapped there. Context: any. */
bool kernel_va_to_pfn(unsigned long va, unsigned long *pfn);

/* Page tables that exist beyond those of boot: PageTables of /proc/meminfo, in pages. */
unsigned long nr_kernel_page_tables(void);

/* Check the tables of [start, end): each counts its entries right, lies in low memory, is an
 * allocated page; their number is nr_kernel_page_tables() less split ones. *present: entries
 * present, 2 MiB pages as 512. Returns: NULL or what is wrong. */
const char *kernel_tables_check(unsigned long start, unsigned long end, unsigned long *present);
