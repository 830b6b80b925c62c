# The memory manager, floor by floor (tools/floors.txt).
# Boot: who has which bytes, before there are pages.
obj += mm/memblock.o mm/numa.o mm/reserved.o
# Pages: from one block to a request's way through all zones.
obj += mm/page.o mm/buddy_repair.o mm/buddy.o mm/pageblock.o mm/rmqueue.o mm/pageset.o mm/page_isolation.o
obj += mm/zonelist.o mm/watermark.o mm/vmstat.o mm/show_mem.o mm/gfp.o mm/alloc_hooks.o
obj += mm/freelist.o mm/page_alloc_slow.o mm/page_alloc.o mm/page_free.o mm/page_ref.o
obj += mm/page_large.o mm/page_alloc_api.o mm/check.o
# Hand-over from the first to the second.
obj += mm/node_init.o mm/memmap.o mm/mm_init.o
