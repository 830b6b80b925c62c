# SPDX-License-Identifier: MIT
"""pagesets.py - the CPUs' own stores of free pages (I7): bounds, entries, no page twice, never more
than high. See include/mm/pageset.h."""

from decode import cpus
from decode.checks import frames as all_frames

MOVING = "its owner moves it just now: a CPU stands in a pageset's slow path"


def pages_in(pcp):
    """Pages that a pageset holds, by its bounds."""
    return sum((int(one.stack.top) - int(one.base)) // 4 << order
               for order, by_type in enumerate(pcp.lists) for one in by_type if one.stack.top)


def look(report, state, f, zone):
    """Those of one zone."""
    for cpu, at in enumerate(zone.pageset):
        if not at:
            continue
        pcp, where = at.target, f"pageset of CPU {cpu}, zone {zone.name.string} at {int(at):#010x}"
        report.equal(where, "its zone", zone.address, int(pcp.zone))
        report.equal(where, "its CPU", cpu, pcp.cpu)
        granted = 0
        for order, by_type in enumerate(pcp.lists):
            for mt, one in enumerate(by_type):
                granted += bounds(report, state, one, where, order, mt, cpu) << order
                entries(report, state, f, zone, one, where, order, mt)
        if granted > pcp.high:
            report.bad(where, "may grow beyond high", f"at most {pcp.high}", granted)
        report.count("pagesets")


def bounds(report, state, one, where, order, mt, cpu):
    """base <= top <= limit <= base + capacity. Returns: entries granted."""
    stack, base = one.stack.target, int(one.base)
    top, limit = int(stack.top), int(stack.limit)
    inside = f"{where}, order {order} type {mt}"
    if int(one.stack) != one.address_of("parked") and cpu not in owners_of(state, int(one.stack)):
        report.bad(inside, "its stack is not this CPU's")
    if not top:
        report.bad(inside, MOVING)
        return 0
    if not base <= top <= limit <= base + 4 * one.capacity or (top - base) % 4:
        report.bad(inside, "bounds are out of order", f"{base:#x} <= top <= limit <= "
                   f"{base + 4 * one.capacity:#x}", f"top {top:#x}, limit {limit:#x}")
        return 0
    report.equal(inside, "entry at the bottom", 0, state.mem.number(base))
    return (limit - base) // 4


def owners_of(state, at):
    """The CPU in whose pcp_stacks an address lies."""
    start, size = state.layout.symbols["pcp_stacks"]["addr"], state.layout.symbols["pcp_stacks"]["size"]
    return [cpu for cpu in cpus.possible(state.mem)
            if 0 <= at - state.mem.per_cpu_address(start, cpu) < size]


def entries(report, state, f, zone, one, where, order, mt):
    """Each a free block of the list's zone, order and type, and nobody else's."""
    c, count = state.layout, (int(one.stack.top) - int(one.base)) // 4
    if not 0 < count <= one.capacity:
        return
    want = zone.page_tag | order << c["PAGE_ORDER_SHIFT"] | mt << c["PAGE_MT_SHIFT"]
    for i, at in enumerate(memoryview(state.mem.read(int(one.base) + 4, 4 * count)).cast("I").tolist()):
        inside = f"{where}, order {order} type {mt}, entry {i + 1}"
        pfn = state.is_struct_page(at)
        if pfn is None:
            report.bad(inside, "is no struct page")
            continue
        report.equal(all_frames.where(state, pfn), f"flags of a page in the {inside}", want, f.flags[pfn])
        report.equal(all_frames.where(state, pfn), f"references of a page in the {inside}", 0,
                     f.refcount[pfn])
        if pfn % (1 << order):
            report.bad(all_frames.where(state, pfn), f"in the {inside} is not aligned to its order")
        if not f.take(report, pfn, 1 << order, "pageset"):
            report.bad(inside, f"page {pfn} is there, and elsewhere as well")
        report.count("pages in pagesets", 1 << order)
