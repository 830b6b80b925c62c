# SPDX-License-Identifier: MIT
"""zones.py - nodes, zones and the free lists in them.

A block that was freed last may still be outside the lists (zone->deferred): the kernel merges it at
its next look, as /proc/buddyinfo does. Here settled() says what it will find then, and nothing is
changed."""

from decode.pages import Pages


class Zones:
    """The zones of a machine. pages: decode.pages.Pages."""

    def __init__(self, mem):
        self.mem, self.layout = mem, mem.layout
        self.pages = Pages(mem)
        self.max_order = self.layout["MAX_ORDER"]
        self.types = [p.string for p in mem.var("migratetype_names")]

    def nodes(self):
        """Structs pglist_data of the nodes that there are."""
        return [p.target for p in self.mem.var("node_data") if p]

    def all(self):
        """Every zone of every node, empty ones too."""
        return [zone for node in self.nodes() for zone in node.node_zones]

    def populated(self):
        return [zone for zone in self.all() if zone.present_pages]

    def named(self, text):
        """The populated zones of a name ("Normal") or "NODE:NAME"."""
        node, _, name = text.rpartition(":")
        return [z for z in self.populated() if self.name(z).lower() == name.lower()
                and (not node or z.node == int(node))]

    @staticmethod
    def name(zone):
        return zone.name.string

    def free_pages(self, zone):
        return max(0, zone.vm_stat[self.layout["NR_FREE_PAGES"]])

    def blocks(self, zone, order, mt):
        """struct page of each free block of an order and type, in the list's order."""
        head = zone.address_of(f"free_area[{order}].free_list[{mt}]")
        return list(self.mem.list(head, "page", "lru"))

    @staticmethod
    def is_locked(zone):
        """Does a CPU hold zone->lock, so that lists and counts may not agree at present?"""
        return bool(zone.lock.arch.locked)

    def watermark(self, zone, which):
        """which: "MIN", "LOW", "HIGH"; in pages, boost included."""
        return zone._watermark[self.layout["WMARK_" + which]] + zone.watermark_boost

    @staticmethod
    def end_pfn(zone):
        return zone.zone_start_pfn + zone.spanned_pages

    def type_counts(self, zone):
        """[blocks by order] for each migrate type, the deferred block where it would go."""
        rows = [[len(self.blocks(zone, order, mt)) for order in range(self.max_order)]
                for mt in range(len(self.types))]
        if zone.deferred:
            self.settle(zone, rows)
        return rows

    def pageblock_counts(self, zone):
        """Pageblocks of each type that hold a frame of the zone: count_pageblocks()."""
        size = 1 << self.layout["pageblock_order"]
        kinds, counts = int(self.mem.var("pageblock_types")), [0] * len(self.types)
        first, last = zone.zone_start_pfn // size, -(-self.end_pfn(zone) // size)
        for block, mt in enumerate(self.mem.read(kinds + first, last - first), first):
            counts[mt] += self.block_present(zone, block * size, size)
        return counts

    def block_present(self, zone, pfn, size):
        """Does any frame of a pageblock belong to the zone?"""
        shift = self.layout["PAGE_ZONE_SHIFT"]
        first, end = max(pfn, zone.zone_start_pfn), min(pfn + size, self.end_pfn(zone))
        if not self.pages.valid(first):  # a piece of mem_map holds whole pageblocks
            return False
        if self.pages.get(first).flags >> shift == zone.page_tag >> shift:
            return True
        words = self.pages.words(first, end - first)
        return any(w >> shift == zone.page_tag >> shift for w in words[::self.pages.size // 4])

    def counts(self, zone):
        """[nr_free by order] with the deferred block put where the kernel would put it."""
        counts = [zone.free_area[k].nr_free for k in range(self.max_order)]
        if zone.deferred:
            self.settle(zone, [counts] * len(self.types))
        return counts

    def settle(self, zone, rows):
        """Merge the deferred block with its buddies, on paper. rows: counts by type and order."""
        page = self.pages.of_address(int(zone.deferred))
        pfn, order, mt = page.pfn, page.order, page.migratetype
        while order < self.max_order - 1:
            buddy = self.pages.get(pfn ^ 1 << order)
            if buddy is None or not self.is_free_block(zone, buddy, order) or \
                    order >= self.layout["pageblock_order"] and not self.may_merge(pfn, buddy.pfn):
                break
            rows[buddy.migratetype][order] -= 1
            pfn, order = pfn & ~(1 << order), order + 1
        rows[mt][order] += 1

    def is_free_block(self, zone, page, order):
        """Is a page the first of a free block of this order and zone? Its whole flags word says."""
        lay = self.layout
        mask = (1 << lay["PAGE_MT_BITS"]) - 1 << lay["PAGE_MT_SHIFT"]
        tag = zone.page_tag | order << lay["PAGE_ORDER_SHIFT"] | 1 << lay["PG_buddy"]
        return page.flags & ~mask == tag

    def pageblock_type(self, pfn):
        return self.mem.number(int(self.mem.var("pageblock_types")) +
                               (pfn >> self.layout["pageblock_order"]), 1)

    def may_merge(self, pfn, buddy):
        """Blocks of highatomic and isolated pageblocks stay among themselves."""
        a, b = self.pageblock_type(pfn), self.pageblock_type(buddy)
        return a == b or max(a, b) < self.layout["MIGRATE_PCPTYPES"]
