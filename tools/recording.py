# SPDX-License-Identifier: MIT
"""recording.py - a run of a machine that QEMU keeps so that it can be replayed, also backwards.

Three files in a folder: session.json says which machine, rr.bin what came in from outside and when,
rr.qcow2 the machine's state at the start, to which every step back returns before it goes forward
again. So recordings are to be short: end them where it gets interesting."""

import os
import socket
import subprocess

import gdbstub
import machine
import qcow2
import session
import symbols


def machine_of(s, how):
    """The session's machine as it records or replays. how: "record", "replay"."""
    m = s.machine
    more = ["-drive", f"file={s.path('rr.qcow2')},format=qcow2,if=none,id=rr",
            "-icount", f"shift=auto,rr={how},rrfile={s.path('rr.bin')},rrsnapshot=init"]
    return machine.Machine(mem=m.mem, cpu=m.cpu, nodes=m.nodes, kernel=m.kernel, append=m.append,
                           extra=[*m.extra, *more])


def wait(stub, seconds):
    """Let the machine go on until a breakpoint, its end or the time. Returns: which, in words."""
    stub.sock.settimeout(seconds)
    try:
        stub.resume("c")
        return "the function"
    except TimeoutError:
        stub.sock.settimeout(10)
        stub.sock.sendall(b"\x03")
        stub.answer()
        return f"{seconds:g} s"
    except (gdbstub.Ended, ConnectionError):
        return "its own end"


def run(s, end=None, seconds=10.0):
    """Record until function `end` is entered, the machine ends by itself, or the time is over.
    Returns: what ended it, in words. Raises RuntimeError where QEMU does not start."""
    qcow2.write_empty(s.path("rr.qcow2"))
    stop = symbols.Elf(s.machine.kernel).values()[end] if end else None
    near, far = socket.socketpair()
    args = ["timeout", "--foreground", "-s", "KILL", str(int(seconds) + 60),
            *machine.DIE_WITH_PARENT, session.QEMU32,  # killed with timeout(1), whoever kills that
            *machine_of(s, "record").args()[1:], "-serial", "file:" + s.path("serial.log"), "-S",
            "-chardev", f"socket,id=stub,fd={far.fileno()}", "-gdb", "chardev:stub"]
    process = subprocess.Popen(machine.DIE_WITH_PARENT + args, pass_fds=[far.fileno()],
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    far.close()
    try:
        stub = gdbstub.Stub(near)
        if stop is not None:
            stub.stop_at(stop)
        why = wait(stub, seconds)
        if process.poll() is None and why != "its own end":
            near.sendall(b"+$k#6b")  # ends QEMU in good order: it writes the rest of its log
        process.wait(15)
        return why
    except (gdbstub.Ended, OSError):
        process.kill()
        raise RuntimeError("QEMU does not start: " + process.stderr.read().decode()) from None
    finally:
        if process.poll() is None:
            process.kill()
        near.close()


def exists(folder):
    return all(os.path.exists(os.path.join(folder, name))
               for name in ("session.json", "rr.bin", "rr.qcow2"))
