# SPDX-License-Identifier: MIT
"""kmap.py - `mm kmap`: where pages of high memory are mapped for a while."""

from commands import command
from decode import cpus, sites
from decode.kmaps import Pkmap, Windows

GROUP = "Objects and mappings"

MODES = {0: "ring", 1: "flush", 2: "force"}


@command("kmap")
def kmap(k):
    """Entries of kmap() and windows of kmap_local_page() in use, with page and who mapped it.

    /proc/kmapinfo tells of the windows of its own CPU only; here are those of every CPU. Gorman ch. 9."""
    pkmap, windows = Pkmap(k.mem), Windows(k.mem)
    users, idle = pkmap.in_use()
    used = windows.used()
    mappings = sum(pkmap.struct.entry[i].count for i in users)
    laps = [k.mem.per_cpu("kmap_cpu", cpu).laps for cpu in cpus.possible(k.mem)]
    yield f"mode: {MODES.get(k.mem.var('kmap_mode'), '?')}"
    yield f"windows: {len(used)}"
    yield f"laps: {' '.join(str(n) for n in laps)}"
    yield f"entries: {len(users)}\nidle: {len(idle)}\nmappings: {mappings}"
    yield f"flushes: {pkmap.struct.flushes}"
    for cpu, level, slot in used:
        yield f"window {windows.address(cpu, slot):#010x} pfn {windows.pfn(cpu, slot)} level {level} " \
              f"{sites.site(k.mem, windows.site(cpu, slot).mapped)} CPU {cpu}"
    for i in users:
        e = pkmap.struct.entry[i]
        yield f"entry {pkmap.address(i):#010x} pfn {pkmap.pfn(i)} users {e.count} " \
              f"{sites.site(k.mem, e.mapped_by)}"
