# SPDX-License-Identifier: MIT
"""fast_read.py - reading a lot from a machine in QEMU.

Through a pipe (`target remote | ...`) a byte costs GDB 8 us, for it looks at the other end's error
output after each character; a file that QEMU writes costs a millisecond, however large. So kernel
memory is read by file where QEMU runs on this computer, a page at a time at least, and pages are
kept until the machine goes on or somebody writes."""

import os
import tempfile

import gdb

LINE = 4096
LARGE = 2 * LINE

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
        _folder = False
        return None
    return data if len(data) == length else None  # less: not all of it is mapped


gdb.events.cont.connect(forget)
gdb.events.memory_changed.connect(forget)
