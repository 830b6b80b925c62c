/* SPDX-License-Identifier: MIT */
/* percpu_area.h - the units of the per-CPU window, page by page: who has which frame where.
 * mm/percpu.c decides; this maps. */
#pragma once
#include "asm/memlayout.h"
#include "types.h"

enum { PERCPU_UNIT_PAGES = PERCPU_UNIT_SIZE / PAGE_SIZE };

/* Bytes at the start of each unit that the static variables take. */
size_t percpu_static_size(void);

/* What the address of the first static variable is: pointers are this plus an offset. */
static inline unsigned long percpu_base(void)
{
	return PERCPU_BASE;
}

/* The unit of a CPU, whether anything is mapped there or not. */
static inline char *percpu_unit(unsigned int cpu)
{
	return (char *)(PERCPU_UNITS + cpu * PERCPU_UNIT_SIZE);
}

/* Is there a page table behind the CPU's unit? If not, give it a zeroed low page. */
bool percpu_table_present(unsigned int cpu);
void percpu_table_install(unsigned int cpu, void *page);

/* Take the table out again when nothing is mapped by it any more.
 * Returns: the page that was given, or NULL: it stays. */
void *percpu_table_remove(unsigned int cpu);

/* Map page `index` of the CPU's unit, which is not mapped, to a frame. Context: any. */
void percpu_map_page(unsigned int cpu, unsigned int index, unsigned long pfn);

/* Unmap it. Returns: the frame, which any CPU may still reach until it is flushed. */
unsigned long percpu_unmap_page(unsigned int cpu, unsigned int index);

/* The frame behind a page of the unit; 0 when there is none. */
unsigned long percpu_page_pfn(unsigned int cpu, unsigned int index);

/* Copy the template into a new CPU's unit, whose static pages are mapped, and open it: from now on
 * per_cpu() reaches it. percpu_close() is the way back. */
void percpu_open(unsigned int cpu);
void percpu_close(unsigned int cpu);
