# SPDX-License-Identifier: MIT
"""percpus.py - the per-CPU units: static variables and what alloc_percpu() gave. See mm/percpu_map.h."""

import bisect
import collections

Allocation = collections.namedtuple("Allocation", "offset size site freed")


def bits(data):
    return int.from_bytes(data, "little")


class Percpus:
    """The one map of all units."""

    def __init__(self, mem):
        self.mem, self.layout = mem, mem.layout
        self.space, c = mem.var("percpu_space"), mem.layout
        self.base, self.unit = c["PERCPU_BASE"], c["PERCPU_UNIT_SIZE"]
        self.granule, self.per_chunk = c["PERCPU_GRANULE"], c["CHUNK_GRANULES"]
        self.static_bytes = c.addr("__per_cpu_end") - c.addr("__per_cpu_start")

    @property
    def static_granules(self):
        return -(-self.static_bytes // self.granule)

    def chunks(self):
        """[(first granule, used bits, bits where an allocation begins)] of the bitmaps there are."""
        size, found = self.per_chunk // 8, []
        for i, chunk in enumerate(self.space.chunks):
            if chunk:
                data = self.mem.read(int(chunk), 2 * size)
                found.append((i * self.per_chunk, bits(data[:size]), bits(data[size:])))
        return found

    def site(self, granule):
        """The struct percpu_site of a granule, or None."""
        page = self.space.sites[granule // self.layout["SITES_PER_PAGE"]]
        return page[granule % self.layout["SITES_PER_PAGE"]] if page else None

    def allocations(self):
        """Live Allocations, lowest first, without the static variables."""
        found = []
        for first, used, begins in self.chunks():
            at = self.static_granules if not first else 0
            while at < self.per_chunk and begins >> at:
                at += (begins >> at & -(begins >> at)).bit_length() - 1
                ends = (begins | ~used) >> at + 1
                length = min((ends & -ends).bit_length(), self.per_chunk - at)
                site = self.site(first + at)
                found.append(Allocation((first + at) * self.granule, length * self.granule,
                                        site.alloc if site else 0, site.freed if site else 0))
                at += length
        return found

    def find(self, offset):
        """The live Allocation around an offset in a unit, or None."""
        all_of_them = self.allocations()
        i = bisect.bisect_right([a.offset for a in all_of_them], offset) - 1
        return all_of_them[i] if i >= 0 and offset < all_of_them[i].offset + all_of_them[i].size else None

    def populated(self):
        """Bit k: page k of the units has frames."""
        return bits(self.mem.read(self.space.address_of("populated"),
                                  self.unit // self.layout["PAGE_SIZE"] // 8))

    def split(self, va):
        """(CPU or None for a pointer, offset in the unit) of an address of the window, else None."""
        n, offset = divmod(va - self.base, self.unit)
        return (n - 1 if n else None, offset) if 0 <= n <= self.layout["NR_CPUS"] else None

    def variable(self, offset):
        """(name, offset in it) of the static variable at an offset in a unit, or None."""
        return self.layout.variable_at(self.base + offset) if offset < self.static_bytes else None
