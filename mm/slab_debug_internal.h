/* SPDX-License-Identifier: MIT */
/* slab_debug_internal.h - the debugging of single objects, between layout and lists. */
#pragma once
#include "mm/slab_def.h"

/* Guard bytes in front of (at least) and behind each object. */
enum { RED_ZONE_BYTES = 8 };

/* Who allocated or freed an object. */
struct slab_track {
	unsigned long trace[6]; /* innermost first; 0 ends it */
	u32 seq;                /* number of the event; 0: none */
	u32 cpu;
};

/* Behind the right red zone, at the cookie. */
struct slab_tail {
	unsigned long cookie;
	unsigned long requested; /* bytes; 0 while free */
	struct slab_track alloc, free;
};
enum { DEBUG_TAIL_BYTES = sizeof(struct slab_tail) };

/* An object of a new slab: free, red zones and poison in place. */
void slab_debug_init_object(struct kmem_cache *cache, void *object);
