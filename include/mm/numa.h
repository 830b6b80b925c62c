/* SPDX-License-Identifier: MIT */
/* numa.h - giving each piece of RAM its node. */
#pragma once
#include "boot/srat.h"
#include "types.h"

/* Set the node of everything in memblock.memory and the distances.
 * info:  from SRAT and SLIT, or NULL: one node.
 * fake:  numa=fake=N: ignore info and cut RAM into N nodes of equal size, in address order, at
 *        4 MiB boundaries; 0: none. At most MAX_NUMNODES.
 * RAM that no node claims goes to node 0 with a warning. Context: boot. */
void numa_init(const struct numa_info *info, unsigned int fake);

/* Node of the CPU with this APIC id as info says; 0 when it says nothing. */
int numa_cpu_node(const struct numa_info *info, u32 apic_id);
