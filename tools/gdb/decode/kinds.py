# SPDX-License-Identifier: MIT
"""kinds.py - what a frame is at present, in the kernel's own words: page_kind() of mm/page.c.

A block of 2^k pages has its state in its first page; where that is, the low bits of the number tell:
with 1, 2, ... of them cleared there are at most MAX_ORDER candidates."""


def reserved_name(mem, pfn):
    """Who has a reserved frame; ranges that were remembered later win."""
    pa, size = pfn << mem.layout["PAGE_SHIFT"], mem.layout["PAGE_SIZE"]
    ranges = mem.static("ranges", "reserved.c")
    for i in reversed(range(mem.static("nr_ranges", "reserved.c"))):
        r = ranges[i]
        if pa + size > r.start and pa < r.end:
            return r.name.string
    return "reserved"


def _heads(pages, pfn, first):
    """(order, Page) of the frames that may begin a block with pfn in it."""
    for order in range(first, pages.layout["MAX_ORDER"]):
        page = pages.get(pfn & -1 << order)
        if page:
            yield order, page


def free_head(pages, pfn):
    """The first page of the free block that a frame lies in, or None."""
    for order, page in _heads(pages, pfn, 0):
        if page.is_buddy and page.order >= order:
            return page
    return None


def allocated_head(pages, pfn):
    """The first page of the allocated block that a frame lies in, or None."""
    for order, page in _heads(pages, pfn, 0):
        if page.refcount > 0 and (not order or page.order >= order and not page.has("reserved")):
            return page
    return None


def deferred_head(pages, page):
    """The first page of the block that waits to be merged (zone->deferred), if page is in it."""
    zone = pages.mem.var("zone_table")[page.flags >> pages.layout["PAGE_ZONE_SHIFT"]]
    head = pages.of_address(int(zone.deferred)) if zone and zone.deferred else None
    return head if head and head.pfn <= page.pfn < head.pfn + (1 << page.order) else None


def page_kind(pages, pfn):
    """ "allocated", "free", "pageset", "tail", "slab", "hole", a reserved range's name, ..."""
    page = pages.get(pfn)
    if page is None:
        return "hole" if pfn < pages.max_pfn else "beyond_memory"
    if page.has("reserved"):
        return reserved_name(pages.mem, pfn)
    if page.has("hwpoison"):
        return "quarantined"
    if page.refcount:
        return "slab" if page.has("slab") else "allocated"
    if page.has("guard"):
        return "guard"
    if free_head(pages, pfn) or deferred_head(pages, page):
        return "free"
    return "tail" if allocated_head(pages, pfn) else "pageset"


def owner(mem, pfn):
    """The record of page_owner=on (a struct page_owner), or None: it is off."""
    owners = mem.static("owners", "alloc_hooks.c")
    return owners[pfn] if owners and pfn < mem.var("max_pfn") else None
