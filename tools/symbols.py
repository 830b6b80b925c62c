# SPDX-License-Identifier: MIT
"""symbols.py - which function an address belongs to, from the symbol table of an ELF file.

Read here and not asked of nm, because sizes and kinds are needed: an assembler's label inside a
function is not a function, and what lies behind the end of one is nobody's."""

import bisect
import os
import struct
import subprocess

EXECUTABLE = 4  # SHF_EXECINSTR
SYMTAB = 2
NOTYPE, FUNC = 0, 2


class Symbols:
    """Functions of a 32-bit ELF file."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            self.data = f.read()
        if self.data[:6] != b"\x7fELF\x01\x01":
            raise ValueError(f"{path} is no 32-bit ELF file")
        self.sections = self._sections()
        self.functions = self._disjoint(sorted(self._candidates()))
        self.starts = [start for start, _, _ in self.functions]
        del self.data

    def _sections(self):
        """[(type, flags, address, offset, size, link)]"""
        offset, = struct.unpack_from("<I", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 46)
        return [struct.unpack_from("<4x6I", self.data, offset + i * size) for i in range(count)]

    def _entries(self):
        """(name, value, size, type, global?, section) of each symbol."""
        for kind, _, _, offset, size, link in self.sections:
            if kind != SYMTAB:
                continue
            names = self.sections[link][3]
            for at in range(offset, offset + size, 16):
                name, value, length, info, _, section = struct.unpack_from("<IIIBBH", self.data, at)
                end = self.data.index(b"\0", names + name)
                yield (self.data[names + name:end].decode("latin-1"), value, length, info & 15,
                       info >> 4 != 0, section)

    def _candidates(self):
        """(start, how bad a name it is, end or None, name) of what may be a function."""
        for name, value, size, kind, everyones, section in self._entries():
            if kind not in (FUNC, NOTYPE) or not name or section >= len(self.sections):
                continue
            if not self.sections[section][1] & EXECUTABLE:
                continue
            if kind == NOTYPE and "." in name:  # a label inside an assembler's function
                continue
            yield value, (kind != FUNC, not everyones), value + size if size else None, name

    def _disjoint(self, candidates):
        """[(start, end, name)]: of several names of one address the best; no labels inside a
        function; what has no size ends where the next begins."""
        kept = []
        for start, _, end, name in candidates:
            if kept and (kept[-1][0] == start or (kept[-1][1] or 0) > start):
                continue
            kept.append((start, end, name))
        follows = [start for start, _, _ in kept[1:]] + [1 << 32]
        return [(start, end or follow, name) for (start, end, name), follow in zip(kept, follows)]

    def name(self, pc):
        """The function that has this address, "?" if none."""
        i = bisect.bisect_right(self.starts, pc) - 1
        return self.functions[i][2] if i >= 0 and pc < self.functions[i][1] else "?"

    def range(self, name):
        """(start, end) of a function; KeyError: there is none of that name."""
        for start, end, own in self.functions:
            if own == name:
                return start, end
        raise KeyError(f"{self.path} has no function {name}")


def lines(path, pcs, addr2line="addr2line"):
    """{pc: (function that the source line is in, "file:line")}, the innermost of inlined ones."""
    asked = "".join(f"{pc:#x}\n" for pc in pcs)
    said = subprocess.run([addr2line, "-f", "-e", path], input=asked, check=True,
                          capture_output=True, text=True).stdout.splitlines()
    return {pc: (said[2 * i], shorten(said[2 * i + 1])) for i, pc in enumerate(pcs)}


def shorten(place):
    """Without the path to this tree and without " (discriminator N)"."""
    place = os.path.normpath(place.split(" ")[0])
    here = os.getcwd() + os.sep
    return place[len(here):] if place.startswith(here) else place
