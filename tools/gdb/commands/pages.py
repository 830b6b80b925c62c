# SPDX-License-Identifier: MIT
"""pages.py - `mm page`, `mm owner` and conversions: one frame, by number or by an address in it."""

from commands import CommandError, command
from decode import kinds, walk
from decode.addresses import address_class
from decode.pages import Pages, gfp_names

GROUP = "Pages and zones"


def frame(k, text):
    """The number of a frame: PFN, a kernel address (from PAGE_OFFSET on) or pa:PHYS."""
    if text.startswith("pa:"):
        return k.number(text[3:]) >> k.layout["PAGE_SHIFT"]
    value = k.number(text)
    if value < k.layout["PAGE_OFFSET"]:
        return value
    pa = walk.translate(k.mem, value)
    if pa is None:
        raise CommandError(f"{value:#010x} ({address_class(k.mem, value)}) is not mapped")
    return pa >> k.layout["PAGE_SHIFT"]


def pages_of(k):
    pages = Pages(k.mem)
    if not pages.mem_map:
        raise CommandError("there is no mem_map yet: boot has not come so far")
    return pages


@command("page", "PFN|ADDR|pa:PHYS", aliases=("kmem -p",))
def show_page(k, which):
    """All about a frame: state, order, type, zone, flags, sites.

    A number below PAGE_OFFSET is a pfn, another one a kernel address. The same as the kernel's own
    `page`. Gorman ch. 2.4."""
    pages, pfn = pages_of(k), frame(k, which)
    pa, page = pfn << k.layout["PAGE_SHIFT"], pages.get(pfn)
    if page is None:
        yield f"pfn {pfn} (pa {pa:#011x}): {kinds.page_kind(pages, pfn)}"
        return
    s = page.struct
    yield f"page {page.address:#010x} pfn {pfn} (pa {pa:#011x}): {kinds.page_kind(pages, pfn)}, " \
          f"order {page.order}, type {page.type_name}, zone {page.zone_name}, node {page.nid}"
    yield f"  flags {page.flags:#010x}({'|'.join(page.flag_names)}) refcount {page.refcount} " \
          f"mapcount {page.mapcount} mapping {int(s.mapping):#010x} index {s.index:#x} " \
          f"private {s.private:#x}"
    yield f"  allocated by {k.layout.return_site(s.alloc_site)}, freed by {k.layout.return_site(s.free_site)}"
    if pfn < k.mem.var("max_low_pfn"):
        yield f"  kernel address {pa + k.layout['PAGE_OFFSET']:#010x}"
    else:
        yield "  no kernel address: high memory"
    record = kinds.owner(k.mem, pfn)
    if record and record.seq:
        yield "  owner: " + owner_text(k, record)


def owner_text(k, record):
    return f"order {record.order}, {gfp_names(k.layout, record.gfp)}, allocated by " \
           f"{k.layout.return_site(record.alloc_site)}, freed by {k.layout.return_site(record.free_site)}, " \
           f"event {record.seq}"


@command("owner", "PFN|ADDR|pa:PHYS")
def show_owner(k, which):
    """Who allocated and freed a frame last, with which flags.

    Boot with page_owner=on. A frame inside a block has the record of the block's first page.
    Without records there are only the two sites in struct page."""
    pages, pfn = pages_of(k), frame(k, which)
    head = kinds.allocated_head(pages, pfn) or kinds.free_head(pages, pfn) or pages.get(pfn)
    if head is None:
        raise CommandError(f"pfn {pfn} has no struct page: {kinds.page_kind(pages, pfn)}")
    kind = kinds.page_kind(pages, head.pfn)
    yield f"pfn {pfn}, in the block of pfn {head.pfn}, order {head.order}: {kind}"
    record = kinds.owner(k.mem, head.pfn)
    if record is None:
        yield "  page_owner is off (page_owner=on on the kernel's command line); struct page says:"
        yield f"  allocated by {k.layout.return_site(head.struct.alloc_site)}, freed by " \
              f"{k.layout.return_site(head.struct.free_site)}, as far as its owner has not overwritten it"
    elif not record.seq:
        yield "  never allocated since boot"
    else:
        yield "  " + owner_text(k, record)
