# SPDX-License-Identifier: MIT
"""slabs.py - caches, their slabs and objects. See include/mm/slab_def.h.

A free object is a bit in its slab, or an entry of an array (a CPU's, a node's), or in the
quarantine: taken, as far as its slab knows. parked() says which these are."""

import collections

from decode import cpus
from decode.kinds import allocated_head
from decode.memory import Unreadable
from decode.pages import Pages

LISTS = ("full", "partial", "free")
Counts = collections.namedtuple("Counts", "active objects active_slabs slabs shared")
Place = collections.namedtuple("Place", "cache slab index object offset")


class Cache:
    """One struct kmem_cache."""

    def __init__(self, slabs, struct):
        self.slabs, self.struct, self.mem = slabs, struct, slabs.mem
        self.address, self.num, self.size = struct.address, struct.num, struct.field("size")
        self.flags, self.order = struct.flags, struct.order

    @property
    def name(self):
        return self.struct.name.string

    def has(self, flag):
        return bool(self.flags & self.mem.layout["SLAB_" + flag])

    def node(self, nid):
        size = self.mem.layout.size("kmem_cache_node")
        return self.mem.struct("kmem_cache_node", self.struct.address_of("node") + nid * size)

    def nodes(self):
        return [self.node(nid) for nid in range(self.mem.var("nr_node_ids"))]

    def cookie(self, nid):
        """What stands in free objects of a node: the link address of the array they go to."""
        each = 0 if self.has("NO_ARRAYS") else self.mem.layout.size("array_cache")
        return int(self.struct.arrays) + nid * each

    def listed(self, node, which):
        """Slabs on a list ("full", "partial", "free") of a node."""
        return [Slab(self, s) for s in self.mem.list(node.address_of("slabs_" + which), "slab")]

    def all_slabs(self):
        return [s for node in self.nodes() for which in LISTS for s in self.listed(node, which)]

    def arrays(self):
        """(cpu, nid, struct array_cache) of each CPU and node."""
        if self.has("NO_ARRAYS"):
            return []
        return [(cpu, nid, cpus.copy(self.mem, self.cookie(nid), cpu, "array_cache"))
                for cpu in cpus.possible(self.mem) for nid in range(self.mem.var("nr_node_ids"))]

    def parked(self):
        """{object: where it waits} of the objects that are neither free in a slab nor a user's."""
        found = {}
        for cpu, _, ac in self.arrays():
            found.update((o, f"in CPU {cpu}'s array") for o in array_entries(self.mem, ac))
        for nid, node in enumerate(self.nodes()):
            found.update((o, f"in node {nid}'s shared array") for o in shared_entries(self.mem, node))
        found.update((int(o), "in the quarantine") for o in self.struct.quarantine if o)
        found.update((int(o), "out of use, damaged") for o in self.struct.damaged if o)
        return found

    def counts(self):
        """What /proc/slabinfo says."""
        slabs = self.all_slabs()
        shared = sum(len(shared_entries(self.mem, n)) for n in self.nodes())
        parked = sum(len(array_entries(self.mem, ac)) for _, _, ac in self.arrays())
        idle = parked + shared + sum(bool(o) for o in self.struct.quarantine) + self.struct.nr_damaged
        taken = sum(s.inuse for s in slabs)
        return Counts(max(0, taken - idle), len(slabs) * self.num,
                      sum(s.inuse != 0 for s in slabs), len(slabs), shared)

    def tail(self, obj):
        """What debugging keeps behind an object (a struct slab_tail), or None."""
        if not self.flags & self.mem.layout["SLAB_DEBUG_FLAGS"]:
            return None
        return self.mem.struct("slab_tail", obj + self.struct.cookie_offset)


class Slab:
    """One struct slab of a cache."""

    def __init__(self, cache, struct):
        self.cache, self.struct, self.address = cache, struct, struct.address
        self.objects, self.inuse, self.nid = int(struct.objects), struct.inuse, struct.nid

    def free_bits(self):
        """Bit k: object k is free."""
        words = (self.cache.num + 31) // 32
        return int.from_bytes(self.cache.mem.read(self.struct.address_of("free"), 4 * words), "little")

    def object(self, k):
        return self.objects + k * self.cache.size + self.cache.struct.object_offset

    def bytes(self):
        """All of the slab's objects, read at once; objects[0] is the first byte."""
        return self.cache.mem.read(self.objects, self.cache.num * self.cache.size)

    def states(self, parked=None):
        """[(object, "free", "taken" or where it waits)]."""
        parked = self.cache.parked() if parked is None else parked
        bits = self.free_bits()
        for k in range(self.cache.num):
            obj = self.object(k)
            yield obj, "free" if bits >> k & 1 else parked.get(obj, "taken")


class Slabs:
    """All caches of a machine."""

    def __init__(self, mem, pages=None):
        self.mem, self.layout = mem, mem.layout
        self.pages = pages or Pages(mem)

    def caches(self):
        """Oldest first."""
        return [self.cache(c) for c in self.mem.list(self.layout.addr("slab_caches"), "kmem_cache")]

    def cache(self, struct):
        return Cache(self, struct)

    def named(self, name):
        """The cache of a name, or None."""
        return next((c for c in self.caches() if c.name == name), None)

    def page_of(self, va):
        """The Page behind an address of the direct map, or None."""
        pfn = va - self.layout["PAGE_OFFSET"] >> self.layout["PAGE_SHIFT"]
        return self.pages.get(pfn) if 0 <= pfn < self.mem.var("max_low_pfn") else None

    def large_block(self, va):
        """(first byte, bytes) of the kmalloc block of whole pages around an address, or None."""
        page = self.page_of(va)
        head = page and allocated_head(self.pages, page.pfn)
        if not head or not head.has("slab") or \
                int(head.struct.slab_cache) != self.layout.addr("kmalloc_large"):
            return None
        start = self.layout["PAGE_OFFSET"] + (head.pfn << self.layout["PAGE_SHIFT"])
        return start, self.layout["PAGE_SIZE"] << head.order

    def place(self, va):
        """The Place of an address, or None: in no slab (or its struct page lies)."""
        page = self.page_of(va)
        if not page or not page.has("slab") or \
                int(page.struct.slab_cache) == self.layout.addr("kmalloc_large"):
            return None
        try:
            cache = self.cache(self.mem.struct("kmem_cache", page.struct.slab_cache))
            slab = Slab(cache, self.mem.struct("slab", page.struct.slab))
            sound = slab.struct.cache == cache.address and slab.objects == page.struct.slab_objects \
                and cache.num and cache.size
        except Unreadable:
            return None
        if not sound:
            return None
        index = min(max(va - slab.objects, 0) // cache.size, cache.num - 1)
        return Place(cache, slab, index, slab.object(index), va - slab.object(index))


def array_entries(mem, ac):
    """Objects in a struct array_cache, the oldest first."""
    count = (int(ac.top) - int(ac.entry)) // 4
    if not ac.room or not 0 < count <= ac.room:
        return []
    return memoryview(mem.read(int(ac.entry) + 4, 4 * count)).cast("I").tolist()


def shared_entries(mem, node):
    """Objects in the shared array of a struct kmem_cache_node."""
    if not node.shared:
        return []
    count = min(node.shared.avail, node.shared.limit)
    where = int(node.shared) + mem.layout.offset("shared_array", "entry")
    return memoryview(mem.read(where, 4 * count)).cast("I").tolist() if count else []
