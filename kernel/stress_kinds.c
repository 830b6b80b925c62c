/* SPDX-License-Identifier: MIT */
/* stress_kinds.c - pages, objects, vmalloc areas, mapped pages: how each is got, seen and given
 * back. Owns: nothing. */
#include "stress_kinds.h"
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"

#define STRESS_GFP (GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY)

/* --- blocks of low pages ------------------------------------------------------------------ */

static bool alloc_block(struct stress_item *item, struct rnd *rnd)
{
	unsigned int order = rnd_below(rnd, 8) ? rnd_below(rnd, 2) : rnd_below(rnd, 6);

	item->size = PAGE_SIZE << order;
	item->obj = alloc_pages(STRESS_GFP, order);
	return item->obj;
}

static unsigned int order_of(const struct stress_item *item)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < item->size)
		order++;
	return order;
}

static void shrink_blocks(void)
{
	drain_all_pages(NULL);
}

static void free_block(struct stress_item *item)
{
	__free_pages(item->obj, order_of(item));
}

static unsigned int visit_block(struct stress_item *item,
                                unsigned int (*fn)(u32 *at, size_t bytes, u32 tag))
{
	return fn(lowmem_page_address(item->obj), item->size, item->tag);
}

/* --- objects ------------------------------------------------------------------------------ */

static bool alloc_object(struct stress_item *item, struct rnd *rnd)
{
	item->size = 8 + rnd_below(rnd, rnd_below(rnd, 8) ? 256 : 8192);
	item->obj = kmalloc(item->size, STRESS_GFP);
	return item->obj;
}

static void shrink_objects(void)
{
	kmem_cache_shrink_all();
}

static void free_object(struct stress_item *item)
{
	kfree(item->obj);
}

static unsigned int visit_address(struct stress_item *item,
                                  unsigned int (*fn)(u32 *at, size_t bytes, u32 tag))
{
	return fn(item->obj, item->size, item->tag);
}

/* --- areas -------------------------------------------------------------------------------- */

/* Small ones mostly from the CPU's cache of freed areas, the others past it. */
static bool alloc_area(struct stress_item *item, struct rnd *rnd)
{
	bool small = rnd_below(rnd, 8);

	item->size = (1 + rnd_below(rnd, small ? 4 : 24)) * PAGE_SIZE;
	if (small && rnd_below(rnd, 4))
		item->obj = vmalloc(item->size);
	else
		item->obj = __vmalloc(item->size, STRESS_GFP | __GFP_HIGHMEM);
	return item->obj;
}

static void shrink_areas(void)
{
	vm_unmap_aliases();
}

static void free_area(struct stress_item *item)
{
	vfree(item->obj);
}

/* --- mapped pages ------------------------------------------------------------------------- */

static bool alloc_high(struct stress_item *item, struct rnd *rnd)
{
	(void)rnd;
	item->size = PAGE_SIZE;
	item->obj = alloc_page(GFP_HIGHUSER | __GFP_NOWARN | __GFP_NORETRY);
	return item->obj;
}

static void shrink_mapped(void)
{
	kmap_flush_unused();
}

static void free_high(struct stress_item *item)
{
	__free_page(item->obj);
}

/* By a window, with a second one nested, or by an entry, as the tag has it. */
static unsigned int visit_high(struct stress_item *item,
                               unsigned int (*fn)(u32 *at, size_t bytes, u32 tag))
{
	unsigned int result;
	void *va, *inner;

	if (item->tag & 1) {
		va = kmap(item->obj);
		result = va ? fn(va, PAGE_SIZE, item->tag) : 1;
		if (va)
			kunmap(item->obj);
		return result;
	}
	va = kmap_local_page(item->obj);
	inner = kmap_local_page(item->obj);
	result = va && inner ? fn(inner, PAGE_SIZE, item->tag) : 1;
	kunmap_local(inner);
	kunmap_local(va);
	return result;
}

const struct stress_kind stress_kinds[] = {
	{"page", alloc_block, free_block, visit_block, shrink_blocks},
	{"slab", alloc_object, free_object, visit_address, shrink_objects},
	{"vmalloc", alloc_area, free_area, visit_address, shrink_areas},
	{"kmap", alloc_high, free_high, visit_high, shrink_mapped},
	{NULL, NULL, NULL, NULL, NULL},
};
