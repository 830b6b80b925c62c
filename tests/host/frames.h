/* SPDX-License-Identifier: MIT */
/* frames.h - who has which frame of a whole machine: the model that the page allocator is held
 * against, and allocation and free with every check that one call allows. */
#pragma once
#include "mm/page_alloc.h"
#include "types.h"

enum { FRAMES_MOST = 1 << 15, BLOCKS_MOST = 1 << 14 };

/* A block that the test holds. */
struct held {
	struct page *page; /* NULL: slot unused */
	unsigned int order;
	int refs;
	gfp_t gfp;
};

/* Forget everything; the machine as it is now is the beginning. */
void frames_start(void);

/* A block was handed out for this request: check all that must hold and remember it. */
void frames_add(struct page *page, unsigned int order, gfp_t gfp, int nid);

/* Allocate with these flags and check the result and the watermarks. Returns: block or NULL. */
struct page *frames_alloc(gfp_t gfp, unsigned int order, int nid);

/* Forget a block that the test gives back. */
void frames_remove(struct page *page);

/* A held block at random; NULL: none. */
struct held *frames_any(void);
struct held *frames_find(const struct page *page);

/* Give one back by one of the ways there are. */
void frames_free(struct held *h);
void frames_free_all(void);

/* Pages held, and how many requests were made. */
unsigned long frames_held(void);
extern unsigned long frames_ops;

/* Take the machine's state before a request, check it after: no zone went below what the request
 * must leave. */
void frames_watermarks_before(void);
void frames_watermarks_after(gfp_t gfp);

/* mm_check(), host_check_idle(), each zone's books against the model: NULL or what is wrong. */
const char *frames_check(void);
