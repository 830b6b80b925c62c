/* SPDX-License-Identifier: MIT */
/* slab_debug.h - finding what production builds cannot see: slab_debug=FLAGS[,CACHE[,CACHE...]].
 *   F  look at each object at every allocation and free
 *   Z  red zones: bytes on both sides, and behind what kmalloc() was asked for
 *   P  poison: fill free objects, check the filling; freed objects are kept back for a while
 *   U  remember who allocated and freed each object, with the calls that led there
 *   -  nothing, where the checking build has all of it on
 * CACHE is a name or a pattern; none: all caches. */
#pragma once
#include "mm/slab_def.h"

/* Set the flags for caches created from now on. Returns: 0 or -EINVAL. Context: boot, or tests. */
int slab_debug_setup(const char *value);

/* What slab_debug_setup() would take to have the present setting again. */
enum { SLAB_DEBUG_TEXT = 136 };
void slab_debug_save(char text[SLAB_DEBUG_TEXT]);

/* Give an object that was taken out of use after damage back to its cache: for tests. Returns: how
 * many objects there were. */
unsigned long slab_release_damaged(struct kmem_cache *cache);

/* Look at every object of a cache, taken and free, and report each damage.
 * Returns: how many are damaged. */
unsigned long slab_validate(struct kmem_cache *cache);
