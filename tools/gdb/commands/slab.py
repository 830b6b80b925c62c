# SPDX-License-Identifier: MIT
"""slab.py - `mm slab`: caches, their slabs and objects."""

import collections

from commands import CommandError, command
from decode import sites
from decode.slabs import LISTS, Slabs

GROUP = "Objects and mappings"


def numbers(cache):
    """As /proc/slabinfo has them."""
    c, s = cache.counts(), cache.struct
    return f"{cache.name:<17} {c.active:6} {c.objects:6} {cache.size:6} {cache.num:4} " \
           f"{1 << cache.order:4} : tunables {s.limit:4} {s.batchcount:4} {s.shared:4} : slabdata " \
           f"{c.active_slabs:6} {c.slabs:6} {c.shared:6}"


@command("slab", "[NAME [-v]]", aliases=("kmem -s",))
def slab(k, *words):
    """Slab caches with the figures of /proc/slabinfo; with NAME: its nodes, lists and slabs.

    -v: each object, its state and who allocated and freed it, where slab_debug=U remembers that.
    A free object may be in its slab, in an array of a CPU or node, or in the quarantine. Gorman ch. 8."""
    verbose, names = "-v" in words, [w for w in words if w != "-v"]
    slabs = Slabs(k.mem)
    if not names:
        yield "slabinfo - version: 2.1"
        yield "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>" \
              " : tunables <limit> <batchcount> <sharedfactor>" \
              " : slabdata <active_slabs> <num_slabs> <sharedavail>"
        yield from (numbers(cache) for cache in slabs.caches())
        return
    for name in names:
        cache = slabs.named(name)
        if not cache:
            raise CommandError(f"no cache {name}; `mm slab` lists them")
        yield from one_cache(k, cache, verbose)


FLAGS = ("CONSISTENCY_CHECKS", "RED_ZONE", "POISON", "STORE_USER", "HWCACHE_ALIGN", "CACHE_DMA",
         "RECLAIM_ACCOUNT", "PANIC", "NO_ARRAYS", "OFF_SLAB", "KMALLOC", "NO_DEBUG", "ON_SLAB", "PLAIN")


def one_cache(k, cache, verbose):
    s = cache.struct
    yield f"{cache.name} at {cache.address:#010x}: objects of {s.object_size} bytes, {cache.size} from one " \
          f"to the next, {cache.num} in a slab of {1 << cache.order} pages"
    yield f"  align {s.align}, flags {'|'.join(f for f in FLAGS if cache.has(f)) or '0'}, slabs made " \
          f"{s.nr_grown}, given back {s.nr_reaped}, objects out of use {s.nr_damaged}"
    for cpu, nid, ac in cache.arrays():
        if ac.room:
            filled = (int(ac.top) - int(ac.entry)) // 4
            yield f"  CPU {cpu}, node {nid}: array of {filled} of {ac.room}, moves {ac.batchcount}"
    parked = cache.parked()
    for nid, node in enumerate(cache.nodes()):
        shared = f"{node.shared.avail} of {node.shared.limit}" if node.shared else "none"
        yield f"  node {nid}: {node.nr_slabs} slabs, {node.nr_free_slabs} free, {node.free_objects} " \
              f"objects free, shared array {shared}"
        for which in LISTS:
            for one in cache.listed(node, which):
                yield from one_slab(k, cache, one, which, parked, verbose)


def one_slab(k, cache, one, which, parked, verbose):
    states = list(one.states(parked))
    kinds = collections.Counter(state for _, state in states)
    said = ", ".join(f"{n} {state}" for state, n in sorted(kinds.items()))
    yield f"    {which:7} slab {one.address:#010x} objects {one.objects:#010x} in use {one.inuse}: {said}"
    for obj, state in states if verbose else ():
        yield f"      {obj:#010x} {state}{owners(k.mem, cache, obj)}"


def owners(mem, cache, obj):
    """Who allocated and freed an object."""
    tail = cache.tail(obj) if cache.has("STORE_USER") else None
    if not tail:
        return ""
    said = ""
    if tail.requested:
        said += f", {tail.requested} bytes asked for"
    if tail.alloc.seq:
        said += f", allocated by {sites.site(mem, tail.alloc.trace[0])}"
    if tail.free.seq:
        said += f", freed by {sites.site(mem, tail.free.trace[0])}"
    return said


@command("slab contains", "ADDR")
def slab_contains(k, addr):
    """The cache, slab and object that an address lies in, the object's state and owners."""
    va, slabs = k.number(addr), Slabs(k.mem)
    large, place = slabs.large_block(va), slabs.place(va)
    if large:
        yield f"{va:#010x}: kmalloc block of {large[1]} bytes at {large[0]:#010x}, offset {va - large[0]}"
        return
    if not place:
        page = slabs.page_of(va)
        raise CommandError(f"{va:#010x} is in no slab" +
                           (", but its page is PG_slab" if page and page.has("slab") else ""))
    cache = place.cache
    state = dict(place.slab.states())[place.object]
    yield f"{va:#010x}: offset {place.offset} in object {place.object:#010x}, number {place.index} of " \
          f"{cache.num}, {state}{owners(k.mem, cache, place.object)}"
    yield f"  cache {cache.name} at {cache.address:#010x}, slab {place.slab.address:#010x} on node " \
          f"{place.slab.nid}, {place.slab.inuse} in use"
    if cache.has("STORE_USER"):
        yield from traces(k.mem, cache.tail(place.object))


def traces(mem, tail):
    for word, track in (("allocated", tail.alloc), ("freed", tail.free)):
        if track.seq:
            yield f"  {word} as event {track.seq} on CPU {track.cpu} by"
            yield from (f"    {sites.site(mem, pc)}" for pc in track.trace if pc)
