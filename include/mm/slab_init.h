/* SPDX-License-Identifier: MIT */
/* slab_init.h - the slab allocator's step of boot. */
#pragma once

/* Make the first caches: kmalloc() and kmem_cache_create() work from here on.
 * Context: boot, after page_alloc_init(). */
void kmem_cache_init(void);
