/* SPDX-License-Identifier: MIT */
/* percpu_map.h - what the per-CPU allocator's files share: the map of a unit.
 *
 * All units have one map, because what lies at an offset in one lies there in all. A unit is
 * PERCPU_UNIT_SIZE of address space in granules of 16 bytes:
 *
 *   unit     |static variables| a a a | b | free |c c c c|   free ...          |
 *   used      1 1 1 1 1 1 1 1   1 1 1   1   0 0   1 1 1 1   0 0 0 ...
 *   first     1 0 0 0 0 0 0 0   1 0 0   1   0 0   1 0 0 0   0 0 0 ...
 *   pages    |populated                          |populated|
 *
 * The two bitmaps of 16384 granules fill a page, which is made when the first of these is wanted;
 * so are the records of who allocated and freed a granule. Pages of the units get frames when the
 * first granule in them is allocated. */
#pragma once
#include "asm/page.h"
#include "asm/percpu_area.h"
#include "lib/bitmap.h"
#include "mm/percpu.h"
#include "spinlock.h"

enum {
	UNIT_GRANULES = PERCPU_UNIT_SIZE / PERCPU_GRANULE,
	PAGE_GRANULES = PAGE_SIZE / PERCPU_GRANULE,
	CHUNK_GRANULES = PAGE_SIZE * 8 / 2,
	NR_CHUNKS = UNIT_GRANULES / CHUNK_GRANULES,
};

struct percpu_chunk {
	unsigned long used[CHUNK_GRANULES / BITS_PER_LONG];
	unsigned long first[CHUNK_GRANULES / BITS_PER_LONG];
};
_Static_assert(sizeof(struct percpu_chunk) == PAGE_SIZE, "two bitmaps fill a page");
_Static_assert(PERCPU_MAX_SIZE <= CHUNK_GRANULES * PERCPU_GRANULE, "a piece lies in one chunk");

/* Of the first granule of an allocation, live or freed last. */
struct percpu_site {
	unsigned long alloc, freed;
};
enum {
	SITES_PER_PAGE = PAGE_SIZE / sizeof(struct percpu_site),
	NR_SITE_PAGES = UNIT_GRANULES / SITES_PER_PAGE,
};

/* (L) lock */
struct percpu_space {
	spinlock_t lock;
	struct percpu_chunk *chunks[NR_CHUNKS];        /* (L) NULL: all free */
	struct percpu_site *sites[NR_SITE_PAGES];      /* (L) NULL: nothing known */
	DECLARE_BITMAP(populated, PERCPU_UNIT_PAGES);  /* (L) pages with frames in all units */
	unsigned long hint;                            /* (L) no free granule below this */
	unsigned long nr_allocs, nr_granules, nr_meta; /* (L) live; bookkeeping pages */
};
extern struct percpu_space percpu_space;

static inline unsigned long percpu_static_granules(void)
{
	return DIV_ROUND_UP(percpu_static_size(), PERCPU_GRANULE);
}

/* Pages at the start of a unit that static variables touch. */
static inline unsigned int percpu_static_pages(void)
{
	return (unsigned int)(PAGE_ALIGN(percpu_static_size()) / PAGE_SIZE);
}

/* Put frames behind every page that holds one of n granules from g on. The granules are marked used
 * already, so nobody takes the frames away. Returns: false when memory is short. */
bool percpu_populate(unsigned long g, unsigned long n, gfp_t gfp);

/* Give the bookkeeping page that *slot (a chunk or a page of sites) lacks.
 * Returns: false when memory is short. Context: not locked. */
bool percpu_add_meta(void **slot, gfp_t gfp);

static inline struct percpu_chunk *chunk_of(unsigned long g)
{
	return percpu_space.chunks[g / CHUNK_GRANULES];
}

/* Mark a run of free granules as one allocation, or free it. Locked. */
void percpu_mark_run(unsigned long g, unsigned long n);
void percpu_unmark_run(unsigned long g, unsigned long n);

/* Do the n granules from g on, all in one chunk, hold nothing? Locked. */
static inline bool percpu_range_free(unsigned long g, unsigned long n)
{
	const struct percpu_chunk *c = chunk_of(g);
	unsigned long at = g % CHUNK_GRANULES;

	return !n || !c || find_next_bit(c->used, at + n, at) == at + n;
}
