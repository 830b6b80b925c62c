# SPDX-License-Identifier: MIT
"""zones.py - nodes, zones, free lists, pagesets, and every page of mem_map in exactly one of them.

I1-I10, I12, I15: lists against marks in mem_map, both ways; counters; watermarks; a page is free,
in a pageset, allocated, guard, quarantined or reserved, and only one of these."""

from decode.checks import frames as all_frames
from decode.checks import pagesets

NO_MAP = 0xffffffff  # _mapcount of a page that nobody maps


def look(report, state):
    f = all_frames.of(state)
    report.count("frames", sum(end - first for first, end in f.runs))
    for node in state.zones.nodes():
        present = sum(z.present_pages for z in node.node_zones)
        report.equal(f"node {node.node_id} at {node.address:#010x}", "present pages of its zones",
                     node.node_present_pages, present)
        report.count("nodes")
    zones = state.zones.populated()
    mark_reserved(report, state, f)
    lists = {z.address: Lists(report, state, f, z) for z in zones}
    for z in zones:
        lists[z.address].look()
        pagesets.look(report, state, f, z)
        report.count("zones")
    allocated(report, state, f)
    for z in zones:
        sums(report, state, f, z, lists[z.address])
        watermarks(report, z)
    zone_bits(report, state, f)
    orphans(report, state, f)


def name(zone):
    return f"zone {zone.name.string} of node {zone.node} at {zone.address:#010x}"


def mark_reserved(report, state, f):
    """Reserved pages and what lies over holes."""
    reserved, managed = f.bit["reserved"], f.bit["managed"]
    for first, end in f.runs:
        for pfn in range(first, end):
            flags = f.flags[pfn]
            if flags & reserved:
                f.owner[pfn] = f.NAMES.index("reserved")
                if flags & managed:
                    report.bad(all_frames.where(state, pfn), "is reserved and the allocator's at once")
    c, mem = state.layout, state.mem
    ram = [(r.base + c["PAGE_SIZE"] - 1 >> c["PAGE_SHIFT"],
            r.base + r.field("size") >> c["PAGE_SHIFT"]) for r in memory_regions(mem)]
    inside = bytearray(f.max_pfn)
    for first, end in ram:
        inside[first:end] = b"\1" * max(0, min(end, f.max_pfn) - first)
    for first, end in f.runs:
        for pfn in range(first, end):
            if not inside[pfn] and f.owner[pfn] != 2:
                report.bad(all_frames.where(state, pfn), "is no memory, and not reserved")


def memory_regions(mem):
    """RAM as memblock knows it: [struct memblock_region]."""
    memory = mem.var("memblock").memory
    return [memory.regions[i] for i in range(memory.cnt)]


class Lists:
    """The free lists of one zone."""

    def __init__(self, report, state, f, zone):
        self.report, self.state, self.f, self.zone = report, state, f, zone
        self.c, self.free, self.isolated = state.layout, 0, 0
        self.lru = self.c.offset("page", "lru")
        self.on_list = {}  # {pfn: order} of the blocks found

    def look(self):
        for order in range(self.c["MAX_ORDER"]):
            blocks = 0
            for mt, type_name in enumerate(self.state.zones.types):
                found = self.one_list(order, mt, type_name)
                blocks += found
                nonempty = self.zone.nonempty[mt] >> order & 1
                self.report.equal(f"{name(self.zone)}, order {order} {type_name}", "bit of nonempty",
                                  int(found > 0), nonempty)
                if mt == self.c["MIGRATE_ISOLATE"]:
                    self.isolated += found << order
                else:
                    self.free += found << order
            self.report.equal(f"{name(self.zone)}, order {order}", "nr_free", blocks,
                              self.zone.free_area[order].nr_free)
            self.report.count("free blocks", blocks)
        self.deferred()
        self.marks()

    def one_list(self, order, mt, type_name):
        """Returns: how many blocks were found."""
        head = self.zone.address_of(f"free_area[{order}].free_list[{mt}]")
        where = f"{name(self.zone)}, order {order} {type_name} list at {head:#010x}"
        before, at, n = head, self.zone.free_area[order].free_list[mt].next, 0
        last = int(self.zone.free_area[order].free_list[mt].prev)
        at = int(at)
        while at != head:
            pfn = self.state.is_struct_page(at - self.lru)
            if pfn is None:
                self.report.bad(where, f"link of {before:#010x} leads to no struct page")
                return n
            if not self.report.equal(where, f"back link of {all_frames.where(self.state, pfn)}", before,
                                     self.f.prev[pfn]):
                return n
            if pfn in self.on_list:
                self.report.bad(where, f"{all_frames.where(self.state, pfn)} is on a list twice")
                return n
            self.block(where, pfn, order, mt)
            before, at, n = at, self.f.next[pfn], n + 1
        self.report.equal(where, "last entry by the head's back link", before, last)
        return n

    def block(self, where, pfn, order, mt):
        """One free block."""
        f, size, page = self.f, 1 << order, all_frames.where(self.state, pfn)
        self.on_list[pfn] = order
        if not f.flags[pfn] & f.bit["buddy"]:
            self.report.bad(page, f"is on the {where}, and not marked PG_buddy")
        self.report.equal(page, f"order of the block, on the {where}", order, f.order(pfn))
        self.report.equal(page, f"migrate type of the block, on the {where}",
                          self.state.zones.types[mt], self.type_name(pfn))
        plain = self.zone.page_tag | f.bit["buddy"]
        mask = ~(((1 << self.c["PAGE_ORDER_BITS"]) - 1) << self.c["PAGE_ORDER_SHIFT"] |
                 ((1 << self.c["PAGE_MT_BITS"]) - 1) << self.c["PAGE_MT_SHIFT"] | f.bit["buddy"])
        self.report.equal(page, "zone, node and flags of a free block", plain & mask & 0xffffffff,
                          f.flags[pfn] & mask & 0xffffffff)
        if pfn % size:
            self.report.bad(page, f"free block of order {order} is not aligned")
        start, end = self.zone.zone_start_pfn, self.zone.zone_start_pfn + self.zone.spanned_pages
        if not start <= pfn <= pfn + size <= end:
            self.report.bad(page, f"free block of order {order} reaches out of {name(self.zone)}")
            return
        unused(self.report, self.state, f, pfn)
        if f.take(self.report, pfn, size, "free"):
            self.inside(pfn, size)
        self.buddy(pfn, order)

    def type_name(self, pfn):
        mt = self.f.migratetype(pfn)
        return self.state.zones.types[mt] if mt < len(self.state.zones.types) else f"type {mt}"

    def inside(self, pfn, size):
        """Pages of a free block but the first."""
        f, bad = self.f, self.f.bit["buddy"] | self.f.bit["reserved"]
        if any(f.refcount[pfn + 1:pfn + size]) or \
                any(flags & bad for flags in f.flags[pfn + 1:pfn + size]):
            for k in range(pfn + 1, pfn + size):
                if f.refcount[k] or f.flags[k] & bad:
                    self.report.bad(all_frames.where(self.state, k),
                                    f"inside the free block of page {pfn}, has references or a mark",
                                    "refcount 0, no PG_buddy, no PG_reserved",
                                    f"refcount {f.refcount[k]}, flags {f.flags[k]:#010x}")

    def buddy(self, pfn, order):
        """Two free buddies would be one block."""
        other, f = pfn ^ 1 << order, self.f
        if order == self.c["MAX_ORDER"] - 1 or other < pfn or not self.state.pages.valid(other):
            return
        if f.flags[other] & f.bit["buddy"] and f.order(other) == order and \
                f.zone_bits(other) == f.zone_bits(pfn) and \
                (order < self.c["pageblock_order"] or self.may_merge(pfn, other)):
            self.report.bad(all_frames.where(self.state, pfn),
                            f"and its buddy {other} are both free at order {order}, and not merged")

    def may_merge(self, a, b):
        """Types of two pageblocks."""
        types, shift = self.state.mem.var("pageblock_types"), self.c["pageblock_order"]
        one, two = types[a >> shift], types[b >> shift]
        return one == two or max(one, two) < self.c["MIGRATE_PCPTYPES"]

    def deferred(self):
        """The block that was freed last may wait to be merged: counted, on no list."""
        at = int(self.zone.deferred)
        if not at:
            return
        pfn = self.state.is_struct_page(at)
        if pfn is None:
            self.report.bad(name(self.zone), "deferred block is no struct page")
            return
        self.free += 1 << self.f.order(pfn)
        unused(self.report, self.state, self.f, pfn)
        self.f.take(self.report, pfn, 1 << self.f.order(pfn), "free")

    def marks(self):
        """What is marked free must have been found on a list."""
        f, tag = self.f, self.zone.page_tag >> self.c["PAGE_ZONE_SHIFT"]
        for first, end in f.runs:
            for pfn in range(first, end):
                if f.flags[pfn] & f.bit["buddy"] and f.zone_bits(pfn) == tag and \
                        pfn not in self.on_list and f.owner[pfn] == 0:
                    self.report.bad(all_frames.where(self.state, pfn),
                                    f"is marked as a free block of order {f.order(pfn)}, but on no list "
                                    f"of {name(self.zone)}")


def unused(report, state, f, pfn):
    """A free page: no references, no mapping."""
    page = all_frames.where(state, pfn)
    report.equal(page, "references of a free page", 0, f.refcount[pfn])
    report.equal(page, "_mapcount of a free page", NO_MAP, f.mapcount[pfn])
    report.equal(page, "mapping of a free page", 0, f.mapping[pfn])


def allocated(report, state, f):
    """Blocks that have an owner; the pages behind the first have nothing of their own."""
    for first, end in f.runs:
        for pfn in range(first, end):
            if f.flags[pfn] & f.bit["hwpoison"] and f.owner[pfn] == 0:
                f.take(report, pfn, 1 << f.order(pfn), "quarantined")
            elif f.flags[pfn] & f.bit["guard"] and f.owner[pfn] == 0:
                f.take(report, pfn, 1 << f.order(pfn), "guard")
            elif f.refcount[pfn] and f.owner[pfn] not in (1, 2, 3, 4):
                size = 1 << f.order(pfn)
                if pfn % size:
                    report.bad(all_frames.where(state, pfn),
                               f"allocated block of order {f.order(pfn)} is not aligned")
                f.take(report, pfn, size, "allocated")
                report.count("allocated blocks")


def orphans(report, state, f):
    """Pages that are in nothing at all."""
    for first, end in f.runs:
        owners = f.owner[first:end]
        at = owners.find(0)
        while at >= 0:
            pfn = first + at
            report.bad(all_frames.where(state, pfn), "has no references and is in no free list and no "
                       "pageset")
            at = owners.find(0, at + 1)


def sums(report, state, f, zone, lists):
    """Counters against what was found; every page of the zone once (I1, I8)."""
    c, where, kinds = state.layout, name(zone), dict.fromkeys(f.NAMES, 0)
    tag, shift = zone.page_tag >> c["PAGE_ZONE_SHIFT"], c["PAGE_ZONE_SHIFT"]
    for first, end in f.runs:
        start = max(first, zone.zone_start_pfn)
        for pfn in range(start, min(end, zone.zone_start_pfn + zone.spanned_pages)):
            if f.flags[pfn] >> shift == tag:
                kinds[f.NAMES[f.owner[pfn]]] += 1
    report.equal(where, "NR_FREE_PAGES", lists.free, zone.vm_stat[c["NR_FREE_PAGES"]])
    managed = sum(n for kind, n in kinds.items() if kind not in ("reserved", "no struct page"))
    report.equal(where, "managed pages", managed, zone.managed_pages)
    report.equal(where, "quarantined pages", kinds["quarantined"], zone.nr_quarantined)
    if not zone.managed_pages <= zone.present_pages <= managed + kinds["reserved"]:
        report.bad(where, "present pages", f"{managed} to {managed + kinds['reserved']}",
                   zone.present_pages)
    counted = sum(pagesets.pages_in(pcp.target) for pcp in zone.pageset if pcp)
    report.equal(where, "pages in its pagesets", counted, kinds["pageset"])


def watermarks(report, zone):
    """min <= low <= high; nothing kept from requests that have no higher zone."""
    low = [zone._watermark[i] for i in range(3)]
    if low != sorted(low):
        report.bad(name(zone), "watermarks are out of order", "min <= low <= high", low)
    for i in range(zone.zone_idx + 1):
        report.equal(name(zone), f"lowmem_reserve[{i}]", 0, zone.lowmem_reserve[i])


def zone_bits(report, state, f):
    """Each page's flags name the zone whose range it lies in (I12)."""
    c, shift = state.layout, state.layout["PAGE_ZONE_SHIFT"]
    spans = {z.page_tag >> shift: (z.zone_start_pfn, z.zone_start_pfn + z.spanned_pages)
             for z in state.zones.populated()}
    nodes = [(r.base >> c["PAGE_SHIFT"], r.base + r.field("size") >> c["PAGE_SHIFT"], r.nid)
             for r in memory_regions(state.mem)]
    for first, end, nid in nodes:
        for zone_tag, (start, stop) in spans.items():
            if zone_tag >> c["PAGE_ZONE_BITS"] != nid:
                continue
            a, b = max(first, start), min(end, stop, f.max_pfn)
            for pfn in range(a, b) if a < b and {x >> shift for x in f.flags[a:b]} != {zone_tag} else ():
                if f.owner[pfn] != 1:
                    report.equal(all_frames.where(state, pfn), "zone and node bits", zone_tag,
                                 f.zone_bits(pfn))
