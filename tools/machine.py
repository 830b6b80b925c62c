#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""machine.py - one QEMU machine: its command line, its serial line, how it ended.

Used by tools/run.py (make run) and tests/machine/run.py (make test). Standard library only.
The kernel ends QEMU through isa-debug-exit with status 33 (pass), 65 (fail) or 67 (panic).
Status 0 is never a success: a triple fault under -no-reboot gives 0."""

import json
import os
import re
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

QEMU = os.environ.get("QEMU") or "qemu-system-x86_64"
STATUS = {33: "pass", 65: "fail", 67: "panic", 0: "reset"}


def size_bytes(text):
    """'64M' -> bytes, as QEMU's -m reads it (plain numbers are MiB)."""
    match = re.fullmatch(r"(\d+)([KMGkmg]?)", text)
    if not match:
        raise ValueError(f"not a memory size: {text!r}")
    return int(match[1]) << {"": 20, "K": 10, "M": 20, "G": 30}[match[2].upper()]


def equal_nodes(total, nodes, cpus):
    """[(bytes, [cpu...])]: memory and CPUs dealt out evenly, whole MiB to each node."""
    share = (total // nodes) >> 20 << 20
    return [(total - share * (nodes - 1) if n == nodes - 1 else share,
             [c for c in range(cpus) if c * nodes // cpus == n]) for n in range(nodes)]


def backend_args(name, size):
    """RAM that the host need not reserve."""
    return ["-object", f"memory-backend-ram,id={name},size={size},reserve=off"]


def memory_args(mem, nodes, cpus):
    """RAM, cut into nodes. nodes: how many, equal and with distances 20, 30, ...; or a list of
    (size or None, [cpu...]), which is told no distances."""
    if nodes == 1:
        size = size_bytes(mem)
        return ["-m", f"{size >> 10}K", *backend_args("m0", size), "-machine", "memory-backend=m0"]
    equal = isinstance(nodes, int)
    table = equal_nodes(size_bytes(mem), nodes, cpus) if equal else \
        [(size_bytes(size) if size else 0, own) for size, own in nodes]
    args = ["-m", f"{sum(size for size, _ in table) >> 10}K"]
    for n, (size, own) in enumerate(table):
        args += backend_args(f"m{n}", size) if size else []
        args += ["-numa", f"node,nodeid={n}" + (f",memdev=m{n}" if size else "") +
                 "".join(f",cpus={c}" for c in own)]
    if equal:
        for a in range(nodes):
            for b in range(nodes):
                if a != b:
                    args += ["-numa", f"dist,src={a},dst={b},val={10 + 10 * abs(a - b)}"]
    return args


class Machine:
    """What to boot and on what. kernel: ELF for -kernel; iso: for GRUB; one of the two."""

    def __init__(self, mem="128M", cpus=1, nodes=1, cpu="max", kernel=None, iso=None, append="",
                 initrd=None, icount=False, shift=0, extra=()):
        self.mem, self.cpus, self.nodes, self.cpu = mem, cpus, nodes, cpu
        self.kernel, self.iso, self.append, self.initrd = kernel, iso, append, initrd
        self.icount, self.shift, self.extra = icount, shift, list(extra)
        self.board = "pc"
        self.debug_exit = True
        self.sockets = False  # each CPU in a socket of its own: firmware's MP table lists no others
        self.record = None  # a file: under -icount QEMU records the run there, and tells its count

    def args(self, reboot=False):
        smp = f"{self.cpus},sockets={self.cpus}" if self.sockets else str(self.cpus)
        args = [QEMU, "-machine", self.board + ",accel=tcg", "-cpu", self.cpu,
                "-smp", smp, "-nodefaults", "-display", "none"]
        if self.debug_exit:
            args += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        args += memory_args(self.mem, self.nodes, self.cpus)
        if not reboot:
            args.append("-no-reboot")
        if self.icount:
            args += ["-icount", f"shift={self.shift},sleep=off" +
                     (f",rr=record,rrfile={self.record}" if self.record else "")]
        if self.iso:
            args += ["-boot", "d", "-cdrom", self.iso]
        if self.kernel:
            args += ["-kernel", self.kernel]
            if self.append:
                args += ["-append", self.append]
            if self.initrd:
                args += ["-initrd", self.initrd]
        return args + self.extra

    def command(self, serial="stdio"):
        """A line that a person can paste to see the same run."""
        return shlex.join(self.args() + ["-serial", serial])


# Ends a child when its parent dies, however: a killed `make run` leaves no machine behind.
DIE_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


class Running:
    """A machine that runs, its serial line and QEMU's monitor as sockets. Whatever becomes of us,
    timeout(1) ends it after hard_limit seconds."""

    def __init__(self, machine, hard_limit=86400):
        self.machine = machine
        self.output = b""
        self.started = self.last_output = time.monotonic()
        serial, serial_far = socket.socketpair()
        monitor, monitor_far = socket.socketpair()
        args = DIE_WITH_PARENT + ["timeout", "--foreground", "-s", "KILL", str(hard_limit)] + \
            DIE_WITH_PARENT + machine.args() + [
            "-chardev", f"socket,id=serial,fd={serial_far.fileno()}", "-serial", "chardev:serial",
            "-chardev", f"socket,id=monitor,fd={monitor_far.fileno()}",
            "-mon", "chardev=monitor,mode=control"]
        self.process = subprocess.Popen(
            args, pass_fds=[serial_far.fileno(), monitor_far.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True)
        serial_far.close()
        monitor_far.close()
        self.serial, self.monitor = serial, monitor
        self.selector = selectors.DefaultSelector()
        self.selector.register(serial, selectors.EVENT_READ)

    def read(self, timeout):
        """What came within timeout seconds: bytes, b'' for nothing yet, None at the end."""
        if not self.selector.select(timeout):
            return b""
        try:
            data = self.serial.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            return None
        self.output += data
        self.last_output = time.monotonic()
        return data

    def send(self, data):
        """Type data, whole: the guest's receive buffer is small and QEMU makes us wait."""
        try:
            self.serial.sendall(data)
        except (BrokenPipeError, ConnectionError):
            pass

    def silent_for(self):
        return time.monotonic() - self.last_output

    def age(self):
        return time.monotonic() - self.started

    def qmp(self, *commands):
        """Run monitor commands. Returns: their replies, or None when the monitor is dead."""
        try:
            self.monitor.settimeout(10)
            stream = self.monitor.makefile("rw")
            stream.readline()
            replies = []
            for name, arguments in [("qmp_capabilities", {}), *commands]:
                stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
                stream.flush()
                while True:
                    reply = json.loads(stream.readline())
                    if "return" in reply or "error" in reply:
                        replies.append(reply)
                        break
            return replies[1:]
        except (OSError, ValueError):
            return None

    def dump_core(self, path):
        """Save memory and registers of a hung machine, by physical address: QEMU need not trust the
        guest's page tables, and high memory is there too. `make gdb CORE=` makes virtual ones of it."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        replies = self.qmp(("stop", {}), ("dump-guest-memory",
                                         {"paging": False, "protocol": "file:" + path}))
        return bool(replies) and "return" in replies[-1]

    def finish(self):
        """Wait for the end, or end it. Returns: QEMU's status (negative: killed by us)."""
        try:
            status = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill()
            status = self.process.wait()
        self.qemu_errors = self.process.stderr.read().decode("utf-8", "replace")
        self.process.stderr.close()
        self.serial.close()
        self.monitor.close()
        self.selector.close()
        return status

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # timeout and QEMU


def first_word(output):
    """Where the kernel begins to speak, behind what the boot loader painted; -1: not yet."""
    match = re.search(rb"Quire(?: \(|: )", output)
    return match.start() if match else -1


def text_of(output):
    """What the kernel said as text with plain newlines."""
    return output[max(0, first_word(output)):].decode("utf-8", "replace").replace("\r\n", "\n")


class Typist:
    """Types the next line whenever the shell asks for one. A prompt counts when nothing follows it:
    the kernel prints one itself before each command of run=."""
    PROMPT = b"quire> "
    SETTLED, GIVE_UP = 0.03, 2.0  # seconds of silence behind a prompt: type; believe it is the end

    def __init__(self, running, lines):
        self.running, self.lines = running, iter(lines)
        self.typed_at = 0  # how much was said when the last line was typed

    def asked(self):
        return self.running.output.endswith(self.PROMPT) and \
            len(self.running.output) > self.typed_at

    def type_next(self):
        """Returns: False when the shell waits and there is nothing left to type."""
        if self.running.silent_for() < self.SETTLED:
            return True
        line = next(self.lines, None)
        if line is None:
            return self.running.silent_for() < self.GIVE_UP
        self.typed_at = len(self.running.output)
        self.running.send(line.rstrip(b"\r\n") + b"\n")
        return True


def watch(running, typist, limit, idle, on_data):
    """Follow a machine. Returns: "hang", "no poweroff", or None when it ended by itself."""
    while True:
        asked = typist and typist.asked()
        data = running.read(Typist.SETTLED if asked else 0.2)
        if data is None:
            return None
        if data and on_data:
            on_data(data)
        if asked and not data and not typist.type_next():
            return "no poweroff"
        if running.silent_for() > idle or running.age() > limit:
            return "hang"


def run_to_end(machine, lines=None, limit=60.0, idle=20.0, core=None, on_data=None):
    """Run a machine and type lines (bytes) into its shell, one at each prompt; None: type nothing.
    Returns: (how, output): how is "pass", "fail", "panic", "reset", "hang", "no poweroff" or
    "status N"; output is what came over serial, then what QEMU itself complained about. A hung
    machine's memory goes into the file core."""
    running = Running(machine, min(limit + 60, 86400))
    try:
        how = watch(running, Typist(running, lines) if lines is not None else None, limit, idle,
                    on_data)
        if how == "hang" and core:
            running.dump_core(core)
        if how:
            running.kill()
    except BaseException:
        running.kill()
        raise
    finally:
        status = running.finish()
    how = how or STATUS.get(status, f"status {status}")
    if how.startswith("status"):
        running.output += running.qemu_errors.encode()
    return how, running.output


def run_exact(machine, limit=120):
    """Run a machine whose instruction counts are to be repeatable: its serial line is a file, which
    never makes the guest wait. Returns: as run_to_end, without typing."""
    with tempfile.TemporaryDirectory() as tmp:
        log = os.path.join(tmp, "serial")
        done = subprocess.run(["timeout", "-s", "KILL", str(limit)] + machine.args() +
                              ["-serial", "file:" + log],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False)
        with open(log, "rb") as f:
            output = f.read()
    how = "hang" if done.returncode in (-9, 137) else STATUS.get(done.returncode)
    return how or f"status {done.returncode}", output + (b"" if how else done.stderr)
