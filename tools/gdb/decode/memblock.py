# SPDX-License-Identifier: MIT
"""memblock.py - who has which bytes before there are pages: struct memblock."""

import collections

Region = collections.namedtuple("Region", "base size nid")


def regions(mem, kind):
    """The regions of "memory", "reserved" or "physmem"; None: their array was given away, because
    it had grown into memory that is freed at hand-over."""
    block = getattr(mem.var("memblock"), kind)
    first = mem.layout.in_file(f"{kind}_regions", "memblock.c")["addr"]
    if mem.var("memblock").retired and int(block.regions) != first:
        return None
    return [Region(r.base, r.field("size"), r.nid)
            for r in mem.structs("memblock_region", block.regions, block.cnt)] if block.cnt else []
