/* SPDX-License-Identifier: MIT */
/* slab_ops.h - pop and push on an array cache as restartable sections (asm/restart.h).
 * struct array_cache of mm/slab_def.h: top at 0, limit at 4, misfit at 8, starts at 12,
 * all in this CPU's area. */
#pragma once
#include "asm/restart.h"
#include "compiler.h"
#include "mm/slab_def.h"
#include "types.h"

/* Take the top entry of the array that *slot names into *object, and the array's link address into
 * *array. Returns: false when there is none.
 *   *array = *slot;  *object = *(*array)->top;  if (!*object) return false;  (*array)->top--;  */
static __always_inline bool array_pop(struct array_cache **slot, void **object,
                                      struct array_cache **array)
{
	struct array_cache *ac;
	void *top;

	__asm__ goto volatile("1:\tmovl %%fs:%2, %1\n\t" RESTART_POP
	                      : "=&a"(top), "=&d"(ac) /* eax is what is returned */
	                      : "m"(*slot)
	                      : "cc", "memory"
	                      : empty);
	*object = top;
	*array = ac;
	return true;
empty:
	return false;
}

/* The same for the array whose slot table[(size + 7) / 8] names. The table is constant. */
static __always_inline bool array_pop_sized(struct array_cache **const *table, size_t size,
                                            void **object, struct array_cache **array)
{
	struct array_cache *ac;
	void *top;

	__asm__ goto volatile("1:\tleal 7(%2), %1\n\t"
	                      "shrl $3, %1\n\t"
	                      "movl %c3(,%1,4), %1\n\t"
	                      "movl %%fs:(%1), %1\n\t" RESTART_POP
	                      : "=&a"(top), "=&d"(ac)
	                      : "r"(size), "i"(table)
	                      : "cc", "memory"
	                      : empty);
	*object = top;
	*array = ac;
	return true;
empty:
	return false;
}

/* The same for the array of a cache's slot. */
static __always_inline bool array_pop_cache(const struct kmem_cache *cache, void **object,
                                            struct array_cache **array)
{
	struct array_cache *ac;
	void *top;

	__asm__ goto volatile("1:\tmovl %2, %1\n\t"
	                      "movl %%fs:(%1), %1\n\t" RESTART_POP
	                      : "=&a"(top), "=&d"(ac)
	                      : "m"(cache->slot)
	                      : "cc", "memory"
	                      : empty);
	*object = top;
	*array = ac;
	return true;
empty:
	return false;
}

/* Put object on top. Returns: false when there is no room.
 *   top = ac->top;  if (top >= ac->limit) return false;  top[1] = object;  ac->top++;  */
static __always_inline bool array_push(struct array_cache *ac, const void *object)
{
	void **top;

	__asm__ goto volatile("1:\tmovl %%fs:(%1), %0\n\t"
	                      "cmpl %%fs:4(%1), %0\n\t"
	                      "jae %l[full]\n\t"
	                      "movl %2, 4(%0)\n"
	                      "2:\taddl $4, %%fs:(%1)\n\t" /* commit */
	                      RESTART_TABLE_ENTRY
	                      : "=&r"(top)
	                      : "r"(ac), "r"(object)
	                      : "cc", "memory"
	                      : full);
	return true;
full:
	return false;
}

/* Has the address a bit that no object of the array's has? An overwritten name of an array may
 * point anywhere: a fault is NO_ARRAY_THERE. (eax: where kfree() has the address.) */
static __always_inline enum array_fit array_fit(struct array_cache *ac, const void *object)
{
	__asm__ goto("1:\ttestl %1, %%fs:8(%0)\n\t"
	             "jnz %l[misfit]\n\t"
	             ".pushsection __ex_table, \"a\"\n\t"
	             ".long 1b, %l[wild]\n\t"
	             ".popsection"
	             :
	             : "r"(ac), "a"(object)
	             : "cc", "memory"
	             : misfit, wild);
	return ARRAY_FITS;
misfit:
	return ARRAY_MISFIT;
wild:
	return NO_ARRAY_THERE;
}

/* After ARRAY_MISFIT: is distance, from the address asked for to the slab's first object, that from
 * an object's start? distance * misfit < starts, in 32 bits. */
static __always_inline bool array_starts(struct array_cache *ac, u32 distance)
{
	__asm__ goto volatile("imull %%fs:8(%1), %0\n\t"
	                      "cmpl %%fs:12(%1), %0\n\t"
	                      "jb %l[start]"
	                      : "+r"(distance)
	                      : "r"(ac)
	                      : "cc", "memory"
	                      : start);
	return false;
start:
	return true;
}
