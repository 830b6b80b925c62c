# SPDX-License-Identifier: MIT
"""session.py - what GDB was started for: the machine, its serial line, the folder of its files.

tools/gdb_run.py and the tests write it as JSON and name the file in QUIRE_GDB; commands that start
the machine anew (`mm start`, `mm goto`, `mm replay`) read it. Knows no GDB."""

import json
import os
import shlex
import socket

import machine

VARIABLE = "QUIRE_GDB"
QEMU32 = os.environ.get("QEMU32") or "qemu-system-i386"  # the other one describes 64-bit registers
# Seconds after which a machine ends, whatever becomes of everybody: a day, at a person's side.
DAY = 86400
MACHINE = ("mem", "cpus", "nodes", "cpu", "kernel", "append", "extra")


class Session:
    """machine: what is started; folder: where its files are; limit: seconds that it lives."""

    def __init__(self, m, folder, limit=DAY, relay=False):
        self.machine, self.folder, self.limit, self.relay = m, folder, limit, relay

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self):
        """Keep it in its folder, for GDB. Returns: the file."""
        data = {name: getattr(self.machine, name) for name in MACHINE}
        with open(self.path("session.json"), "w", encoding="utf-8") as f:
            json.dump({"machine": data, "limit": self.limit, "relay": self.relay}, f)
        return self.path("session.json")

    def serial_args(self, exact=False):
        """The serial line: to the relay (tools/relay.py) if there is one and nothing must be exact;
        else into the file that the relay would write."""
        if self.relay and not exact:
            return ["-chardev", "socket,id=serial,path=" + self.path("uart.sock"),
                    "-serial", "chardev:serial"]
        return ["-serial", "file:" + self.path("serial.log")]

    def command(self, m, more=(), exact=False):
        """What stands behind `target remote |`: the machine, stopped before its first instruction,
        ended with its parent."""
        args = [QEMU32, *m.args()[1:], *self.serial_args(exact), *more,
                "-S", "-gdb", "stdio", "-pidfile", self.path("qemu.pid")]
        return shlex.join(["exec", *machine.DIE_WITH_PARENT, "timeout", "--foreground", "-s", "KILL",
                           str(int(self.limit)), *machine.DIE_WITH_PARENT, *args])

    def type(self, text):
        """Hand a line to the relay, which types it when the shell asks."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.path("type.sock"))
            s.sendall(text.encode() + b"\n")


def load(path=None):
    """The session that a file describes, or the one that GDB was started for; None: there is none."""
    path = path or os.environ.get(VARIABLE)
    if not path or not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    return Session(machine.Machine(**data["machine"]), os.path.dirname(path), data["limit"],
                   data["relay"])
