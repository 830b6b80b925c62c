/* SPDX-License-Identifier: MIT */
/* page.h - struct page: one for every page frame, in one array (mem_map), 32 bytes each.
 *
 * The flags word, from the top:
 *    31..29  28..27  26..24        23..20  19..0
 *    node    zone    migrate type  order   PG_ flags
 * While a page is allocated, order and migrate type are those of its allocation; while it heads a
 * free block (PG_buddy), those of the block. So a free needs no look-up: with no PG_ flag but
 * PG_managed set, the top byte is the index of the pageset list that the page goes back to.
 *
 * Which pages mean something: a block of 2^k pages has its state in its first page. The others keep
 * _refcount 0, whatever else they held before: no path touches 2^k pages.
 *   allocated       _refcount > 0
 *   free in buddy   _refcount 0, PG_buddy, linked by lru
 *   free in pageset _refcount 0, no flag, pointed to by a pageset's stack
 *   reserved        _refcount 1, PG_reserved: kernel image, firmware, holes
 * alloc_site and free_site name the code that allocated and freed the page last; they share a
 * word with what the owner of an allocated page may use.
 * Source: Gorman ch. 2.4; the flags word is packed as in Linux. */
#pragma once
#include "bug.h"
#include "kernel.h"
#include "lib/list.h"
#include "types.h"

enum pageflags {
	PG_managed, /* the frame is the allocator's: set in every entry but reserved ones */
	PG_locked,
	PG_referenced,
	PG_uptodate,
	PG_dirty,
	PG_lru,
	PG_active,
	PG_swapcache,
	PG_guard, /* split-off half kept out of use: debug_guardpage_minorder= */
	PG_slab,
	PG_reserved,
	PG_private,
	PG_writeback,
	PG_head, /* first page of a compound page */
	PG_reclaim,
	PG_swapbacked,
	PG_unevictable,
	PG_mlocked,
	PG_buddy,    /* first page of a free block */
	PG_hwpoison, /* quarantined: never to be handed out again */
	__NR_PAGEFLAGS,
};

enum {
	PAGE_ORDER_BITS = 4,
	PAGE_MT_BITS = 3,
	PAGE_ZONE_BITS = 2,
	PAGE_NODE_BITS = 3,
	PAGE_ORDER_SHIFT = __NR_PAGEFLAGS,
	PAGE_MT_SHIFT = PAGE_ORDER_SHIFT + PAGE_ORDER_BITS,
	PAGE_ZONE_SHIFT = PAGE_MT_SHIFT + PAGE_MT_BITS,
	PAGE_NODE_SHIFT = PAGE_ZONE_SHIFT + PAGE_ZONE_BITS,
	/* migrate type, zone and node together: which pageset list */
	PAGE_LIST_SHIFT = PAGE_MT_SHIFT,
	PAGE_LIST_BITS = PAGE_MT_BITS + PAGE_ZONE_BITS + PAGE_NODE_BITS,
};

_Static_assert(PAGE_NODE_SHIFT + PAGE_NODE_BITS == 32, "the flags fill one 32-bit word");

#define PAGE_FIELD_MASK(bits, shift) (((1ul << (bits)) - 1) << (shift))
#define PAGE_FLAGS_MASK              (PAGE_FIELD_MASK(__NR_PAGEFLAGS, 0) & ~(1ul << PG_managed))
#define PAGE_ORDER_MASK              PAGE_FIELD_MASK(PAGE_ORDER_BITS, PAGE_ORDER_SHIFT)
#define PAGE_MT_MASK                 PAGE_FIELD_MASK(PAGE_MT_BITS, PAGE_MT_SHIFT)
#define PAGE_ZONE_MASK               PAGE_FIELD_MASK(PAGE_ZONE_BITS, PAGE_ZONE_SHIFT)
#define PAGE_NODE_MASK               PAGE_FIELD_MASK(PAGE_NODE_BITS, PAGE_NODE_SHIFT)

struct address_space;
struct array_cache;
struct kmem_cache;
struct slab;

struct page {
	unsigned long flags; /* atomic bit operations, or zone->lock while free */
	int _refcount;       /* users; 0 while free and in the tail pages of a block */
	int _mapcount;       /* page-table entries that map it, minus one: -1 is none */
	union {
		struct address_space *mapping;
		char *slab_objects; /* PG_slab: the first object of its slab */
	};
	union {
		pgoff_t index;            /* offset in the mapping, in pages */
		unsigned long alloc_site; /* until the owner sets index */
	};
	union {
		unsigned long private;          /* the owner's */
		unsigned long free_site;        /* while free */
		struct array_cache *slab_array; /* PG_slab: where frees of its objects go */
	};
	union {
		struct list_head lru; /* the owner's list; the free list while PG_buddy */
		struct {              /* PG_slab, in every page of the slab */
			struct kmem_cache *slab_cache;
			struct slab *slab;
		};
	};
	char _pad[sizeof(void *) == 4 ? 0 : 8]; /* hosts of 64 bits: 64 bytes */
};

_Static_assert(sizeof(void *) != 4 || sizeof(struct page) == 32, "mem_map costs 8 MiB per GiB");
_Static_assert((sizeof(struct page) & (sizeof(struct page) - 1)) == 0, "pfn arithmetic shifts");

/* All frames from 0 to max_pfn, whether RAM or not; entries of 4 MiB blocks without any RAM do not
 * exist (pfn_valid). Aligned so that a block's entries are one aligned piece. (C) */
extern struct page *mem_map;
extern unsigned long max_pfn;

static inline unsigned long page_to_pfn(const struct page *page)
{
	return (unsigned long)(page - mem_map);
}

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return mem_map + pfn;
}

#define TESTPAGEFLAG(Name, name)                                                                   \
	static inline bool Page##Name(const struct page *page)                                     \
	{                                                                                          \
		return READ_ONCE(page->flags) >> PG_##name & 1;                                    \
	}
#define SETPAGEFLAG(Name, name)                                                                    \
	static inline void SetPage##Name(struct page *page)                                        \
	{                                                                                          \
		__atomic_fetch_or(&page->flags, 1ul << PG_##name, __ATOMIC_RELAXED);               \
	}
#define CLEARPAGEFLAG(Name, name)                                                                  \
	static inline void ClearPage##Name(struct page *page)                                      \
	{                                                                                          \
		__atomic_fetch_and(&page->flags, ~(1ul << PG_##name), __ATOMIC_RELAXED);           \
	}
#define PAGEFLAG(Name, name)                                                                       \
	TESTPAGEFLAG(Name, name) SETPAGEFLAG(Name, name) CLEARPAGEFLAG(Name, name)

PAGEFLAG(Locked, locked)
PAGEFLAG(Referenced, referenced)
PAGEFLAG(Uptodate, uptodate)
PAGEFLAG(Dirty, dirty)
PAGEFLAG(LRU, lru)
PAGEFLAG(Active, active)
PAGEFLAG(SwapCache, swapcache)
PAGEFLAG(Guard, guard)
PAGEFLAG(Slab, slab)
PAGEFLAG(Reserved, reserved)
PAGEFLAG(Private, private)
PAGEFLAG(Writeback, writeback)
PAGEFLAG(Head, head)
PAGEFLAG(Reclaim, reclaim)
PAGEFLAG(SwapBacked, swapbacked)
PAGEFLAG(Unevictable, unevictable)
PAGEFLAG(Mlocked, mlocked)
PAGEFLAG(HWPoison, hwpoison)
TESTPAGEFLAG(Buddy, buddy)

/* Flags that a page may still have when it is freed: they say something about its old content. */
#define PAGE_FLAGS_CLEARED_AT_FREE                                                                 \
	(1ul << PG_referenced | 1ul << PG_uptodate | 1ul << PG_dirty | 1ul << PG_reclaim |         \
	 1ul << PG_swapbacked)

static inline unsigned int page_order(const struct page *page)
{
	return (page->flags & PAGE_ORDER_MASK) >> PAGE_ORDER_SHIFT;
}

/* The type it was allocated as, or of the free block it heads. */
static inline unsigned int page_migratetype(const struct page *page)
{
	return (page->flags & PAGE_MT_MASK) >> PAGE_MT_SHIFT;
}

static inline unsigned int page_zonenum(const struct page *page)
{
	return (page->flags & PAGE_ZONE_MASK) >> PAGE_ZONE_SHIFT;
}

static inline int page_to_nid(const struct page *page)
{
	return (int)((page->flags & PAGE_NODE_MASK) >> PAGE_NODE_SHIFT);
}

static inline int page_ref_count(const struct page *page)
{
	return __atomic_load_n(&page->_refcount, __ATOMIC_RELAXED);
}

static inline void set_page_count(struct page *page, int v)
{
	__atomic_store_n(&page->_refcount, v, __ATOMIC_RELAXED);
}

/* Mappings by page tables: 0 when there are none. */
static inline int page_mapcount(const struct page *page)
{
	return __atomic_load_n(&page->_mapcount, __ATOMIC_RELAXED) + 1;
}

/* In _mapcount: a single frame of a vmalloc area, which only that area gives back. */
enum { PAGE_MAPCOUNT_VMALLOC = 1 };

static inline unsigned long page_private(const struct page *page)
{
	return page->private;
}

static inline void set_page_private(struct page *page, unsigned long v)
{
	page->private = v;
}

/* The first page of the allocated block that page lies in: itself for a single page.
 * Found by alignment: the candidates are the pfn with 1, 2, ... low bits cleared.
 * Returns: page itself when it is in no allocated block. */
struct page *compound_head(struct page *page);

/* References of the block that page belongs to. */
int page_count(struct page *page);

/* Take one more reference. On a page without any, or with 2^31 - 1: reported, refused.
 * Context: any. */
void get_page(struct page *page);

/* Give a reference back; the last one frees the block. Below zero: reported, refused.
 * Context: as free_pages(). */
void put_page(struct page *page);

/* Take a reference unless there is none any more. Returns: whether it was taken. */
bool get_page_unless_zero(struct page *page);

/* Is there a struct page for this frame (RAM or a hole in a block that has RAM)? O(1). */
bool pfn_valid(unsigned long pfn);

/* Does page point at an element of mem_map that exists? Safe for any pointer. O(1). */
bool page_pointer_valid(const struct page *page);

/* What kind of frame it is, in a word: "allocated", "free", "pageset", "reserved", "tail", "hole",
 * "slab", "quarantined", ... For reports; any pfn. */
const char *page_kind(unsigned long pfn);

/* Print everything about a page. Context: any, no zone lock. */
void dump_page(const struct page *page);
