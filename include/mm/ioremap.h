/* SPDX-License-Identifier: MIT */
/* ioremap.h - kernel addresses for device registers.
 *
 * The same registers may be mapped more than once, but always with one cache mode: two modes at
 * once are undefined behaviour of the CPU. RAM is refused, because it is mapped already.
 * Source: Intel SDM vol. 3, "Programming the PAT" (aliasing); Linux's calls. */
#pragma once
#include "mm/vm_struct.h"
#include "types.h"

/* Map size bytes from pa on, any alignment, uncached.
 * Returns: the address of byte pa; NULL: no memory or no hole, or (reported) RAM, beyond what the
 *          CPU addresses, wrapping, size 0, or mapped already with another cache mode.
 * Context: may sleep; not from an interrupt. */
void *ioremap(phys_addr_t pa, unsigned long size);

/* The same strictly uncached whatever the range registers say; with writes gathered; with writes
 * going through; cached: for firmware tables in memory that is not RAM. */
void *ioremap_uc(phys_addr_t pa, unsigned long size);
void *ioremap_wc(phys_addr_t pa, unsigned long size);
void *ioremap_wt(phys_addr_t pa, unsigned long size);
void *ioremap_cache(phys_addr_t pa, unsigned long size);

/* The same, blaming caller. */
void *__ioremap_caller(phys_addr_t pa, unsigned long size, enum cache_mode mode,
                       unsigned long caller);

/* Undo any of them; addr may be any address in the first page. NULL is ignored; misuse as vfree().
 * Context: not from an interrupt. */
void iounmap(const volatile void *addr);
