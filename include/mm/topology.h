/* SPDX-License-Identifier: MIT */
/* topology.h - CPUs and nodes, counted. */
#pragma once
#include "asm/percpu.h"
#include "boot/srat.h"
#include "cpumask.h"

extern unsigned int nr_node_ids; /* highest node id + 1 */

/* CPUs of a node; at least 1, so that a node without CPUs divides nothing by zero. */
unsigned int nr_cpus_on_node(int nid);

/* Distance between nodes as SLIT counts: 10 is local. */
int node_distance(int a, int b);

/* The node that this CPU belongs to. */
DECLARE_PER_CPU(int, numa_node);
#define numa_node_id() this_cpu_read(numa_node)
