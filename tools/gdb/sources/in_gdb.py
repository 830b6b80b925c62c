# SPDX-License-Identifier: MIT
"""in_gdb.py - a kernel as GDB sees it: a machine in QEMU, or a core file that GDB has opened."""

import os
import re

import gdb
from commands import CommandError, Kernel
from decode.layout import Layout
from decode.memory import Memory, Unreadable
from sources import fast_read

MOST = 1 << 30  # bytes in one read: all of the kernel's address space; a damaged count asks for more
_loaded = {}  # (path, time) of a layout: Layout
_core = None  # core_file.Core: the file that the open core was made of


def use_core(core):
    """From now on physical memory and page tables of a core come from here (`mm core`)."""
    global _core  # pylint: disable=global-statement
    _core = core


def layout():
    """Of the kernel that GDB has loaded: the file beside it that the build wrote."""
    elf = gdb.current_progspace().filename
    if not elf:
        raise CommandError("no kernel is loaded: `file build/quire.elf`")
    path = os.path.splitext(elf)[0] + ".layout.json"
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(elf):
        raise CommandError(f"{os.path.basename(path)} is missing or older than the kernel: `make layout`")
    key = (path, os.path.getmtime(path))
    if key not in _loaded:
        _loaded[key] = Layout.load(path)
    return _loaded[key]


def read(address, length):
    if length > MOST:
        raise Unreadable(address, length)
    try:
        return bytes(gdb.selected_inferior().read_memory(address, length))
    except gdb.error as error:
        raise Unreadable(address, length) from error


def is_live():
    """Is it a machine that can run, not a file?"""
    connection = gdb.selected_inferior().connection
    return connection is not None and connection.type in ("remote", "extended-remote")


def monitor(command):
    """A line for QEMU's monitor. Returns: what it says. Long answers (more than 64 KiB) hang it."""
    return gdb.execute("monitor " + command, to_string=True)


def monitor_words(pa, length):
    """Bytes of high memory: by QEMU's `xp`, for GDB reads by virtual address only."""
    first, count = pa & ~7, (pa % 8 + length + 7) // 8
    words = re.findall(r"0x([0-9a-f]{16})", monitor(f"xp/{count}xg {first:#x}"))
    if len(words) != count:
        raise Unreadable(pa, length)
    data = b"".join(int(w, 16).to_bytes(8, "little") for w in words)
    return data[pa - first:pa - first + length]


def reader_of_physical(lay):
    """read(pa, length): low memory through the direct map, else through QEMU."""
    def read_physical(pa, length):
        if pa + length <= lay["MAXMEM"]:
            try:
                return read(pa + lay["PAGE_OFFSET"], length)
            except Unreadable:
                pass  # not mapped there: beyond highmem=, or boot has not come so far
        if is_live():
            return monitor_words(pa, length)
        if _core:
            return _core.read_physical(pa, length)
        raise Unreadable(pa, length)
    return read_physical


def cr3():
    """Of the selected CPU; None where nobody knows."""
    thread = gdb.selected_thread()
    if not is_live() and _core and thread and 0 < thread.num <= len(_core.cr3s):
        return _core.cr3s[thread.num - 1] & 0xffffffff
    try:
        return int(gdb.parse_and_eval("$cr3")) & 0xffffffff
    except (gdb.error, ValueError):
        return None


def evaluate(text):
    try:
        value = gdb.parse_and_eval(text)
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_ARRAY,
                                                gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_UNION):
            value = value.address
        return int(value) & 0xffffffffffffffff if int(value) >= 0 else int(value) & 0xffffffff
    except (gdb.error, gdb.MemoryError, TypeError) as error:
        raise CommandError(f"'{text}': {error}") from error


def reader(lay):
    """read(va, length), fast where it is the kernel's own memory in a machine."""
    def fast(address, length):
        if length > MOST or not (is_live() and lay["PAGE_OFFSET"] <= address < lay["LOWMEM_END_VA"]):
            return read(address, length)
        def by_file(va, size):
            return fast_read.by_file(monitor, va, size) or read(va, size)

        if length >= fast_read.LARGE:
            return by_file(address, length)
        try:
            return fast_read.small(by_file, address, length)
        except Unreadable:  # the rest of a piece, but not what was asked for, is not there
            return read(address, length)
    return fast


def instruction_pointers():
    """{CPU: where it stands}; threads of GDB's are CPUs."""
    selected, found = gdb.selected_thread(), {}
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        found[thread.num - 1] = int(gdb.parse_and_eval("$eip")) & 0xffffffff
    if selected:
        selected.switch()
    return found


def kernel():
    """The Kernel of this session, as it is now."""
    if gdb.selected_inferior().connection is None:  # GDB would read zeros out of the ELF file
        raise CommandError("there is no machine and no core: `mm start`, `mm core FILE`")
    lay = layout()
    fast_read.forget()
    k = Kernel(Memory(lay, reader(lay), reader_of_physical(lay), cr3), evaluate)
    k.ips = instruction_pointers
    return k
