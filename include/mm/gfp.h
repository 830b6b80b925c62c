/* SPDX-License-Identifier: MIT */
/* gfp.h - what an allocation may do and where its pages may lie.
 *
 * Modifiers fall in three groups: where (zone), what for (mobility, compound, zeroed), and how hard
 * to try (reclaim, reserves, retries, silence). Linux 6.1's names and bit values.
 * Source: Gorman ch. 6.4; Linux Documentation/core-api/memory-allocation. */
#pragma once
#include "kernel.h"
#include "types.h"

/* name, bit, what it changes */
#define GFP_BITS(X)                                                                                \
	X(DMA, 0, "only pages below 16 MiB")                                                       \
	X(HIGHMEM, 1, "pages without a kernel address will do")                                    \
	X(DMA32, 2, "only pages below 4 GiB: low memory here")                                     \
	X(MOVABLE, 3, "the page can be moved: grouped with its like, ZONE_MOVABLE allowed")        \
	X(RECLAIMABLE, 4, "the page can be dropped: grouped with its like")                        \
	X(HIGH, 5, "half of the min watermark may be used")                                        \
	X(IO, 6, "reclaim may start disk I/O")                                                     \
	X(FS, 7, "reclaim may call into file systems, and OOM may kill")                           \
	X(ZERO, 8, "return zeroed pages")                                                          \
	X(DIRECT_RECLAIM, 10, "the caller may reclaim, so it may sleep")                           \
	X(KSWAPD_RECLAIM, 11, "wake kswapd when the zone is low")                                  \
	X(COLD, 12, "a page that no CPU has cached will do: not from the pageset")                 \
	X(NOWARN, 13, "fail without a message")                                                    \
	X(RETRY_MAYFAIL, 14, "retry reclaim as long as it makes progress; then fail, no OOM kill") \
	X(NOFAIL, 15, "never fail: retry for ever")                                                \
	X(NORETRY, 16, "reclaim once, then fail, no OOM kill")                                     \
	X(MEMALLOC, 17, "the whole reserve may be used: the caller is freeing memory")             \
	X(COMP, 18, "make the block a compound page")                                              \
	X(NOMEMALLOC, 19, "never use the whole reserve, whatever the context says")                \
	X(HARDWALL, 20, "only nodes in mems_allowed")                                              \
	X(THISNODE, 21, "only the asked node, no fallback")

#define X(name, bit, text) ___GFP_##name = 1u << (bit),
enum gfp_bits { GFP_BITS(X) };
#undef X

#define __GFP_DMA            ((gfp_t)___GFP_DMA)
#define __GFP_HIGHMEM        ((gfp_t)___GFP_HIGHMEM)
#define __GFP_DMA32          ((gfp_t)___GFP_DMA32)
#define __GFP_MOVABLE        ((gfp_t)___GFP_MOVABLE)
#define __GFP_RECLAIMABLE    ((gfp_t)___GFP_RECLAIMABLE)
#define __GFP_HIGH           ((gfp_t)___GFP_HIGH)
#define __GFP_IO             ((gfp_t)___GFP_IO)
#define __GFP_FS             ((gfp_t)___GFP_FS)
#define __GFP_ZERO           ((gfp_t)___GFP_ZERO)
#define __GFP_DIRECT_RECLAIM ((gfp_t)___GFP_DIRECT_RECLAIM)
#define __GFP_KSWAPD_RECLAIM ((gfp_t)___GFP_KSWAPD_RECLAIM)
#define __GFP_COLD           ((gfp_t)___GFP_COLD)
#define __GFP_NOWARN         ((gfp_t)___GFP_NOWARN)
#define __GFP_RETRY_MAYFAIL  ((gfp_t)___GFP_RETRY_MAYFAIL)
#define __GFP_NOFAIL         ((gfp_t)___GFP_NOFAIL)
#define __GFP_NORETRY        ((gfp_t)___GFP_NORETRY)
#define __GFP_MEMALLOC       ((gfp_t)___GFP_MEMALLOC)
#define __GFP_COMP           ((gfp_t)___GFP_COMP)
#define __GFP_NOMEMALLOC     ((gfp_t)___GFP_NOMEMALLOC)
#define __GFP_HARDWALL       ((gfp_t)___GFP_HARDWALL)
#define __GFP_THISNODE       ((gfp_t)___GFP_THISNODE)

/* Both kinds of reclaim; the books' older names for it and for RETRY_MAYFAIL. */
#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define __GFP_WAIT    __GFP_RECLAIM
#define __GFP_REPEAT  __GFP_RETRY_MAYFAIL

/* Every bit that means something. */
#define X(name, bit, text) ___GFP_##name |
enum { ___GFP_ALL = GFP_BITS(X) 0 };
#undef X
#define __GFP_ALL ((gfp_t)___GFP_ALL)

/* The mixes that callers name. */
#define GFP_ATOMIC           (__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_NOWAIT           (__GFP_KSWAPD_RECLAIM)
#define GFP_NOIO             (__GFP_RECLAIM)
#define GFP_NOFS             (__GFP_RECLAIM | __GFP_IO)
#define GFP_KERNEL           (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_USER             (GFP_KERNEL | __GFP_HARDWALL)
#define GFP_HIGHUSER         (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
#define GFP_DMA              (__GFP_DMA)
#define GFP_DMA32            (__GFP_DMA32)

#define GFP_ZONEMASK      (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_MOVABLE)
#define GFP_MOVABLE_MASK  (__GFP_MOVABLE | __GFP_RECLAIMABLE)
#define GFP_MOVABLE_SHIFT 3

/* May the caller sleep? */
static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

/* Why the flags cannot be together, as a word for a report; NULL when they can.
 * Context: any. */
const char *gfp_conflict(gfp_t gfp);

/* "GFP_KERNEL|__GFP_ZERO" into buf. Returns: the length written. */
int gfp_format(char *buf, size_t size, gfp_t gfp);

/* Read what gfp_format writes, or a number; names may lack "GFP_" or "__GFP_".
 * Returns: 0 or -EINVAL, with *bad at the first word not understood. */
int gfp_parse(const char *text, gfp_t *gfp, const char **bad);
