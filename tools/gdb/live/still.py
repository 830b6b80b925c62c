# SPDX-License-Identifier: MIT
"""still.py - memory as it is at this moment, for code that reads much of it in small pieces.

Through the debugger's pipe each read is a round trip. QEMU writes all low memory of a small machine
into a file at once, and reads are served from there. Good until the machine goes on."""

import mmap
import os
import tempfile

import gdb
from decode.memory import Memory, Unreadable
from sources import in_gdb

LARGEST = 64 << 20  # bytes of low memory; a machine that has more is read through the pipe


def save(length):
    """The first bytes of physical memory as a mapping, or None: QEMU cannot write where we read."""
    handle, path = tempfile.mkstemp(prefix="quire-still-")
    try:
        in_gdb.monitor(f'pmemsave 0 {length} "{path}"')
        if os.fstat(handle).st_size == length:
            return mmap.mmap(handle, length, access=mmap.ACCESS_READ)
    except (gdb.error, OSError):
        pass
    finally:
        os.close(handle)
        os.remove(path)
    return None


def memory():
    """A Memory of the machine as it stands."""
    mem = in_gdb.kernel().mem
    length, low = 0, mem.layout["PAGE_OFFSET"]
    try:
        length = mem.var("max_low_pfn") << mem.layout["PAGE_SHIFT"]
    except Unreadable:
        pass  # boot has not come so far
    copy = save(length) if 0 < length <= LARGEST and in_gdb.is_live() else None
    if copy is None:
        return mem

    def read(address, size):
        if low <= address and address + size <= low + length:
            return copy[address - low:address - low + size]
        return mem.read(address, size)

    def read_physical(pa, size):
        return copy[pa:pa + size] if pa + size <= length else mem.read_physical(pa, size)
    return Memory(mem.layout, read, read_physical, mem.cr3)
