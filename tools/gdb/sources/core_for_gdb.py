# SPDX-License-Identifier: MIT
"""core_for_gdb.py - a core file that GDB can read, made of one that QEMU wrote.

QEMU's file has physical memory; told to write virtual addresses it would leave out what nothing
maps, such as most of high memory. And it is ELF64 for "Intel 80386" as soon as anything lies at the
end of the first 4 GiB, which GDB refuses. So tests keep QEMU's physical file, and for GDB this
writes another beside the session: ELF32, CPU registers as they are, and each piece of memory that
the page tables map, at its virtual address. Zeros take no room on disk."""

import struct

from decode import walk
from decode.memory import Unreadable

CHUNK = 1 << 20
HEAD, PROGRAM_HEADER = 52, 32
MOST_PIECES = 60000  # e_phnum has 16 bits


class Tables:
    """What walk.walk() wants of a Memory, and tables read whole."""

    def __init__(self, core):
        self.read_physical = core.read_physical

    def entries(self, table, count):
        try:
            return struct.unpack(f"<{count}Q", self.read_physical(table, 8 * count))
        except Unreadable:
            return ()

    def pages(self, cr3):
        """(virtual address, physical address, bytes) of each present page."""
        for i, pgd in enumerate(self.entries(cr3 & ~31, 4)):
            if not pgd & walk.PRESENT:
                continue
            for j, pmd in enumerate(self.entries(pgd & walk.PFN_MASK, 512)):
                va = i << 30 | j << 21
                if not pmd & walk.PRESENT:
                    continue
                if pmd & walk.PSE:
                    yield va, pmd & walk.PFN_MASK & -walk.LARGE, walk.LARGE
                    continue
                for k, pte in enumerate(self.entries(pmd & walk.PFN_MASK, 512)):
                    if pte & walk.PRESENT:
                        yield va | k << 12, pte & walk.PFN_MASK, 4096


def pieces(core, cr3):
    """[(virtual address, place in QEMU's file, bytes)]: neighbours put together."""
    found = []
    for va, pa, size in Tables(core).pages(cr3):
        place = core.place(pa, size)
        if place is None:  # a device
            continue
        if found and found[-1][0] + found[-1][2] == va and found[-1][1] + found[-1][2] == place:
            found[-1][2] += size
        else:
            found.append([va, place, size])
    if len(found) > MOST_PIECES:
        raise ValueError("the page tables map too many pieces; tools/mm.py --core reads this file")
    return found


def copy(source, place, out, at, size):
    """Copy bytes between files; zeros become holes."""
    while size:
        n = min(size, CHUNK)
        source.seek(place)
        data = source.read(n)
        if data.count(0) != n:
            out.seek(at)
            out.write(data)
        place, at, size = place + n, at + n, size - n


def convert(core, path, cr3):
    """Write the file. cr3: whose page tables. Raises ValueError where it cannot be done."""
    found = pieces(core, cr3)
    if not found:
        raise ValueError("nothing is mapped: paging was off; tools/mm.py --core reads this file")
    notes = core.prstatus_notes()
    at = HEAD + PROGRAM_HEADER * (1 + len(found))
    headers = [struct.pack("<8I", 4, at, 0, 0, len(notes), 0, 0, 4)]
    start = at = at + len(notes) + 4095 & -4096
    for va, _, size in found:
        headers.append(struct.pack("<8I", 1, at, va, 0, size, size, 7, 4096))
        at += size
    head = b"\x7fELF" + bytes((1, 1, 1)) + bytes(9) + struct.pack(
        "<HHIIIIIHHHHHH", 4, 3, 1, 0, HEAD, 0, 0, HEAD, PROGRAM_HEADER, len(headers), 0, 0, 0)
    with open(path, "wb") as out:
        out.write(head + b"".join(headers) + notes)
        out.truncate(at)
        for _, place, size in found:
            copy(core.file, place, out, start, size)
            start += size
