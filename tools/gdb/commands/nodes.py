# SPDX-License-Identifier: MIT
"""nodes.py - `mm nodes`, `mm memblock`: what the machine's memory is made of."""

from commands import command
from commands.zones import zones_of
from decode import memblock as blocks
from decode.nodes import Nodes

GROUP = "Pages and zones"


@command("nodes", aliases=("kmem -n",))
def show_nodes(k):
    """Nodes: frames, zones, CPUs, distances, zonelists.

    A zonelist is where a request looks, in order: NODE:ZONE. "this node only" is for
    __GFP_THISNODE. Gorman ch. 2.1."""
    nodes = Nodes(zones_of(k))
    for node in nodes.all:
        nid, start = node.node_id, node.node_start_pfn
        names = [z.name.string for z in node.node_zones if z.present_pages]
        cpus = nodes.cpus(nid)
        yield f"node {nid}: [pfn {start}-{start + node.node_spanned_pages - 1}] present " \
              f"{node.node_present_pages}, spanned {node.node_spanned_pages}" \
            if node.node_spanned_pages else f"node {nid}: no memory"
        yield f"  zones: {' '.join(names) or 'none'}; CPUs: " \
              f"{' '.join(map(str, cpus)) or 'none'}; kept back: {node.totalreserve_pages} pages; " \
              f"pg_data_t {node.address:#010x}"
        yield "  distances: " + " ".join(
            f"{other.node_id}:{d}" for other, d in zip(nodes.all, nodes.distances(nid)))
        yield "  zonelist: " + " ".join(nodes.zonelist(node, True))
        yield "  this node only: " + (" ".join(nodes.zonelist(node, False)) or "nothing")


@command("memblock")
def show_memblock(k):
    """The boot allocator's lists: what is RAM, what was taken.

    Gorman ch. 5. After hand-over to the page allocator they say how it was at that moment."""
    block = k.mem.var("memblock")
    if block.retired:
        yield "memblock is retired: pages belong to the page allocator; this is what it last knew"
    for kind in ("memory", "reserved", "physmem"):
        found, part = blocks.regions(k.mem, kind), getattr(block, kind)
        yield f"{kind}: {part.cnt} regions, {part.total_size // 1024} KiB" + (
            f", {part.dropped} ranges lost" if part.dropped else "")
        if found is None:
            yield "  the array had grown; its memory was freed at hand-over"
        for r in found or ():
            node = f" node {r.nid}" if kind == "memory" else ""
            yield f"  [{r.base:#011x}-{r.base + r.size - 1:#011x}] {r.size // 1024:9} KiB{node}"
