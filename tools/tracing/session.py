# SPDX-License-Identifier: MIT
"""session.py - a machine whose shell is typed into, line by line, and what it answers."""

import json
import mmap
import os

import machine
from decode.memory import Unreadable
from sources.core_file import Paged

PROMPT = b"quire> "


class SessionError(Exception):
    """The machine ended or said nothing for too long."""


class Session:
    """with Session(machine.Machine(...)) as s: s.type("free") is what the command printed."""

    def __init__(self, m, limit=120.0, idle=30.0):
        self.machine, self.limit, self.idle = m, limit, idle
        self.while_waiting = None  # called between pieces of output, for who wants to look
        self.text = ""             # of everything
        self.running = self.monitor = None

    def __enter__(self):
        self.running = machine.Running(self.machine, int(self.limit) + 30)
        try:
            self.monitor = self.running.monitor.makefile("rw")
            self.monitor.readline()
            self.qmp("qmp_capabilities")
            self._wait(0)
        except OSError as error:
            self.__exit__()
            raise SessionError(f"QEMU did not start: {self.running.qemu_errors.strip() or error}") from error
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        self.text = machine.text_of(self.running.output)
        self.running.kill()
        if self.monitor:
            self.monitor.close()
        self.running.finish()

    def _wait(self, start):
        """Until the shell asks behind the byte `start` of the output."""
        r = self.running
        while not (len(r.output) > start and r.output.endswith(PROMPT)):
            data = r.read(0.05 if self.while_waiting else 0.5)
            if data is None:
                raise SessionError("the machine ended:\n" + machine.text_of(r.output)[-2000:])
            if r.silent_for() > self.idle or r.age() > self.limit:
                raise SessionError("the machine says nothing more:\n" + machine.text_of(r.output)[-2000:])
            if self.while_waiting:
                self.while_waiting()

    def type(self, line):
        """Returns: what came between the line and the next prompt."""
        start = len(self.running.output)
        self.running.send(line.encode() + b"\n")
        self._wait(start + len(line))
        text = self.running.output[start:].decode("utf-8", "replace").replace("\r\n", "\n")
        return text.partition("\n")[2].removesuffix(PROMPT.decode())

    def qmp(self, name, **arguments):
        """Run a monitor command. Returns: its answer."""
        self.running.monitor.settimeout(30)
        self.monitor.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.monitor.flush()
        while True:
            reply = json.loads(self.monitor.readline() or '{"error": "QEMU has ended"}')
            if "error" in reply:
                raise SessionError(f"QEMU: {name}: {reply['error']}")
            if "return" in reply:
                return reply["return"]

    def dump_core(self, path):
        """Write the machine's memory and registers into a file. The machine stands still afterwards."""
        self.qmp("stop")
        self.qmp("dump-guest-memory", paging=False, protocol="file:" + os.path.abspath(path))


class SharedMachine(machine.Machine):
    """A machine whose memory is a file that others can look into while it stands still, without a
    copy. Up to 3 GiB, where the file's offsets are physical addresses."""

    def __init__(self, path, **kw):
        super().__init__(**kw)
        self.path = path

    def args(self, reboot=False):
        args = super().args(reboot)
        at = next(i for i, word in enumerate(args) if word.startswith("memory-backend-ram,id=m0"))
        args[at] = args[at].replace("memory-backend-ram", "memory-backend-file") + \
            f",share=on,mem-path={self.path}"
        return args

    def memory(self, layout):
        """decode.memory.Memory of the running machine. Nothing is kept: read it while it is stopped."""
        with open(self.path, "rb") as f:
            view = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)

        def read_physical(pa, length):
            if pa + length > len(view):
                raise Unreadable(pa, length)
            return view[pa:pa + length]
        return Paged(layout, read_physical).mem
