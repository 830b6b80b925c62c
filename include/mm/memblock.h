/* SPDX-License-Identifier: MIT */
/* memblock.h - the boot memory allocator: who has which bytes before there are pages.
 *
 * Two lists of byte ranges: `memory` (what is RAM, with its node) and `reserved` (what is taken).
 * Free is memory minus reserved. Allocation is first fit: the lowest free range from a goal
 * upwards, any power-of-two alignment, sizes down to a byte. It hands over to the page allocator
 * once (mm/mem_init.c) and is then retired: using it afterwards is a named panic.
 * Source: Gorman ch. 5; Linux's names. Differs: goes upwards like the older bootmem, so that the
 * goal (16 MiB) keeps ZONE_DMA free.
 * Context of everything here: boot, one CPU, no locks. */
#pragma once
#include "kernel.h"
#include "boot/srat.h"
#include "types.h"

enum { INIT_MEMBLOCK_REGIONS = 128 };

/* Bytes [base, base + size) on node nid. */
struct memblock_region {
	phys_addr_t base, size;
	int nid;
};

/* Sorted, disjoint, non-empty; neighbours that touch differ in node. */
struct memblock_type {
	const char *name;
	unsigned long cnt, max; /* regions used, room for */
	phys_addr_t total_size; /* sum of the regions */
	unsigned long dropped;  /* ranges lost because the array could not grow */
	struct memblock_region *regions;
};

struct memblock {
	phys_addr_t current_limit; /* allocations end below: what is mapped already */
	bool retired;
	struct memblock_type memory, reserved;
};

extern struct memblock memblock;

/* Empty both lists and return to the static arrays. For boot and for tests. */
void memblock_reset(void);

/* [base, base + size) is RAM (of node nid; not known yet). Overlap with what is known: counted
 * once, the first node stays. Returns: 0, or -ENOMEM when the array is full and cannot grow (what
 * did not fit of the range is lost). */
int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid);
int memblock_add(phys_addr_t base, phys_addr_t size);

/* [base, base + size) is no RAM after all.
 * Returns: 0, or -ENOMEM: no room to make one region two, so its smaller part is lost too. */
int memblock_remove(phys_addr_t base, phys_addr_t size);

/* Take [base, base + size). Taking it twice, or parts of it, changes nothing. */
int memblock_reserve(phys_addr_t base, phys_addr_t size);

/* Grow until n more ranges can be reserved without growing, which takes memory of its own.
 * Returns: 0 or -ENOMEM. */
int memblock_make_room(unsigned long n);

/* Give back [base, base + size). Bytes in it that are not reserved: reported, nothing changes.
 * Returns: 0 or -EINVAL. */
int memblock_phys_free(phys_addr_t base, phys_addr_t size);

/* Set the node of the RAM in [base, base + size). Returns: 0, or -ENOMEM: nothing has changed. */
int memblock_set_node(phys_addr_t base, phys_addr_t size, int nid);

/* Lowest free range of size bytes in [start, end), reserved for the caller.
 * align:   a power of two. size > 0. Anything else, or after hand-over: panic naming the caller.
 * nid:     only memory of this node, or NUMA_NO_NODE.
 * Returns: its address, or 0: no such range (address 0 itself is never given out). */
phys_addr_t memblock_phys_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start,
                                          phys_addr_t end, int nid);

/* Zeroed, mapped low memory: from 16 MiB up, else from anywhere below current_limit.
 * Returns: its address in the direct map, or NULL. */
void *memblock_alloc_try(size_t size, size_t align);

/* As memblock_alloc_try, but panics naming the caller: for what the kernel cannot do without. */
void *memblock_alloc(size_t size, size_t align);

/* Bytes of RAM, bytes taken, end of the last RAM. */
phys_addr_t memblock_phys_mem_size(void);
phys_addr_t memblock_reserved_size(void);
phys_addr_t memblock_end_of_DRAM(void);

bool memblock_is_memory(phys_addr_t pa);
bool memblock_is_reserved(phys_addr_t pa);

/* Is all of [base, base + size) RAM, of any nodes, and nothing of it taken? */
bool memblock_is_free(phys_addr_t base, phys_addr_t size);

/* End: no more calls. Returns nothing; the arrays it grew into stay reserved until
 * memblock_arrays() has told the caller which pages to free. */
void memblock_retire(void);

/* The k-th array that growth took from memory itself. Returns: false when there is no k-th. */
bool memblock_grown_array(unsigned int k, phys_addr_t *base, phys_addr_t *size);

/* Next range that is memory and not reserved (or with nid >= 0: of that node), from *pos on.
 * *pos starts at 0. Returns: false at the end. */
struct free_range {
	phys_addr_t start, end;
	int nid;
};
bool memblock_next_free(phys_addr_t *pos, int nid, struct free_range *out);

/* Ranges with the same node between two addresses, as pfn: the whole pages inside. */
#define for_each_memory_region(r)                                                                  \
	for (r = memblock.memory.regions; r < memblock.memory.regions + memblock.memory.cnt; r++)

/* The operations on one list, for the calls above and for tests. */
int memblock_add_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size, int nid);
int memblock_remove_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size);
bool memblock_contains(const struct memblock_type *type, phys_addr_t base, phys_addr_t size);

/* Check one list: sorted, disjoint, not empty, joined, total right. Returns: NULL or what is wrong.
 */
const char *memblock_check(const struct memblock_type *type);
