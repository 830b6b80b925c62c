# SPDX-License-Identifier: MIT
"""cores.py - `mm core FILE`: a core that QEMU wrote, opened in GDB."""

import os
import tempfile

import gdb
import session
from commands import CommandError
from live import starting
from sources import core_build, core_file, core_for_gdb, in_gdb


def check_build(core, elf):
    """Nonsense is not printed: another kernel's core is refused, with the right one by name."""
    if core_build.belongs(core, elf):
        return
    folder = os.path.dirname(elf)
    right = core_build.find(core, folder) or core_build.find(core, os.path.dirname(folder))
    advice = f"`file {os.path.relpath(right)}` first" if right else \
        "check out and build what it was taken of"
    raise gdb.GdbError(f"mm core: this core is not of {os.path.relpath(elf)}: other code lies in it; "
                       + advice)


def convert(core, path):
    """The file for GDB. The page tables of the first CPU that has some."""
    cr3 = next((cr3 for cr3 in core.cr3s if cr3), None)
    if cr3 is None:
        raise ValueError("no CPU had paging on; tools/mm.py --core reads this file")
    core_for_gdb.convert(core, path, cr3)


class CoreCommand(gdb.Command):
    """mm core FILE: open a core that a failed test left, or QEMU's dump-guest-memory wrote.

    The memory of every mapped page, the registers of each CPU (`info threads`, `thread 2`), and all
    `mm` commands that need no machine that runs. FILE is left alone; GDB reads a copy in its own form."""

    def __init__(self):
        super().__init__("mm core", gdb.COMMAND_FILES, gdb.COMPLETE_FILENAME)

    def invoke(self, argument, from_tty):
        elf = gdb.current_progspace().filename
        if not argument or not elf:
            raise gdb.GdbError("usage: mm core FILE" if elf else "mm core: `file build/quire.elf` first")
        s = session.load()
        folder = s.folder if s else tempfile.mkdtemp(prefix="quire-core-")
        path = os.path.join(folder, "core")
        try:
            core = core_file.Core(os.path.expanduser(argument))
            check_build(core, elf)
            starting.end()
            gdb.execute("core-file", to_string=True)
            convert(core, path)
        except (OSError, ValueError, CommandError) as error:
            raise gdb.GdbError(f"mm core: {error}") from error
        in_gdb.use_core(core)
        gdb.execute("core-file " + path)


def register():
    CoreCommand()
