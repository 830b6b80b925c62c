/* SPDX-License-Identifier: MIT */
/* small_zone.h - one zone of a few frames without any machine around it: its free lists, and a
 * model of who has which frame. */
#pragma once
#include "mm/mmzone.h"
#include "types.h"

enum { SMALL_FRAMES = 4096 };

/* What the test knows: owner[i] is 0 for a free frame, else 1 + order of the block that holds it,
 * as negative numbers behind the block's first frame. */
extern struct small_zone {
	struct zone zone;
	unsigned long start, end;
	s8 owner[SMALL_FRAMES];
} sz;

/* A new world with only this zone: frames [start, end), all free, all pageblocks of type mt.
 * Frames around them exist, as another's. Returns: &sz.zone. */
struct zone *small_zone_open(unsigned long start, unsigned long end, unsigned int mt);

/* Take and give as rmqueue and free_block do, under the lock, with the books kept. */
struct page *small_take(unsigned int order, unsigned int mt);
struct page *small_take_fallback(unsigned int order, unsigned int mt);
void small_give(struct page *page, unsigned int order);

/* Up to n blocks, as pagesets take them, and back. Returns: how many. */
unsigned long small_take_run(unsigned int order, unsigned int mt, unsigned long n,
                             struct page **out);
void small_give_many(struct page *const *blocks, unsigned long n, unsigned int order);

/* Any block that the model says is taken; NULL: none. *order: its order. */
struct page *small_any_taken(unsigned int *order);

/* The blocks that the free frames make when everything is merged that can be: how many of each
 * order. That is all there can be: free lists hold exactly these. */
void small_expected_blocks(unsigned long count[MAX_ORDER]);

/* buddy_check(), and the lists against the model: NULL or what is wrong. */
const char *small_check(void);

/* Free frames by the model. */
unsigned long small_free(void);
