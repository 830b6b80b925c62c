#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py - breaks the sources in many ways, one at a time, and sees whether a test turns red.

    run.py [--jobs N] [--sample N --seed S] [--list] [PATTERN]

Each mutant of mutants.py is put into a private copy of the tree (build/mutants/N, one for each
job, objects kept), which is built and tested, cheap tests first, until the first red: the in-kernel
suite on small machines, the host programs, the suite on others, single machine cases. A binary that
is the same as without the mutant is not run again. First of all everything must be green without
any mutant.

A mutant that no test notices has survived: it shows what is not tested. One that cannot be put in,
does not compile or changes no binary is an error in mutants.py. Either makes the exit status 1."""

import argparse
import collections
import fnmatch
import hashlib
import importlib.util
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import types

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD_LIMIT, HOST_LIMIT, MACHINE_LIMIT, SILENCE_LIMIT = 300, 40, 60, 15  # seconds


def load(name, path):
    """A module by its path: three files of this tree are called run.py."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(ROOT, path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


mutants = load("mutants", "tests/mutants/mutants.py")
host = load("host_run", "tests/host/run.py")
machines = load("machine_run", "tests/machine/run.py")

KERNEL, DEBUG_KERNEL = "build/quire.elf", "build/debug/quire.elf"
STUB = "build/tests/machine/stub.elf"

# Machine tests by name, in the order in which they run. Every one must exist.
SMALL_SUITES = [
    "suite.64M",
    "suite.64M,highmem=32M,numa=fake=2",
]
SUITES = [
    "suite.debug,256M",
    "suite.256M,2cpus",
    "suite.512M,highmem=64M,4cpus",
    "suite.4G",
    "suite.512M,8nodes",
    "suite.page_poison",
]
CASES = [
    "boot.highmem_moves_the_border",
    "boot.nonsense_is_told_and_ignored",
    "boot.nx_is_used_where_there_is_one",
    "boot.zones_are_exact_at_897M",
    "boot.zones_are_exact_at_3585M",
    "forged.tag_size_7_is_named",
    "forged.smallest_block_has_no_memory_size",
    "forged.info_block_inside_the_kernel_is_named",
    "forged.kernel_outside_ram_is_named",
    "forged.map_wrapping_reserved_range_is_clamped",
    "forged.map_wrapping_ram_is_clamped",
    "acpi.srat_makes_nodes",
    "acpi.node_without_memory_falls_back",
    "acpi.srat_with_a_wrong_checksum_is_ignored",
    "shell.every_command_has_help",
    "shell.keys_edit_the_line",
    "boot.run_feeds_the_shell",
    "misuse.report_oops_ends_the_command",
    "misuse.injected_failures_come_on_time",
    "misuse.memory_runs_out_and_comes_back",
    "boot.no_nx_boots_and_says_so",
    "boot.mem_caps_what_is_used",
    "boot.movable_makes_a_zone",
    "boot.highmem_beyond_what_can_be_mapped_ends_there",
    "acpi.distances_of_the_slit_choose_the_fallback",
    "shell.nonsense_is_answered_and_survived",
    "boot.modules_are_kept_out_of_the_allocator",
    "boot.memory_beyond_the_cpu_is_clipped",
    "boot.impossible_sizes_are_brought_into_range",
    "misuse.tail_page",
    "misuse.pages_that_are_not_the_allocators",
    "misuse.contradictory_requests",
    "misuse.wrong_order",
    "misuse.double_free",
    "events.the_machine_stops_behind_the_event_asked_for",
]

# name: as reported; binary: what it runs, built first; run(tree): None or what is red
Stage = collections.namedtuple("Stage", "name binary run")
# how: caught, survived or error
Verdict = collections.namedtuple("Verdict", "how what")


class Broken(Exception):
    """The mutant is at fault, not the tests."""


# --- stages ----------------------------------------------------------------------------------

def first_red(results):
    """The first failed result as a line."""
    for r in results:
        if r.how == "fail":
            said = next((line.strip() for line in r.message.splitlines() if line.strip()), "")
            return f"{r.name}: {said}"[:160]
    return None


def host_stage(name):
    program = "build/host/" + name

    def run(tree):
        env = dict(tree.env, SEED="1", T="", ASAN_OPTIONS="detect_leaks=0")
        path = os.path.join(tree.path, program)
        return first_red(host.run_program(name, [path], HOST_LIMIT, env).results)
    return Stage("host", program, run)


def machine_stage(name):
    found = [c for c in machines.CASES if c.case_name == name]
    if len(found) != 1:
        sys.exit(f"{len(found)} machine tests are called {name}")

    def run(tree):
        return first_red(machines.run_case(tree.machine_env, found[0])[0])
    return Stage(name.split(".", maxsplit=1)[0], DEBUG_KERNEL if "debug" in name else KERNEL, run)


def all_stages():
    """In the order in which they run: cheap ones first. To link the kernel twice and to run its suite
    on a small machine takes less than to build one host program."""
    programs = sorted(f[:-2] for f in os.listdir(os.path.join(ROOT, "tests/host"))
                      if re.fullmatch(r"test_\w+\.c", f))
    return [*map(machine_stage, SMALL_SUITES), *map(host_stage, programs),
            *map(machine_stage, SUITES), *map(machine_stage, CASES)]


# --- a private copy of the tree --------------------------------------------------------------

def listed_files():
    """Every file of the tree that git knows or would take."""
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         cwd=ROOT, check=True, capture_output=True).stdout
    names = sorted({name.decode() for name in out.split(b"\0") if name})
    return [n for n in names if os.path.isfile(os.path.join(ROOT, n))]


def read_bytes(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


class Tree:
    """One copy, brought up to date: only what differs is written, so that objects stay valid."""

    def __init__(self, number, stages):
        self.path = os.path.join(ROOT, "build", "mutants", str(number))
        self.stages, self.digests = stages, {}
        # what the caller's make was told is no business of ours, but for the tools' names
        drop = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "B", "T", "SEED", "DEBUG",
                "SPLIT", "STACK", "V"}
        self.env = {k: v for k, v in os.environ.items() if k not in drop}
        self.copy()
        self.machine_env = machines.Env(types.SimpleNamespace(
            build=os.path.join(self.path, "build"), seed=1, scale=1))
        self.machine_env.longest_run = MACHINE_LIMIT
        self.machine_env.longest_silence = SILENCE_LIMIT

    def copy(self):
        names = listed_files()
        for name in names:
            source, target = os.path.join(ROOT, name), os.path.join(self.path, name)
            wanted = read_bytes(source)
            if read_bytes(target) != wanted:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, "wb") as f:
                    f.write(wanted)
                shutil.copymode(source, target)
        self.remove_others(set(names))

    def remove_others(self, names):
        for folder, folders, files in os.walk(self.path):
            if folder == self.path and "build" in folders:
                folders.remove("build")
            for file in files:
                path = os.path.join(folder, file)
                if os.path.relpath(path, self.path) not in names and not file.endswith(".pyc"):
                    os.remove(path)

    def make(self, *targets):
        """Build. Returns: None or what the compiler said."""
        debug = ["DEBUG=1"] if DEBUG_KERNEL in targets else []
        done = subprocess.run(["make", "--no-print-directory", *debug, *targets], cwd=self.path,
                              env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=BUILD_LIMIT, check=False)
        return done.stdout.decode(errors="replace") if done.returncode else None

    def digest(self, binary):
        return hashlib.sha256(read_bytes(os.path.join(self.path, binary)) or b"").digest()

    def remove_cores(self):
        for file in os.listdir(self.machine_env.workdir):
            if file.endswith(".core"):
                os.remove(os.path.join(self.machine_env.workdir, file))

    def build_all(self):
        """Build the copy as it is, and remember its binaries. Returns: None or what is wrong."""
        for binary in (STUB, *dict.fromkeys(s.binary for s in self.stages)):
            said = self.make(binary)
            if said:
                return f"{binary} does not build:\n{said}"
            self.digests[binary] = self.digest(binary)
        return None

    def has_changed(self, binary):
        """Build. Returns: whether it differs from the baseline's."""
        said = self.make(binary)
        if said:
            raise Broken("it does not compile:\n" + "\n".join(said.splitlines()[:12]))
        return self.digest(binary) != self.digests[binary]

    def test(self):
        """Build and test up to the first red. Returns: a Verdict."""
        changed = {}
        for stage in self.stages:
            if stage.binary not in changed:
                changed[stage.binary] = self.has_changed(stage.binary)
            red = stage.run(self) if changed[stage.binary] else None
            if red:
                return Verdict("caught", f"{stage.name} {red}")
        if not any(changed.values()):
            raise Broken("no binary is any different")
        return Verdict("survived", "no test turned red")

    def try_mutant(self, mutant):
        """Put it in, test, take it out again."""
        path = os.path.join(self.path, mutant.file)
        before = read_bytes(path)
        try:
            after = mutated(before, mutant)
            with open(path, "wb") as f:
                f.write(after)
            return self.test()
        except Broken as why:
            return Verdict("error", str(why))
        except subprocess.TimeoutExpired:
            return Verdict("error", "the build takes too long")
        finally:
            if before is not None:
                with open(path, "wb") as f:
                    f.write(before)
            self.remove_cores()


def mutated(text, mutant):
    """The file's text with the mutant in it."""
    if text is None:
        raise Broken("there is no such file")
    count = text.count(mutant.old.encode())
    if count != 1:
        raise Broken(f"its text is there {count} times, not once")
    return text.replace(mutant.old.encode(), mutant.new.encode())


# --- the whole run ---------------------------------------------------------------------------

def queue_of(items):
    """A queue that holds them all."""
    q = queue.Queue()
    for item in items:
        q.put(item)
    return q


def rest_of(q):
    """What is left in a queue, one by one, shared with other threads."""
    while True:
        try:
            yield q.get_nowait()
        except queue.Empty:
            return


class Run:
    """The stages and mutants that wait, the verdicts so far, and the lines that say them."""

    def __init__(self, chosen, stages, jobs):
        self.stages, self.waiting = stages, queue_of(chosen)
        self.total, self.verdicts, self.red = len(chosen), [], []
        self.baseline_stages, self.baseline_done = queue_of(stages), threading.Barrier(jobs)
        self.lock, self.start = threading.Lock(), time.monotonic()

    def work(self, number):
        """What one job does, from its copy to the end of the queue."""
        tree = Tree(number, self.stages)
        self.baseline(tree)
        self.baseline_done.wait()
        if number == 0:
            print(f"baseline: {len(self.red)} red of {len(self.stages)} "
                  f"({time.monotonic() - self.start:.0f} s)", *self.red, sep="\n    ", flush=True)
        for mutant in () if self.red else rest_of(self.waiting):
            start = time.monotonic()
            self.show(mutant, tree.try_mutant(mutant), time.monotonic() - start)

    def baseline(self, tree):
        """Build the copy; run what the other copies leave of the stages. All must be green."""
        said = tree.build_all()
        if said:
            self.red.append(said)
        for stage in () if said else rest_of(self.baseline_stages):
            red = stage.run(tree)
            if red:
                self.red.append(f"{stage.name} {red}")

    def show(self, mutant, verdict, seconds):
        with self.lock:
            self.verdicts.append(verdict)
            how = verdict.how if verdict.how == "caught" else verdict.how.upper()
            print(f"[{len(self.verdicts):3}/{self.total}] {how:8} {mutant.name} in {mutant.file} "
                  f"({seconds:.1f} s)\n    {verdict.what}", flush=True)

    def summary(self):
        """Returns: the exit status."""
        count = collections.Counter(v.how for v in self.verdicts)
        by = collections.Counter(v.what.split()[0] for v in self.verdicts if v.how == "caught")
        if by:
            print("caught by: " + ", ".join(f"{name} {n}" for name, n in by.most_common()))
        if count["error"]:
            print(f"{count['error']} of mutants.py did not apply")
        print(f"{count['caught']} caught, {count['survived']} survived")
        return 0 if count["caught"] and count["caught"] == self.total else 1


def choose(o):
    names = [m.name for m in mutants.MUTANTS]
    twice = [name for name, n in collections.Counter(names).items() if n > 1]
    if twice:
        sys.exit(f"two mutants are called {twice[0]}")
    chosen = [m for m in mutants.MUTANTS if fnmatch.fnmatchcase(m.name, o.pattern) or
              fnmatch.fnmatchcase(m.file, o.pattern)]
    if not chosen:
        sys.exit(f"no mutant matches '{o.pattern}'")
    if o.sample and o.sample < len(chosen):
        chosen = random.Random(o.seed).sample(chosen, o.sample)
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pattern", nargs="?", default="*", help="of mutants' names or files")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sample", type=int, default=0, help="only so many, picked by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true")
    o = parser.parse_args()
    chosen = choose(o)
    if o.list:
        print("\n".join(f"{m.name:45} {m.file}" for m in chosen))
        return 0
    count = max(1, min(o.jobs, len(chosen)))
    run = Run(chosen, all_stages(), count)
    jobs = [threading.Thread(target=run.work, args=(n,), daemon=True) for n in range(count)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    return run.summary()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
