/* SPDX-License-Identifier: MIT */
/* slab_debug_internal.h - the debugging of single objects, between layout and lists.
 *
 *   |left red zone|  object_size bytes  |right red zone| struct slab_tail |
 *                 |requested| red slack |
 * The bytes behind what kmalloc() was asked for are red too. A red byte says whether the object is
 * free or taken, so that a stale copy of the wrong kind stands out. */
#pragma once
#include "mm/slab_def.h"

/* Guard bytes in front of (at least) and behind each object. */
enum { RED_ZONE_BYTES = 8 };

/* What the bytes are. Linux's values, so that its readers know them in a dump. */
enum {
	RED_FREE = 0xbb,
	RED_TAKEN = 0xcc,
	POISON_FREE = 0x6b,
	POISON_END = 0xa5, /* the last byte of a free object */
	POISON_NEW = 0x5a, /* taken, not yet written */
};

enum { TRACK_DEPTH = 6 };

/* Who allocated or freed an object. */
struct slab_track {
	unsigned long trace[TRACK_DEPTH]; /* innermost first; 0 ends it */
	u32 seq;                          /* number of the event; 0: none */
	u32 cpu;
};

/* Behind the right red zone, at the cookie. */
struct slab_tail {
	unsigned long cookie;
	unsigned long requested; /* bytes; 0 while free */
	struct slab_track alloc, free;
};
enum { DEBUG_TAIL_BYTES = sizeof(struct slab_tail) };

static inline struct slab_tail *slab_tail(const struct kmem_cache *cache, const void *object)
{
	return (struct slab_tail *)((char *)object + cache->cookie_offset);
}

/* Flags that slab_debug= gives a cache of this name. */
slab_flags_t slab_debug_flags_for(const char *name, slab_flags_t flags, bool has_ctor);

/* A stretch of bytes that are not what they must be. length 0: none. */
struct slab_damage {
	const char *where; /* "left_red_zone", "object", "right_red_zone", "slack" */
	long offset;       /* of the first bad byte, from the object */
	unsigned int length;
	u8 found, expected; /* the first */
};

/* An object of a new slab: free, red zones and poison in place. */
void slab_debug_init_object(struct kmem_cache *cache, void *object);

/* Look at a free, a taken object. Returns: the first damage. */
struct slab_damage slab_debug_look_free(const struct kmem_cache *cache, const void *object);
struct slab_damage slab_debug_look_taken(const struct kmem_cache *cache, const void *object);

/* The object becomes taken, for caller, who asked for so many bytes; becomes free. */
void slab_debug_take(struct kmem_cache *cache, void *object, size_t requested,
                     unsigned long caller);
void slab_debug_release(struct kmem_cache *cache, void *object, unsigned long caller);

/* krealloc() in place: other bytes are red now. */
void slab_debug_resize(struct kmem_cache *cache, void *object, size_t requested);

/* Put red zones that were overwritten right. */
void slab_debug_repair(struct kmem_cache *cache, void *object);

/* What a constructor leaves in each word, as far as it is always the same. */
struct ctor_image {
	unsigned int nr_words;
	struct ctor_word {
		unsigned long value;
		enum ctor_word_kind {
			CTOR_ANY,
			CTOR_VALUE,
			CTOR_OFFSET
		} kind; /* from the object */
	} word[];
};

/* Compare two objects that were filled with different bytes before the constructor ran. */
void ctor_image_learn(struct ctor_image *image, const void *a, const void *b);

/* Offset of the first word that is not as constructed; -1: none. *expected: what it should be. */
int ctor_image_compare(const struct ctor_image *image, const void *object, unsigned long *expected);

/* Put such words right. */
void ctor_image_restore(const struct ctor_image *image, void *object);
