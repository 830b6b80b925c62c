/* SPDX-License-Identifier: MIT */
/* shrinker.h - caches outside of the allocator that can give memory back under pressure.
 * Source: Gorman ch. 10.5; Linux's names. */
#pragma once
#include "lib/list.h"
#include "types.h"

/* What is asked of a shrinker. */
struct shrink_control {
	gfp_t gfp_mask;           /* of the allocation that is short: no FS, no IO means keep off */
	int nid;                  /* node that is short */
	unsigned long nr_to_scan; /* scan_objects: look at so many */
	unsigned long nr_scanned; /* filled in by scan_objects; presumed nr_to_scan */
};

#define SHRINK_STOP  (~0ul)     /* scan_objects: cannot go on now */
#define SHRINK_EMPTY (~0ul - 1) /* count_objects: nothing there at all */
enum { DEFAULT_SEEKS = 2, SHRINK_BATCH = 128 };

/* The calls may be made by several tasks at once; they may sleep as sc->gfp_mask says.
 * (O) owner, before it is registered  (P) shrinker.c's: shrinker_lock */
struct shrinker {
	/* How many objects could be freed. O(1). Returns: 0: none at present. */
	unsigned long (*count_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	/* Look at sc->nr_to_scan objects and free what can be. Returns: objects freed. */
	unsigned long (*scan_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	const char *name;
	int seeks;                 /* (O) what it costs to make an object anew; 0: free them all */
	unsigned long batch;       /* (O) objects at a time, 0: SHRINK_BATCH */
	unsigned long nr_deferred; /* atomic: objects that should have been scanned before */
	struct list_head list;     /* (P) */
	bool leaving;              /* (P) nobody enters it any more */
};

/* Take part in reclaim from now on. Returns: 0, or -EINVAL, reported: a call is missing, it is
 * registered already, or the context is wrong. Context: may sleep; not from a shrinker's calls. */
int register_shrinker(struct shrinker *shrinker);

/* The opposite: returns when nobody runs the shrinker's calls and nobody will. One that is not
 * registered is reported. Context: as register_shrinker(); without a lock that the calls take. */
void unregister_shrinker(struct shrinker *shrinker);

/* Ask every shrinker for (objects >> priority) * 4 / seeks objects; at priority 0 for all.
 * Returns: objects freed. Context: may sleep, as gfp says. */
unsigned long shrink_slab(gfp_t gfp, int nid, int priority);

/* Shrinkers and kmem_cache_reap() become what the page allocator does when memory is short.
 * Context: boot. */
void shrinker_init(void);
