/* SPDX-License-Identifier: MIT */
/* slabinfo.c - /proc/slabinfo: every cache, in Linux's format 2.1. Owns: nothing. */
#include "console.h"
#include "mm/slab.h"
#include "mm/slab_check.h"
#include "proc.h"

static void show_cache(struct kmem_cache *cache)
{
	struct slab_stats s = slab_count(cache);

	cprintf("%-17s %6lu %6lu %6u %4u %4lu : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n",
	        cache->name, s.active_objects, s.num_objects, cache->size, cache->num,
	        1ul << cache->order, cache->limit, cache->batchcount, cache->shared, s.active_slabs,
	        s.num_slabs, s.shared_avail);
}

void show_slabinfo(void)
{
	struct kmem_cache *cache;

	cprintf("slabinfo - version: 2.1\n");
	cprintf("# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
	        " : tunables <limit> <batchcount> <sharedfactor>"
	        " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	mutex_lock(&slab_mutex);
	list_for_each_entry (cache, &slab_caches, list)
		show_cache(cache);
	mutex_unlock(&slab_mutex);
}
