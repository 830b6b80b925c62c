# SPDX-License-Identifier: MIT
"""zones.py - `mm buddy` and its like: free memory by zone and order."""

from commands import command
from decode.zones import Zones


@command("buddy", "[-v]", aliases=("buddydump", "kmem -f"))
def buddy(k, *words):
    """Free blocks by zone and order: the same as /proc/buddyinfo.

    -v: each free block. Gorman ch. 6."""
    zones = Zones(k.mem)
    for zone in zones.populated():
        counts = "".join(f"{n:6} " for n in zones.counts(zone))
        yield f"Node {zone.node}, zone {zones.name(zone):>8} {counts}"
        if "-v" not in words:
            continue
        for order in range(zones.max_order):
            for mt, name in enumerate(zones.types):
                for page in zones.blocks(zone, order, mt):
                    pfn = zones.pages.of_address(page.address).pfn
                    yield f"  order {order:2} {name:<11} pfn {pfn} page {page.address:#010x}"
