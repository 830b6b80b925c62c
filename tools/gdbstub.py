# SPDX-License-Identifier: MIT
"""gdbstub.py - a machine that stands still when told, over the debugger's end of QEMU.

Speaks GDB's remote protocol itself: what is needed are six packets. Single steps (one `s` packet
each) come at 3,000 a second; QEMU's own log of what it executes, one instruction to a block, at a
million. So stops are the stub's business and instructions the log's."""

import os
import re
import socket
import subprocess
import tempfile
from array import array

import machine

LOG_LIMIT = 1 << 30  # bytes, which is ten million instructions
LIMITED = ["sh", "-c", f'ulimit -f {LOG_LIMIT // 512} && exec "$@"', "sh"]
# Places of the registers in the two descriptions that QEMU hands out, and their width in bytes.
WIDE = {"eax": 0, "esp": 7, "eip": 16}, 8
NARROW = {"eax": 0, "esp": 4, "eip": 8}, 4


class Ended(Exception):
    """The machine is gone: it ended before it came to where it was awaited."""


class Stub:
    """The protocol: a packet, an answer."""

    def __init__(self, sock):
        self.sock, self.received = sock, b""
        self.packet("qSupported:xmlRegisters=i386")
        self.where, self.width = WIDE if "x86-64" in self.packet(
            "qXfer:features:read:target.xml:0,ffb") else NARROW

    def answer(self):
        """The next packet from QEMU. Acknowledgements are implied by the next packet of ours."""
        while True:
            match = re.search(rb"\$([^#]*)#..", self.received, re.S)
            if match:
                self.received = self.received[match.end():]
                return match[1].decode("latin-1")
            data = self.sock.recv(65536)
            if not data:
                raise Ended
            self.received += data

    def packet(self, text):
        data = text.encode()
        try:
            self.sock.sendall(b"+$" + data + b"#%02x" % (sum(data) & 255))
            return self.answer()
        except ConnectionError as error:
            raise Ended from error

    def expect_ok(self, text):
        answer = self.packet(text)
        if answer != "OK":
            raise RuntimeError(f"QEMU answers {answer!r} to {text!r}")

    def register(self, name):
        return int.from_bytes(bytes.fromhex(self.packet(f"p{self.where[name]:x}")), "little")

    def set_register(self, name, value):
        self.expect_ok(f"P{self.where[name]:x}={value.to_bytes(self.width, 'little').hex()}")

    def memory(self, va, length):
        answer = self.packet(f"m{va:x},{length:x}")
        if len(answer) != 2 * length:
            raise RuntimeError(f"the guest has no memory at {va:#x}")
        return bytes.fromhex(answer)

    def word(self, va):
        return int.from_bytes(self.memory(va, 4), "little")

    def string(self, va):
        """The C string there; read byte by byte, for it may end at the end of a page."""
        text = b""
        while not text.endswith(b"\0"):
            text += self.memory(va + len(text), 1)
        return text[:-1].decode()

    def stop_at(self, va):
        self.expect_ok(f"Z0,{va:x},1")

    def do_not_stop_at(self, va):
        self.expect_ok(f"z0,{va:x},1")

    def resume(self, how):
        """Returns: where the machine stopped."""
        if not self.packet(how).startswith("T"):
            raise Ended
        return self.register("eip")

    def go(self):
        """Run to the next stop; a stop right here is stepped over first."""
        self.resume("s")
        return self.resume("c")

    def monitor(self, command):
        """A line for QEMU's monitor. Returns: what it says."""
        said, answer = "", self.packet("qRcmd," + command.encode().hex())
        while answer != "OK":
            said += bytes.fromhex(answer[1:]).decode("latin-1")
            answer = self.answer()
        return said


def read_log(lines):
    """The addresses that QEMU's log says were executed. A block that is begun and given up, because
    the time until the next event was over or the device's clock was asked for, is logged again."""
    pcs = array("Q")
    for line in lines:
        if line.startswith("Trace"):
            pcs.append(int(line.split("[", 1)[1].split("/", 2)[1], 16))
        elif line.startswith(("Stopped execution", "cpu_io_recompile: rewound")):
            pcs.pop()
    return pcs


class Traced:
    """A machine that waits at its first instruction for what its stub is told. A context: its end
    is the machine's. After `limit` seconds timeout(1) ends it, whatever becomes of us."""

    def __init__(self, m, limit=300):
        self.machine, self.limit = m, limit
        self.logs = 0

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        near, far = socket.socketpair()
        args = [*LIMITED, *machine.DIE_WITH_PARENT,
                "timeout", "--foreground", "-s", "KILL", str(self.limit),
                *machine.DIE_WITH_PARENT, *self.machine.args(),
                "-S", "-serial", "file:" + self.path("serial"),
                "-chardev", f"socket,id=stub,fd={far.fileno()}", "-gdb", "chardev:stub"]
        with open(self.path("errors"), "wb") as errors:
            self.process = subprocess.Popen(
                args, pass_fds=[far.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=errors, start_new_session=True)
        far.close()
        self.socket = near
        try:
            self.stub = Stub(near)
        except (Ended, OSError):
            errors = self.text("errors")
            self.__exit__()
            raise RuntimeError("QEMU does not start: " + errors) from None
        return self

    def __exit__(self, *_):
        machine.Running.kill(self)
        self.process.wait()
        self.socket.close()
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def text(self, name):
        """What is in the file "serial" or "errors"."""
        with open(self.path(name), "rb") as f:
            return f.read().decode("utf-8", "replace").replace("\r\n", "\n")

    def record(self, run):
        """Let run() move the machine. Returns: the address of each instruction it executed."""
        one_by_one = "one-insn-per-tb"  # its name from QEMU 8.1 on
        if self.stub.monitor(one_by_one + " on"):
            one_by_one = "singlestep"
            self.stub.monitor(one_by_one + " on")
        self.logs += 1  # QEMU appends to a file that it knows
        log = self.path(f"log{self.logs}")
        self.stub.monitor("logfile " + log)
        self.stub.monitor("log exec,nochain")
        run()
        self.stub.monitor("log none")
        self.stub.monitor(one_by_one + " off")
        if os.path.getsize(log) >= LOG_LIMIT:
            raise RuntimeError("more than ten million instructions: trace fewer turns")
        with open(log, encoding="latin-1") as f:
            return read_log(f)
