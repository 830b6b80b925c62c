/* SPDX-License-Identifier: MIT */
/* stress_kinds.h - what stress allocates: for kernel/stress*.c. */
#pragma once
#include "lib/random.h"
#include "types.h"

/* One thing that was allocated. */
struct stress_item {
	void *obj;                /* struct page *, or the address */
	size_t size;              /* bytes */
	u32 tag;
	const struct stress_kind *kind;
};

struct stress_kind {
	const char *name;
	bool (*alloc)(struct stress_item *item, struct rnd *rnd); /* sets obj and size */
	void (*free)(struct stress_item *item);
	/* Call fn for each piece of the thing that has an address; sums what fn returns. */
	unsigned int (*visit)(struct stress_item *item,
	                      unsigned int (*fn)(u32 *at, size_t bytes, u32 tag));
	/* Give back what the allocator keeps for later, on all CPUs. Context: may sleep. */
	void (*shrink)(void);
};

/* Ends with a NULL name. */
extern const struct stress_kind stress_kinds[];
