/* SPDX-License-Identifier: MIT */
/* slab_isolate.c - is a slab's descriptor still what it was, and what if not.
 *
 * A descriptor lies behind objects, or among others of its kind: a wild write can hit it. It is
 * compared with what cannot be hit with it, the struct pages and the neighbours in its list, each
 * time before a list is changed or an object taken. A slab that fails leaves the lists for good:
 * its pages are quarantined, its objects stay with their users, and frees of them are ignored.
 * Owns: nothing. Locks: all of it under the node's list_lock. */
#include "asm/list_check.h"
#include "asm/page_ops.h"
#include "internal.h"
#include "lib/bitops.h"
#include "slab_internal.h"

/* Set bits of a word, without a loop. */
static unsigned int count_bits(unsigned long word)
{
	const unsigned long fives = ~0ul / 3, threes = ~0ul / 5, ones = ~0ul / 255;

	word -= word >> 1 & fives;
	word = (word & threes) + (word >> 2 & threes);
	word = (word + (word >> 4)) & ~0ul / 17;
	return (unsigned int)(word * ones >> (BITS_PER_LONG - 8));
}

static bool bits_are_sound(const struct kmem_cache *cache, const struct slab *slab)
{
	unsigned int words = slab_words(cache), n = 0;

	for (unsigned int i = 0; i < words; i++) {
		if (i < slab->hint && slab->free[i])
			return false;
		n += count_bits(slab->free[i]);
	}
	return slab->hint <= words && slab->inuse <= cache->num && n + slab->inuse == cache->num;
}

/* Does the descriptor name the objects of a page that names the descriptor? */
static bool place_is_sound(const struct kmem_cache *cache, const struct slab *slab)
{
	unsigned long offset = (unsigned long)slab->objects - PAGE_OFFSET;
	unsigned long in_slab = offset & ((PAGE_SIZE << cache->order) - 1);
	const struct page *page;

	if (slab->cache != cache || offset >= max_low_pfn << PAGE_SHIFT ||
	    slab->colour >= cache->colour || in_slab != slab->colour * cache->colour_off)
		return false;
	page = virt_to_page(slab->objects);
	return page_pointer_valid(page) && PageSlab(page) && page->slab == slab &&
	       page->slab_cache == cache && page_to_nid(page) == slab->nid;
}

static bool links_are_sound(const struct list_head *entry)
{
	unsigned long both = (unsigned long)entry->next | (unsigned long)entry->prev;

	return !(both & (SLAB_LIST_ALIGN - 1)) &&
	       list_links_intact(entry, entry->next, entry->prev);
}

bool slab_is_sound(const struct kmem_cache *cache, const struct slab *slab)
{
	return likely(place_is_sound(cache, slab) && bits_are_sound(cache, slab) &&
	              links_are_sound(&slab->list));
}

/* --- out of use ----------------------------------------------------------------------------- */

/* The entry whose next, or whose prev, is the lost one; NULL: not on this list. */
static struct list_head *before(struct list_head *head, const struct list_head *lost)
{
	struct list_head *pos = head;

	while (pos->next != lost) {
		if (pos->next == head || !list_first_intact(pos, pos->next))
			return NULL;
		pos = pos->next;
	}
	return pos;
}

static struct list_head *behind(struct list_head *head, const struct list_head *lost)
{
	struct list_head *pos = head;

	while (pos->prev != lost) {
		if (pos->prev == head ||
		    !word_holds((unsigned long *)&pos->prev->next, (unsigned long)pos))
			return NULL;
		pos = pos->prev;
	}
	return pos;
}

/* Bridge the gap. Returns: whether the entry was on this list. */
static bool cut_out(struct list_head *head, const struct list_head *lost)
{
	struct list_head *prev = before(head, lost), *next;

	if (!prev)
		return false;
	next = behind(head, lost);
	if (!next)
		next = head; /* a second one is lost too: what lies between goes with it */
	prev->next = next;
	next->prev = prev;
	return true;
}

static void count_list(const struct kmem_cache *cache, struct kmem_cache_node *node,
                       struct list_head *head)
{
	struct slab *slab;

	list_for_each_entry (slab, head, list) {
		node->nr_slabs++;
		node->nr_free_slabs += !slab->inuse;
		node->free_objects += cache->num - slab->inuse;
	}
}

/* The struct page of the lost slab: the one whose pages name it. */
static void quarantine_pages(struct kmem_cache *cache, struct page *page)
{
	page = compound_head(page);
	for (unsigned long i = 0; i < 1ul << cache->order; i++) {
		ClearPageSlab(page + i);
		page[i].mapping = NULL;
	}
	__atomic_fetch_sub(&page_zone(page)->nr_slab[slab_kind_of(cache)], 1l << cache->order,
	                   __ATOMIC_RELAXED);
	quarantine_block(page, cache->order);
}

void slab_isolate(struct kmem_cache *cache, struct kmem_cache_node *node, struct slab *slab,
                  struct page *page)
{
	bool lost = false;

	if (!cut_out(&node->slabs_partial, &slab->list) && !cut_out(&node->slabs_full, &slab->list))
		lost = !cut_out(&node->slabs_free, &slab->list);
	node->nr_slabs = node->nr_free_slabs = node->free_objects = 0;
	count_list(cache, node, &node->slabs_partial);
	count_list(cache, node, &node->slabs_full);
	count_list(cache, node, &node->slabs_free);
	if (page)
		quarantine_pages(cache, page);
	cache->nr_isolated++;
	if (lost) /* a head named what is no slab */
		node_rebuild(cache, node);
}

/* --- list heads ----------------------------------------------------------------------------- */

bool node_heads_are_sound(const struct kmem_cache_node *node)
{
	return likely(list_first_intact(&node->slabs_partial, node->slabs_partial.next) &&
	              list_first_intact(&node->slabs_full, node->slabs_full.next) &&
	              list_first_intact(&node->slabs_free, node->slabs_free.next));
}

void node_list_slab(struct kmem_cache_node *node, struct slab *slab)
{
	if (slab->inuse == slab->cache->num)
		list_add(&slab->list, &node->slabs_full);
	else if (slab->inuse)
		list_add(&slab->list, &node->slabs_partial);
	else
		list_add(&slab->list, &node->slabs_free);
	node->nr_free_slabs += !slab->inuse;
}

/* A slab found by its first page, for the new lists. */
static void take_in(struct kmem_cache *cache, struct kmem_cache_node *node, struct page *page)
{
	struct slab *slab = page->slab;

	if (!place_is_sound(cache, slab) || !bits_are_sound(cache, slab)) {
		quarantine_pages(cache, page);
		cache->nr_isolated++;
		return;
	}
	node_list_slab(node, slab);
	node->nr_slabs++;
	node->free_objects += cache->num - slab->inuse;
}

void node_rebuild(struct kmem_cache *cache, struct kmem_cache_node *node)
{
	INIT_LIST_HEAD(&node->slabs_partial);
	INIT_LIST_HEAD(&node->slabs_full);
	INIT_LIST_HEAD(&node->slabs_free);
	node->nr_slabs = node->nr_free_slabs = node->free_objects = 0;
	for (unsigned long pfn = 0; pfn < max_low_pfn; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (pfn_valid(pfn) && PageSlab(page) && page->slab_cache == cache &&
		    page_ref_count(page) > 0 && &cache->node[page_to_nid(page)] == node)
			take_in(cache, node, page);
	}
}

struct page *slab_find_page(const struct kmem_cache *cache, const struct slab *slab)
{
	if (!(cache->flags & SLAB_OFF_SLAB))
		return virt_to_page(slab);
	for (unsigned long pfn = 0; pfn < max_low_pfn; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (pfn_valid(pfn) && PageSlab(page) && page->slab == slab &&
		    page->slab_cache == cache)
			return page;
	}
	return NULL;
}
