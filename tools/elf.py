#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""elf.py - names and entry of a 32-bit ELF file. Source: System V ABI, "Object Files"."""

import struct

SHT_SYMTAB = 2


class Elf:
    """entry: where it starts. symbols: {name: address}."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        if self.data[:5] != b"\x7fELF\x01":
            raise ValueError(f"{path} is no 32-bit ELF file")
        self.entry, _, self.shoff = struct.unpack_from("<III", self.data, 24)
        self.shentsize, self.shnum = struct.unpack_from("<HH", self.data, 46)
        self.symbols = dict(self._symbols())

    def _section(self, index):
        """(type, offset, size, link) of a section."""
        fields = struct.unpack_from("<10I", self.data, self.shoff + index * self.shentsize)
        return fields[1], fields[4], fields[5], fields[6]

    def _symbols(self):
        for index in range(self.shnum):
            kind, offset, size, link = self._section(index)
            if kind != SHT_SYMTAB:
                continue
            names = self._section(link)[1]
            for at in range(offset, offset + size, 16):
                name, value = struct.unpack_from("<II", self.data, at)
                end = self.data.index(b"\0", names + name)
                yield self.data[names + name:end].decode(), value
