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

    def counts(self, zone):
        """[nr_free by order] with the deferred block put where the kernel would put it."""
        counts = [zone.free_area[k].nr_free for k in range(self.max_order)]
        if zone.deferred:
            self.settle(zone, counts)
        return counts

    def settle(self, zone, counts):
        """Merge the deferred block with its buddies, on paper."""
        page = self.pages.of_address(int(zone.deferred))
        pfn, order = page.pfn, page.order
        while order < self.max_order - 1:
            buddy = self.pages.get(pfn ^ 1 << order)
            if buddy is None or not buddy.is_buddy or buddy.order != order or \
                    (buddy.nid, buddy.zonenum) != (page.nid, page.zonenum):
                break
            counts[order] -= 1
            pfn, order = pfn & ~(1 << order), order + 1
        counts[order] += 1
