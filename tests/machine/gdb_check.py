# SPDX-License-Identifier: MIT
"""gdb_check.py - `mm check` of GDB: content with sound machines, and each planted fault by its name."""

import os
import re
import subprocess
import sys

import gdb_session
from case import case

PLANTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gdb_plants.py")
WORK = "kmalloc 100; vmalloc 20K; vmalloc 3M; vmalloc 8K; alloc 0; alloc 3"
MM = os.path.join(gdb_session.TOOLS, "mm.py")
MACHINES = {
    "plain": dict(mem="64M", append=f'highmem=32M run="{WORK}; poweroff"'),
    "small": dict(mem="8M", append='run="kmalloc 100; poweroff"'),
    "1G": dict(mem="1G", append=f'run="{WORK}; slabmix 3000; poweroff"'),
    "tests": dict(mem="128M", append='highmem=64M '
                  'run="test vmalloc.*; test kmap*.*; test highmem.*; poweroff"'),
    "debug": dict(mem="64M", build="debug", append=f'highmem=32M run="{WORK}; poweroff"'),
    "nodes": dict(mem="128M", cpus=2, append=f'numa=fake=3 run="{WORK}; slabmix 2000; poweroff"'),
    "stress": dict(mem="64M", cpus=2, append='highmem=32M run="stress mixed 1; poweroff"'),
    "owner": dict(mem="64M", append=f'page_owner=on debug_pagealloc=on run="{WORK}; poweroff"'),
}


def add(name, machine):
    @case(name=f"gdb_check.sound_machine_{name}")
    def run(t):
        """The kernel's own checkers have nothing to say, nor have we."""
        with gdb_session.Session(t, at="machine_exit", limit=90, **machine) as s:
            said, = s.run("mm check")
            t.expect(re.fullmatch(r"CHECK ok \(.*\)", said), f"mm check says: {said}")


for _name, _machine in MACHINES.items():
    add(_name, _machine)


def read_plants():
    """{name: (checker, what it says)}, as the file has them, without GDB."""
    with open(PLANTS, encoding="utf-8") as f:
        text = f.read()
    return {name: (checker, says) for checker, says, name in
            re.findall(r'^@plant\("(\w+)", r"(.*)"\)\ndef (\w+)', text, re.M)}


def find_each(t, s, names):
    plants = read_plants()
    s.run(f"source {PLANTS}")
    t.expect(re.match("CHECK ok", s.run("mm check")[0]), "the machine is not sound to begin with")
    for name in names:
        checker, says = plants[name]
        said = s.run(f"python sow('{name}')", f"mm check {checker}", "python weed()")[1]
        t.expect(re.search(rf"^CHECK bad: .*(?:{says})", said, re.M), f"{name} is not found: {said[:600]}")
    t.expect(re.match("CHECK ok", s.run("mm check")[0]), "the machine is not sound any more")


@case
def each_planted_fault_is_found(t):
    """Every kind of structure, broken by a write from outside; all is well again without it."""
    with gdb_session.Session(t, mem="64M", at="machine_exit", limit=120, append=MACHINES["plain"]["append"]
                             ) as s:
        plants = [p for p in read_plants() if p not in
                  ("red_zone_byte", "red_zone_behind", "write_after_free")]
        t.expect(len(plants) >= 30, "plants are lost")
        find_each(t, s, plants)


@case
def faults_in_guarded_objects_are_found(t):
    """Red zones and poison, in the checking build."""
    with gdb_session.Session(t, build="debug", mem="64M", at="machine_exit", limit=90,
                             append=MACHINES["plain"]["append"]) as s:
        find_each(t, s, ("red_zone_byte", "red_zone_behind", "write_after_free"))


@case
def a_core_file_is_checked_without_gdb(t):
    """The same commands on what QEMU dumped."""
    with gdb_session.Session(t, mem="64M", at="machine_exit", append=MACHINES["plain"]["append"]) as s:
        core = s.path("core")
        live, _ = s.run("mm check", f"monitor dump-guest-memory {core}")
        said = subprocess.run([sys.executable, MM, "--core", core, "--kernel",
                               t.env.kernel(""), "check"], capture_output=True, text=True,
                              timeout=60, check=False)
        t.expect_equal(said.stdout.strip(), live, f"what it says of the core ({said.stderr})")


@case
def a_machine_in_the_middle_of_a_change_says_so(t):
    """Stopped inside an allocator."""
    with gdb_session.Session(t, mem="64M", at="buddy_free", append='run="alloc 5; poweroff"') as s:
        said, = s.run("mm check tasks")
        t.expect(re.search(r"CHECK note: .* in the middle of a change: CPU 0 stands in buddy_free\+", said),
                 f"no note: {said}")
