# SPDX-License-Identifier: MIT
"""goto.py - `mm goto N`: the machine anew, and to the N-th event of its trace.

Under QEMU's -icount a machine does the same again to the instruction, as long as nobody types. Every
run is the same one: also the number to stop at is not on its command line but written into
trace_stop while the machine stands at kernel_main. So N, then N - 1, is a step back."""

import gdb
import machine
import commands
from live import starting
from sources import in_gdb

_at = 0  # the event that the machine stands at


def exact(m):
    """The same machine so that it does the same again, with its trace switched on."""
    append = m.append if any(word.startswith("trace=") for word in m.append.split()) else \
        (m.append + " trace=on").strip()
    return machine.Machine(mem=m.mem, cpus=m.cpus, nodes=m.nodes, cpu=m.cpu, kernel=m.kernel,
                           append=append, icount=True, extra=m.extra)


def number(words):
    """What was typed: N, +N, -N."""
    if len(words) != 1 or not words[0].lstrip("+-").isdigit():
        raise gdb.GdbError("usage: mm goto N, or +N, -N from the event that the machine stands at")
    n = int(words[0]) + (_at if words[0][0] in "+-" else 0)
    if n < 1:
        raise gdb.GdbError("mm goto: the first event is 1")
    return n


def run_to_event(n):
    """Let a machine that stands at kernel_main go on to event n, or until the shell asks for a line,
    which nobody types. Returns: did it get there?"""
    gdb.execute(f"set var trace_stop = {n}", to_string=True)
    stops = [gdb.Breakpoint("*&" + function, type=gdb.BP_HARDWARE_BREAKPOINT, internal=True)
             for function in ("debug_stop", "readline")]
    for stop in stops:
        stop.silent = True
    try:
        gdb.execute("continue", to_string=True)
    except gdb.error:  # the machine ended
        return False
    finally:
        for stop in stops:
            stop.delete()
    return starting.is_running() and gdb.newest_frame().name() == "debug_stop"


def show_event(n):
    """The event by `mm trace`, and who caused it."""
    gdb.write(f"event {n}\n")
    show = commands.COMMANDS.get("trace")
    if show:
        for line in show.lines(in_gdb.kernel(), ["1"]):
            gdb.write(line + "\n")
    gdb.execute("up-silently 2", to_string=True)
    gdb.execute("frame")


class Goto(starting.MachineCommand):
    """mm goto N | +N | -N: to the N-th event of the trace, by running the machine once more.

    It starts anew with -icount and trace=on, and stops in debug_stop() after the event; going to
    N - 1 is a step back. Exact as long as the machine is told all on its command line (run="..."):
    what was typed is not repeated, and its serial line is a file now. Breakpoints of yours stop it
    on the way: disable them. A second for 200 million instructions. `mm start` leaves it."""

    name = "mm goto"

    def run(self, s, words):
        global _at  # pylint: disable=global-statement
        if not in_gdb.layout().has("trace_stop"):
            raise gdb.GdbError("mm goto: this kernel has no trace")
        n = number(words)
        starting.connect(s.command(exact(s.machine), exact=True))
        starting.run_to("kernel_main")
        if run_to_event(n):
            _at = n
            show_event(n)
        elif starting.is_running() and gdb.newest_frame().name() == "readline":
            last = int(gdb.parse_and_eval("trace_seq"))
            raise gdb.GdbError(f"mm goto: the machine waits at its prompt after event {last}")
        elif starting.is_running():
            raise gdb.GdbError("mm goto: stopped on the way, before the event; `continue` goes on")
        else:
            raise gdb.GdbError(f"mm goto: the machine ended before event {n}")


def register():
    Goto()
