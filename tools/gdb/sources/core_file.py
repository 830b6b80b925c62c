# SPDX-License-Identifier: MIT
"""core_file.py - a kernel in a core file that QEMU's dump-guest-memory wrote, read without GDB.

The file is ELF: PT_LOAD pieces with physical addresses, and a note for each CPU with its registers.
Only physical memory is used; addresses are translated by the kernel's own page tables, so that a
dump with `paging` off, which trusts nothing in the guest, does as well."""

import os
import struct

from commands import Kernel
from decode import walk
from decode.memory import Memory, Unreadable

PT_LOAD, PT_NOTE = 1, 4
NT_PRSTATUS, PRSTATUS_SIZE = 1, 144  # a thread's registers as 32-bit Linux writes them: what GDB reads
QEMU_NOTE, CORE_NOTE = b"QEMU\0", b"CORE\0"


class Core:
    """pieces: [(physical address, place in the file, bytes)]. cr3s: of each CPU."""

    def __init__(self, path):
        self.file = open(path, "rb")  # pylint: disable=consider-using-with
        head = self.file.read(64)
        if head[:4] != b"\x7fELF" or head[5] != 1 or head[4] not in (1, 2):
            raise ValueError(f"{path} is no core file")
        self.wide = head[4] == 2
        self.pieces, self.cr3s, self.prstatus = [], [], []
        try:
            self._read_headers(head, os.path.getsize(path), path)
        except struct.error as error:
            raise ValueError(f"{path} is damaged or cut off: {error}") from error

    def _read_headers(self, head, there, path):
        for kind, offset, pa, size in self._program_headers(head):
            if kind in (PT_LOAD, PT_NOTE) and offset + size > there:
                raise ValueError(f"{path} is cut off: {offset + size - there} bytes are missing")
            if kind == PT_LOAD:
                self.pieces.append((pa, offset, size))
            elif kind == PT_NOTE:
                self._read_notes(offset, size)

    def _program_headers(self, head):
        if self.wide:
            place, = struct.unpack_from("<Q", head, 32)
            size, count = struct.unpack_from("<HH", head, 54)
            form, order = "<IIQQQQQQ", (0, 2, 4, 5)
        else:
            place, = struct.unpack_from("<I", head, 28)
            size, count = struct.unpack_from("<HH", head, 42)
            form, order = "<IIIIIIII", (0, 1, 3, 4)
        self.file.seek(place)
        data = self.file.read(size * count)
        for i in range(count):
            fields = struct.unpack_from(form, data, i * size)
            yield tuple(fields[k] for k in order)

    def _read_notes(self, offset, size):
        self.file.seek(offset)
        data, at = self.file.read(size), 0
        while at + 12 <= len(data):
            name_size, desc_size, kind = struct.unpack_from("<III", data, at)
            name = data[at + 12:at + 12 + name_size]
            at += 12 + (name_size + 3) // 4 * 4
            if name == QEMU_NOTE:
                self.cr3s.append(self._cr3(data[at:at + desc_size]))
            elif name == CORE_NOTE and kind == NT_PRSTATUS and desc_size == PRSTATUS_SIZE:
                self.prstatus.append(data[at:at + desc_size])
            at += (desc_size + 3) // 4 * 4

    @staticmethod
    def _cr3(note):
        """version, size: u32; 18 registers: u64; 10 segments of 24 bytes; cr[0..4]: u64."""
        return struct.unpack_from("<Q", note, 8 + 18 * 8 + 10 * 24 + 3 * 8)[0]

    def prstatus_notes(self):
        """The notes from which GDB takes each CPU's registers, as bytes."""
        return b"".join(struct.pack("<III8s", len(CORE_NOTE), len(p), NT_PRSTATUS, CORE_NOTE) + p
                        for p in self.prstatus)

    def place(self, pa, length):
        """Where in the file physical memory is, or None."""
        for start, offset, size in self.pieces:
            if start <= pa and pa + length <= start + size:
                return offset + pa - start
        return None

    def read_physical(self, pa, length):
        place = self.place(pa, length)
        if place is None:
            raise Unreadable(pa, length)
        self.file.seek(place)
        return self.file.read(length)


class Paged:
    """read(va, length) by page tables over read_physical(pa, length)."""

    def __init__(self, layout, read_physical, cr3=None):
        self.mem = Memory(layout, self.read, read_physical, cr3)
        self.known = {}

    def page(self, va):
        """The physical address of the page that va lies in."""
        if va not in self.known:
            self.known[va] = walk.translate(self.mem, va)
        return self.known[va]

    def read(self, va, length):
        data = b""
        while length:
            pa, offset = self.page(va & ~4095), va % 4096
            if pa is None:
                raise Unreadable(va, length)
            n = min(length, 4096 - offset)
            data += self.mem.read_physical(pa + offset, n)
            va, length = va + n & 0xffffffff, length - n
        return data


def kernel(layout, core, cpu=0):
    """The Kernel in a core file. core: a Core, or its path."""
    core = core if isinstance(core, Core) else Core(core)
    cr3 = core.cr3s[cpu] if cpu < len(core.cr3s) and core.cr3s[cpu] else None
    return Kernel(Paged(layout, core.read_physical, cr3).mem)
