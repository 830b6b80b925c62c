# SPDX-License-Identifier: MIT
"""workload.py - the run that the report is about: typed into the shell, looked at after each phase.

The machine runs under -icount with a slow clock, so that a second of `stress` is a few thousand
operations. Frames to free are those that `alloc` told."""

import os
import re
import tempfile

import machine
from reporting.watch import Watch
from tracing.session import Session, SharedMachine

MEM, CPUS, SHIFT = "256M", 2, 7
APPEND = "highmem=160M"
FILES = ("buddyinfo", "pagetypeinfo", "zoneinfo", "meminfo", "slabinfo", "vmstat")
ALLOC = re.compile(r"^ALLOC pfn=(\d+) order=(\d+)", re.M)
VMALLOC = re.compile(r"^VMALLOC addr=(0x\w+)", re.M)
LINE = 200  # characters that are typed at once


class Run:
    """What came of it."""

    def __init__(self):
        self.watch = None
        self.files = {}     # name below /proc: text at the end
        self.serial = ""
        self.command = ""   # of QEMU


class Workload:
    """The phases; each returns when the shell asks again."""

    def __init__(self, session):
        self.session = session
        self.small, self.large, self.areas = [], [], []

    def many(self, commands):
        """Type commands, several to a line."""
        line = ""
        for command in commands:
            if line and len(line) + len(command) > LINE:
                self.session.type(line)
                line = ""
            line += (";" if line else "") + command
        if line:
            self.session.type(line)

    def blocks(self, n, order, gfp):
        """Allocate n blocks. Returns: [(pfn, order)]."""
        text = self.session.type(f"repeat {n} alloc {order} {gfp}")
        return [(int(pfn), int(k)) for pfn, k in ALLOC.findall(text)]

    def free(self, blocks):
        self.many(f"free {pfn} {order}" for pfn, order in blocks)

    def fill(self):
        """Large blocks until little is left, of movable and of unmovable memory."""
        self.large = self.blocks(14, 10, "GFP_HIGHUSER_MOVABLE")
        self.large += self.blocks(100, 8, "GFP_KERNEL")
        self.large += self.blocks(120, 6, "GFP_HIGHUSER")

    def fragment(self):
        """Single pages in what is left, then every other one of them goes back."""
        self.small = self.blocks(700, 0, "GFP_KERNEL") + self.blocks(700, 0, "GFP_HIGHUSER_MOVABLE")
        self.free(self.small[::2])
        self.small = self.small[1::2]

    def exhaust(self):
        """More than there is: the watermarks are reached, reclaim is tried, requests fail."""
        for n, order in ((16, 10), (16, 9), (16, 7), (32, 4)):
            self.large += self.blocks(n, order, "GFP_HIGHUSER|__GFP_NOWARN")

    def release(self):
        """Half of the large blocks go back, and half of the single pages."""
        self.free(self.large[::2])
        self.free(self.small[::2])
        self.small, self.large = self.small[1::2], self.large[1::2]

    def objects(self):
        """A storm of `kmalloc`, of which 400 objects stay."""
        self.session.type("repeat 300 kmalloc 96; repeat 100 kmalloc 1500")
        self.session.type("slabmix 3000")

    def vmalloc(self):
        """Areas of 256 KiB; every other one goes back."""
        self.areas = VMALLOC.findall(self.session.type("repeat 40 vmalloc 256K"))
        self.many(f"vfree {address}" for address in self.areas[::2])
        self.session.type("vmpurge")

    def windows(self):
        """Threads map pages of high memory, write and read them: `stress kmap`."""
        self.session.type("stress kmap 1")

    def mixed(self):
        """Everything at once, on both CPUs: `stress mixed`."""
        self.session.type("stress mixed 1")

    def give_back(self):
        """The other large blocks go back, then the pagesets are drained."""
        self.free(self.large)
        self.session.type("drain")


PHASES = (("fill", Workload.fill), ("fragment", Workload.fragment), ("exhaust", Workload.exhaust),
          ("release", Workload.release), ("kmalloc", Workload.objects), ("vmalloc", Workload.vmalloc),
          ("kmap", Workload.windows), ("mixed", Workload.mixed), ("give back", Workload.give_back))


def drive(session, memory):
    """Go through the phases. Returns: the Run."""
    run = Run()
    session.type("trace size 65536; trace on")
    run.watch = watch = Watch(session, memory)
    session.while_waiting = watch.drain_if_many
    watch.look("start")
    work = Workload(session)
    for name, phase in PHASES:
        phase(work)
        watch.look(name)
    session.while_waiting = None
    session.type("trace off")
    run.files = {name: session.type(f"cat /proc/{name}") for name in FILES}
    return run


def run(kernel, layout, limit=120):
    """Boot the machine and go through the phases."""
    where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        what = {"mem": MEM, "cpus": CPUS, "kernel": kernel, "append": APPEND, "icount": True,
                "shift": SHIFT}
        m = SharedMachine(os.path.join(folder, "ram"), **what)
        with Session(m, limit) as session:
            done = drive(session, m.memory(layout))
    done.serial, done.command = session.text, machine.Machine(**what).command()
    return done
