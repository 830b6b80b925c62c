# SPDX-License-Identifier: MIT
"""rewind.py - `mm rewind`, `mm back`: GDB's own recording on a machine without Linux.

GDB records instructions of i386 only where it believes in Linux: all that it wants is an operating
system by name and one register more in the target's description (orig_eax, which QEMU does not
have and nobody asks for). So the description is taken from QEMU, completed, and put back; off gives
QEMU's own again.

What GDB does not record are writes through a segment register, and every CPU has its own variables
behind %fs. So they are kept here, and put back by `mm rewind start`."""

import os
import tempfile

import gdb
from decode.memory import Unreadable
from live.starting import alone, is_running
from sources import in_gdb

LINUX = ('  <feature name="org.gnu.gdb.i386.linux">\n'
         '    <reg name="orig_eax" bitsize="32" type="int" regnum="200"/>\n  </feature>\n')
MOST = 200000  # instructions that GDB keeps by itself: 2 MB of its memory


def complete(description):
    """QEMU's description with what GDB misses. Before it GDB may have printed the command."""
    description = description[description.index("<?xml"):]
    return description.replace("</architecture>", "</architecture>\n  <osabi>GNU/Linux</osabi>") \
        .replace("</target>", LINUX + "</target>")


def recording():
    """What GDB records with ("full"), or "" when it does not."""
    record = gdb.current_recording()
    return record.method if record else ""


def switch_on():
    description = gdb.execute("maint print xml-tdesc", to_string=True)
    with tempfile.NamedTemporaryFile("w", suffix=".xml", delete=False) as f:
        f.write(complete(description))
    try:
        gdb.execute("set osabi GNU/Linux", to_string=True)
        gdb.execute("set tdesc filename " + f.name, to_string=True)
        gdb.execute("record full", to_string=True)
    except gdb.error:
        restore()
        raise
    finally:
        os.remove(f.name)


def restore():
    gdb.execute("unset tdesc filename", to_string=True)
    gdb.execute("set osabi auto", to_string=True)


_kept = []  # [(address, bytes)]: the CPUs' own variables where the recording began


def percpu_pages():
    """[(address, bytes)] of every page of the CPUs' own variables that there is."""
    c, mem = in_gdb.layout(), in_gdb.kernel().mem
    found = []
    for cpu in range(c["NR_CPUS"]):
        start = mem.per_cpu_address(c["PERCPU_BASE"], cpu)
        for address in range(start, start + c["PERCPU_UNIT_SIZE"], c["PAGE_SIZE"]):
            try:
                found.append((address, mem.read(address, c["PAGE_SIZE"])))
            except Unreadable:
                break  # a unit is filled from its start
    return found


def restore_percpu():
    """Put the CPUs' own variables back, where they differ."""
    for address, data in _kept:
        if in_gdb.read(address, len(data)) != data:
            gdb.selected_inferior().write_memory(address, data)


def go_to_start():
    """Back to where the recording began, and record anew from there."""
    with alone():
        gdb.execute("reverse-continue", to_string=True)
    gdb.execute("record stop", to_string=True)
    restore_percpu()
    gdb.execute("record full", to_string=True)


class Rewind(gdb.Command):
    """mm rewind on|start|off: from now on, record every instruction, so that GDB can go back.

    Then next, step, finish, continue record, and reverse-step, reverse-next, reverse-finish,
    reverse-continue, `mm back` undo: registers and memory both. Not undone on the way are a CPU's own
    variables (its page lists, slab arrays: written through %fs, which GDB does not record) and what a
    device did. `mm rewind start` goes to where the recording began and puts those variables back too:
    the exact earlier state. One CPU's instructions, about 3,000 a second, 200,000 at most (the first
    are forgotten: `set record full insn-number-max`). No interrupts come while it records. An
    instruction that faults cannot be recorded: stop at the handler and switch it on there.
    Longer ways back, exact at each step: `mm goto`, `make gdb-record`."""

    def __init__(self):
        super().__init__("mm rewind", gdb.COMMAND_RUNNING)

    def complete(self, text, word):
        return [w for w in ("on", "start", "off") if w.startswith(word or "")]

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        if argument not in ("on", "start", "off"):
            raise gdb.GdbError("usage: mm rewind on|start|off")
        if not is_running():
            raise gdb.GdbError("mm rewind: there is no machine that runs")
        if argument == "start":
            if not recording():
                raise gdb.GdbError("mm rewind start: nothing is recorded: `mm rewind on` first")
            go_to_start()
            gdb.execute("frame")
        elif argument == "on" and not recording():
            _kept[:] = percpu_pages()
            switch_on()
            gdb.write("recording; `mm rewind off` ends it, `help mm rewind` has the limits\n")
        elif argument == "off" and recording():
            gdb.execute("record stop", to_string=True)
            restore()
            gdb.write("recording ended; the machine goes on from here\n")


def can_go_back():
    """Is there a past: a recording of GDB's, or QEMU that replays one?"""
    if recording():
        return True
    try:
        return is_running() and "Replaying" in gdb.execute("monitor info replay", to_string=True)
    except gdb.error:
        return False


class Back(gdb.Command):
    """mm back [N]: N source lines back (1), into functions too: reverse-step.

    Needs a past: `mm rewind on` before, or `make gdb-replay`."""

    def __init__(self):
        super().__init__("mm back", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        if argument and not argument.isdigit():
            raise gdb.GdbError("usage: mm back [N]")
        if not can_go_back():
            raise gdb.GdbError("mm back: nothing was recorded: `mm rewind on` first, or make gdb-replay")
        gdb.execute("reverse-step " + (argument or "1"))


def register():
    Rewind()
    Back()
