/* SPDX-License-Identifier: MIT */
/* slab_ops.h - pop and push on this CPU's array caches: the machine's restartable sections, or, in
 * the checking build and on the host, the same in C with interrupts off. An array is named by its
 * link address, as all per-CPU data is. */
#pragma once
#include "mm/slab_def.h"

#ifdef CONFIG_PCP_IRQS_OFF
#include "asm/irqflags.h"

static __always_inline bool array_pop(struct array_cache **slot, void **object,
                                      struct array_cache **array)
{
	unsigned long flags = local_irq_save();
	struct array_cache *ac;

	*array = *this_cpu_ptr(slot);
	ac = this_cpu_ptr(*array);
	*object = *ac->top;
	if (*object)
		ac->top--;
	local_irq_restore(flags);
	return *object != NULL;
}

static __always_inline bool array_pop_sized(struct array_cache **const *table, size_t size,
                                            void **object, struct array_cache **array)
{
	return array_pop(table[(size + KMALLOC_MIN_SIZE - 1) / KMALLOC_MIN_SIZE], object, array);
}

static __always_inline bool array_pop_cache(const struct kmem_cache *cache, void **object,
                                            struct array_cache **array)
{
	return array_pop(cache->slot, object, array);
}

static __always_inline bool array_push(struct array_cache *array, const void *object)
{
	unsigned long flags = local_irq_save();
	struct array_cache *ac = this_cpu_ptr(array);
	bool room = ac->top < ac->limit;

	if (room)
		*++ac->top = (void *)object;
	local_irq_restore(flags);
	return room;
}

static __always_inline enum array_fit array_fit(struct array_cache *array, const void *object)
{
	if (array < slab_arrays || array >= slab_arrays + SLAB_ARRAYS)
		return NO_ARRAY_THERE;
	return (unsigned long)object & raw_cpu_ptr(array)->misfit ? ARRAY_MISFIT : ARRAY_FITS;
}

static __always_inline bool array_starts(struct array_cache *array, u32 distance)
{
	const struct array_cache *ac = raw_cpu_ptr(array);

	return distance * (u32)ac->misfit < ac->starts;
}
#else
#include "asm/slab_ops.h"
#endif

/* The cookie of free objects whose page has this array. */
static __always_inline unsigned long array_cookie(const struct array_cache *array)
{
	return (unsigned long)array;
}

/* Take the cookie off an object that was free. Returns: false when it is not there: somebody wrote
 * to the object; the word is then cookie less than what he wrote. */
static __always_inline bool cookie_take(unsigned long *word, const struct array_cache *array)
{
	return likely((*word -= array_cookie(array)) == 0);
}
