/* SPDX-License-Identifier: MIT */
/* helpers.h - small worlds and states that several suites need. */
#pragma once
#include "ktest.h"
#include "mm/mmzone.h"
#include "mm/vmstat.h"
#include "types.h"

/* A zone of its own over 1024 real frames that were taken from the allocator: its free lists can be
 * worked on without touching the machine's. */
struct test_zone {
	struct zone zone;
	struct page *block;  /* the frames, an order-10 block */
	unsigned long flags; /* of block's first page, to be restored */
	u8 types[2];         /* of its two pageblocks */
};

/* A machine with a zone of 16 MiB has an order-10 block to spare; a smaller one may not. */
bool any_zone_is_large(void);
#define REQUIRE_LARGE_BLOCK(got)                                                                   \
	do {                                                                                       \
		SKIP_UNLESS((got) || any_zone_is_large(), "no free block of 4 MiB");               \
		ASSERT_TRUE(got);                                                                  \
	} while (0)

/* Does GFP_KERNEL take its pages from the first zone of its list for a while? On a machine whose
 * highest low zone is tiny it does not, and what is freed does not come back first. */
bool first_zone_is_roomy(void);

/* Returns: the zone, all 1024 frames free as one block of type mt; NULL: no memory for it. */
struct zone *test_zone_open(struct test_zone *tz, unsigned int mt);
void test_zone_close(struct test_zone *tz);

/* Allocated single pages, chained by lru. */
struct page_chain {
	struct list_head head;
	unsigned long count;
};
void chain_init(struct page_chain *chain);

/* Allocate order-0 pages with gfp until it fails, or `most` are held. Returns: how many. */
unsigned long chain_fill(struct page_chain *chain, gfp_t gfp, unsigned long most);
void chain_free(struct page_chain *chain);

/* Make every zone look as if it had no page to spare, without allocating any: all watermarks are
 * set above what is managed and the fast paths are switched off. */
void starve(void);
void starve_end(void);

/* Let requests take the last page of every high zone before they fall back to a low one. */
void lift_high_watermarks(void);
void lift_high_watermarks_end(void);

/* Run a line in the shell. Returns: what it printed; command_text keeps it until the next. */
const char *command_output(const char *line);
extern char command_text[16384];

/* Where this CPU's requests go first. */
struct zone *first_zone(gfp_t gfp);

/* The nearest zone of this kind that has pages, or NULL. */
struct zone *any_zone(int idx);
