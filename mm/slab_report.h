/* SPDX-License-Identifier: MIT */
/* slab_report.h - how misuse of objects is told. */
#pragma once
#include "slab_debug_internal.h"
#include "slab_internal.h"
#include "report.h"

/* "obj=0x... cache=... size=... slab=0x... index=..." of the object at a place in a slab.
 * Returns: one of two buffers in turn. */
const char *slab_fields(const struct slab_place *at);

/* p was freed (or measured, resized) and is no object: tell what it is. */
void report_not_object(const void *p, const struct slab_place *at, unsigned long caller);

/* The object at a place is free already. what: "free", "ksize", "krealloc". */
void report_freed(const struct slab_place *at, const char *what, unsigned long caller);

void report_wrong_cache(const struct slab_place *at, const struct kmem_cache *cache,
                        unsigned long caller);

/* A free object was written to: its cookie is `found`. */
void report_cookie(const struct slab_place *at, unsigned long found, unsigned long caller);

/* Bytes of a free or taken object are not what they must be. */
void report_damage(const struct slab_place *at, const struct slab_damage *damage, bool taken,
                   unsigned long caller);

/* The object is freed, but not as its constructor made it. */
void report_ctor(const struct slab_place *at, int offset, unsigned long expected,
                 unsigned long caller);

/* Allocation and free site of an object, with the calls that led there, if they are remembered. */
void print_owners(const struct slab_place *at);
