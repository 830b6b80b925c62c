# The memory manager, floor by floor (tools/floors.txt).
# Boot: who has which bytes, before there are pages.
obj += mm/memblock.o mm/numa.o mm/reserved.o
# Pages: from one block to a request's way through all zones.
obj += mm/page.o mm/trace_sites.o mm/buddy_repair.o mm/buddy.o mm/buddy_run.o mm/pageblock.o mm/rmqueue.o mm/pageset.o mm/pageset_fast.o mm/page_isolation.o
obj += mm/zonelist.o mm/watermark.o mm/vmstat.o mm/show_mem.o mm/gfp.o mm/alloc_hooks.o
obj += mm/freelist.o mm/page_alloc_slow.o mm/page_alloc.o mm/page_free.o mm/page_ref.o
obj += mm/page_large.o mm/page_alloc_api.o mm/page_bulk.o mm/check.o
# Objects: sizes, slabs, lists, arrays, then the way of an object.
obj += mm/slab_layout.o mm/slab_report.o mm/slab_debug.o mm/slab_grow.o mm/slab_isolate.o mm/slab_node.o
obj += mm/slab_array.o mm/slab_quarantine.o mm/slab.o mm/slab_bulk.o mm/kmalloc.o mm/slab_check.o mm/slab_limits.o mm/slab_cache.o mm/shrinker.o mm/mempool.o
# Hand-over from the first to the second.
obj += mm/node_init.o mm/memmap.o mm/mm_init.o
# Mappings: addresses of their own for pages that have none, or that are not in one piece.
obj += mm/pgtable.o mm/vmap_area.o mm/vmalloc_space.o mm/vmalloc_report.o mm/vmap_cache.o
obj += mm/vmalloc.o mm/kvmalloc.o mm/vmap.o mm/ioremap.o mm/vmalloc_check.o mm/debug_pagealloc.o
# Objects: smaller things than pages.
obj += mm/percpu_area.o mm/percpu.o
# Mappings: addresses for pages.
obj += mm/kmap_local.o mm/kmap.o mm/highmem.o
