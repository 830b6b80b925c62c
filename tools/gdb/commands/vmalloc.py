# SPDX-License-Identifier: MIT
"""vmalloc.py - `mm vmalloc`: the areas of the window."""

import collections

from commands import command
from decode import sites
from decode.pages import Pages
from decode.vmaps import STATES, Vmaps

GROUP = "Objects and mappings"


def nodes_of(k, pages, area):
    """Frames by node, as " N0=3"."""
    counts, large = collections.Counter(), area.vm.nr_large
    for i, at in enumerate(area.blocks()):
        page = pages.of_address(at)
        counts[page.nid if page else -1] += 512 if i < large else 1
    return "".join(f" N{nid}={n}" for nid, n in sorted(counts.items()))


def line(k, pages, area):
    """As /proc/vmallocinfo has it."""
    c, vm = k.layout, area.vm
    said = f"{area.start:#010x}-{area.end:#010x} {area.end - area.start:7}"
    if area.state != "BUSY":
        return f"{said} unpurged vm_area"
    said += f" {sites.sized_site(k.mem, vm.caller)}"
    said += f" pages={vm.nr_pages}" if vm.nr_pages else ""
    said += f" phys={vm.phys_addr:#018x} ioremap" if vm.flags & c["VM_IOREMAP"] else ""
    for flag, word in (("VM_ALLOC", "vmalloc"), ("VM_MAP", "vmap"), ("VM_USERMAP", "user")):
        said += f" {word}" if vm.flags & c[flag] else ""
    if c["VMALLOC_START"] <= int(vm.pages) < c["VMALLOC_END"]:
        said += " vpages"
    return said + nodes_of(k, pages, area)


@command("vmalloc", "", aliases=("kmem -v",))
def vmalloc(k):
    """Areas of vmalloc, vmap and ioremap: /proc/vmallocinfo, then freed ones by their state.

    A freed area keeps its addresses until every CPU was flushed. Gorman ch. 7."""
    pages, maps = Pages(k.mem), Vmaps(k.mem)
    areas = maps.areas()
    yield from (line(k, pages, a) for a in areas if a.state != "NEW")
    count, size = collections.Counter(), collections.Counter()
    for a in areas:
        count[a.state] += 1
        size[a.state] += a.end - a.start
    for state, words in STATES.items():
        if count[state]:
            yield f"# {count[state]} {words}, {size[state] >> 10} KiB of addresses"
    ends = [maps.space.start] + [a.end for a in areas]
    holes = [b - a for a, b in zip(ends, [a.start for a in areas] + [maps.space.end])]
    yield f"# largest hole {max(holes) >> 10} KiB"
