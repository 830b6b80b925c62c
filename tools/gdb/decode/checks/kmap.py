# SPDX-License-Identifier: MIT
"""kmap.py - pkmap entries and kmap windows (I25): counts, entries and hash agree; what a CPU counts as
in use is what it has mapped."""

from decode import cpus, walk
from decode.checks import frames as all_frames
from decode.kmaps import Pkmap, Windows


def look(report, state):
    if state.mem.number(state.layout.addr("kmap_prot")):  # boot has come so far
        pkmap(report, state)
        windows(report, state)


def pkmap(report, state):
    p, c, f = Pkmap(state.mem), state.layout, all_frames.of(state)
    hashed = buckets(report, state, p)
    for i in range(p.count):
        e, where = p.struct.entry[i], f"pkmap entry {i} at {p.address(i):#010x}"
        mapped, page = bool(p.ptes[i] & walk.PRESENT), int(e.page)
        report.count("pkmap entries")
        if e.count < 0:
            if e.count not in (c["FREE"], c["LEAVING"]):
                report.bad(where, "count", "users, or FREE, or LEAVING", e.count)
            report.equal(where, "page of a free entry", 0, page)
            report.equal(where, "mapped, of a free entry", False, mapped)
            report.equal(where, "times in the hash, of a free entry", 0, hashed.get(i, 0))
            continue
        pfn = state.is_struct_page(page)
        if pfn is None:
            report.bad(where, f"has {e.count} users and no page", "a struct page", page)
            continue
        report.equal(where, "mapped", True, mapped)
        report.equal(where, "frame that it maps", pfn, p.pfn(i))
        report.equal(where, "times in the hash", 1, hashed.get(i, 0))
        if e.count > 0 and f.owner[pfn] in (3, 4):
            report.bad(where, f"is in use for {all_frames.where(state, pfn)}, which is free")


def buckets(report, state, p):
    """{entry: times found in its bucket}."""
    struct, size = p.struct, state.layout.size("pkmap_entry")
    first, nobody = struct.address_of("entry"), state.layout.addr("nobody")
    found = {}
    for b, head in enumerate(struct.bucket):
        at, steps = int(head), 0
        while at and at != nobody:
            i, rest = divmod(at - first, size)
            if rest or not 0 <= i < p.count or steps > p.count:
                report.bad(f"pkmap bucket {b}", "leads to no entry, or round", None, at)
                break
            right = int(struct.entry[i].page) // state.pages.size % len(struct.bucket)
            report.equal(f"pkmap entry {i} at {p.address(i):#010x}", "bucket", right, b)
            found[i] = found.get(i, 0) + 1
            at, steps = int(struct.next[i]), steps + 1
    return found


def windows(report, state):
    w, c = Windows(state.mem), state.layout
    online = [cpu for cpu in cpus.possible(state.mem) if state.mem.per_cpu("runqueue", cpu).started]
    for cpu in online:
        where, depth, mapped = f"kmap windows of CPU {cpu}", w.depth(cpu), w.mapped(cpu)
        report.count("kmap windows", w.each)
        if depth > c["KMAP_MAX"]:
            report.bad(where, "depth", f"at most {c['KMAP_MAX']}", depth)
        report.equal(where, "windows mapped, by the CPU's count", depth, len(mapped))
        report.equal(where, "windows in use that are mapped", sorted(w.levels(cpu)), mapped)
        slow = state.mem.per_cpu("kmap_cpu", cpu).slow_levels
        if slow >> depth:
            report.bad(where, "a slow window is noted for a level that is not in use", 0, slow >> depth)
        number = (w.word(cpu) & c["KMAP_NUMBER"]) - (c["FIXADDR_START"] >> 12) - cpu * w.each
        if not w.word(cpu) & 1 << 31 and not 0 <= number <= c["RING_OVER"]:
            report.bad(where, "its next window is not one of its own", f"0 to {c['RING_OVER']}", number)
