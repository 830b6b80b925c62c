#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""icount.py - how many instructions a machine has executed when it first comes to an address.

Works from outside on any kernel: QEMU's gdbstub stops the machine, and QEMU's own counter is read
through its monitor, which tells it of a machine that is being recorded (rr=record). Not the guest's
time stamp counter: with sleep=off a stopped CPU counts as idle and idle time is skipped, so at a
stop that counter jumps to the next timer tick. For the same reason a machine is stopped only once:
behind a stop, timers come at other instructions. HLT does not count, a REP iteration counts as one."""

import contextlib
import json
import socket
import subprocess

import gdbstub
import machine


class Stopped:
    """count: instructions since reset. stub: its registers and memory."""

    def __init__(self, count, stub):
        self.count, self.stub = count, stub


def query_count(monitor):
    """QEMU's instruction counter. monitor: a fresh socket to it."""
    monitor.settimeout(30)
    with monitor.makefile("rw") as stream:
        stream.readline()
        for command in ("qmp_capabilities", "query-replay"):
            stream.write(json.dumps({"execute": command}) + "\n")
            stream.flush()
            while "return" not in (reply := json.loads(stream.readline())):
                if "error" in reply:
                    raise RuntimeError(f"{command}: {reply['error']}")
    return reply["return"]["icount"]


def start(m, limit):
    """A machine that stands at its first instruction. Returns: (process, sockets to its gdbstub
    and its monitor)."""
    near, far = zip(*(socket.socketpair() for _ in range(2)))
    m.icount, m.record = True, "/dev/null"
    args = ["timeout", "-s", "KILL", str(limit)] + machine.DIE_WITH_PARENT + m.args() + [
        "-S", "-serial", "null",
        "-chardev", f"socket,id=gdb,fd={far[0].fileno()}", "-gdb", "chardev:gdb",
        "-chardev", f"socket,id=monitor,fd={far[1].fileno()}",
        "-mon", "chardev=monitor,mode=control"]
    process = subprocess.Popen(args, pass_fds=[end.fileno() for end in far],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    for end in far:
        end.close()
    return process, near


def comes_to(stub, address, seconds):
    """Let the machine run. Returns: whether it has come to the linear address in that time."""
    stub.expect_ok(f"Z1,{address:x},1")
    stub.sock.settimeout(seconds)
    try:
        return stub.resume("c") == address
    except socket.timeout:
        return False
    finally:
        stub.sock.settimeout(None)


def run_to(sockets, address, limit):
    """Returns: a Stopped, or None when the machine ends or limit seconds pass before that."""
    gdb, monitor = sockets
    try:
        stub = gdbstub.Stub(gdb)
        return Stopped(query_count(monitor), stub) if comes_to(stub, address, limit) else None
    except gdbstub.Ended:
        return None


@contextlib.contextmanager
def stopped_at(m, address, limit=120):
    """Boot m, which has one CPU, to where address is executed first. Yields: as run_to."""
    process, sockets = start(m, limit)
    try:
        yield run_to(sockets, address, limit)
    finally:
        process.terminate()
        process.wait()
        for end in sockets:
            end.close()


def count_at(m, address, limit=120):
    """Returns: instructions executed before address is, the first time; None: it never is."""
    with stopped_at(m, address, limit) as stop:
        return stop and stop.count
