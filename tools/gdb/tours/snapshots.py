# SPDX-License-Identifier: MIT
"""snapshots.py - what a picture shows, read out of memory into plain dictionaries.

A snapshot outlives the moment: two of them make a picture of what has changed (pictures.py). The
machine is stopped meanwhile, but perhaps in the middle of a change: tours stop where lists are whole."""

import collections

from decode import walk as tables
from decode.pages import Pages
from decode.zones import Zones
from tours import pictures

TYPE_LETTERS = "UMRHI"  # of migrate types, in the kernel's order
KMAP_FREE, KMAP_LEAVING = "free", "leaving"

Picture = collections.namedtuple("Picture", "arguments take draw")


# --- zones and pages ------------------------------------------------------------------------------

def find_zone(mem, name):
    """The zone of that name on the first node that has pages in it."""
    found = Zones(mem).named(name)
    if not found:
        raise ValueError(f"this machine has no zone {name}")
    return found[0]


def describe_zone(mem, z):
    marks = {which: z._watermark[i] + z.watermark_boost
             for i, which in enumerate(("min", "low", "high"))}
    return {"name": z.name.string, "free": Zones(mem).free_pages(z), "managed": z.managed_pages,
            "start": z.zone_start_pfn, "end": z.zone_start_pfn + z.spanned_pages,
            "present": z.present_pages, **marks}


def zone(mem, name):
    return describe_zone(mem, find_zone(mem, name))


def zones(mem):
    return [describe_zone(mem, z) for z in Zones(mem).populated()]


def pfn_of(mem, struct_page):
    return (struct_page - int(mem.var("mem_map"))) // mem.layout.size("page")


def buddy(mem, name):
    """lists: by order, [(letter of the type, pfn)] as the lists have them. deferred: (pfn, order)."""
    z, reader = find_zone(mem, name), Zones(mem)
    lists = [[(TYPE_LETTERS[mt], pfn_of(mem, page.address))
              for mt in range(mem.layout["MIGRATE_TYPES"]) for page in reader.blocks(z, order, mt)]
             for order in range(reader.max_order)]
    deferred = None
    if z.deferred:
        pfn = pfn_of(mem, int(z.deferred))
        deferred = (pfn, Pages(mem).get(pfn).order)
    return {"zone": name, "free": reader.free_pages(z), "lists": lists, "deferred": deferred}


def pageset(mem, name, order, mt):
    """One stack of this zone's pageset of the first CPU, bottom first."""
    pcp = find_zone(mem, name).pageset[0]
    what = {"zone": name, "order": order, "type": TYPE_LETTERS[mt], "stack": [], "room": 0}
    if not pcp:
        return what
    entry = pcp.lists[order][mt]
    top, limit, base = int(entry.stack.top), int(entry.stack.limit), int(entry.base)
    if top:
        what["stack"] = [pfn_of(mem, mem.number(at)) for at in range(base + 4, top + 4, 4)]
        what["room"] = (limit - top) // 4
    return what


def is_in_pageset(mem, pfn, page):
    return any(pfn in pageset(mem, page.zone_name, order, mt)["stack"]
               for order in range(mem.layout["PCP_ORDERS"])
               for mt in range(mem.layout["MIGRATE_PCPTYPES"]))


def state_of(mem, pfn, p):
    """What a frame is, in a word or two."""
    if p.has("reserved"):
        return "reserved"
    if p.has("slab"):
        return "slab"
    if p.refcount > 0:
        return "allocated"
    if p.is_buddy:
        return "free in the buddy lists"
    if int(find_zone(mem, p.zone_name).deferred) == p.address:
        return "free, put aside"
    return "free in a pageset" if is_in_pageset(mem, pfn, p) else "free, in no list by itself"


def page(mem, pfn):
    p = Pages(mem).get(pfn)
    if p is None:
        raise ValueError(f"pfn {pfn} has no struct page")
    site = mem.layout.site
    return {"pfn": pfn, "state": state_of(mem, pfn, p), "flags": p.flag_names, "order": p.order,
            "type": p.type_name, "zone": p.zone_name, "refcount": p.refcount,
            "mapcount": "vmalloc's mark" if p.mapcount == mem.layout["PAGE_MAPCOUNT_VMALLOC"] + 1
            else p.mapcount,
            "alloc_site": "-" if p.has("slab") else site(p.struct.alloc_site),
            "free_site": "-" if p.refcount else site(p.struct.free_site)}


# --- page tables ----------------------------------------------------------------------------------

def walk(mem, va):
    w = tables.walk(mem, va)
    return {"va": w.va, "pa": w.pa, "large": w.size == tables.LARGE,
            "entries": [(e.level, e.index, e.value, tables.rights(e)) for e in w.entries]}


# --- objects --------------------------------------------------------------------------------------

def find_cache(mem, name):
    for cache in mem.list(mem.layout.addr("slab_caches"), "kmem_cache"):
        if cache.name.string == name:
            return cache
    raise ValueError(f"no cache {name}")


def array_objects(mem, cache):
    """What is in the first CPU's array for the first node; oldest first."""
    ac = mem.struct("array_cache", mem.per_cpu_address(int(cache.arrays), 0))
    entry, top = int(ac.entry), int(ac.top)
    return [mem.number(at) for at in range(entry + 4, top + 4, 4)] if entry else []


def slab_cells(mem, cache, slab, waiting):
    """One letter an object: . free in the slab, c in an array, q in quarantine, o taken."""
    at = slab.address + mem.layout.offset("slab", "free")
    first, size, num = int(slab.objects), cache.field("size"), cache.num
    bits = int.from_bytes(mem.read(at, (num + 31) // 32 * 4), "little")
    cells = ["." if bits >> k & 1 else "o" for k in range(num)]
    for letter, objects in waiting.items():
        for p in objects:
            if first <= p < first + num * size:
                cells[(p - first) // size] = letter
    return "".join(cells)


def shared_objects(mem, node):
    """Objects in the array that the node's CPUs share."""
    if not node.shared:
        return []
    at = int(node.shared) + mem.layout.offset("shared_array", "entry")
    return [mem.number(at + 4 * i) for i in range(node.shared.avail)]


def slab(mem, name):
    """A cache: its slabs, object by object, and the first CPU's array."""
    cache = find_cache(mem, name)
    node = mem.struct("kmem_cache_node", cache.address + mem.layout.offset("kmem_cache", "node"))
    array = array_objects(mem, cache)
    waiting = {"c": array + shared_objects(mem, node),
               "q": [int(p) for p in cache.quarantine if p]}
    slabs = [(int(s.objects), slab_cells(mem, cache, s, waiting))
             for which in ("slabs_partial", "slabs_full", "slabs_free")
             for s in mem.list(node.address_of(which), "slab")]
    return {"name": name, "size": cache.field("size"), "num": cache.num, "order": cache.order,
            "nr_slabs": node.nr_slabs, "slabs": sorted(slabs), "array": array}


# --- addresses ------------------------------------------------------------------------------------

def vmalloc(mem):
    """The window and the areas in it: (start, end with guard page, state, pages, who)."""
    space = mem.var("vmalloc_space")
    names = mem.layout.enum_names("vmap_state")
    head = space.address_of("list")
    areas = [(a.va_start, a.va_end, names[a.state].removeprefix("VMAP_").lower(), a.vm.nr_pages,
              mem.layout.site(a.vm.caller)) for a in mem.list(head, "vmap_area")]
    return {"start": space.start, "end": space.end, "areas": areas}


def area_state(mem, va):
    return next((state for start, end, state, _, _ in vmalloc(mem)["areas"] if start <= va < end),
                "none")


def kmap_state(count, layout):
    """Users of an entry, or a word."""
    if count >= 0:
        return count
    return KMAP_FREE if count < layout["FREE"] // 2 else KMAP_LEAVING


def pkmap(mem):
    """Entries that are not free: (index, users, pfn), and whether the page table has them."""
    table, state = mem.layout.addr("pkmap_pte"), mem.var("pkmap")
    used = []
    for i, entry in enumerate(state.entry):
        users = kmap_state(entry.count, mem.layout)
        if users != KMAP_FREE:
            used.append((i, users, pfn_of(mem, int(entry.page)),
                         tables.rights(mem.number(table + 8 * i, 8))))
    return {"base": mem.layout["PKMAP_BASE"], "last": state.last, "used": used,
            "size": mem.layout["LAST_PKMAP"]}


def kmap_count(mem, pfn):
    """Users of a page's entry; -1: it has none."""
    return next((users for _, users, its, _ in pkmap(mem)["used"] if its == pfn), -1)


# --- memory before there are pages -----------------------------------------------------------------

def regions(kind):
    return [(r.base, r.field("size")) for r in (kind.regions[i] for i in range(kind.cnt))]


def memory(mem):
    """What the boot memory allocator knows."""
    m = mem.var("memblock")
    return {"memory": regions(m.memory), "reserved": regions(m.reserved),
            "bytes": sum(size for _, size in regions(m.memory)),
            "reserved_bytes": sum(size for _, size in regions(m.reserved)), "retired": bool(m.retired)}


PICTURES = {
    "buddy": Picture(("ZONE",), buddy, pictures.buddy),
    "pageset": Picture(("ZONE", "ORDER", "TYPE"), pageset, pictures.pageset),
    "zones": Picture((), zones, pictures.zones),
    "page": Picture(("PFN",), page, pictures.page),
    "walk": Picture(("ADDRESS",), walk, pictures.walk),
    "slab": Picture(("CACHE",), slab, pictures.slab),
    "vmalloc": Picture((), vmalloc, pictures.vmalloc),
    "pkmap": Picture((), pkmap, pictures.pkmap),
    "memory": Picture((), memory, pictures.memory),
}
