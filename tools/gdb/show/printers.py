# SPDX-License-Identifier: MIT
"""printers.py - how GDB prints Quire's structures: a line that says what matters; `p/r` shows all
fields. Whatever a pointer points to, a printer answers: what it cannot read it says."""

import gdb
from decode import kinds, pagesets, walk
from decode.memory import Unreadable
from decode.pages import gfp_names
from decode.walk import rights
from decode.zones import Zones
from sources import in_gdb
from show import values

ERRORS = (gdb.error, gdb.GdbError, Unreadable, KeyError, ValueError, IndexError, AttributeError,
          TypeError, OverflowError)
MOST_ENTRIES = 1000  # of a list are counted


class Printer:
    """show: a function from a gdb.Value to a text."""

    def __init__(self, value, show):
        self.value, self.show = value, show

    def to_string(self):
        try:
            return self.show(self.value)
        except ERRORS as error:
            return f"<{self.show.__name__.strip('_')} that cannot be decoded: {error}>"


def mem():
    return in_gdb.kernel().mem


def struct(value, name):
    """The decoder's view of a structure; a value without a place in memory has none."""
    if value.address is None:
        raise ValueError("the value is not in memory; p/r shows its fields")
    return mem().struct(name, int(value.address) & values.WORD)


def name_at(address):
    """A string of the kernel, or what is wrong with the pointer."""
    try:
        return mem().string(int(address) & values.WORD, 64) if int(address) else "(no name)"
    except Unreadable:
        return f"(name at {int(address) & values.WORD:#x}?)"


# --- pages and zones ---------------------------------------------------------------------------

def page(value):
    """pfn=1024 order=10 free (buddy) Movable Normal node 0"""
    address = struct(value, "page").address
    pages = values.pages()
    found = pages.of_address(address)
    if found is None:
        return f"struct page at {address:#010x} (not in mem_map)"
    kind = kinds.page_kind(pages, found.pfn)
    kind += " (buddy)" if found.is_buddy else ""
    flags = [f for f in found.flag_names if f not in ("managed", "buddy", "slab", "reserved")]
    users = f" refs={found.refcount}" if found.refcount else ""
    maps = f" maps={found.mapcount}" if found.mapcount else ""
    return f"pfn={found.pfn} order={found.order} {kind} {type_name(found)} {found.zone_name} " \
           f"node {found.nid}{users}{maps}{' ' + '|'.join(flags) if flags else ''}"


def type_name(found):
    return found.type_name if found.migratetype < len(found.pages.type_names) else "type?"


def zone(value):
    """Normal node 0 pfn 4096-8191: ..."""
    z = struct(value, "zone")
    zones = Zones(mem())
    if not z.spanned_pages:
        return f"{name_at(z.name)} node {z.node}: empty"
    return f"{name_at(z.name)} node {z.node} pfn {z.zone_start_pfn}-{zones.end_pfn(z) - 1}: " \
           f"free {zones.free_pages(z)} of {z.managed_pages}, min {zones.watermark(z, 'MIN')} " \
           f"low {zones.watermark(z, 'LOW')} high {zones.watermark(z, 'HIGH')}"


def node(value):
    """node 0 pfn 1-9215: ..."""
    n = struct(value, "pglist_data")
    names = [name_at(z.name) for z in n.node_zones if z.present_pages]
    return f"node {n.node_id} pfn {n.node_start_pfn}-" \
           f"{n.node_start_pfn + n.node_spanned_pages - 1}: present {n.node_present_pages}, " \
           f"zones {' '.join(names) or 'none'}"


def free_area(value):
    """5 blocks: Unmovable 1, Movable 4"""
    area = struct(value, "free_area")
    types = [p.string for p in mem().var("migratetype_names")]
    found = []
    for mt, name in enumerate(types):
        n = entries(area.address_of(f"free_list[{mt}]"))
        if n != "empty":
            found.append(f"{name} {n}")
    return f"{area.nr_free} blocks" + (": " + ", ".join(found) if found else "")


def pageset(value):
    """Normal node 0 cpu 1: 43 pages, high 112, batch 1"""
    pcp = struct(value, "per_cpu_pages")
    z = pcp.zone.target
    found = pagesets.Pageset(Zones(mem()), z, pcp.cpu)
    if found.struct.address != pcp.address:
        return f"struct per_cpu_pages at {pcp.address:#010x} (no zone's)"
    return f"{name_at(z.name)} node {z.node} cpu {pcp.cpu}: {found.count} pages, high {pcp.high}, " \
           f"batch {pcp.batch}"


# --- objects and areas -------------------------------------------------------------------------

def cache(value):
    """kmalloc-64: objects of 64 bytes, 63 in a slab of order 0, 3 slabs"""
    c = struct(value, "kmem_cache")
    at = c.address_of("node")
    nodes = mem().structs("kmem_cache_node", at, mem().var("nr_node_ids"))
    return f"{name_at(c.name)}: objects of {c.object_size} bytes ({c.field('size')} apart), {c.num} " \
           f"in a slab of order {c.order}, {sum(n.nr_slabs for n in nodes)} slabs"


def slab(value):
    """kmalloc-64: 5 of 63 taken, at 0xc1c10000"""
    s = struct(value, "slab")
    return f"{name_at(s.cache.name)}: {s.inuse} of {s.cache.num} taken, objects at " \
           f"{int(s.objects):#010x}, node {s.nid}"


def vm_struct(value):
    """[0xf8800000-0xf8802000) 2 pages, VM_ALLOC, by run_vmalloc+0x2a"""
    vm = struct(value, "vm_struct")
    start, size = int(vm.addr), vm.field("size")
    what = f"pa {vm.phys_addr:#x}" if vm.flags & in_gdb.layout()["VM_IOREMAP"] else \
        f"{vm.nr_pages} pages"
    return f"[{start:#010x}-{start + size:#010x}) {what}, {vm_flags(vm.flags)}, by " \
           f"{in_gdb.layout().return_site(vm.caller)}"


def vm_flags(flags):
    return "|".join(name for name, bit in in_gdb.layout().enums["vm_flags"].items()
                    if flags & bit) or "no flags"


def vmap_area(value):
    """[0xf8800000-0xf8803000) busy"""
    area = struct(value, "vmap_area")
    names = {v: n.removeprefix("VMAP_").lower()
             for v, n in in_gdb.layout().enum_names("vmap_state").items()}
    return f"[{area.va_start:#010x}-{area.va_end:#010x}) {names.get(area.state, area.state)}, " \
           f"hole of {area.hole} bytes below"


# --- numbers that are more than numbers --------------------------------------------------------

def entry_of(level):
    """A printer of page-table entries of a level."""
    def entry(value):
        raw = int(value[level])
        if not raw & walk.PRESENT:
            return f"{raw:#018x} not present" if raw else "0 (empty)"
        large = level == "pmd" and raw & walk.PSE
        pfn = (raw & walk.PFN_MASK & (-walk.LARGE if large else -1)) >> 12
        return f"{raw:#018x} pfn={pfn} {rights(raw)}"
    return entry


def gfp(value):
    """GFP_KERNEL|__GFP_ZERO"""
    return f"{int(value):#x} {gfp_names(in_gdb.layout(), int(value))}"


# --- lists -----------------------------------------------------------------------------------

def entries(head):
    """How many entries a list has, in words."""
    try:
        n = sum(1 for _ in mem().list(head, "list_head", "next", MOST_ENTRIES))
    except ValueError as error:
        return f"more than {MOST_ENTRIES}" if "no end" in str(error) else f"broken ({error})"
    except Unreadable as error:
        return f"broken ({error})"
    return str(n) if n else "empty"


def list_head(value):
    """list of 3: next 0xc1c03000, prev 0xc1c03160"""
    links = struct(value, "list_head")
    n = entries(links.address)
    if n == "empty":
        return "empty list"
    what = n if n.startswith("broken") else "of " + n
    return f"list {what}: next {int(links.next):#010x}, prev {int(links.prev):#010x}"


BY_TAG = {"page": page, "zone": zone, "pglist_data": node, "free_area": free_area,
          "per_cpu_pages": pageset, "kmem_cache": cache, "slab": slab, "vm_struct": vm_struct,
          "vmap_area": vmap_area, "list_head": list_head}
BY_NAME = {"pte_t": entry_of("pte"), "pmd_t": entry_of("pmd"), "pgd_t": entry_of("pgd"),
           "gfp_t": gfp}


def lookup(value):
    """GDB asks: who prints this value?"""
    t = value.type.unqualified()
    while t.code == gdb.TYPE_CODE_TYPEDEF:
        if t.name in BY_NAME:
            return Printer(value, BY_NAME[t.name])
        t = t.target().unqualified()
    show = BY_TAG.get(t.tag) if t.code == gdb.TYPE_CODE_STRUCT else None
    return Printer(value, show) if show else None


lookup.__name__ = "quire"


def register():
    if lookup not in gdb.pretty_printers:
        gdb.pretty_printers.append(lookup)
