/* SPDX-License-Identifier: MIT */
/* percpu_area.h - the units of the per-CPU window: real memory here (percpu_area.c), of which a
 * page may be touched while it is mapped. The first bytes of each are image.c's static variables.
 */
#pragma once
#include "asm/memlayout.h"
#include "asm/percpu.h"
#include "types.h"

#define PERCPU_UNIT_SIZE 0x100000ul

enum { PERCPU_UNIT_PAGES = PERCPU_UNIT_SIZE / PAGE_SIZE };

extern char __start_percpu_data[], __stop_percpu_data[];

size_t percpu_static_size(void);

static inline unsigned long percpu_base(void)
{
	return (unsigned long)__start_percpu_data;
}

char *percpu_unit(unsigned int cpu);
bool percpu_table_present(unsigned int cpu);
void percpu_table_install(unsigned int cpu, void *page);
void *percpu_table_remove(unsigned int cpu);
void percpu_map_page(unsigned int cpu, unsigned int index, unsigned long pfn);
unsigned long percpu_unmap_page(unsigned int cpu, unsigned int index);
unsigned long percpu_page_pfn(unsigned int cpu, unsigned int index);
void percpu_open(unsigned int cpu);
void percpu_close(unsigned int cpu);
