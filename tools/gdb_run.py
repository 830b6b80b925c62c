#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdb_run.py - `make gdb`, `make gdb-record`, `make gdb-replay`: GDB and the machine at its end.

Starts GDB in this terminal with the kernel's symbols and the `mm` commands; GDB starts QEMU and QEMU
ends with it. Without a terminal GDB reads its commands from standard input and each is printed before
what it says."""

import argparse
import os
import signal
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "gdb")]
import machine  # noqa: E402
import recording  # noqa: E402
import relay  # noqa: E402
import run  # noqa: E402
import session  # noqa: E402
import symbols  # noqa: E402
from sources import core_build, core_file  # noqa: E402

QUIRE_GDB = os.path.join(HERE, "gdb", "quire_gdb.py")
MOST_MEMORY = 63 << 30  # 36 bits of address, a gigabyte of them for devices
LONGEST_RECORDING = 3600  # seconds
SETTINGS = ("set confirm off", "set pagination off", "set history save off",
            "set print frame-arguments scalars")


def fail(text):
    sys.exit("make gdb: " + text)


def check(o):
    """What QEMU or GDB would answer with less than a sentence."""
    run.check(o)
    if machine.size_bytes(o.mem) > MOST_MEMORY:
        fail(f"MEM={o.mem} is too much: the QEMU that describes 32-bit registers to GDB "
             f"({session.QEMU32}) has 36 bits of address: 63G is the most. "
             "`make run` boots with more; its kernel is the same.")
    if o.record and not 0 < o.seconds <= LONGEST_RECORDING:
        fail(f"SECONDS={o.seconds:g}: more than 0, at most {LONGEST_RECORDING}")
    if o.record and o.cpus > 1:
        fail("QEMU records and replays one CPU only: CPUS=1")
    for name, function in (("AT", o.at), ("END", o.end)):
        if function and function != "-" and not is_function(o.kernel, function):
            fail(f"{name}={function}: the kernel has no such function")


def is_function(kernel, name):
    """Does the kernel have code of this name?"""
    return any(s.name == name and s.kind in (symbols.FUNC, symbols.NOTYPE)
               for s in symbols.Elf(kernel).symbols)


def is_busy(folder):
    """Does another `make gdb` use this folder?"""
    with socket.socket(socket.AF_UNIX) as s:
        try:
            s.connect(os.path.join(folder, "console.sock"))
            return True
        except OSError:
            return False


def gdb_args(o, kernel, commands):
    """GDB's command line. Settings come before the kernel is loaded, commands behind it."""
    args = [o.gdb, "-nx", "-q", *(["-tui"] if o.tui else [])]
    settings = list(SETTINGS)
    if not sys.stdin.isatty():
        settings += ["set prompt ", "set style enabled off", "set width 0"]
        commands = [*commands, "set trace-commands on"]
    for setting in settings:
        args += ["-iex", setting]
    for command in ["source " + QUIRE_GDB, *commands]:
        args += ["-ex", command]
    return [*args, kernel]


def take_terminal():
    """This process and its children are the ones that Ctrl-C is for."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)


def become_foreground():
    """For GDB, before it begins: a group of its own has the terminal."""
    os.setpgid(0, 0)
    take_terminal()


def run_gdb(o, kernel, s, commands):
    """GDB until it ends. Ctrl-C is for GDB alone, not for make: it stops the machine."""
    environment = dict(os.environ, **{session.VARIABLE: s.write()})
    terminal = sys.stdin.isatty()
    process = subprocess.Popen(gdb_args(o, kernel, commands), env=environment,
                               preexec_fn=become_foreground if terminal else None)
    signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which GDB would inherit
    try:
        return process.wait()
    finally:
        if terminal:
            take_terminal()


def live(o, m):
    """A machine that is started, with the relay on its serial line."""
    s = session.Session(m, o.folder, relay=True)
    hub = relay.Relay(o.folder)
    hub.start()
    try:
        return run_gdb(o, o.kernel, s, [f"mm start {o.at or 'kernel_main'}", "mm hint"])
    finally:
        hub.close()


def core(o, m):
    """A core file, with the kernel that it is of."""
    try:
        found = core_build.find(core_file.Core(o.core), o.build)
    except OSError as error:
        fail(f"CORE={o.core}: {error.strerror}")
    except ValueError as error:
        fail(f"CORE={o.core}: {error}")
    if not found:
        fail(f"CORE={o.core} is of none of the kernels below {o.build}/: it was taken of another "
             "version, or one that `make clean` removed. Check out and build that one.")
    if os.path.abspath(found) != os.path.abspath(o.kernel):
        print(f"make gdb: this core is of {found}", file=sys.stderr)
    layout = os.path.splitext(found)[0] + ".layout.json"
    if not os.path.exists(layout):
        subprocess.run([o.gdb, "-nx", "-batch", "-ex", f"py out = '{layout}'",
                        "-x", os.path.join(HERE, "layout.py"), found], check=True)
    folder = os.path.join(o.folder, "core")  # a machine may run beside it
    os.makedirs(folder, exist_ok=True)
    return run_gdb(o, found, session.Session(m, folder), [f"mm core {o.core}"])


def record(o, m):
    s = session.Session(m, o.folder)
    s.write()
    try:
        why = recording.run(s, o.end, o.seconds)
    except RuntimeError as error:
        fail(str(error))
    size = os.path.getsize(s.path("rr.bin")) >> 10
    print(f"recorded until {why}: {size} KiB in {o.folder}; `make gdb-replay [AT=function]`")
    return 0


def replay(o):
    if not recording.exists(o.folder):
        fail("nothing is recorded: `make gdb-record [END=function] [APPEND=...]` first")
    s = session.load(os.path.join(o.folder, "session.json"))
    if os.path.getmtime(s.machine.kernel) > os.path.getmtime(s.path("rr.bin")):
        fail(f"{s.machine.kernel} is newer than the recording: `make gdb-record` again")
    return run_gdb(o, s.machine.kernel, s, [f"mm replay {o.at or ''}".rstrip()])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--build", default="build", help="where the kernel of a core is looked for")
    parser.add_argument("--folder", default="build/gdb", help="for sockets, logs, recordings")
    parser.add_argument("--gdb", default="gdb")
    parser.add_argument("--at", help="run to this function")
    parser.add_argument("--core", help="open this file instead of a machine")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("--end", help="record until this function")
    parser.add_argument("--seconds", type=float, default=10, help="record no longer than this")
    parser.add_argument("--tui", action="store_true")
    parser.add_argument("--append", default="")
    parser.add_argument("--mem", default="128M")
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--cpu", default="max")
    parser.add_argument("extra", nargs="*", help="more arguments for QEMU")
    return parser.parse_args()


def main():
    o = arguments()
    check(o)
    os.makedirs(o.folder, exist_ok=True)
    m = machine.Machine(mem=o.mem, cpus=o.cpus, nodes=o.nodes, cpu=o.cpu, kernel=o.kernel,
                        append=o.append, extra=o.extra)
    if o.core:
        sys.exit(core(o, m))
    if is_busy(o.folder):
        fail(f"another `make gdb` uses {o.folder}: end it first")
    if o.record:
        sys.exit(record(o, m))
    sys.exit(replay(o) if o.replay else live(o, m))


if __name__ == "__main__":
    main()
