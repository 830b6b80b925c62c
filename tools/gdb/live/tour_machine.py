# SPDX-License-Identifier: MIT
"""tour_machine.py - the machine that a tour starts when there is none: QEMU at the end of a pipe, its
serial line two pipes, one of which the tour types into. (Not a socket: that holds a few hundred of
QEMU's single bytes, and then the kernel waits for a reader.)"""

import fcntl
import os
import shlex
import shutil
import tempfile

import gdb

PIPE_BYTES = 1 << 20
HARD_LIMIT = 4 * 3600  # seconds; whatever becomes of GDB, QEMU ends
QEMU32 = os.environ.get("QEMU32") or "qemu-system-i386"  # the other one describes 64-bit registers


class OwnMachine:
    """A machine for a tour. Raises gdb.GdbError when it does not start."""

    def __init__(self, tour):
        self.folder = tempfile.mkdtemp(prefix="quire-tour-")
        self.path = os.path.join(self.folder, "serial")
        self.typed, self.printed = self.open_pipe(".in"), self.open_pipe(".out")
        gdb.execute("set architecture i386", False, True)
        gdb.execute("target remote | " + self.command(tour), False, True)
        gdb.events.gdb_exiting.connect(self.on_exit)

    def open_pipe(self, end):
        """With room for all that a tour's kernel prints between two stops."""
        os.mkfifo(self.path + end)
        pipe = os.open(self.path + end, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        return pipe

    def command(self, tour):
        """The line behind `target remote |`."""
        guard = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        args = [QEMU32, "-machine", "pc,accel=tcg", "-cpu", "max", "-m", tour.mem, "-nodefaults",
                "-display", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                "-kernel", gdb.current_progspace().filename, "-append", tour.append, "-S",
                "-gdb", "stdio", "-serial", "pipe:" + self.path]
        return shlex.join(["exec", *guard, "timeout", "--foreground", "-s", "KILL", str(HARD_LIMIT),
                           *guard, *args])

    def read(self):
        """What the kernel has printed since the last time."""
        try:
            return os.read(self.printed, PIPE_BYTES).decode("utf-8", "replace")
        except BlockingIOError:
            return ""

    def type(self, line):
        """A line and Enter; or the key Ctrl-C, written ^C."""
        self.read()
        os.write(self.typed, b"\x03" if line == "^C" else line.encode() + b"\n")

    def on_exit(self, _event):
        self.end()

    def end(self):
        """The machine is gone, and what it left on disk."""
        try:
            gdb.execute("kill", False, True)
        except gdb.error:
            pass
        gdb.events.gdb_exiting.disconnect(self.on_exit)
        for pipe in (self.typed, self.printed):
            os.close(pipe)
        shutil.rmtree(self.folder, ignore_errors=True)
