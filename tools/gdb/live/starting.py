# SPDX-License-Identifier: MIT
"""starting.py - `mm start`, `mm serial`, `mm type`: the machine that `make gdb` was asked for."""

import contextlib
import os

import gdb
import session
from commands import CommandError
from sources import in_gdb

HINT = """\
  mm help            the commands          mm tour alloc_pages   a walk with questions; mm tour: all
  mm watch zone DMA  who takes and gives   mm rewind on, ... reverse-step           and back again
  mm serial          what was printed      mm type alloc 3    a line for the shell (make console: all)
  Ctrl-C stops the machine, `quit` ends it. Before paging is on (boot/, early) only hbreak stops."""

_seen = {}  # path of a log: bytes of it that were shown


class MachineCommand(gdb.Command):
    """A command that needs the session; run(session, words) does the work."""

    name, kind = "", gdb.COMMAND_RUNNING

    def __init__(self):
        super().__init__(self.name, self.kind)

    def run(self, s, words):
        raise NotImplementedError

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        s = session.load()
        if s is None:
            raise gdb.GdbError(f"{self.name}: GDB was not started by `make gdb`: "
                               "I do not know which machine")
        if is_core():
            raise gdb.GdbError(f"{self.name}: this is a core file, no machine that could run")
        try:
            self.run(s, argument.split())
        except CommandError as error:
            raise gdb.GdbError(f"{self.name}: {error}") from error


def is_running():
    """Is there a machine?"""
    return gdb.selected_inferior().pid != 0


def is_core():
    """Is it a core file that GDB looks at?"""
    connection = gdb.selected_inferior().connection
    return connection is not None and connection.type == "core"


def end():
    """End the machine, if there is one."""
    if is_running() and in_gdb.is_live():
        try:
            gdb.execute("kill", to_string=True)
        except gdb.error:
            pass  # it is gone: the watchdog ended it, or it ended by itself


def connect(command):
    """Start what a command line says, in place of what runs."""
    end()
    gdb.execute("set remotetimeout 30", to_string=True)  # a busy host takes its time
    try:
        gdb.execute("target remote | " + command, to_string=True)
    except gdb.error as error:
        raise gdb.GdbError(f"QEMU does not start: {error}") from error


def run_to(function):
    """Let the machine run until a function is entered. A breakpoint of the user's may come first."""
    symbol = gdb.lookup_global_symbol(function) or gdb.lookup_static_symbol(function)
    if not symbol or symbol.type.code != gdb.TYPE_CODE_FUNC:
        raise gdb.GdbError(f"there is no function {function}")
    stop = gdb.Breakpoint(function, type=gdb.BP_HARDWARE_BREAKPOINT, temporary=True, internal=True)
    stop.silent = True
    gdb.execute("continue", to_string=True)


@contextlib.contextmanager
def alone():
    """The user's breakpoints do not stop us."""
    mine = [b for b in gdb.breakpoints() if b.enabled]
    for b in mine:
        b.enabled = False
    try:
        yield
    finally:
        for b in mine:
            b.enabled = True


def show_place():
    """Where the machine stands, as GDB says it after a stop."""
    gdb.execute("frame" if is_running() else "info program")


class Start(MachineCommand):
    """mm start [FUNCTION]: the machine anew, from power-on to FUNCTION (kernel_main).

    `mm start -` stops before the first instruction. Breakpoints stay; what was typed is gone."""

    name = "mm start"

    def run(self, s, words):
        connect(s.command(s.machine))
        _seen.clear()
        if words != ["-"]:
            run_to(words[0] if words else "kernel_main")
        show_place()


class Serial(MachineCommand):
    """mm serial [all]: what the kernel printed since the last time; all: since power-on."""

    name, kind = "mm serial", gdb.COMMAND_STATUS

    def run(self, s, words):
        path = s.path("serial.log")
        size = os.path.getsize(path) if os.path.exists(path) else 0
        start = _seen.get(path, 0)
        if words or start > size:
            start = 0
        if size:
            with open(path, "rb") as f:
                f.seek(start)
                text = f.read(size - start).decode("utf-8", "replace")
            text = text.replace("\r\n", "\n").replace("\0", "")  # GDB takes no zero byte
            gdb.write(text)
            if text and not text.endswith("\n"):
                gdb.write("\n")
        _seen[path] = size


class Type(MachineCommand):
    """mm type TEXT: a line for the kernel's shell, typed when it asks for one.

    Lines wait while the machine stands or is busy: `continue`, later Ctrl-C or a breakpoint."""

    name = "mm type"

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        s = session.load()
        if s is None or not s.relay:
            raise gdb.GdbError("mm type: nobody types here: GDB was not started by `make gdb`")
        try:
            s.type(argument.strip())
        except OSError as error:
            raise gdb.GdbError(f"mm type: {error}") from error

    def run(self, s, words):
        """Not used: the text is taken as it is."""


class Hint(gdb.Command):
    """mm hint: what to type first."""

    def __init__(self):
        super().__init__("mm hint", gdb.COMMAND_SUPPORT)

    def invoke(self, argument, from_tty):
        gdb.write(HINT + "\n")


QUIT = """define hook-quit
python
import live.starting
live.starting.end()
end
end"""


def register():
    gdb.execute(QUIT)  # else GDB lets the machine go on and waits for its end
    Hint()
    Start()
    Serial()
    Type()
