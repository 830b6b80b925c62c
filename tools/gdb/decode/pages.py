# SPDX-License-Identifier: MIT
"""pages.py - struct page: what the flags word says, what a frame is. See include/mm/page.h."""

from decode.memory import Unreadable

GFP_MIXES = (  # as gfp_format() names them, larger mixes first
    "GFP_HIGHUSER_MOVABLE", "GFP_HIGHUSER", "GFP_USER", "GFP_KERNEL", "GFP_NOFS", "GFP_NOIO",
    "GFP_ATOMIC", "GFP_NOWAIT")


class Page:
    """One struct page as it was read."""

    def __init__(self, pages, pfn, struct):
        self.pages, self.pfn, self.struct = pages, pfn, struct
        self.flags = struct.flags

    def _field(self, name):
        c = self.pages.layout
        return self.flags >> c[f"PAGE_{name}_SHIFT"] & (1 << c[f"PAGE_{name}_BITS"]) - 1

    order = property(lambda self: self._field("ORDER"))
    migratetype = property(lambda self: self._field("MT"))
    zonenum = property(lambda self: self._field("ZONE"))
    nid = property(lambda self: self._field("NODE"))
    address = property(lambda self: self.struct.address)

    def has(self, flag):
        """Is PG_flag set?"""
        return bool(self.flags >> self.pages.layout["PG_" + flag] & 1)

    is_buddy = property(lambda self: self.has("buddy"))
    refcount = property(lambda self: self.struct._refcount)
    mapcount = property(lambda self: self.struct._mapcount + 1)

    @property
    def flag_names(self):
        return [name for bit, name in sorted(self.pages.flag_names.items()) if self.flags >> bit & 1]

    @property
    def zone_name(self):
        return self.pages.zone_names[self.zonenum]

    @property
    def type_name(self):
        return self.pages.type_names[self.migratetype]


class Pages:
    """All frames of a machine."""

    def __init__(self, mem):
        self.mem, self.layout = mem, mem.layout
        self.mem_map, self.max_pfn = int(mem.var("mem_map")), mem.var("max_pfn")
        self.size = self.layout.size("page")
        self._pieces = None
        self.flag_names = {bit: name.removeprefix("PG_") for bit, name in
                           self.layout.enum_names("pageflags").items() if name.startswith("PG_")}
        self.zone_names = [p.string for p in mem.var("zone_names")]
        self.type_names = [p.string for p in mem.var("migratetype_names")]

    def valid(self, pfn):
        """Has the frame a struct page? Pieces of mem_map over holes do not exist."""
        if not 0 <= pfn < self.max_pfn:
            return False
        if self._pieces is None:
            self._pieces = self.mem.read(self.layout.addr("memmap_pieces"),
                                         self.layout["NR_MEMMAP_PIECES"] // 8)
        piece = (self.mem_map + pfn * self.size & 0xffffffff) >> self.layout["MEMMAP_PIECE_SHIFT"]
        return bool(self._pieces[piece // 8] >> piece % 8 & 1)

    def words(self, pfn, count):
        """Words of neighbours' struct pages, read at once: a memoryview, page k's from k * size/4 on.
        All of them must be valid."""
        return memoryview(self.mem.read(self.mem_map + pfn * self.size, count * self.size)).cast("I")

    def get(self, pfn):
        """The Page of a frame; None: it has no struct page."""
        if not self.valid(pfn):
            return None
        try:
            struct = self.mem.struct("page", self.mem_map + pfn * self.size)
            return Page(self, pfn, struct) if struct.bytes else None
        except Unreadable:
            return None

    def of_address(self, struct_page):
        """The Page whose struct page is at an address; None: that is none."""
        pfn, rest = divmod(struct_page - self.mem_map, self.size)
        return None if rest else self.get(pfn)

    def is_struct_page(self, va):
        return self.mem_map <= va < self.mem_map + self.max_pfn * self.size


def gfp_names(layout, gfp):
    """GFP_KERNEL|__GFP_ZERO and the like."""
    bits = {name.removeprefix("_"): value for name, value in layout.enums["gfp_bits"].items()}
    reclaim = bits["__GFP_DIRECT_RECLAIM"] | bits["__GFP_KSWAPD_RECLAIM"]
    kernel = reclaim | bits["__GFP_IO"] | bits["__GFP_FS"]
    user = kernel | bits["__GFP_HARDWALL"]
    high = user | bits["__GFP_HIGHMEM"]
    values = (high | bits["__GFP_MOVABLE"], high, user, kernel, reclaim | bits["__GFP_IO"], reclaim,
              bits["__GFP_HIGH"] | bits["__GFP_KSWAPD_RECLAIM"], bits["__GFP_KSWAPD_RECLAIM"])
    names = []
    for name, value in zip(GFP_MIXES, values):
        if gfp & value == value:
            names, gfp = [name], gfp & ~value
            break
    names += [name for name, value in bits.items() if gfp & value and value & value - 1 == 0]
    return "|".join(names) or "0"
