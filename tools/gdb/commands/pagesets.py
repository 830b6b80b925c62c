# SPDX-License-Identifier: MIT
"""pagesets.py - `mm pcp`: what each CPU keeps of free pages."""

from commands import CommandError, command
from commands.zones import zones_of
from decode import pagesets

GROUP = "Pages and zones"
TOPS = 6  # blocks named by their pfn, from the top of the stack


@command("pcp", "[ZONE|NODE:ZONE]")
def pcp(k, name=None):
    """The CPUs' pagesets: pages, limits, each list and its top.

    The first pfn is the next to be handed out. "slow": the fast paths are off for this list. A CPU
    that was stopped in the middle of its pageset may have a list half changed. Gorman ch. 6.6."""
    zones = zones_of(k)
    chosen = zones.named(name) if name else zones.populated()
    if not chosen:
        raise CommandError(f"no zone {name} with pages")
    for zone in chosen:
        for pageset in pagesets.of_zone(zones, zone):
            yield from show_pageset(zones, zone, pageset)


def show_pageset(zones, zone, pageset):
    yield f"Node {zone.node}, zone {zones.name(zone):>8}, cpu {pageset.cpu}: count {pageset.count} " \
          f"high {pageset.high} batch {pageset.batch}"
    for entry in pageset.lists(TOPS):
        if not entry.count:
            continue
        pages = [zones.pages.of_address(address) for address in entry.tops]
        pfns = " ".join(str(page.pfn) if page else "?" for page in pages)
        more = " ..." if entry.count > len(pages) else ""
        yield f"  order {entry.order} {zones.types[entry.migratetype]:<11} {entry.count:4} blocks" \
              f"{'' if entry.fast else ' slow'}: pfn {pfns}{more}"
