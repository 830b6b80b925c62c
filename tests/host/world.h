/* SPDX-License-Identifier: MIT */
/* world.h - machines of any shape, booted up to the page allocator by the kernel's own steps. */
#pragma once
#include "boot/srat.h"
#include "mm/mmzone.h"
#include "types.h"

enum { WORLD_RANGES = 64 };

#define MiB(n) ((u64)(n) << 20)
#define KiB(n) ((u64)(n) << 10)

/* What to build. Zeroed fields: what a plain PC has. */
struct world {
	struct world_range {
		u64 start, end; /* bytes, page aligned */
		int nid;        /* the node that the firmware's table gives it; -1: not listed */
	} ram[WORLD_RANGES];
	unsigned int nr_ram;
	struct {
		u64 start, end;
	} taken[WORLD_RANGES];
	unsigned int nr_taken;
	unsigned int nr_nodes;   /* of the firmware's table; 0: there is none */
	unsigned int fake_nodes; /* numa=fake= */
	u64 low_limit;           /* highmem=; 0: MAXMEM */
	u64 movable;             /* movable= */
	unsigned int cpus;       /* 0: one */
	int cpu_node[NR_CPUS];
	bool page_owner;   /* page_owner=on */
	bool plain_frames; /* frames may be touched by their kernel address, those around mem_map
	                      too */
};

void world_add_ram(struct world *w, u64 start, u64 end, int nid);
void world_take(struct world *w, u64 start, u64 end);

/* RAM from 4 KiB to 640 KiB and from 1 MiB to `end`, the kernel at 1 MiB, nothing else. */
void world_pc(struct world *w, u64 end);

/* A small machine that has all four zones on each of two nodes, 2 MiB holes between some of them:
 * 40 MiB up to frame 16384. */
void world_small(struct world *w);

/* Forget the world before and boot this one. */
void world_build(const struct world *w);

/* The first steps of world_build(), up to filled memblock lists with nodes. */
void world_start_memblock(const struct world *w);

/* What mm_check() and the books of this world say: everything below. NULL: sound. */
const char *world_check(void);

/* Zone idx of node nid. */
struct zone *world_zone(int nid, int idx);

/* Free pages of all zones, pagesets drained and nothing waiting to be merged. */
unsigned long world_free_pages(void);

/* Describe the world in the output, for a failed random shape. */
void world_describe(const struct world *w);
