# SPDX-License-Identifier: MIT
"""meminfo.py - `mm free`, `mm meminfo`, `mm vmstat`: memory in sums, as /proc and free(1) print them."""

from commands import CommandError, command
from commands.zones import zones_of
from decode.counters import M32, Counters

GROUP = "Pages and zones"

CACHES = ("Buffers:", "Cached:", "SwapCached:", "Active:", "Inactive:", "Active(anon):",
          "Inactive(anon):", "Active(file):", "Inactive(file):", "Unevictable:", "Mlocked:")
BEFORE = ("SwapTotal:", "SwapFree:", "Dirty:", "Writeback:", "AnonPages:", "Mapped:", "Shmem:")
AFTER = ("SecPageTables:", "NFS_Unstable:", "Bounce:", "WritebackTmp:")


@command("free", "[-b|-k|-m|-g] [-l]", aliases=("kmem -i",))
def free(k, *words):
    """How much memory is used and free: free(1)'s table.

    In KiB without a unit. -l: low and high memory too."""
    shift = 10
    for word in words:
        if word in ("-b", "-k", "-m", "-g"):
            shift = "bkmg".index(word[1]) * 10
        elif word != "-l":
            raise CommandError("usage: mm free [-b|-k|-m|-g] [-l]")
    counters = Counters(zones_of(k))

    def row(name, total, unused, available=None):
        total, unused = (pages << k.layout["PAGE_SHIFT"] >> shift for pages in (total, unused))
        line = f"{name:<7} {total:12} {total - unused:11} {unused:11}"
        if available is not None:
            line += f" {0:11} {0:11} {available << k.layout['PAGE_SHIFT'] >> shift:11}"
        return line

    yield f"{'total':>19} {'used':>11} {'free':>11} {'shared':>11} {'buff/cache':>11} {'available':>11}"
    yield row("Mem:", counters.total(), counters.free(), counters.available())
    if "-l" in words:
        yield row("Low:", counters.total(False), counters.free(False))
        yield row("High:", counters.total(True), counters.free(True))
    yield row("Swap:", 0, 0)


@command("meminfo")
def meminfo(k):
    """The sums of /proc/meminfo."""
    c = Counters(zones_of(k))
    for name, kb in meminfo_rows(k, c):
        yield f"{name:<16}{kb:8} kB"


def zeroes(names):
    return [(name, 0) for name in names]


def meminfo_rows(k, c):
    """[(name, KiB)] in the kernel's order."""
    lay = k.layout
    kb = 1 << lay["PAGE_SHIFT"] - 10
    reclaimable, other = c.slab(lay["SLAB_RECLAIMABLE"]), c.slab(lay["SLAB_UNRECLAIMABLE"])
    vmalloc_pages, hole = c.vmalloc()
    return [
        ("MemTotal:", c.total() * kb), ("MemFree:", c.free() * kb),
        ("MemAvailable:", c.available() * kb), *zeroes(CACHES),
        ("HighTotal:", c.total(True) * kb), ("HighFree:", c.free(True) * kb),
        ("LowTotal:", c.total(False) * kb), ("LowFree:", c.free(False) * kb), *zeroes(BEFORE),
        ("KReclaimable:", reclaimable * kb), ("Slab:", (reclaimable + other) * kb),
        ("SReclaimable:", reclaimable * kb), ("SUnreclaim:", other * kb),
        ("KernelStack:", lay["THREAD_SIZE"] // 1024), ("PageTables:", c.page_tables() * kb),
        *zeroes(AFTER), ("CommitLimit:", c.total() // 2 * kb), ("Committed_AS:", 0),
        ("VmallocTotal:", (lay["VMALLOC_END"] - lay["VMALLOC_START"]) // 1024),
        ("VmallocUsed:", vmalloc_pages * kb), ("VmallocChunk:", hole // 1024),
        ("Percpu:", c.percpu_pages() * kb), ("DirectMap4k:", k.mem.var("direct_map_4k") * 4),
        ("DirectMap2M:", k.mem.var("direct_map_2m") * 2048)]


@command("vmstat")
def vmstat(k):
    """The counters of /proc/vmstat: pages allocated and freed since boot."""
    c = Counters(zones_of(k))
    for i, name in enumerate(c.zone_stat_names()):
        yield f"{name} {sum(max(0, z.vm_stat[i]) for z in c.populated)}"
    for name in ("numa_hit", "numa_miss", "numa_foreign", "numa_local", "numa_other"):
        item = k.layout[name.upper()]
        yield f"{name} {sum(c.numa(z, item) for z in c.populated) & M32}"
    for name, value in c.node_stats():
        yield f"{name} {value}"
    for idx, name in enumerate(("dma", "normal", "high", "movable")):
        pages = sum(c.pages_allocated(z) for z in c.populated if z.zone_idx == idx)
        yield f"pgalloc_{name} {pages & M32}"
    yield f"pgfree {sum(c.pages_freed(z) for z in c.populated) & M32}"
    for name, value in c.events():
        yield f"{name} {value}"
    yield f"pgalloc_extfrag {c.fallbacks() & M32}"
