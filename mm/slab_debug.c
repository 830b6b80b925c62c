/* SPDX-License-Identifier: MIT */
/* slab_debug.c - guard bytes and poison of single objects. */
#include "slab_debug_internal.h"
#include "slab_internal.h"

void slab_debug_init_object(struct kmem_cache *cache, void *object)
{
	(void)cache;
	(void)object;
}
