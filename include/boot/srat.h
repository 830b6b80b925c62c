/* SPDX-License-Identifier: MIT */
/* srat.h - which memory and which CPU belongs to which node, and how far nodes are apart.
 * Source: ACPI specification 6.x, 5.2.16 (SRAT), 5.2.17 (SLIT). */
#pragma once
#include "types.h"

enum { MAX_NUMNODES = 8, MAX_NODE_BLOCKS = 64, MAX_SRAT_CPUS = 64 };
enum { NUMA_NO_NODE = -1 };
enum { LOCAL_DISTANCE = 10, REMOTE_DISTANCE = 20 };

/* Bytes [start, end) of node nid. */
struct node_block {
	u64 start, end;
	int nid;
};

struct numa_info {
	unsigned int nr_nodes;    /* node ids are 0 .. nr_nodes-1 */
	u32 domain[MAX_NUMNODES]; /* proximity domain of each node, in order of appearance */
	unsigned int nr_blocks;
	struct node_block blocks[MAX_NODE_BLOCKS];
	unsigned int nr_cpus;
	struct {
		u32 apic_id;
		int nid;
	} cpus[MAX_SRAT_CPUS];
	u8 distance[MAX_NUMNODES][MAX_NUMNODES];
};

/* One node, no blocks, distance 10 to itself and 20 to any other. */
void numa_info_reset(struct numa_info *info);

/* Read an SRAT. Ranges of different nodes that overlap, or more domains than MAX_NUMNODES, refuse
 * the whole table. An entry of impossible size ends the reading.
 * Returns: 0 with *out filled, -EINVAL with the reason told and *out reset. */
int srat_parse(const void *table, u32 length, struct numa_info *out);

/* Read a SLIT into out->distance. Refused when it is too short, when a node is not 10 from itself
 * or another not farther: then the distances stay as they are. Returns: 0 or -EINVAL. */
int slit_parse(const void *table, u32 length, struct numa_info *out);
