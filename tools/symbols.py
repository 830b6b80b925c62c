# SPDX-License-Identifier: MIT
"""symbols.py - which function an address belongs to, from the symbol table of an ELF file.

Read here and not asked of nm, because sizes and kinds are needed: an assembler's label inside a
function is not a function, and what lies behind the end of one is nobody's."""

import bisect
import collections
import os
import struct
import subprocess

EXECUTABLE = 4  # SHF_EXECINSTR
SYMTAB, REL = 2, 9
NOTYPE, FUNC = 0, 2
PC32, PLT32 = 2, 4  # relocations: the distance to a symbol

Section = collections.namedtuple(
    "Section", "name type flags address offset size link info align entry")
Symbol = collections.namedtuple("Symbol", "name value size kind everyones section")


class Elf:
    """Sections and symbols of a 32-bit ELF file."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            self.data = f.read()
        if self.data[:6] != b"\x7fELF\x01\x01":
            raise ValueError(f"{path} is no 32-bit ELF file")
        self.entry, _, offset = struct.unpack_from("<III", self.data, 24)
        size, count, names = struct.unpack_from("<HHH", self.data, 46)
        found = [Section(*struct.unpack_from("<10I", self.data, offset + i * size))
                 for i in range(count)]
        self.sections = [s._replace(name=self.string(found[names].offset + s.name)) for s in found]
        self.symbols = [symbol for s in self.sections if s.type == SYMTAB
                        for symbol in self._symbols(s)]

    def string(self, offset):
        return self.data[offset:self.data.index(b"\0", offset)].decode("latin-1")

    def _symbols(self, table):
        names = self.sections[table.link].offset
        for at in range(table.offset, table.offset + table.size, 16):
            name, value, size, info, _, section = struct.unpack_from("<IIIBBH", self.data, at)
            yield Symbol(self.string(names + name), value, size, info & 15, info >> 4 != 0, section)

    def values(self):
        """{name: value}."""
        return {s.name: s.value for s in self.symbols}

    def index(self, name):
        return next(i for i, s in enumerate(self.sections) if s.name == name)


class Symbols:
    """Functions of an ELF file. at: {section: where it was loaded}, for one that is not linked."""

    def __init__(self, path, at=None):
        self.path, self.elf = path, Elf(path)
        self.functions = self._disjoint(sorted(self._candidates(at)))
        self.starts = [start for start, _, _ in self.functions]

    def _candidates(self, at):
        """(start, how bad a name it is, end or 0, name) of what may be a function."""
        for s in self.elf.symbols:
            if s.kind not in (FUNC, NOTYPE) or not s.name or s.section >= len(self.elf.sections):
                continue
            if not self.elf.sections[s.section].flags & EXECUTABLE:
                continue
            if at is not None and s.section not in at:
                continue
            if s.kind == NOTYPE and "." in s.name:  # a label inside an assembler's function
                continue
            start = s.value + (at[s.section] if at else 0)
            yield start, (s.kind != FUNC, not s.everyones), s.size and start + s.size, s.name

    def _disjoint(self, candidates):
        """[(start, end, name)]: of several names of one address the best; no labels inside a
        function; what has no size ends where the next begins."""
        kept = []
        for start, _, end, name in candidates:
            if kept and (kept[-1][0] == start or kept[-1][1] > start):
                continue
            kept.append((start, end, name))
        follows = [start for start, _, _ in kept[1:]] + [1 << 32]
        return [(start, end or follow, name) for (start, end, name), follow in zip(kept, follows)]

    def add(self, other):
        """The functions of a module that was loaded."""
        self.functions = sorted(self.functions + other.functions)
        self.starts = [start for start, _, _ in self.functions]

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


def load_module(path, init, word):
    """The symbols of a Linux module whose init_module() is at `init`, not yet run. word(address)
    reads memory: where .text is, a call from .init.text tells, whose distance is filled in."""
    elf = Elf(path)
    text, init_text = elf.index(".text"), elf.index(".init.text")
    start = init - next(s.value for s in elf.symbols if s.name == "init_module")
    for place, symbol in distances(elf, init_text):
        if symbol.section == text:
            before, = struct.unpack_from("<I", elf.data, elf.sections[init_text].offset + place)
            called = word(start + place) - before + start + place
            return Symbols(path, code_places(elf, (called - symbol.value) & 0xffffffff))
    raise RuntimeError(f"{path}: nothing in .init.text tells where .text is")


def distances(elf, section):
    """(offset, symbol) of the relocations of a section that are distances."""
    for rel in elf.sections:
        if rel.type == REL and rel.info == section:
            for at in range(rel.offset, rel.offset + rel.size, 8):
                place, info = struct.unpack_from("<II", elf.data, at)
                if info & 255 in (PC32, PLT32):
                    yield place, elf.symbols[info >> 8]


def code_places(elf, text):
    """{section: address}: the loader puts executable ones behind each other in the file's order,
    .text first; .init* goes elsewhere."""
    places, end = {}, text
    for i, section in enumerate(elf.sections):
        if section.flags & EXECUTABLE and not section.name.startswith(".init"):
            places[i] = -(-end // section.align) * section.align
            end = places[i] + section.size
    return places


def shorten(place):
    """Without the path to this tree and without " (discriminator N)"."""
    place = os.path.normpath(place.split(" ")[0])
    here = os.getcwd() + os.sep
    return place[len(here):] if place.startswith(here) else place
