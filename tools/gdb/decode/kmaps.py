# SPDX-License-Identifier: MIT
"""kmaps.py - addresses that pages of high memory are given for a while: pkmap entries and the
windows of kmap_local_page(). See mm/kmap.c and mm/kmap_local.c."""

from decode import cpus, walk


def entries(mem, name, count, first=0):
    """Page-table entries as numbers."""
    data = mem.read(mem.layout.addr(name) + 8 * first, 8 * count)
    return memoryview(data).cast("Q").tolist()


class Pkmap:
    """The 512 entries of kmap()."""

    def __init__(self, mem):
        self.mem, self.layout = mem, mem.layout
        self.struct, self.count = mem.var("pkmap"), mem.layout["LAST_PKMAP"]
        self.ptes = entries(mem, "pkmap_pte", self.count)

    def index(self, va):
        return va - self.layout["PKMAP_BASE"] >> self.layout["PAGE_SHIFT"]

    def address(self, i):
        return self.layout["PKMAP_BASE"] + (i << self.layout["PAGE_SHIFT"])

    def in_use(self):
        """Numbers of the entries that have users; of those that are idle: mapped, and to be had."""
        entry = self.struct.entry
        return ([i for i in range(self.count) if entry[i].count > 0],
                [i for i in range(self.count) if entry[i].count == 0])

    def pfn(self, i):
        return (self.ptes[i] & walk.PFN_MASK) >> 12


class Windows:
    """The windows of all CPUs."""

    def __init__(self, mem):
        self.mem, self.layout = mem, mem.layout
        self.each = mem.layout["KMAP_SLOTS_PER_CPU"]
        self.ptes = entries(mem, "fixmap_pte", self.each * mem.layout["NR_CPUS"])

    def locate(self, va):
        """(CPU, slot) of an address, or None: of no window."""
        n = va - self.layout["FIXADDR_START"] >> self.layout["PAGE_SHIFT"]
        return divmod(n, self.each) if 0 <= n < len(self.ptes) else None

    def address(self, cpu, slot):
        return self.layout["FIXADDR_START"] + (cpu * self.each + slot << self.layout["PAGE_SHIFT"])

    def pte(self, cpu, slot):
        return self.ptes[cpu * self.each + slot]

    def pfn(self, cpu, slot):
        return (self.pte(cpu, slot) & walk.PFN_MASK) >> 12

    def mapped(self, cpu):
        """Slots of a CPU that are mapped."""
        return [s for s in range(self.each) if self.pte(cpu, s) & walk.PRESENT]

    def site(self, cpu, slot):
        """Its struct kmap_site."""
        return self.mem.var("kmap_sites")[cpu * self.each + slot]

    def word(self, cpu):
        return self.mem.per_cpu("kmap_word", cpu)

    def depth(self, cpu):
        """Windows that the CPU counts as in use."""
        return self.word(cpu) >> self.layout["KMAP_DEPTH_SHIFT"] & self.layout["KMAP_DEPTH"]

    def levels(self, cpu):
        """Slots in use, outermost first, as the kernel finds them."""
        k, ring, found = self.mem.per_cpu("kmap_cpu", cpu), 1, []
        for level in range(min(self.depth(cpu), self.layout["KMAP_MAX"])):
            if k.slow_levels >> level & 1:
                found.append(k.level[level])
                continue
            while ring <= self.layout["KMAP_RING"] and not self.pte(cpu, ring) & walk.PRESENT:
                ring += 1
            if ring <= self.layout["KMAP_RING"]:
                found.append(ring)
                ring += 1
        return found

    def used(self):
        """(cpu, level, slot) of all windows in use."""
        return [(cpu, level, slot) for cpu in cpus.possible(self.mem)
                for level, slot in enumerate(self.levels(cpu))]
