# SPDX-License-Identifier: MIT
"""tables.py - `mm walk`: page tables, one address at a time."""

from commands import command
from decode import addresses, walk as tables

GROUP = "Objects and mappings"

CACHE_MODES = ("write-back", "write-combining", "uncached-", "uncached")


def entry_line(e, last):
    """As the kernel's own `walk` prints it, so that the two can be compared."""
    large = e.level == "pmd" and e.value & tables.PSE
    leaf = large or e.level == "pte"
    pfn = (e.value & tables.PFN_MASK & (-tables.LARGE if large else -1)) >> 12
    if not e.value & tables.PRESENT:
        kind = "hidden" if e.value else "empty"
    elif leaf:
        kind = CACHE_MODES[e.value >> 3 & 3]
    else:
        kind = "table" if e.level == "pmd" else "directory"
    flags = "".join(letter if on else "-" for letter, on in (
        ("P", e.value & tables.PRESENT), ("W", e.value & tables.RW), ("U", e.value & tables.USER),
        ("X", not e.value & tables.NX), ("A", e.value & tables.ACCESSED),
        ("D", e.value & tables.DIRTY), ("L", large), ("G", e.value & tables.GLOBAL),
        ("C", e.value & tables.PCD)))
    return f"  {e.level}[{e.index:3}] = {e.value:016x} {flags} pfn={pfn} {kind}"


@command("walk", "ADDR [CR3]", aliases=("vtop",))
def walk(k, addr, cr3=None):
    """The way of an address through the page tables.

    Entry by entry, down to the frame. ADDR is any expression; CR3 other page tables than those in
    use. Letters: Present, Writable, User, eXecutable, Accessed, Dirty, Large (2 MiB), Global, not
    Cached. Gorman ch. 3."""
    w = tables.walk(k.mem, k.number(addr), k.number(cr3) if cr3 else None)
    yield f"walk of {w.va:#010x} ({addresses.address_class(k.mem, w.va)}), cr3={w.cr3:#010x}:"
    for e in w.entries:
        yield entry_line(e, e is w.entries[-1])
    if w.pa is not None:
        yield f"  -> pa {w.pa:#011x}, {'2 MiB' if w.size == tables.LARGE else '4 KiB'} page"
    else:
        yield "  -> " + (w.broken or "not mapped")
