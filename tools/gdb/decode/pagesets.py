# SPDX-License-Identifier: MIT
"""pagesets.py - each CPU's own store of free blocks: include/mm/pageset.h.

Another CPU's pageset, or that of a CPU that was stopped in the middle, is as it was found: a list
whose top is NULL is being moved just then."""

import collections

List = collections.namedtuple("List", "order migratetype count tops capacity fast")


class Pageset:
    """struct per_cpu_pages of a zone and a CPU."""

    def __init__(self, zones, zone, cpu):
        self.zones, self.zone, self.cpu = zones, zone, cpu
        self.struct = zone.pageset[cpu].target
        self.high, self.batch = self.struct.high, self.struct.batch

    def lists(self, tops=0):
        """Every list; tops: how many struct pages from the top down to name."""
        mem, lay = self.zones.mem, self.zones.layout
        stacks = mem.per_cpu_address(lay.addr("pcp_stacks"), self.cpu)
        size = lay.symbols["pcp_stacks"]["size"]
        for order, row in enumerate(self.struct.lists):
            for mt, entry in enumerate(row):
                top, base = int(entry.stack.top), int(entry.base)
                count = (top - base) // 4 if top else 0
                names = [mem.number(top - 4 * i) for i in range(min(count, tops))]
                yield List(order, mt, count, names, entry.capacity,
                           stacks <= int(entry.stack) < stacks + size)

    @property
    def count(self):
        """Pages, as pcp_count() counts them."""
        return sum(entry.count << entry.order for entry in self.lists())

    def in_use(self):
        """Pages that came from the buddy lists and have not gone back: allocated, or here."""
        return self.struct.nr_filled - self.struct.nr_drained


def of_zone(zones, zone):
    """The pagesets of a zone by CPU."""
    return [Pageset(zones, zone, cpu) for cpu in range(zones.mem.var("nr_cpu_ids"))
            if zone.pageset[cpu]]


def pages_in(zones, zone):
    """Pages in all pagesets of a zone: zone_pcp_pages()."""
    return sum(p.count for p in of_zone(zones, zone))
