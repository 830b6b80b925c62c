/* SPDX-License-Identifier: MIT */
/* trace_events.h - the one table of trace events: what is recorded, and how it reads.
 *
 * Each event has a list of fields F(event, type, name, kind), in the order in which they are
 * printed. From it come the C structure of a record's data (trace.h), the text line (trace_text.c)
 * and the constant table trace_event_types that programs on the host read. Names and fields are
 * Linux's where Linux has the event; call_site stands at the end where Linux has none, so that what
 * reads Linux's lines reads these. buddy_*, slab_*, kmap and kunmap are our own.
 *
 * kind: PTR    an address, 8 hex digits          HEX   0x and hex digits
 *       DEC    a number                          SDEC  a signed one
 *       GFP    flags by name                     SITE  an address in the code, by symbol
 *       STR    characters, ended by 0 or the end of the field
 *       ZONE   enum zone_type, by name           BOOL  0 or 1
 * To add an event: a list here, a line in TRACE_EVENTS, its function in mm/trace_sites.h. */
#pragma once

#define TRACE_FIELDS_mm_page_alloc(F, e)                                                           \
	F(e, u32, page, PTR)                                                                       \
	F(e, u32, pfn, DEC)                                                                        \
	F(e, u8, order, DEC)                                                                       \
	F(e, u8, migratetype, DEC) F(e, u32, gfp_flags, GFP) F(e, u32, call_site, SITE)

#define TRACE_FIELDS_mm_page_free(F, e)                                                            \
	F(e, u32, page, PTR) F(e, u32, pfn, DEC) F(e, u8, order, DEC) F(e, u32, call_site, SITE)

#define TRACE_FIELDS_mm_page_alloc_zone_locked(F, e)                                               \
	F(e, u32, page, PTR)                                                                       \
	F(e, u32, pfn, DEC)                                                                        \
	F(e, u8, order, DEC) F(e, u8, migratetype, DEC) F(e, u8, percpu_refill, BOOL)

#define TRACE_FIELDS_mm_page_alloc_extfrag(F, e)                                                   \
	F(e, u32, page, PTR)                                                                       \
	F(e, u32, pfn, DEC)                                                                        \
	F(e, u8, alloc_order, DEC)                                                                 \
	F(e, u8, fallback_order, DEC)                                                              \
	F(e, u8, pageblock_order, DEC)                                                             \
	F(e, u8, alloc_migratetype, DEC)                                                           \
	F(e, u8, fallback_migratetype, DEC)                                                        \
	F(e, u8, fragmenting, BOOL) F(e, u8, change_ownership, BOOL)

#define TRACE_FIELDS_mm_page_pcpu_drain(F, e)                                                      \
	F(e, u32, page, PTR) F(e, u32, pfn, DEC) F(e, u8, order, DEC) F(e, u8, migratetype, DEC)

/* A free block of `order` is cut into two: page is the first of it. */
#define TRACE_FIELDS_buddy_split(F, e)                                                             \
	F(e, u32, page, PTR)                                                                       \
	F(e, u32, pfn, DEC)                                                                        \
	F(e, u8, order, DEC) F(e, u8, migratetype, DEC) F(e, s8, node, SDEC) F(e, u8, zone, ZONE)

/* Two free buddies become one block of `order`: page is the first of it. */
#define TRACE_FIELDS_buddy_merge(F, e)                                                             \
	F(e, u32, page, PTR)                                                                       \
	F(e, u32, pfn, DEC)                                                                        \
	F(e, u8, order, DEC) F(e, u8, migratetype, DEC) F(e, s8, node, SDEC) F(e, u8, zone, ZONE)

#define TRACE_FIELDS_kmalloc(F, e)                                                                 \
	F(e, u32, call_site, SITE)                                                                 \
	F(e, u32, ptr, PTR)                                                                        \
	F(e, u32, bytes_req, DEC)                                                                  \
	F(e, u32, bytes_alloc, DEC) F(e, u32, gfp_flags, GFP) F(e, s16, node, SDEC)

#define TRACE_FIELDS_kfree(F, e) F(e, u32, call_site, SITE) F(e, u32, ptr, PTR)

#define TRACE_FIELDS_kmem_cache_alloc(F, e)                                                        \
	F(e, u32, call_site, SITE)                                                                 \
	F(e, u32, ptr, PTR)                                                                        \
	F(e, u16, bytes_req, DEC)                                                                  \
	F(e, u16, bytes_alloc, DEC)                                                                \
	F(e, u32, gfp_flags, GFP) F(e, s16, node, SDEC) F(e, trace_name_t, name, STR)

#define TRACE_FIELDS_kmem_cache_free(F, e)                                                         \
	F(e, u32, call_site, SITE) F(e, u32, ptr, PTR) F(e, trace_name_t, name, STR)

/* The pages of a slab come from the page allocator and go back. */
#define TRACE_FIELDS_slab_grow(F, e)                                                               \
	F(e, u32, page, PTR)                                                                       \
	F(e, u32, pfn, DEC)                                                                        \
	F(e, u8, order, DEC)                                                                       \
	F(e, s8, node, SDEC) F(e, u16, objects, DEC) F(e, trace_name_t, name, STR)

#define TRACE_FIELDS_slab_reap(F, e)                                                               \
	F(e, u32, page, PTR)                                                                       \
	F(e, u32, pfn, DEC)                                                                        \
	F(e, u8, order, DEC)                                                                       \
	F(e, s8, node, SDEC) F(e, u16, objects, DEC) F(e, trace_name_t, name, STR)

#define TRACE_FIELDS_alloc_vmap_area(F, e)                                                         \
	F(e, u32, va_start, HEX)                                                                   \
	F(e, u32, size, DEC)                                                                       \
	F(e, u32, align, DEC) F(e, u32, vstart, HEX) F(e, u32, vend, HEX) F(e, u8, failed, BOOL)

#define TRACE_FIELDS_purge_vmap_area_lazy(F, e)                                                    \
	F(e, u32, start, HEX) F(e, u32, end, HEX) F(e, u32, num_purged, DEC)

#define TRACE_FIELDS_free_vmap_area_noflush(F, e)                                                  \
	F(e, u32, va_start, HEX) F(e, u32, nr_lazy, DEC) F(e, u32, nr_lazy_max, DEC)

#define TRACE_FIELDS_percpu_alloc_percpu(F, e)                                                     \
	F(e, u32, call_site, SITE)                                                                 \
	F(e, u8, reserved, BOOL)                                                                   \
	F(e, u8, is_atomic, BOOL)                                                                  \
	F(e, u16, size, DEC)                                                                       \
	F(e, u32, align, DEC)                                                                      \
	F(e, u32, base_addr, PTR)                                                                  \
	F(e, u32, off, DEC)                                                                        \
	F(e, u32, ptr, PTR) F(e, u32, bytes_alloc, DEC) F(e, u32, gfp_flags, GFP)

#define TRACE_FIELDS_percpu_free_percpu(F, e)                                                      \
	F(e, u32, base_addr, PTR) F(e, u32, off, DEC) F(e, u32, ptr, PTR) F(e, u32, call_site, SITE)

#define TRACE_FIELDS_mm_vmscan_wakeup_kswapd(F, e)                                                 \
	F(e, s8, nid, SDEC) F(e, u8, order, DEC) F(e, u32, gfp_flags, GFP)

#define TRACE_FIELDS_mm_vmscan_direct_reclaim_begin(F, e)                                          \
	F(e, u8, order, DEC) F(e, u32, gfp_flags, GFP)

#define TRACE_FIELDS_mm_vmscan_direct_reclaim_end(F, e) F(e, u32, nr_reclaimed, DEC)

#define TRACE_FIELDS_page_fault_kernel(F, e)                                                       \
	F(e, u32, address, HEX) F(e, u32, ip, SITE) F(e, u32, error_code, HEX)

/* A persistent mapping of a high page gets one user more, or less. */
#define TRACE_FIELDS_kmap(F, e)                                                                    \
	F(e, u32, page, PTR) F(e, u32, pfn, DEC) F(e, u32, address, HEX) F(e, u32, call_site, SITE)

#define TRACE_FIELDS_kunmap(F, e)                                                                  \
	F(e, u32, page, PTR) F(e, u32, pfn, DEC) F(e, u32, call_site, SITE)

/* At most 32: each has a bit in trace_on. New ones go to the end, so that numbers stay. */
#define TRACE_EVENTS(E)                                                                            \
	E(mm_page_alloc)                                                                           \
	E(mm_page_free)                                                                            \
	E(mm_page_alloc_zone_locked)                                                               \
	E(mm_page_alloc_extfrag)                                                                   \
	E(mm_page_pcpu_drain)                                                                      \
	E(buddy_split)                                                                             \
	E(buddy_merge)                                                                             \
	E(kmalloc)                                                                                 \
	E(kfree)                                                                                   \
	E(kmem_cache_alloc)                                                                        \
	E(kmem_cache_free)                                                                         \
	E(slab_grow)                                                                               \
	E(slab_reap)                                                                               \
	E(alloc_vmap_area)                                                                         \
	E(purge_vmap_area_lazy)                                                                    \
	E(free_vmap_area_noflush)                                                                  \
	E(percpu_alloc_percpu)                                                                     \
	E(percpu_free_percpu)                                                                      \
	E(mm_vmscan_wakeup_kswapd)                                                                 \
	E(mm_vmscan_direct_reclaim_begin)                                                          \
	E(mm_vmscan_direct_reclaim_end)                                                            \
	E(page_fault_kernel)                                                                       \
	E(kmap)                                                                                    \
	E(kunmap)
