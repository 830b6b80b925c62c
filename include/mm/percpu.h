/* SPDX-License-Identifier: MIT */
/* percpu.h - memory with one copy for each CPU, allocated at run time.
 *
 *	struct counter __percpu *c = alloc_percpu(struct counter);
 *	this_cpu_inc(c->hits);            one instruction, on this CPU's copy
 *	sum += per_cpu_ptr(c, cpu)->hits; another CPU's copy
 *	free_percpu(c);
 *
 * The pointer names all copies; used as it is, without a CPU, it faults (asm/percpu.h). All copies
 * lie at the same offset in their CPU's unit, each in memory of the CPU's own node.
 * Source: Bonwick and Adams for the idea of one array per CPU; Linux's names. */
#pragma once
#include "asm/percpu.h"
#include "types.h"

/* A pointer that per_cpu_ptr() and this_cpu_*() take. For the reader only. */
#define __percpu

/* The largest piece, and the alignment that every piece has. */
enum { PERCPU_MAX_SIZE = 32768, PERCPU_GRANULE = 16 };

/* Allocate size bytes for every possible CPU, zeroed.
 * size:    1..PERCPU_MAX_SIZE. align: a power of two up to a page.
 * gfp:     how to get pages when the units have to grow: GFP_KERNEL, GFP_ATOMIC and the like, with
 *          __GFP_NOWARN, __GFP_NORETRY, __GFP_RETRY_MAYFAIL; nothing about where.
 * Context: as gfp says; takes the per-CPU lock and page allocator locks.
 * Returns: the pointer, or NULL: out of memory or of room in the units (told unless __GFP_NOWARN),
 *          or the request is impossible (reported with the caller). */
void *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp);
void *__alloc_percpu(size_t size, size_t align);
#define alloc_percpu_gfp(type, gfp)                                                                \
	((__typeof__(type) __percpu *)__alloc_percpu_gfp(sizeof(type), __alignof__(type), gfp))
#define alloc_percpu(type)                                                                         \
	((__typeof__(type) __percpu *)__alloc_percpu(sizeof(type), __alignof__(type)))

/* Give it back; NULL is ignored. Anything that is not the start of a live allocation is reported
 * with the caller and, where there was one, the allocation's and the first free's site; nothing is
 * changed then. Context: any. */
void free_percpu(void __percpu *ptr);

/* --- areas ------------------------------------------------------------------------------- */

/* Make the allocator ready: the boot CPU has its area since the first line of kernel_main, others
 * get theirs when they are found. Context: boot, page allocator up. */
void percpu_init(void);

/* Give CPU cpu of node nid its unit: a copy of the static variables and of everything allocated so
 * far, zeroed. Context: no allocation of this kind under way; nr_cpu_ids covers the CPU or is about
 * to. Returns: 0 (also when it has one), -EINVAL: no such CPU, -ENOMEM: nothing was done. */
int setup_per_cpu_area(unsigned int cpu, int nid);

/* Take it away again: the CPU is gone. Not the boot CPU's. */
void free_per_cpu_area(unsigned int cpu);

/* Give pages of the units that hold nothing back. Returns: pages freed. Context: flushes every CPU
 * (asm/tlb.h). */
unsigned long percpu_shrink(void);

/* --- looking ----------------------------------------------------------------------------- */

struct percpu_stats {
	size_t static_bytes;         /* of each unit */
	size_t used_bytes;           /* allocated, of each unit, rounded to granules */
	unsigned long nr_allocs;     /* live allocations */
	unsigned long nr_populated;  /* pages of each unit with frames behind them */
	unsigned long nr_meta_pages; /* bookkeeping, for all units together */
	unsigned long nr_pages;      /* frames of all units, static parts included */
};
void percpu_get_stats(struct percpu_stats *stats);

/* Call fn for each live allocation, by offset, until it returns false. Context: the allocator is
 * locked: fn neither allocates nor frees per-CPU memory. Returns: false when fn did. */
struct percpu_alloc_info {
	unsigned long offset; /* of the copies in their units */
	size_t size;
	unsigned long site; /* who allocated it */
};
bool percpu_for_each(bool (*fn)(const struct percpu_alloc_info *info, void *arg), void *arg);

/* Check everything (I26): maps, counts, pages behind every unit. Returns: NULL or what is wrong. */
const char *percpu_check(void);
