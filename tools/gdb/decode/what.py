# SPDX-License-Identifier: MIT
"""what.py - everything that the kernel's books say about one address.

A recogniser looks at a Query and yields lines; those here are asked in the order in which they stand.
Lines with two blanks in front are the kernel's own `what` word by word, so that tests can compare
them; those with four are what only an onlooker can say. A new layer adds its recogniser where its
lines should come: one decorated function."""

from decode import addresses, kinds, kmaps, percpus, sites, slabs, stacks, vmaps, walk
from decode.memory import Unreadable
from decode.pages import Pages

RECOGNISERS = []


def recogniser(run):
    """The next one to be asked."""
    RECOGNISERS.append(run)
    return run


class Query:
    """An address, and the decoders that recognisers share."""

    def __init__(self, mem, va, pages=None):
        self.mem, self.layout, self.va = mem, mem.layout, va
        self.area = addresses.address_class(mem, va)
        self.pages = pages or Pages(mem)
        self.slabs, self.vmaps, self.percpus = slabs.Slabs(mem, self.pages), vmaps.Vmaps(mem), \
            percpus.Percpus(mem)

    def within(self, start, end):
        return self.layout[start] <= self.va < self.layout[end]

    def site(self, pc):
        return sites.site(self.mem, pc)


def lines(mem, va, pages=None):
    """The answer, line by line."""
    query = Query(mem, va & 0xffffffff, pages)
    yield f"{query.va:#010x}: {query.area}"
    for run in RECOGNISERS:
        try:
            yield from run(query)
        except Unreadable as error:
            yield f"    {run.__name__}: {error}"


# --- frames ----------------------------------------------------------------------------------

@recogniser
def mapping(q):
    """By the page tables in use."""
    w = walk.walk(q.mem, q.va)
    if w.pa is None:
        yield "  not mapped" + (f": {w.broken}" if w.broken else "")
        return
    yield f"  mapped to pa {w.pa:#011x} by a {'2 MiB' if w.size == walk.LARGE else '4 KiB'} page"
    yield from frame(q, w.pa >> q.layout["PAGE_SHIFT"])


def block_of(q, page, kind):
    """The first page of the block that a page belongs to."""
    if kind == "free":
        return kinds.deferred_head(q.pages, page) or kinds.free_head(q.pages, page.pfn) or page
    return page if page.has("reserved") else kinds.allocated_head(q.pages, page.pfn) or page


def frame(q, pfn):
    """What a frame is."""
    kind, page = kinds.page_kind(q.pages, pfn), q.pages.get(pfn)
    if page is None:
        yield f"  frame {pfn}: {kind}"
        yield from firmware(q, pfn)
        return
    block = block_of(q, page, kind)
    name = q.pages.type_names[block.migratetype] if block.migratetype < len(q.pages.type_names) else "?"
    yield f"  frame {pfn}: {kind}, block {block.pfn} of order {block.order}, {name}, " \
          f"zone {block.zone_name}, node {block.nid}"
    yield from frame_extras(q, page, block, kind)


def firmware(q, pfn):
    """What /proc/iomem has there: the narrowest range."""
    pa, ranges = pfn << q.layout["PAGE_SHIFT"], q.mem.static("resources", "resource.c")
    around = [r for r in (ranges[i] for i in range(q.mem.static("nr_resources", "resource.c")))
              if r.start <= pa + q.layout["PAGE_SIZE"] - 1 and pa <= r.end]
    if around:
        r = min(around, key=lambda r: r.end - r.start)
        yield f"    {r.name.string} [{r.start:#x}-{r.end:#x}]"


def frame_extras(q, page, block, kind):
    if page.has("reserved"):
        yield from firmware(q, page.pfn)
    if kind in ("allocated", "tail"):
        yield f"    {block.refcount} references, allocated by {q.site(block.struct.alloc_site)}"
        if page.struct._mapcount == q.layout["PAGE_MAPCOUNT_VMALLOC"]:
            yield from (f"    frame of {describe(q, a)}" for a in areas_with(q, page))
        yield from page_table(q, page.pfn)
    elif kind == "free" and block.struct.free_site:
        yield f"    freed by {q.site(block.struct.free_site)}"
    elif kind == "pageset":
        yield from in_pageset(q, page)


def areas_with(q, page):
    """Areas that list a page as theirs."""
    return [a for a in q.vmaps.areas() if page.address in a.blocks()]


def page_table(q, pfn):
    """If the kernel's page tables go through the frame: which addresses."""
    for start, end, table in tables(q.mem):
        if table == pfn:
            yield f"    page table of {start:#010x}-{end:#010x}"


def tables(mem):
    """(first address, end, frame) of every directory and table of the kernel's half."""
    root, c = mem.layout.addr("swapper_pg_dir") - mem.layout["PAGE_OFFSET"], mem.layout
    for i, pgd in enumerate(quads(mem, root, 4)):
        if not pgd & walk.PRESENT or i << 30 < c["PAGE_OFFSET"]:
            continue
        yield i << 30, i + 1 << 30, (pgd & walk.PFN_MASK) >> 12
        for k, pmd in enumerate(quads(mem, pgd & walk.PFN_MASK, 512)):
            if pmd & walk.PRESENT and not pmd & walk.PSE:
                start = (i << 30) + k * walk.LARGE
                yield start, start + walk.LARGE, (pmd & walk.PFN_MASK) >> 12


def quads(mem, pa, count):
    return memoryview(mem.read_physical(pa, 8 * count)).cast("Q").tolist()


def in_pageset(q, page):
    """Which CPU's pageset has the page."""
    for zone, cpu, order, mt, entries in pageset_lists(q.mem):
        for at in entries:
            if at <= page.address < at + (q.pages.size << order):
                yield f"    in CPU {cpu}'s pageset of zone {zone.name.string}, order {order}, " \
                      f"{q.pages.type_names[mt]}, freed by {q.site(page.struct.free_site)}"


def pageset_lists(mem):
    """(zone, cpu, order, migrate type, addresses of struct pages, lowest first) of every list."""
    for zone in (z.target for z in mem.var("zone_table") if z):
        for cpu, pcp in enumerate(zone.pageset):
            if not pcp:
                continue
            for order, by_type in enumerate(pcp.lists):
                for mt, one in enumerate(by_type):
                    count = (int(one.stack.top) - int(one.base)) // 4
                    yield zone, cpu, order, mt, memoryview(
                        mem.read(int(one.base) + 4, 4 * count)).cast("I").tolist() \
                        if 0 < count <= one.capacity else []


# --- places by address -------------------------------------------------------------------------

@recogniser
def code(q):
    """A function, a variable of the image."""
    found = sites.table(q.mem).find(q.va) if q.area in ("kernel text", "init text") else None
    if found:
        yield f"  function {found[0]}+{found[1]:#x}"
        return
    if q.area in ("kernel rodata", "kernel data", "init data"):
        variable = q.layout.variable_at(q.va)
        if variable:
            yield f"    variable {variable[0]}+{variable[1]:#x}"
    at = q.layout.addr
    if at("__init_begin") <= q.va < at("__init_end") and q.mem.var("initmem_freed"):
        yield "    code and data of boot lay here until they were freed"


@recogniser
def area(q):
    """Of vmalloc, vmap, ioremap."""
    if not q.within("VMALLOC_START", "VMALLOC_END"):
        return
    found = q.vmaps.find(q.va)
    if found:
        guard = "guard page of " if found.in_guard(q.va) else ""
        yield f"  {guard}{describe(q, found)}, offset {q.va - found.start}"
        return
    gone = q.vmaps.gone(q.va)
    if gone:
        kind = vmaps.kind_of(q.layout, gone.flags)
        yield f"    was in {kind} area {gone.start:#010x}-{gone.end:#010x}, which is gone: made by " \
              f"{q.site(gone.caller)}, freed by {q.site(gone.freed_by)}"
    nearest = q.vmaps.nearest(q.va)
    yield "    no area; " + (f"nearest is {describe(q, nearest)}" if nearest else "there is none")


def describe(q, found):
    freed = f", freed by {q.site(found.struct.freed_by)}" if found.state not in ("NEW", "BUSY") else ""
    return f"{found.kind} area {found.start:#010x}-{found.end:#010x}, {vmaps.STATES[found.state]}, " \
           f"made by {q.site(found.vm.caller)}{freed}"


@recogniser
def per_cpu(q):
    """A pointer to per-CPU data, or a CPU's copy."""
    split = q.percpus.split(q.va)
    if not split or q.va < q.layout["PERCPU_BASE"] or q.layout["PERCPU_UNITS"] + \
            q.layout["NR_CPUS"] * q.layout["PERCPU_UNIT_SIZE"] <= q.va:
        return
    cpu, offset = split
    if cpu is not None:
        yield f"  copy of CPU {cpu}, pointer {q.percpus.base + offset:#010x}"
    variable, piece = q.percpus.variable(offset), q.percpus.find(offset)
    if variable:
        yield f"    variable {variable[0]}+{variable[1]:#x}"
    if piece:
        yield f"  per-CPU allocation of {piece.size} bytes, made by {q.site(piece.site)}, " \
              f"offset {offset - piece.offset}"


@recogniser
def pkmap(q):
    """An entry of kmap()."""
    if q.area != "pkmap":
        return
    entries = kmaps.Pkmap(q.mem)
    i = entries.index(q.va)
    e = entries.struct.entry[i]
    if e.count > 0:
        yield f"  pkmap entry {i}: {e.count} users, pfn {entries.pfn(i)}, mapped by {q.site(e.mapped_by)}"
        return
    yield f"  pkmap entry {i}: not in use"
    if e.count == 0:
        yield f"    idle, still mapped to pfn {entries.pfn(i)}"
    if e.unmapped_by:
        yield f"    mapped last by {q.site(e.mapped_by)}, unmapped by {q.site(e.unmapped_by)}"


@recogniser
def kmap_window(q):
    """A window of kmap_local_page()."""
    windows = kmaps.Windows(q.mem)
    place = windows.locate(q.va) if q.area == "kmap window" else None
    if not place:
        return
    cpu, slot = place
    site, head = windows.site(cpu, slot), f"  kmap window of CPU {cpu}, slot {slot}: "
    if windows.pte(cpu, slot) & walk.PRESENT:
        yield f"{head}pfn {windows.pfn(cpu, slot)}, mapped by {q.site(site.mapped)}"
        return
    yield head + "not in use"
    if site.unmapped:
        yield f"    mapped last by {q.site(site.mapped)}, unmapped by {q.site(site.unmapped)}"


@recogniser
def fixmap(q):
    """A slot that is known at compile time."""
    if q.area != "fixmap":
        return
    c = q.layout
    slot = c["FIXADDR_TOP"] - c["PAGE_SIZE"] - (q.va & -c["PAGE_SIZE"]) >> c["PAGE_SHIFT"]
    yield f"  fixmap slot {slot}"
    if slot <= c["FIX_CLEAR_PAGE_END"]:
        yield f"    CPU {slot - c['FIX_CLEAR_PAGE_BEGIN']}'s window to fill pages through"
    elif c["FIX_EARLY_END"] <= slot <= c["FIX_EARLY_BEGIN"]:
        yield "    window for firmware tables while booting"
    elif slot in (c["FIX_APIC"], c["FIX_TEST"]):
        yield "    FIX_APIC" if slot == c["FIX_APIC"] else "    FIX_TEST"


# --- what lies in memory -----------------------------------------------------------------------

@recogniser
def stack(q):
    """Of a task, an interrupt, a CPU that boots."""
    s = stacks.find(q.mem, q.va)
    if not s:
        return
    if q.va < s.bottom:
        yield f"  guard page of stack {s.name.string}"
    else:
        yield f"  stack {s.name.string}, {s.top - q.va} bytes below its top"


@recogniser
def structure(q):
    """A node, a zone, a pageset, a task, by its place."""
    for start, size, name in structures(q.mem):
        if start <= q.va < start + size:
            yield f"    in {name} at {start:#010x}, offset {q.va - start}"


def structures(mem):
    """(address, bytes, name) of what there are few of."""
    for zone in (z.target for z in mem.var("zone_table") if z):
        yield zone.address, zone.size, f"zone {zone.name.string} of node {zone.node}"
        for cpu, pcp in enumerate(zone.pageset):
            if pcp:
                yield int(pcp), mem.layout.size("per_cpu_pages"), \
                    f"pageset of CPU {cpu}, zone {zone.name.string}"
    for node in (p.target for p in mem.var("node_data") if p):
        yield node.address, node.size, f"node {node.node_id}"
    if mem.number(mem.layout.addr("tasks")):
        for task in mem.list(mem.layout.addr("tasks"), "task_struct", "all_list"):
            comm = "".join(chr(c & 127) for c in task.comm).split("\0")[0]
            yield task.address, task.size, f"task {task.pid} ({comm})"


@recogniser
def struct_page(q):
    """An element of mem_map."""
    pfn, rest = divmod(q.va - q.pages.mem_map & 0xffffffff, q.pages.size)
    if q.pages.valid(min(pfn, q.pages.max_pfn - 1)) and holds(q, q.va):
        yield f"  struct page of frame {pfn}, offset {rest}"


def holds(q, va):
    """Is there a piece of mem_map at the address?"""
    piece = va >> q.layout["MEMMAP_PIECE_SHIFT"]
    return bool(q.mem.read(q.layout.addr("memmap_pieces") + piece // 8, 1)[0] >> piece % 8 & 1)


@recogniser
def slab_object(q):
    """An object of a cache, or a large block of kmalloc."""
    large = q.slabs.large_block(q.va)
    if large:
        yield f"  kmalloc block of {large[1]} bytes at {large[0]:#010x}, offset {q.va - large[0]}"
        return
    place = q.slabs.place(q.va)
    if not place:
        return
    free = place.slab.free_bits() >> place.index & 1
    parked = place.cache.parked().get(place.object)
    yield f"  object {place.object:#010x}, number {place.index} of {place.cache.num} in its slab, of " \
          f"cache {place.cache.name}, offset {place.offset}, {'free' if free or parked else 'taken'}"
    if parked:
        yield f"    {parked}"
    yield f"    slab {place.slab.address:#010x}, {place.slab.inuse} of {place.cache.num} objects in use"
    yield from tracks(q, place.cache, place.object)


def tracks(q, cache, obj):
    """Who allocated and freed an object, where that is remembered."""
    tail = cache.tail(obj) if cache.has("STORE_USER") else None
    for word, track in (("allocated", tail.alloc), ("freed", tail.free)) if tail else ():
        if track.seq:
            yield f"    {word} by {q.site(track.trace[0])} on CPU {track.cpu}, event {track.seq}"
