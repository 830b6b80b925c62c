# SPDX-License-Identifier: MIT
"""core_build.py - which build a core belongs to: what is never written is the same as in the ELF.

Compared are the segment of constants, which holds the address of every function, and the code.
Both lie at the physical addresses that the ELF's program headers say."""

import glob
import os
import struct

from decode.memory import Unreadable

PT_LOAD, READ, READ_EXECUTE = 1, 4, 5


def constant_segments(elf):
    """[(physical address, bytes)] of the last code segment (the first is freed) and the constants."""
    with open(elf, "rb") as f:
        data = f.read()
    if data[:5] != b"\x7fELF\x01":
        raise ValueError(f"{elf} is no 32-bit ELF")
    place, = struct.unpack_from("<I", data, 28)
    size, count = struct.unpack_from("<HH", data, 42)
    found = {}
    for i in range(count):
        kind, offset, _, pa, length, _, flags, _ = struct.unpack_from("<8I", data, place + i * size)
        if kind == PT_LOAD and flags in (READ, READ_EXECUTE):
            found[flags] = pa, data[offset:offset + length]
    return list(found.values())


def belongs(core, elf):
    """Was this core taken of this kernel?"""
    try:
        return all(core.read_physical(pa, len(data)) == data for pa, data in constant_segments(elf))
    except Unreadable:
        return False


def candidates(build):
    """The kernels below a folder."""
    return sorted(glob.glob(os.path.join(build, "quire.elf"))
                  + glob.glob(os.path.join(build, "*", "quire.elf")))


def find(core, build):
    """The kernel below a folder that a core was taken of, or None."""
    return next((elf for elf in candidates(build) if belongs(core, elf)), None)
