# SPDX-License-Identifier: MIT
"""memblock.py - the boot map (I11): regions in order, apart, not empty, not to be joined, summed right."""

LISTS = ("memory", "reserved", "physmem")


def look(report, state):
    for name in LISTS:
        one = getattr(state.mem.var("memblock"), name)
        where, end, nid, total = f"memblock.{name} at {one.address:#010x}", -1, None, 0
        if one.cnt > one.max:
            report.bad(where, "has more regions than room", f"at most {one.max}", one.cnt)
            continue
        for i in range(one.cnt):
            r = one.regions[i]
            size = r.field("size")
            inside = f"{where}, region {i} [{r.base:#x}-{r.base + size:#x})"
            if not size:
                report.bad(inside, "is empty")
            if r.base < end:
                report.bad(inside, "overlaps the one below", f"from {end:#x} on", r.base)
            if r.base == end and r.nid == nid:
                report.bad(inside, "goes on where the one below ends, and is not joined with it")
            end, nid, total = r.base + size, r.nid, total + size
            report.count("memblock regions")
        report.equal(where, "total_size", total, one.total_size)
