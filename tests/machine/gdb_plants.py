# SPDX-License-Identifier: MIT
"""gdb_plants.py - faults written into a machine's memory, for gdb_check.py. Sourced into GDB.

PLANTS: {name: (checker that must find it, what its line must say, function that writes)}. A function
gets a Planter: put(address, value, size) writes and remembers what was there, undo() puts it back."""

import gdb
from decode import kmaps, percpus, slabs, vmaps, walk
from decode.pages import Pages
from decode.zones import Zones
from decode.checks import zones as zone_checks
from decode.what import pageset_lists
from sources import in_gdb

PLANTS = {}


def plant(checker, says):
    def register(write):
        PLANTS[write.__name__] = checker, says, write
        return write
    return register


class Planter:
    """Writes, and undoes what it wrote."""

    def __init__(self):
        self.mem = in_gdb.kernel().mem
        self.layout, self.before = self.mem.layout, []
        self.zones, self.pages = Zones(self.mem), Pages(self.mem)

    def put(self, address, value, size=4):
        inferior = gdb.selected_inferior()
        self.before.append((address, bytes(inferior.read_memory(address, size))))
        inferior.write_memory(address, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))

    def add(self, address, n, size=4):
        self.put(address, self.mem.number(address, size) + n, size)

    def flip(self, address, bits, size=4):
        self.put(address, self.mem.number(address, size) ^ bits, size)

    def undo(self):
        for address, data in reversed(self.before):
            gdb.selected_inferior().write_memory(address, data)

    # --- places -------------------------------------------------------------------------------

    def zone(self):
        return self.zones.named("Normal")[0]

    def free_block(self, least=2):
        """struct page of a free block of a middle order, and its order."""
        for order in range(least, self.layout["MAX_ORDER"] - 1):
            for mt in range(len(self.zones.types)):
                for page in self.zones.blocks(self.zone(), order, mt):
                    return page, order
        raise ValueError("no such block")

    def flags_bit(self, page, name, k=0):
        """Flip a bit of a page's flags word."""
        self.flip(page.address, 1 << self.layout[name] + k)

    def partial_slab(self, least=1, debug=False):
        """A Slab with a free object."""
        for cache in slabs.Slabs(self.mem).caches():
            for slab in cache.all_slabs():
                if bin(slab.free_bits()).count("1") >= least and cache.has("STORE_USER") == debug:
                    return slab
        raise ValueError("no slab with a free object")

    def area(self, kind="vmalloc"):
        return next(a for a in vmaps.Vmaps(self.mem).areas() if a.kind == kind and a.state == "BUSY")

    def pte_of(self, va):
        """Where the entry of an address lies."""
        return walk.walk(self.mem, va).entries[-1].pa + self.layout["PAGE_OFFSET"]


@plant("memblock", r"memblock.memory at .*: total_size: expected")
def boot_map_sum(p):
    p.add(p.mem.var("memblock").memory.address_of("total_size"), 4096)


@plant("memblock", r"region 1 \[.*: overlaps the one below")
def boot_map_overlap(p):
    p.add(p.mem.var("memblock").memory.regions[0].address_of("size"), 1 << 24)


@plant("zones", r"order 2: nr_free: expected")
def nr_free_is_off_by_one(p):
    p.add(p.zone().address_of("free_area[2].nr_free"), 1)


@plant("zones", r"NR_FREE_PAGES: expected")
def free_counter(p):
    p.add(p.zone().address_of(f"vm_stat[{p.layout['NR_FREE_PAGES']}]"), 1)


@plant("zones", r"back link of page")
def list_link(p):
    p.flip(p.free_block()[0].address_of("lru.prev"), 8)


@plant("zones", r"not marked PG_buddy")
def buddy_mark_lost(p):
    p.flags_bit(p.free_block()[0], "PG_buddy")


@plant("zones", r"marked as a free block of order 0, but on no list")
def buddy_mark_too_many(p):
    page = next(p.pages.get(n) for n in range(p.zone().zone_start_pfn, p.pages.max_pfn)
                if p.pages.get(n).refcount == 1 and not p.pages.get(n).has("reserved")
                and not p.pages.get(n).order)
    p.put(page.address, page.flags & ~(1 << p.layout["PG_slab"]) | 1 << p.layout["PG_buddy"])
    p.put(page.struct.address_of("_refcount"), 0)


@plant("zones", r"order of the block, on the .* expected \d+, found \d+")
def order_field(p):
    p.flags_bit(p.free_block()[0], "PAGE_ORDER_SHIFT")


@plant("zones", r"migrate type of the block, on the .* expected \w+, found \w+")
def migrate_type(p):
    p.flags_bit(p.free_block()[0], "PAGE_MT_SHIFT")


@plant("zones", r"references of a free page: expected 0, found 1")
def reference_to_a_free_page(p):
    p.put(p.free_block()[0].address_of("_refcount"), 1)


@plant("zones", r"inside the free block of page \d+, has references or a mark")
def reference_inside_a_free_block(p):
    p.put(p.free_block()[0].address + p.pages.size + p.layout.offset("page", "_refcount"), 1)


@plant("zones", r"bit of nonempty: expected")
def nonempty_mask(p):
    p.flip(p.zone().address_of("nonempty[1]"), 1 << 3)


@plant("zones", r"watermarks are out of order")
def watermarks(p):
    p.put(p.zone().address_of("_watermark[1]"), 0)


@plant("zones", r"zone and node bits: expected")
def page_zone_bits(p):
    pfn = zone_checks.memory_regions(p.mem)[-1].base >> 12
    p.flags_bit(p.pages.get(pfn + 300), "PAGE_ZONE_SHIFT")


@plant("zones", r"has no references and is in no free list")
def page_of_nobody(p):
    pfn = next(iter(slabs.Slabs(p.mem).caches())).all_slabs()[0].objects - p.layout["PAGE_OFFSET"] >> 12
    p.put(p.pages.get(pfn).struct.address_of("_refcount"), 0)


@plant("zones", r"pageset of CPU \d+, .* entry \d+: page \d+ is there, and elsewhere as well")
def pageset_has_a_page_twice(p):
    for zone, cpu, order, mt, entries in pageset_lists(p.mem):
        if len(entries) > 1:
            p.put(int(zone.pageset[cpu].lists[order][mt].base) + 4, entries[1])
            return
    raise ValueError("no pageset has two pages")


@plant("zones", r"pageset of CPU \d+, .* bounds are out of order")
def pageset_bounds(p):
    zone, cpu, order, mt, _ = next(iter(pageset_lists(p.mem)))
    one = zone.pageset[cpu].lists[order][mt]
    p.put(one.stack.target.address_of("top"), int(one.base) - 4)


@plant("slabs", r"objects in use, by the free bits: expected \d+, found \d+")
def slab_inuse(p):
    p.add(p.partial_slab().struct.address_of("inuse"), 1, 2)


@plant("slabs", r"objects in use, by the free bits: expected \d+, found \d+")
def slab_free_bit(p):
    slab = p.partial_slab()
    p.flip(slab.struct.address_of("free"), slab.free_bits() & -slab.free_bits() & 0xffffffff or 1)


@plant("slabs", r"object 0x\w+: cookie of a free object: expected")
def cookie(p):
    slab = p.partial_slab()
    k = (slab.free_bits() & -slab.free_bits()).bit_length() - 1
    p.flip(slab.object(k) + slab.cache.struct.cookie_offset, 1 << 7)


@plant("slabs", r"slab_cache of a page of the cache .* expected")
def page_names_another_cache(p):
    slab = p.partial_slab()
    page = p.pages.get(slab.objects - p.layout["PAGE_OFFSET"] >> 12)
    p.flip(page.struct.address_of("slab_cache"), 64)


@plant("slabs", r"array of CPU \d+ for node .* entry \d+: object 0x\w+ waits here and as")
def array_has_an_object_twice(p):
    for cache in slabs.Slabs(p.mem).caches():
        for _, _, ac in cache.arrays():
            found = slabs.array_entries(p.mem, ac)
            if len(found) > 1:
                p.put(int(ac.entry) + 8, found[0])
                return
    raise ValueError("no array has two objects")


@plant("slabs", r"list that its fill calls for: expected")
def slab_counts_all_objects(p):
    slab = p.partial_slab()
    p.put(slab.struct.address_of("inuse"), slab.cache.num, 2)


@plant("slabs", r"free_objects: expected")
def node_counter(p):
    p.add(p.partial_slab().cache.node(0).address_of("free_objects"), 1)


@plant("areas", r"hole below it: expected")
def area_hole(p):
    p.add(p.area().struct.address_of("hole"), 4096)


@plant("areas", r"black nodes on the ways down differ|is red under a red node|the root is red")
def tree_colour(p):
    p.flip(p.area().struct.address_of("rb_node.parent_red"), 1)


@plant("areas", r"largest hole of its subtree: expected")
def tree_value(p):
    p.add(p.area().struct.address_of("max_hole"), 4096)


@plant("areas", r"page 0x\w+: frame: expected \d+, found \d+")
def area_maps_another_frame(p):
    p.flip(p.pte_of(p.area().start), 1 << 13, 8)


@plant("areas", r"pages mapped, by the areas: expected")
def page_mapped_that_no_area_has(p):
    hole = p.area().end + 64 * 4096
    p.put(p.pte_of(hole), p.mem.number(p.pte_of(p.area().start), 8), 8)


@plant("kmap", r"pkmap entry 7 .*: has 1 users and no page")
def pkmap_count(p):
    p.put(p.mem.var("pkmap").entry[7].address_of("count"), 1)


@plant("kmap", r"pkmap entry 9 .*: mapped, of a free entry: expected False, found True")
def pkmap_entry_left_mapped(p):
    p.flip(p.layout.addr("pkmap_pte") + 9 * 8, walk.PRESENT, 8)


@plant("kmap", r"kmap windows of CPU 0: windows mapped, by the CPU's count: expected 0, found 1")
def window_left_mapped(p):
    p.flip(p.layout.addr("fixmap_pte") + 5 * 8, walk.PRESENT, 8)
    assert not kmaps.Windows(p.mem).mapped(1)


@plant("percpu", r"granule \d+ is used and belongs to no allocation")
def percpu_bitmap(p):
    used = int(p.mem.var("percpu_space").chunks[0])
    free = percpus.Percpus(p.mem).static_granules + 40
    p.flip(used + free // 8, 1 << free % 8, 1)


@plant("percpu", r"live allocations counted: expected")
def percpu_counter(p):
    p.add(p.mem.var("percpu_space").address_of("nr_allocs"), 1)


@plant("tables", r"page is writable and executable")
def writable_and_executable(p):
    p.flip(p.pte_of(p.area().start), walk.NX, 8)


@plant("tables", r"kernel text is writable")
def text_is_writable(p):
    p.flip(p.pte_of(p.layout.addr("_stext")), walk.RW, 8)


@plant("tables", r"kernel text is not mapped")
def text_is_gone(p):
    p.flip(p.pte_of(p.layout.addr("_etext") - 4096), walk.PRESENT, 8)


@plant("tables", r"kernel rodata can be executed")
def rodata_is_executable(p):
    p.flip(p.pte_of(p.layout.addr("__start_rodata")), walk.NX, 8)


@plant("tables", r"reserved bits are set")
def entry_with_a_reserved_bit(p):
    p.flip(p.pte_of(p.layout.addr("_sdata")), 1 << 52, 8)


@plant("tables", r"frame in the direct map: expected")
def direct_map_is_crooked(p):
    p.flip(p.pte_of(p.layout.addr("_stext")), 1 << 12, 8)


@plant("tables", r"entries, as its page counts them: expected")
def table_counts_wrong(p):
    w = walk.walk(p.mem, p.area().start)
    table = (w.entries[1].value & walk.PFN_MASK) >> 12
    p.add(p.pages.get(table).struct.address_of("private"), 1)


@plant("tasks", r"run queue of CPU 0 .*: nr_running: expected")
def run_queue_count(p):
    p.add(p.mem.per_cpu("runqueue", 0).address_of("nr_running"), 1)


@plant("tasks", r"run queue of CPU 0 .*: ready bit of list 5: expected 0, found 1")
def run_queue_mask(p):
    p.flip(p.mem.per_cpu("runqueue", 0).address_of("ready"), 1 << 5)


@plant("tasks", r"list of tasks: back link of the entry")
def task_list(p):
    p.flip(p.layout.addr("tasks") + 4, 8)


# --- the checking build ------------------------------------------------------------------------

@plant("slabs", r"object 0x\w+: left red zone, offset -1: expected")
def red_zone_byte(p):
    slab = p.partial_slab(debug=True)
    p.flip(slab.object(0) - 1, 1, 1)


@plant("slabs", r"object 0x\w+: right red zone, offset \d+: expected")
def red_zone_behind(p):
    slab = p.partial_slab(debug=True)
    p.flip(slab.object(0) + slab.cache.struct.object_size, 1, 1)


@plant("slabs", r"object 0x\w+: poison of a free object, offset 2: expected 0x6b, found 0x6f")
def write_after_free(p):
    slab = next(s for c in slabs.Slabs(p.mem).caches() if c.has("POISON") and c.struct.object_size > 8
                for s in c.all_slabs() if s.free_bits())
    k = (slab.free_bits() & -slab.free_bits()).bit_length() - 1
    p.flip(slab.object(k) + 2, 4, 1)


planted = None


def sow(name):
    """Write a fault."""
    global planted  # pylint: disable=global-statement
    planted = Planter()
    PLANTS[name][2](planted)


def weed():
    """Undo it."""
    planted.undo()
