# SPDX-License-Identifier: MIT
"""fast_read.py - reading a lot from a machine in QEMU: what GDB asks for goes there and back in pieces
of 2 KiB, each a round trip.

Small reads of kernel memory fetch one such piece and keep it until the machine goes on or somebody
writes. Large ones are written to a file by QEMU itself, where it runs on this computer."""

import os
import tempfile

import gdb

LINE = 2048
LARGE = 8 << 10

_lines = {}   # address / LINE: bytes
_folder = None  # for files of QEMU's; False: it cannot write here


def forget(_event=None):
    """Memory may be another now."""
    _lines.clear()


def small(read, address, length):
    """The same bytes as read() would give."""
    first, data = address // LINE, b""
    for line in range(first, (address + length - 1) // LINE + 1):
        if line not in _lines:
            _lines[line] = read(line * LINE, LINE)
        data += _lines[line]
    start = address - first * LINE
    return data[start:start + length]


def by_file(monitor, address, length):
    """Kernel memory by QEMU's memsave, or None: it cannot."""
    global _folder  # pylint: disable=global-statement
    if _folder is False:
        return None
    if _folder is None:
        _folder = tempfile.TemporaryDirectory()
    path = os.path.join(_folder.name, "memory")
    try:
        monitor(f'memsave {address:#x} {length} "{path}"')
        with open(path, "rb") as f:
            data = f.read()
        os.remove(path)
    except (gdb.error, OSError):
        data = b""
    if len(data) == length:
        return data
    _folder = False
    return None


gdb.events.cont.connect(forget)
gdb.events.memory_changed.connect(forget)
