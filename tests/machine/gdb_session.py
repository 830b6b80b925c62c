# SPDX-License-Identifier: MIT
"""gdb_session.py - a GDB with Quire's commands and a machine at its end, driven command by command.

    with gdb_session.Session(t, mem="64M", append='run="alloc 3"', at="front_end") as s:
        zones, buddy = s.run("mm zones", "mm buddy")    what each printed
        said = s.error("mm walk")                       the message of one that must fail
        s.serial()                                      what the kernel printed so far

GDB reads its commands from a pipe as it would from a person. An error that was not asked for, a
Traceback, or no answer in time ends the case with the whole transcript."""

import json
import os
import re
import secrets
import select
import shlex
import subprocess
import tempfile
import time

import machine

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")
QUIRE_GDB = os.path.abspath(os.path.join(TOOLS, "gdb", "quire_gdb.py"))
QEMU32 = os.environ.get("QEMU32") or "qemu-system-i386"  # the other one describes 64-bit registers
GDB = os.environ.get("GDB") or "gdb"
# Runs one command; the message of an error goes between marks.
HELPER = """python
def session_run(command):
    try:
        gdb.execute(command)
    except (gdb.error, KeyboardInterrupt) as error:
        gdb.write("\\n\\x01" + str(error) + "\\x02\\n")
end
"""
START = ("set confirm off", "set pagination off", "set width 0", "set style enabled off",
         "set python print-stack full", "set print frame-arguments none", "set architecture i386",
         "set remotetimeout 30")


class Broken(Exception):
    """The session cannot go on; its text is the whole transcript."""


class Session:
    """A context: its end is GDB's and the machine's.

    mem, cpus, nodes, cpu, append, icount, extra ... : of the machine, as t.machine() takes them
    build: "" or "debug"; at: a function to run to; commands: is quire_gdb.py loaded
    connect: False: no machine, GDB has the kernel loaded only (core files); before: commands given
    before it connects
    limit: seconds for all of it, and at most these for one command."""

    # pylint: disable-next=too-many-arguments
    def __init__(self, t, mem="64M", build="", at=None, commands=True, connect=True, before=(),
                 limit=60, **kw):
        self.t, self.at, self.limit, self.connect = t, at, min(limit, t.env.longest_run), connect
        self.commands, self.before = commands, before
        self.elf = t.env.kernel(build)
        self.machine = t.machine(mem=mem, build=build, **kw)
        self.prompt = f"<{secrets.token_hex(8)}>"
        self.received, self.transcript = b"", ""
        self.until = None

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.until = time.monotonic() + self.limit
        helper = os.path.join(self.folder.name, "helper.gdb")
        with open(helper, "w", encoding="utf-8") as f:
            f.write(HELPER)
        self.process = subprocess.Popen(
            [*machine.DIE_WITH_PARENT, "timeout", "--foreground", "-s", "KILL",
             str(int(self.limit) + 30), *machine.DIE_WITH_PARENT, GDB, "-nx", "-q",
             "-iex", "set prompt " + self.prompt, "-x", helper, self.elf],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)
        try:
            self._answer()
            self.run(*START, *([f"source {QUIRE_GDB}"] if self.commands else []), *self.before)
            if self.connect:
                self.run("target remote | " + self.qemu())
            if self.at:
                self.run(f"thbreak {self.at}", "continue")
        except BaseException as error:
            if not self.__exit__(type(error), error, None):
                raise
            raise RuntimeError("no session") from None
        return self

    def __exit__(self, kind, error, _):
        machine.Running.kill(self)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.folder.cleanup()
        if kind is Broken:
            self.t.fail(f"{error}\n{self.transcript}")
            return True
        return False

    # --- the machine ------------------------------------------------------------------------

    def path(self, name):
        """A file of this session."""
        return os.path.join(self.folder.name, name)

    def qemu(self):
        """The command behind `target remote |`."""
        args = [QEMU32, *self.machine.args()[1:], "-S", "-gdb", "stdio",
                "-serial", "file:" + self.path("serial")]
        return shlex.join(["exec", *machine.DIE_WITH_PARENT, "timeout", "--foreground", "-s", "KILL",
                           str(int(self.limit) + 30), *machine.DIE_WITH_PARENT, *args])

    def serial(self):
        """What the kernel printed, with plain newlines."""
        try:
            with open(self.path("serial"), "rb") as f:
                return machine.text_of(f.read())
        except FileNotFoundError:
            return ""

    # --- commands ---------------------------------------------------------------------------

    def run(self, *commands):
        """Run commands. Returns: a list of what each printed, without the last newline."""
        return [self._one(c, False) for c in commands]

    def error(self, command):
        """Run a command that must fail. Returns: its message."""
        return self._one(command, True)

    def value(self, expression):
        """A number that GDB evaluates."""
        said, = self.run(f"output/d (long long)({expression})")
        return int(said)

    def _one(self, command, must_fail):
        self.transcript += f"(gdb) {command}\n"
        self._send(f"python session_run({json.dumps(command)})\n")
        said = self._answer()
        failed = re.search(r"\x01(.*)\x02", said, re.S)
        self.transcript += re.sub(r"[\x01\x02]", "", said).strip("\n") + "\n"
        if "Traceback (most recent call last)" in said or (failed is not None) != must_fail:
            raise Broken(f"'{command}' {'succeeds' if must_fail and not failed else 'fails'}")
        return failed[1] if must_fail else said.rstrip("\n")

    def _send(self, line):
        try:
            self.process.stdin.write(line.encode())
            self.process.stdin.flush()
        except OSError:
            raise Broken("GDB is gone") from None

    def _answer(self):
        """What GDB says before its next prompt."""
        mark = self.prompt.encode()
        while mark not in self.received:
            left = self.until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.transcript += self.received.decode("utf-8", "replace")
                raise Broken("no answer in time")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                self.transcript += self.received.decode("utf-8", "replace")
                raise Broken("GDB ended")
            self.received += data
        said, self.received = self.received.split(mark, 1)
        return said.decode("utf-8", "replace").replace("\r\n", "\n")
