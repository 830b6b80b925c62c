# SPDX-License-Identifier: MIT
"""zones.py - `mm zones`, `mm buddy`, `mm pagetypes`, `mm zoneinfo`: free memory by zone."""

from commands import CommandError, command
from decode import pagesets
from decode.buddy_check import BuddyCheck
from decode.counters import Counters
from decode.zones import Zones

GROUP = "Pages and zones"

LEGEND = (
    "free: in the buddy lists. pcp: in the CPUs' pagesets, no longer free. min, low, high: below low",
    "a zone calls for help, below min only those in need may take. managed: the allocator's; present:",
    "RAM; spanned: with holes. protection: kept from requests that could have gone to zone N higher.")


def zones_of(k):
    """The machine's zones, or a sentence about why there are none."""
    zones = Zones(k.mem)
    if not zones.nodes():
        raise CommandError("there are no zones yet: boot has not come so far")
    return zones


@command("zones")
def show_zones(k):
    """Each zone in pages: free, watermarks, sizes; with a legend.

    Gorman ch. 2.2; `mm zoneinfo` has everything."""
    zones = zones_of(k)
    yield "node zone     " + "".join(f"{name:>9}" for name in (
        "free", "pcp", "min", "low", "high", "managed", "present", "spanned")) + "  protection"
    for zone in zones.all():
        sizes = [zones.free_pages(zone), pagesets.pages_in(zones, zone)] + [
            zones.watermark(zone, which) for which in ("MIN", "LOW", "HIGH")]
        sizes += [zone.managed_pages, zone.present_pages, zone.spanned_pages]
        yield f"{zone.node:4} {zones.name(zone):8} " + "".join(f"{n:9}" for n in sizes) + \
            "  (" + ", ".join(map(str, zone.lowmem_reserve)) + ")"
    yield from LEGEND


@command("buddy", "[-v] [--check]", aliases=("buddydump", "kmem -f"))
def buddy(k, *words):
    """Free blocks by zone and order: the same as /proc/buddyinfo.

    -v: each free block. --check: look at every block: links, marks, alignment, unmerged buddies,
    counts. A block freed last that is not merged yet is shown where it will go. Gorman ch. 6."""
    if set(words) - {"-v", "--check"}:
        raise CommandError("usage: mm buddy [-v] [--check]")
    zones, wrong = zones_of(k), 0
    for zone in zones.populated():
        counts = "".join(f"{n:6} " for n in zones.counts(zone))
        yield f"Node {zone.node}, zone {zones.name(zone):>8} {counts}"
        if zones.is_locked(zone):
            yield "  (a CPU holds the zone's lock: its lists may be half changed)"
        if "-v" in words:
            yield from free_blocks(zones, zone)
        if "--check" in words:
            check = BuddyCheck(zones, zone)
            for problem in check.problems():
                wrong += 1
                yield "  WRONG " + problem
            yield f"  {check.nr_blocks} blocks, {check.nr_pages} pages looked at"
    if "--check" in words:
        yield f"wrong: {wrong}" if wrong else "all free lists are sound"


def free_blocks(zones, zone):
    for order in range(zones.max_order):
        for mt, name in enumerate(zones.types):
            for page in zones.blocks(zone, order, mt):
                found = zones.pages.of_address(page.address)
                where = f"pfn {found.pfn}" if found else "not in mem_map"
                yield f"  order {order:2} {name:<11} {where} page {page.address:#010x}"
    if zone.deferred:
        page = zones.pages.of_address(int(zone.deferred))
        yield f"  order {page.order:2} {page.type_name:<11} pfn {page.pfn} page " \
              f"{page.address:#010x} (deferred: not merged yet)"


@command("pagetypes")
def pagetypes(k):
    """Free blocks and pageblocks by migrate type: /proc/pagetypeinfo."""
    zones = zones_of(k)
    yield f"Page block order: {k.layout['pageblock_order']}"
    yield f"Pages per block:  {1 << k.layout['pageblock_order']}"
    yield ""
    orders = "".join(f"{order:6} " for order in range(zones.max_order))
    yield f"{'Free pages count per migrate type at order':<43} {orders}"
    for zone in zones.populated():
        for name, row in zip(zones.types, zones.type_counts(zone)):
            counts = "".join(f"{n:6} " for n in row)
            yield f"Node {zone.node:4}, zone {zones.name(zone):>8}, type {name:>12} {counts}"
    yield ""
    yield f"{'Number of blocks type ':<23}" + "".join(f"{name:>12} " for name in zones.types)
    for zone in zones.populated():
        counts = "".join(f"{n:12} " for n in zones.pageblock_counts(zone))
        yield f"Node {zone.node}, zone {zones.name(zone):>8} {counts}"


@command("zoneinfo")
def zoneinfo(k):
    """Everything about every zone: /proc/zoneinfo."""
    zones, told = zones_of(k), set()
    counters = Counters(zones)
    for zone in zones.all():
        yield f"Node {zone.node}, zone {zones.name(zone):>8}"
        if zone.present_pages and zone.node not in told:
            told.add(zone.node)
            yield "  per-node stats"
            for name, value in counters.node_stats():
                yield f"      {name:<12} {value}"
        yield from zone_sizes(zones, zone)
        if zone.present_pages:
            yield from zone_stats(counters, zone)


def zone_sizes(zones, zone):
    yield f"  pages free     {zones.free_pages(zone)}"
    for name, value in (
            ("boost", zone.watermark_boost), ("min", zones.watermark(zone, "MIN")),
            ("low", zones.watermark(zone, "LOW")), ("high", zones.watermark(zone, "HIGH")),
            ("spanned", zone.spanned_pages), ("present", zone.present_pages),
            ("managed", zone.managed_pages), ("cma", 0)):
        yield f"        {name:<8} {value}"
    yield "        protection: (" + ", ".join(map(str, zone.lowmem_reserve)) + ")"


def zone_stats(counters, zone):
    zones = counters.zones
    for name, value in zip(counters.zone_stat_names(), zone.vm_stat):
        yield f"      {name:<12} {max(0, value)}"
    yield "  pagesets"
    chunks = zone.managed_pages >> 27 - zones.layout["PAGE_SHIFT"]
    threshold = min(125, 2 * counters.cpus.bit_length() * (1 + chunks.bit_length()))
    for p in pagesets.of_zone(zones, zone):
        yield f"    cpu: {p.cpu}"
        yield f"              count: {p.count}"
        yield f"              high:  {p.high}"
        yield f"              batch: {p.batch}"
        yield f"  vm stats threshold: {threshold}"
    yield "  node_unreclaimable:  0"
    yield f"  start_pfn:           {zone.zone_start_pfn}"
