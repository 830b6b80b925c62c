# SPDX-License-Identifier: MIT
"""counters.py - sums over zones and CPUs: mm/vmstat.c, kernel/proc/meminfo.c."""

from decode import pagesets

M32 = 0xffffffff


class Counters:
    """What /proc/meminfo and /proc/vmstat count. zones: decode.zones.Zones."""

    def __init__(self, zones):
        self.zones, self.mem, self.layout = zones, zones.mem, zones.layout
        self.populated = zones.populated()
        self.cpus = self.mem.var("nr_cpu_ids")

    # --- sizes, in pages ----------------------------------------------------------------------

    def is_high(self, zone):
        c = self.layout
        return zone.zone_idx == c["ZONE_HIGHMEM"] or (
            zone.zone_idx == c["ZONE_MOVABLE"] and self.mem.var("movable_zone") == c["ZONE_HIGHMEM"])

    def free(self, high=None):
        """Free pages of all zones, or of those with (without) high memory."""
        return sum(self.zones.free_pages(z) for z in self.populated
                   if high is None or self.is_high(z) == high)

    def total(self, high=None):
        """Managed pages, likewise."""
        return sum(z.managed_pages for z in self.zones.all()
                   if high is None or self.is_high(z) == high)

    def available(self):
        return max(0, self.free() - self.mem.var("totalreserve_pages"))

    def slab(self, kind):
        """Pages of slab caches: kind 0 unreclaimable, 1 reclaimable."""
        return sum(z.nr_slab[kind] for z in self.populated)

    # --- events ---------------------------------------------------------------------------------

    def freed_to_pagesets(self, zone):
        first = zone.page_tag >> self.layout["PAGE_LIST_SHIFT"]
        counts = [self.mem.per_cpu("pcp_nr_freed", cpu) for cpu in range(self.cpus)]
        return sum(c[first + mt] for c in counts for mt in range(self.layout["MIGRATE_PCPTYPES"]))

    def pages_freed(self, zone):
        return zone.nr_direct_free + self.freed_to_pagesets(zone) & M32

    def pages_allocated(self, zone):
        return zone.nr_direct_alloc + self.freed_to_pagesets(zone) + sum(
            p.in_use() - p.count for p in pagesets.of_zone(self.zones, zone)) & M32

    def numa(self, zone, item):
        """A counter of enum numa_stat_item; hits are what no miss was counted for."""
        c, stat = self.layout, zone.numa_stat
        if item == c["NUMA_HIT"]:
            return self.pages_allocated(zone) - stat[c["NUMA_MISS"]] & M32
        if item == c["NUMA_LOCAL"]:
            return self.pages_allocated(zone) - stat[c["NUMA_OTHER"]] & M32
        return stat[item]

    def node_stat(self, name):
        """The node counters that Quire has; the others are 0 there too."""
        if name == "nr_slab_reclaimable":
            return self.slab(self.layout["SLAB_RECLAIMABLE"])
        if name == "nr_slab_unreclaimable":
            return self.slab(self.layout["SLAB_UNRECLAIMABLE"])
        return self.layout["THREAD_SIZE"] // 1024 if name == "nr_kernel_stack" else 0

    def node_stats(self):
        """[(name, value)] in the kernel's order."""
        names = (p.string for p in self.mem.var("node_stat_names") if p)
        return [(name, self.node_stat(name)) for name in names]

    def zone_stat_names(self):
        return [p.string for p in self.mem.var("zone_stat_names")]

    def events(self):
        """[(name, sum over CPUs)]."""
        states = [self.mem.per_cpu("vm_event_states", cpu).event for cpu in range(self.cpus)]
        return [(p.string, sum(s[i] for s in states) & M32)
                for i, p in enumerate(self.mem.var("vm_event_names"))]

    def fallbacks(self):
        return sum(n for row in self.mem.var("nr_fallbacks") for n in row)

    # --- areas ------------------------------------------------------------------------------------

    def vmalloc(self):
        """(pages in use, bytes of the largest hole) of the vmalloc window."""
        space, pages = self.mem.var("vmalloc_space"), 0
        end, largest = space.start, 0
        for area in self.mem.list(space.address_of("list"), "vmap_area"):
            largest, end = max(largest, area.va_start - end), area.va_end
            if area.state == self.layout["VMAP_BUSY"] and area.vm.flags & self.layout["VM_ALLOC"]:
                pages += area.vm.nr_pages
        return pages, max(largest, space.end - end)

    def percpu_pages(self):
        populated = self.mem.var("percpu_space").populated
        data = self.mem.read(populated.address, len(populated) * 4)
        return bin(int.from_bytes(data, "little")).count("1") * self.cpus

    def page_tables(self):
        return self.mem.static("nr_tables", "pgtable.c") + \
            self.mem.static("nr_split_tables", "pgtable.c")
