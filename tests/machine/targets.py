# SPDX-License-Identifier: MIT
"""targets.py - what a user types outside the kernel: make run through a pipe, the tool installer."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time

from case import case

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def run_piped(t, text, args="", mem="64M"):
    """tools/run.py, as make run calls it, with text on its standard input. Returns: the process."""
    with t.iso(args) as iso:
        return subprocess.run([sys.executable, os.path.join(ROOT, "tools", "run.py"), "--iso", iso,
                               "--mem", mem, "--idle", "20"],
                              input=text, capture_output=True, text=True, timeout=90, check=False)


@case
def run_types_what_is_piped_in(t):
    """Each line at a prompt; status 0 after poweroff; GRUB's painting is left out."""
    done = run_piped(t, "cat /proc/zoneinfo\necho two  words\npoweroff\n")
    t.expect_equal(done.returncode, 0, "status")
    t.expect(done.stdout.startswith("Quire ("), f"begins with {done.stdout[:60]!r}")
    t.expect("quire> cat /proc/zoneinfo\nNode 0, zone      DMA\n" in done.stdout, "no zoneinfo")
    t.expect("\ntwo words\nquire> poweroff\nPower off.\n" in done.stdout, done.stdout[-200:])
    t.expect("\r" not in done.stdout, "carriage returns")


@case
def run_is_zero_only_after_poweroff(t):
    """Panic, reset and input that ends early have statuses of their own."""
    statuses = {}
    for text, words in (("panic\n", "panicked"), ("reboot\n", "reset"), ("free\n", "without `poweroff`"),
                        ("", "without `poweroff`")):
        done = run_piped(t, text)
        t.expect(done.returncode != 0, f"{text!r} ends with 0")
        t.expect(words in done.stderr, f"{text!r}: {done.stderr!r}")
        statuses[text] = done.returncode
    t.expect(len(set(statuses.values())) == 3, f"statuses: {statuses}")


@case
def run_needs_no_newline_at_the_end(t):
    """printf 'poweroff' is enough, and so are lines that end in CR LF."""
    t.expect_equal(run_piped(t, "free\npoweroff").returncode, 0, "without newline")
    t.expect_equal(run_piped(t, "free\r\npoweroff\r\n").returncode, 0, "with CR LF")


@case
def run_takes_commands_from_the_command_line(t):
    """run= and poweroff in it: no input needed."""
    done = run_piped(t, "", 'run="check; poweroff"')
    t.expect_equal(done.returncode, 0, "status")
    t.expect("CHECK ok" in done.stdout, done.stdout[-300:])


# --- tools/deps ---------------------------------------------------------------------------------

class Bare:
    """A folder of commands that stands for a machine's PATH."""

    def __init__(self, root):
        self.root = root
        for name in ("sh", "id", "cat", "echo"):
            os.symlink(shutil.which(name), os.path.join(root, name))

    def add(self, name, script="exit 0"):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\n" + script + "\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)

    def deps(self, *purposes):
        return subprocess.run([os.path.join(ROOT, "tools", "deps"), *purposes],
                              env={"PATH": self.root, "CC": "i686-linux-gnu-gcc"},
                              capture_output=True, text=True, timeout=30, check=False)


def bare(check):
    def run(t):
        with tempfile.TemporaryDirectory() as root:
            check(t, Bare(root))
    run.__name__, run.__doc__, run.__module__ = check.__name__, check.__doc__, check.__module__
    return case(run)


@bare
def deps_says_what_it_installs_before_it_does(t, machine):
    """As root with apt: one update, one install, all packages that are missing."""
    machine.add("apt-get", 'echo "APT $*"')
    machine.add("id", "echo 0") if os.getuid() else None
    done = machine.deps("build", "run")
    t.expect_equal(done.returncode, 0, "status")
    lines = done.stdout.splitlines()
    t.expect(lines[0].startswith("deps: this machine lacks: gcc-i686-linux-gnu nasm "), lines[0])
    t.expect("installing with: apt-get install" in lines[1], lines[1])
    t.expect_equal(lines[2], "APT update", "first call")
    t.expect("gcc-i686-linux-gnu" in lines[3] and "qemu-system-x86" in lines[3], lines[3])


@bare
def deps_without_apt_names_the_packages_and_fails(t, machine):
    """Another distribution."""
    done = machine.deps("run")
    t.expect_equal(done.returncode, 1, "status")
    t.expect("python3 qemu-system-x86" in done.stdout and "no apt" in done.stderr, str(done))


@bare
def deps_that_cannot_install_prints_the_command(t, machine):
    """apt-get fails: the exact command is shown, the status is not 0."""
    machine.add("apt-get", "exit 100")
    done = machine.deps("check")
    t.expect_equal(done.returncode, 1, "status")
    t.expect("apt-get install -y --no-install-recommends clang-format sparse cppcheck" in done.stderr,
             done.stderr)


@bare
def deps_with_everything_there_is_silent(t, machine):
    """Nothing missing, nothing said."""
    for name in ("clang-format", "sparse", "cppcheck"):
        machine.add(name)
    done = machine.deps("check")
    t.expect_equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "result")


@bare
def deps_refuses_a_purpose_it_does_not_know(t, machine):
    """A misspelt target."""
    t.expect_equal(machine.deps("biuld").returncode, 2, "status")


@case
def run_refuses_less_memory_than_it_needs(t):
    """GRUB would hang before the kernel can say so."""
    done = run_piped(t, "poweroff\n", mem="4M")
    t.expect(done.returncode != 0 and "8 MiB" in done.stderr, f"{done.returncode}: {done.stderr!r}")


def children(pid):
    """Process numbers of pid's children, theirs included."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        for child in f.read().split():
            yield int(child)
            yield from children(child)


@case
def a_killed_run_leaves_no_machine_behind(t):
    """However it ends, QEMU ends too."""
    with t.iso("") as iso:
        run = subprocess.Popen([sys.executable, os.path.join(ROOT, "tools", "run.py"), "--iso", iso,
                                "--mem", "64M"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        run.stdout.read(100)  # the kernel speaks
        family = list(children(run.pid))
        t.expect(len(family) >= 2, f"children of run.py: {family}")
        run.kill()
        run.wait()
        run.stdin.close()
        run.stdout.close()
        left, deadline = family, time.monotonic() + 10
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = [pid for pid in family if alive(pid)]
        t.expect_equal(left, [], "still there")


def alive(pid):
    """Is there such a process, other than one that only waits to be collected?"""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False
