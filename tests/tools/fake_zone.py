# SPDX-License-Identifier: MIT
"""fake_zone.py - a machine of 16 MiB in fake memory: one node, zone Normal from 4 MiB on, a piece of
mem_map missing; pages and free blocks are put there by the tests."""

from fake_memory import FakeMemory

MEM_MAP, NODE, TYPES, PCP, STACK = 0xc1000000, 0xc1100000, 0xc1200000, 0xc1210000, 0xc1220000
START, END = 1024, 3072  # the zone's frames; 3072..4095: a hole


class FakeZone(FakeMemory):
    """zone: the address of its struct zone."""

    def __init__(self):
        super().__init__()
        c = self.layout
        self.names()
        self.var("mem_map", MEM_MAP)
        self.var("max_pfn", 4096)
        self.var("max_low_pfn", 4096)
        self.var("nr_cpu_ids", 1)
        self.var("pageblock_types", TYPES)
        self.write(TYPES, bytes(8))
        self.write(MEM_MAP, bytes(3072 * c.size("page")))
        for pfn in (0, 1024, 2048):
            self.mark_piece(MEM_MAP + pfn * c.size("page"))
        self.write(NODE, bytes(c.size("pglist_data")))
        self.word(c.addr("node_data"), NODE)
        self.zone = NODE + c.offset("pglist_data", "node_zones[1]")
        for i, name in enumerate(("DMA", "Normal", "HighMem", "Movable")):
            at = NODE + c.offset("pglist_data", f"node_zones[{i}]")
            self.fields("zone", at, name=self.string(name), zone_idx=i, zone_pgdat=NODE)
            self.lists(at)
        self.tag = 1 << c["PG_managed"] | c["ZONE_NORMAL"] << c["PAGE_ZONE_SHIFT"]
        self.fields("zone", self.zone, zone_start_pfn=START, spanned_pages=END - START,
                    present_pages=END - START, managed_pages=END - START, page_tag=self.tag)
        self.word(c.addr("zone_table") + 4 * c["ZONE_NORMAL"], self.zone)
        for pfn in range(START, END):
            self.page(pfn)

    def names(self):
        self.strings("zone_names", ("DMA", "Normal", "HighMem", "Movable"))
        self.strings("migratetype_names", ("Unmovable", "Movable", "Reclaimable", "HighAtomic",
                                           "Isolate"))

    def lists(self, zone):
        c = self.layout
        for order in range(c["MAX_ORDER"]):
            for mt in range(c["MIGRATE_TYPES"]):
                self.empty_list(zone + c.offset("zone", f"free_area[{order}].free_list[{mt}]"))

    def mark_piece(self, address):
        c = self.layout
        piece = address >> c["MEMMAP_PIECE_SHIFT"]
        at = c.addr("memmap_pieces") + piece // 8
        self.word(at, self.mem.number(at, 1) | 1 << piece % 8, 1)

    def page_at(self, pfn):
        return MEM_MAP + pfn * self.layout.size("page")

    def page(self, pfn, order=0, mt=0, refs=0, flags=()):
        """Set what a frame's struct page says."""
        c = self.layout
        word = self.tag | order << c["PAGE_ORDER_SHIFT"] | mt << c["PAGE_MT_SHIFT"]
        for flag in flags:
            word |= 1 << c["PG_" + flag]
        self.fields("page", self.page_at(pfn), flags=word, _refcount=refs, _mapcount=-1)

    def free(self, pfn, order, mt=0):
        """Put a free block on its list and count it."""
        c, at = self.layout, self.page_at(pfn)
        self.page(pfn, order, mt, flags=("buddy",))
        area = self.zone + c.offset("zone", f"free_area[{order}]")
        self.add(area + c.offset("free_area", f"free_list[{mt}]"), at + c.offset("page", "lru"))
        self.bump(area + c.offset("free_area", "nr_free"), 1)
        self.bump(self.zone + c.offset("zone", f"vm_stat[{c['NR_FREE_PAGES']}]"), 1 << order)
        nonempty = self.zone + c.offset("zone", f"nonempty[{mt}]")
        self.word(nonempty, self.mem.number(nonempty) | 1 << order)

    def bump(self, address, by):
        self.word(address, self.mem.number(address) + by)
