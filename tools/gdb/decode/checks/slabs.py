# SPDX-License-Identifier: MIT
"""slabs.py - caches, slabs, objects, arrays (I17-I20): lists by fill, bits, counters, what the struct
pages name, cookies, red zones, poison, and every PG_slab page in a slab that some cache has."""

from decode.checks import frames as all_frames, links
from decode.memory import Unreadable
from decode.slabs import LISTS, Slab, Slabs



def look(report, state):
    f, found = all_frames.of(state), {}  # pfn: cache
    slabs = Slabs(state.mem, state.pages)
    offset = state.layout.offset("kmem_cache", "list")
    pages = 0
    for at in links(report, state, state.layout.addr("slab_caches"), offset, "list of caches"):
        cache = slabs.cache(state.mem.struct("kmem_cache", at))
        pages += Checker(report, state, f, cache, found).look()
        report.count("caches")
    counted = sum(n for z in state.zones.populated() for n in z.nr_slab)
    report.equal("zones", "pages of slabs by their counters nr_slab", pages, counted)
    strays(report, state, f, found)


def strays(report, state, f, found):
    """PG_slab pages in no slab."""
    large = state.layout.addr("kmalloc_large")
    for first, end in f.runs:
        for pfn in range(first, end):
            if f.flags[pfn] & f.bit["slab"] and pfn not in found and f.next[pfn] != large:
                report.bad(all_frames.where(state, pfn), "is PG_slab, and in no slab of any cache")


class Checker:
    """One cache."""

    def __init__(self, report, state, f, cache, found):
        self.report, self.state, self.f, self.cache, self.found = report, state, f, cache, found
        self.name, self.mem, self.c = cache.name, state.mem, state.layout
        self.parked = {}
        self.by_slab = {}  # address of a Slab: (Slab, free bits)

    def where(self, text=""):
        return f"cache {self.name} at {self.cache.address:#010x}{text}"

    def look(self):
        """Returns: pages of its slabs."""
        if not (self.cache.num and self.cache.size):
            self.report.bad(self.where(), "has no objects in a slab, or of no size")
            return 0
        pages = 0
        for nid, node in enumerate(self.cache.nodes()):
            pages += self.node(nid, node)
        self.arrays()
        self.kept_back()
        for slab, bits in self.by_slab.values():
            self.objects(slab, bits)
        return pages

    def node(self, nid, node):
        totals, offset = [0, 0, 0], self.c.offset("slab", "list")
        for which in LISTS:
            where = self.where(f", node {nid}, list of {which} slabs")
            for at in links(self.report, self.state, node.address_of("slabs_" + which), offset, where):
                slab = Slab(self.cache, self.mem.struct("slab", at))
                if self.slab(slab, nid, which):
                    totals[0] += 1
                    totals[1] += slab.inuse == 0
                    totals[2] += self.cache.num - slab.inuse
        for i, field in enumerate(("nr_slabs", "nr_free_slabs", "free_objects")):
            self.report.equal(self.where(f", node {nid}"), field, totals[i], getattr(node, field))
        return totals[0] << self.cache.order

    def slab(self, slab, nid, which):
        """Returns: whether it can be looked into."""
        where, num = self.where(f", slab {slab.address:#010x}"), self.cache.num
        self.report.count("slabs")
        if not self.report.equal(where, "its cache", self.cache.address, int(slab.struct.cache)):
            return False
        self.report.equal(where, "its node", nid, slab.nid)
        bits = slab.free_bits()
        free = bin(bits & (1 << num) - 1).count("1")
        self.report.equal(where, "objects in use, by the free bits", num - free, slab.inuse)
        if bits >> num:
            self.report.bad(where, "an object that does not exist is free")
        if bits & (1 << 32 * slab.struct.hint) - 1:
            self.report.bad(where, f"free bits below the hint {slab.struct.hint}")
        fill = "full" if slab.inuse == num else "partial" if slab.inuse else "free"
        self.report.equal(where, "list that its fill calls for", fill, which)
        self.pages(slab, nid, where)
        self.by_slab[slab.address] = slab, bits
        return True

    def pages(self, slab, nid, where):
        first = slab.objects - self.c["PAGE_OFFSET"] >> self.c["PAGE_SHIFT"]
        first &= -1 << self.cache.order
        if not 0 <= first < self.f.max_pfn:
            self.report.bad(where, "its objects are in no page", None, slab.objects)
            return
        f = self.f
        self.report.equal(all_frames.where(self.state, first), f"order of the block of the {where}",
                          self.cache.order, f.order(first))
        for pfn in range(first, min(first + (1 << self.cache.order), f.max_pfn)):
            page = all_frames.where(self.state, pfn)
            self.found[pfn] = self.cache
            self.report.equal(page, f"PG_slab of a page of the {where}", True,
                              bool(f.flags[pfn] & f.bit["slab"]))
            for word, what, want in (("next", "slab_cache", self.cache.address),
                                     ("prev", "slab", slab.address),
                                     ("private", "slab_array", self.cache.cookie(nid)),
                                     ("mapping", "slab_objects", slab.objects)):
                self.report.equal(page, f"{what} of a page of the {where}", want, getattr(f, word)[pfn])

    # --- arrays -------------------------------------------------------------------------------

    def arrays(self):
        for cpu, nid, ac in self.cache.arrays():
            if not ac.room:
                continue
            where = self.where(f", array of CPU {cpu} for node {nid} at {ac.address:#010x}")
            entry, top = int(ac.entry), int(ac.top)
            if not entry <= top <= entry + 4 * ac.room or (top - entry) % 4:
                self.report.bad(where, "top is out of bounds", f"{entry:#x} to {entry + 4 * ac.room:#x}",
                                top)
                continue
            self.report.equal(where, "entry at the bottom", 0, self.mem.number(entry))
            self.report.equal(where, "its cache", self.cache.address, int(ac.cache))
            self.report.equal(where, "its node", nid, ac.nid)
            self.entries(where, entry + 4, (top - entry) // 4, nid)
        for nid, node in enumerate(self.cache.nodes()):
            shared = node.shared
            if not shared:
                continue
            where = self.where(f", shared array of node {nid} at {int(shared):#010x}")
            if shared.avail > shared.limit:
                self.report.bad(where, "is fuller than full", f"at most {shared.limit}", shared.avail)
                continue
            self.entries(where, int(shared) + self.c.offset("shared_array", "entry"), shared.avail, nid)

    def entries(self, where, at, count, nid):
        if not count:
            return
        for i, obj in enumerate(memoryview(self.mem.read(at, 4 * count)).cast("I").tolist()):
            self.waits(f"{where}, entry {i + 1}", obj, nid, True)

    def kept_back(self):
        """Quarantine and damaged objects."""
        for name, cookie in (("quarantine", True), ("damaged", False)):
            for i, obj in enumerate(getattr(self.cache.struct, name)):
                if obj:
                    self.waits(self.where(f", {name}[{i}]"), int(obj), None, cookie)

    def waits(self, where, obj, nid, cookie):
        """An object that is free, but taken as far as its slab knows."""
        self.report.count("parked objects")
        pfn = obj - self.c["PAGE_OFFSET"] >> self.c["PAGE_SHIFT"]
        known = self.by_slab.get(self.f.prev[pfn]) if 0 <= pfn < self.f.max_pfn and \
            self.found.get(pfn) is self.cache else None
        index, rest = divmod(obj - known[0].objects - self.cache.struct.object_offset, self.cache.size) \
            if known else (-1, 0)
        if rest or not 0 <= index < self.cache.num:
            self.report.bad(where, "is no object of the cache", None, obj)
            return
        if nid is not None:
            self.report.equal(where, f"node of object {obj:#010x}", nid, known[0].nid)
        if known[1] >> index & 1:
            self.report.bad(where, f"object {obj:#010x} is free in its slab and waits here")
        if obj in self.parked:
            self.report.bad(where, f"object {obj:#010x} waits here and as {self.parked[obj][0]}")
        self.parked[obj] = where, cookie

    # --- objects ------------------------------------------------------------------------------

    def objects(self, slab, bits):
        """Cookies of free objects; guard bytes and poison where the cache has them."""
        debugged = self.cache.flags & self.c["SLAB_DEBUG_FLAGS"]
        waiting = [slab.object(k) in self.parked for k in range(self.cache.num)]
        if not debugged and not bits and not any(waiting):
            return
        try:
            data = slab.bytes()
        except Unreadable as error:
            self.report.bad(self.where(f", slab {slab.address:#010x}"), str(error))
            return
        s, size = self.cache.struct, self.cache.size
        for k, waits in enumerate(waiting):
            free, obj = bits >> k & 1, slab.object(k)
            piece = data[k * size:(k + 1) * size]
            where = self.where(f", object {obj:#010x}")
            self.report.count("objects")
            if free or waits and self.parked[obj][1]:
                at = s.object_offset + s.cookie_offset
                self.report.equal(where, "cookie of a free object", self.cache.cookie(slab.nid),
                                  int.from_bytes(piece[at:at + 4], "little"))
            if debugged and not (waits and not self.parked[obj][1]):
                self.guarded(where, piece, bool(free or waits))

    def guarded(self, where, piece, free):
        s, c, start = self.cache.struct, self.c, self.cache.struct.object_offset
        if self.cache.has("RED_ZONE"):
            red = c["RED_FREE"] if free else c["RED_TAKEN"]
            self.filled(where, "left red zone", piece, 0, start, red)
            self.filled(where, "right red zone", piece, start + s.object_size, start + s.cookie_offset,
                        red)
            if not free and not s.ctor:
                tail = start + s.cookie_offset + c.offset("slab_tail", "requested")
                asked = int.from_bytes(piece[tail:tail + 4], "little")
                self.filled(where, "bytes behind what was asked for", piece, start + asked,
                            start + s.object_size, c["RED_TAKEN"])
        if free and self.cache.has("POISON"):
            self.filled(where, "poison of a free object", piece, start, start + s.object_size - 1,
                        c["POISON_FREE"])
            self.filled(where, "last byte of a free object", piece, start + s.object_size - 1,
                        start + s.object_size, c["POISON_END"])

    def filled(self, where, what, piece, a, b, byte):
        """Are bytes a to b all the same?"""
        if piece[a:b] != bytes([byte]) * (b - a):
            at = next(i for i in range(a, b) if piece[i] != byte)
            self.report.bad(where, f"{what}, offset {at - self.cache.struct.object_offset}",
                            f"{byte:#04x}", f"{piece[at]:#04x}")
