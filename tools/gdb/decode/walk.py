# SPDX-License-Identifier: MIT
"""walk.py - the way of an address through PAE page tables, entry by entry.

Source: Intel SDM vol. 3, "PAE Paging"."""

import collections

from decode.memory import Unreadable

PRESENT, RW, USER, PWT, PCD, ACCESSED, DIRTY, PSE, GLOBAL = (1 << i for i in range(9))
NX = 1 << 63
PFN_MASK = 0x000ffffffffff000
LARGE = 2 << 20

Entry = collections.namedtuple("Entry", "level index value pa")  # pa: where the entry lies
LEVELS = (("pgd", 30, 4), ("pmd", 21, 512), ("pte", 12, 512))


class Walk:
    """What was found: entries (as far as there are any), pa of the byte or None, page size."""

    def __init__(self, va, cr3):
        self.va, self.cr3 = va, cr3
        self.entries, self.pa, self.size = [], None, 0
        self.broken = ""  # why the walk could not go on, where that is not a missing entry


def walk(mem, va, cr3=None):
    """Walk an address from CR3 (of the machine, if none is given)."""
    w = Walk(va & 0xffffffff, mem.cr3 if cr3 is None else cr3)
    table = w.cr3 & ~31
    for level, shift, count in LEVELS:
        index = w.va >> shift & count - 1
        try:
            value = int.from_bytes(mem.read_physical(table + 8 * index, 8), "little")
        except Unreadable as error:
            w.broken = f"the {level} table is not in memory: {error}"
            return w
        w.entries.append(Entry(level, index, value, table + 8 * index))
        if not value & PRESENT:
            return w
        if level == "pmd" and value & PSE:
            w.size = LARGE
            break
        table = value & PFN_MASK
    else:
        w.size = 4096
    w.pa = (w.entries[-1].value & PFN_MASK & -w.size) + w.va % w.size
    return w


def translate(mem, va, cr3=None):
    """The physical address behind a virtual one, or None."""
    return walk(mem, va, cr3).pa


def rights(entry):
    """An entry's bits as letters, a dash where a bit is not set: P W U X A D S G; X: NX is not set.
    The same as the kernel's own `walk` prints."""
    value = entry.value if isinstance(entry, Entry) else entry
    bits = ((PRESENT, "P"), (RW, "W"), (USER, "U"), (0, "X"), (ACCESSED, "A"), (DIRTY, "D"),
            (PSE, "S"), (GLOBAL, "G"))
    return "".join(letter if (value & bit if bit else not value & NX) else "-"
                   for bit, letter in bits)
