# SPDX-License-Identifier: MIT
"""replaying.py - `mm replay`: QEMU replays what `make gdb-record` kept, and GDB goes both ways.

QEMU steps with interrupts and timers held back unless GDB's stub is told otherwise; then a step back
after a step forward waits for a timer for ever. Hence the packet sstep=0x1 behind each connection,
and a watchdog for what hangs all the same."""

import os
import re
import subprocess

import gdb
import recording
from live import starting, watching
from sources import in_gdb

_dog = None  # the watchdog's process

WATCHDOG = os.path.join(os.path.dirname(os.path.abspath(recording.__file__)), "watchdog.py")


def tell(word):
    """A line to the watchdog, if there is one."""
    if _dog and _dog.poll() is None:
        try:
            _dog.stdin.write(word.encode() + b"\n")
            _dog.stdin.flush()
        except OSError:
            pass


def set_watchdog(pidfile):
    """A new watchdog, in place of the old one."""
    global _dog  # pylint: disable=global-statement
    if _dog:
        _dog.stdin.close()
        _dog.wait()
    _dog = subprocess.Popen(["python3", WATCHDOG, pidfile,
                             *os.environ.get("QUIRE_WATCHDOG", "").split()], stdin=subprocess.PIPE)


def count():
    """How many instructions of the recording were executed; None: nothing is replayed."""
    if not starting.is_running() or not in_gdb.is_live():
        return None
    found = re.search(r"instruction count = (\d+)", in_gdb.monitor("info replay"))
    return int(found[1]) if found else None


def begin(s):
    """The replay anew, before its first instruction."""
    starting.connect(s.command(recording.machine_of(s, "replay"), exact=True))
    gdb.execute("maintenance packet Qqemu.sstep=0x1", to_string=True)
    set_watchdog(s.path("qemu.pid"))


def go_to(n):
    """Forward to where n instructions were executed: a stop of QEMU's own, exact, and without a
    step back, which may hang."""
    in_gdb.monitor(f"replay_break {n}")
    gdb.execute("continue", to_string=True)


class Replay(starting.MachineCommand):
    """mm replay [FUNCTION | @COUNT]: from the start of the recording, to FUNCTION or to an instruction.

    COUNT is what `monitor info replay` says. Then all goes both ways: reverse-step, reverse-next,
    reverse-finish, reverse-continue to a breakpoint or watchpoint, `mm back`. One CPU only. Each way
    back runs the recording again from its start (0.05 s after 6 million instructions, 5 s after a
    thousand million), and QEMU 7.2 may hang in it: a watchdog ends it then. What never hangs, because
    it only goes forward: `mm replay @COUNT`, and `mm last` (who changed this last?). At the end of the
    recording QEMU leaves."""

    name = "mm replay"

    def run(self, s, words):
        if not recording.exists(s.folder):
            raise gdb.GdbError("mm replay: nothing is recorded here: `make gdb-record`")
        if len(words) > 1 or words and words[0][0] == "@" and not words[0][1:].isdigit():
            raise gdb.GdbError("usage: mm replay [FUNCTION | @COUNT]")
        begin(s)
        if words and words[0][0] == "@":
            with starting.alone():
                go_to(int(words[0][1:]))
        elif words:
            starting.run_to(words[0])
        starting.show_place()


def last_change(s, address, now):
    """The count right behind the last write that changed a word before `now`; None: there is none."""
    last = None
    begin(s)
    watch = gdb.Breakpoint(watching.WORD.format(address), type=gdb.BP_WATCHPOINT,
                           wp_class=gdb.WP_WRITE, internal=True)
    watch.silent = True
    try:
        in_gdb.monitor(f"replay_break {now}")
        while True:
            gdb.execute("continue", to_string=True)
            here = count()
            if here is None or here >= now:
                return last
            last = here
    finally:
        watch.delete()


class Last(starting.MachineCommand):
    """mm last ADDRESS: who changed the word there last, before where the replay stands.

    ADDRESS is an expression: &mem_map[7184].flags, &max_pfn. Runs the recording from its start with a
    watchpoint, then once more to right behind the last change. Needs `make gdb-replay`."""

    name = "mm last"

    def run(self, s, words):
        now = count()
        if now is None:
            raise gdb.GdbError("mm last: nothing is replayed: make gdb-record, make gdb-replay")
        if not words:
            raise gdb.GdbError("usage: mm last ADDRESS")
        address = in_gdb.evaluate(" ".join(words))
        with starting.alone():
            last = last_change(s, address, now)
            begin(s)
            go_to(last or now)
        if last is None:
            gdb.write(f"nothing changed {address:#x} before instruction {now}\n")
        else:
            gdb.write(f"{address:#x} was changed last at instruction {last} (of {now})\n"
                      f"  by {watching.callers()}\n")
        starting.show_place()


def register():
    Replay()
    Last()
    gdb.events.cont.connect(lambda event: tell("run"))
    gdb.events.stop.connect(lambda event: tell("stop"))
    gdb.events.exited.connect(lambda event: tell("stop"))
