/* SPDX-License-Identifier: MIT */
/* numa.c - which node each piece of RAM belongs to. Owns: the node count, the distances.
 * Source: Gorman ch. 2.1; numa=fake as in Linux. */
#include "mm/numa.h"
#include "asm/page.h"
#include "kernel.h"
#include "mm/memblock.h"
#include "mm/mmzone.h"
#include "mm/topology.h"
#include "printk.h"

unsigned int nr_node_ids = 1;
DEFINE_PER_CPU(int, numa_node);
static u8 distance[MAX_NUMNODES][MAX_NUMNODES];

unsigned int nr_cpus_on_node(int nid)
{
	unsigned int n = 0;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		n += per_cpu(numa_node, cpu) == nid;
	return max(n, 1u);
}

int node_distance(int a, int b)
{
	return distance[a][b];
}

static void copy_distances(const struct numa_info *info)
{
	for (int a = 0; a < MAX_NUMNODES; a++)
		for (int b = 0; b < MAX_NUMNODES; b++)
			distance[a][b] = info     ? info->distance[a][b]
			                 : a == b ? LOCAL_DISTANCE
			                          : REMOTE_DISTANCE;
}

static void assign_blocks(const struct numa_info *info)
{
	for (unsigned int i = 0; i < info->nr_blocks; i++) {
		const struct node_block *b = &info->blocks[i];
		u64 start = PAGE_ALIGN(b->start), end = PAGE_ALIGN_DOWN(b->end);

		if (start < end)
			memblock_set_node(start, end - start, b->nid);
	}
}

/* Everything without a node by now goes to node 0. */
static void assign_rest(bool expected)
{
	struct memblock_region *r;

	for_each_memory_region (r) {
		if (r->nid != NUMA_NO_NODE)
			continue;
		if (!expected)
			pr_warn("NUMA: [mem 0x%llx-0x%llx] belongs to no node, goes to node 0\n",
			        r->base, r->base + r->size - 1);
		memblock_set_node(r->base, r->size, 0);
		r = memblock.memory.regions; /* neighbours may have joined: start over */
	}
}

/* The address below which `bytes` of RAM lie, on a 4 MiB boundary. */
static phys_addr_t address_of_amount(phys_addr_t bytes)
{
	struct memblock_region *r;

	for_each_memory_region (r) {
		if (r->size >= bytes)
			return ALIGN(r->base + bytes, (phys_addr_t)SZ_4M);
		bytes -= r->size;
	}
	return PHYS_ADDR_MAX;
}

static void assign_fake(unsigned int nodes)
{
	phys_addr_t total = memblock_phys_mem_size(), start = 0;

	for (unsigned int nid = 0; nid < nodes; nid++) {
		phys_addr_t end = nid + 1 == nodes
		                          ? PHYS_ADDR_MAX
		                          : address_of_amount(div64_u64(total * (nid + 1), nodes));

		if (end > start)
			memblock_set_node(start, end - start, (int)nid);
		start = end;
	}
	nr_node_ids = nodes;
}

static void print_nodes(void)
{
	struct memblock_region *r;

	for_each_memory_region (r)
		pr_info("NUMA: node %d: [mem 0x%09llx-0x%09llx]\n", r->nid, r->base,
		        r->base + r->size - 1);
}

void numa_init(const struct numa_info *info, unsigned int fake)
{
	bool single = !info || !info->nr_blocks;

	nr_node_ids = 1;
	copy_distances(fake ? NULL : info);
	if (fake) {
		assign_fake(min(fake, (unsigned int)MAX_NUMNODES));
	} else if (!single) {
		nr_node_ids = info->nr_nodes;
		assign_blocks(info);
	}
	assign_rest(single || fake);
	print_nodes();
}

int numa_cpu_node(const struct numa_info *info, u32 apic_id)
{
	for (unsigned int i = 0; i < info->nr_cpus; i++)
		if (info->cpus[i].apic_id == apic_id)
			return info->cpus[i].nid;
	return 0;
}
