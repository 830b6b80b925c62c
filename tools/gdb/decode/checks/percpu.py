# SPDX-License-Identifier: MIT
"""percpu.py - the per-CPU units (I26): bitmaps, counters, frames behind every unit, no frame twice."""

from decode import cpus
from decode.checks import frames as all_frames
from decode.checks.tables import Kernel
from decode.percpus import Percpus


def look(report, state):
    p = Percpus(state.mem)
    if not p.space.chunks[0]:
        return
    maps(report, p)
    units(report, state, p)


def maps(report, p):
    granules = p.static_granules
    for first, used, begins in p.chunks():
        where = f"map of granules {first} to {first + p.per_chunk - 1}"
        at = int(p.space.chunks[first // p.per_chunk])
        where = f"per-CPU {where} at {at:#010x}"
        for g in set_bits(begins & ~used):
            report.bad(where, f"an allocation begins in granule {first + g}, which is free")
        orphans = used & ~(begins | used << 1)
        for g in set_bits(orphans):
            report.bad(where, f"granule {first + g} is used and belongs to no allocation")
        if not first and ~used & (1 << granules) - 1 or not first and begins & (1 << granules) - 2:
            report.bad(where, "the static variables are not one used run", f"{granules} granules")
        below = min(max(p.space.hint - first, 0), p.per_chunk)
        for g in list(set_bits(~used & (1 << below) - 1))[:1]:
            report.bad(where, f"granule {first + g} is free, below the hint {p.space.hint}")
        report.count("per-CPU granules", p.per_chunk)
    live = p.allocations()
    report.equal("per-CPU map", "live allocations counted", len(live), p.space.nr_allocs)
    report.equal("per-CPU map", "granules counted", sum(a.size for a in live) // p.granule,
                 p.space.nr_granules)
    populated = p.populated()
    for a in live:
        for page in range(a.offset >> 12, (a.offset + a.size - 1 >> 12) + 1):
            if not populated >> page & 1:
                report.bad(f"per-CPU allocation {p.base + a.offset:#010x}", "has no frames behind it")


def set_bits(word):
    while word:
        yield (word & -word).bit_length() - 1
        word &= word - 1


def units(report, state, p):
    """A page has a frame of its own in all units, or in none."""
    kernel, c, f, known = Kernel(state), state.layout, all_frames.of(state), {}
    populated, offsets = p.populated(), state.mem.var("__per_cpu_offset")
    for cpu in cpus.possible(state.mem):
        start = c["PERCPU_UNITS"] + cpu * p.unit
        report.equal(f"CPU {cpu}", "offset of its unit", start - p.base, offsets[cpu])
        mapped = {va - start >> 12: (entry, pfn) for va, entry, pfn in kernel.leaves(start, start + p.unit)}
        for page in range(p.unit >> 12):
            where = f"page {page} of CPU {cpu}'s unit at {start + (page << 12):#010x}"
            if not report.equal(where, "mapped", bool(populated >> page & 1), page in mapped) or \
                    page not in mapped:
                continue
            pfn = mapped[page][1]
            if pfn in known:
                report.bad(where, f"its frame {pfn} is also that of {known[pfn]}")
            known[pfn] = where
            if f.owner[pfn] in (3, 4):
                report.bad(where, f"its frame {pfn} is free: {f.NAMES[f.owner[pfn]]}")
        report.count("per-CPU units")
