#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py - runs the machine tests: every case of tests/machine/*.py, a few machines at a time.

The pattern picks cases by name ("suite.512M*", "forged.*"); a pattern that matches no case here is
handed to the in-kernel suite of every machine ("buddy.*"). The last line is "N passed, N failed"."""

import argparse
import concurrent.futures
import fnmatch
import os
import re
import secrets
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "tools"), os.path.join(HERE, "..", "..", "tools", "gdb")]
import junit  # noqa: E402
from case import CASES, Result, Test  # noqa: E402
import web  # noqa: E402, F401  (first: it takes longest)
import suite  # noqa: E402, F401
import runner  # noqa: E402, F401
import boot  # noqa: E402, F401
import forged  # noqa: E402, F401
import acpi  # noqa: E402, F401
import shell  # noqa: E402, F401
import misuse  # noqa: E402, F401
import targets  # noqa: E402, F401
import highmem  # noqa: E402, F401
import smp  # noqa: E402, F401
import instructions  # noqa: E402, F401
import bench_figures  # noqa: E402, F401
import boot_cost  # noqa: E402, F401
import documents  # noqa: E402, F401
import schedules  # noqa: E402, F401
import tracer  # noqa: E402, F401
import stress  # noqa: E402, F401
import trace_tools  # noqa: E402, F401
import events  # noqa: E402, F401
import gdb_pages  # noqa: E402, F401
import gdb_trace  # noqa: E402, F401
import unit  # noqa: E402, F401
import gdb_check  # noqa: E402, F401
import gdb_slabs  # noqa: E402, F401
import gdb_tours  # noqa: E402, F401
import gdb_documents  # noqa: E402, F401
import gdb_time  # noqa: E402, F401


class Env:
    """What all cases share; nothing in it changes."""

    def __init__(self, o):
        self.build, self.seed = o.build, o.seed
        self.nonce = secrets.token_hex(6)
        self.pattern = "*"
        self.scale = o.scale  # how much more than usual random cases do
        # seconds: no machine of a case runs longer, and no case waits longer for a word
        self.longest_run = self.longest_silence = float("inf")
        self.workdir = os.path.join(o.build, "machine")
        os.makedirs(self.workdir, exist_ok=True)

    def kernel(self, build):
        return os.path.join(self.build, build, "quire.elf")

    def stub(self):
        return os.path.join(self.build, "tests", "machine", "stub.elf")


def run_case(env, fn):
    """Returns: (results, seconds, test)."""
    t = Test(env, fn.case_name)
    start = time.monotonic()
    try:
        fn(t)
    except Exception:  # pylint: disable=broad-except
        t.fail("the test itself went wrong:\n" + traceback.format_exc())
    if t.failures or not t.results:
        t.results.append(Result(t.name, "fail" if t.failures else "pass", "\n".join(t.failures),
                                t.log()))
    return t.results, time.monotonic() - start, t


def kernel_has(env, pattern):
    """Does the pattern name cases of the in-kernel suite?"""
    t = Test(env, "list")
    r = t.run(t.machine(append=f'run="test {pattern} -l; poweroff"'))
    count = re.search(r"^(\d+) cases$", r.text, re.M)
    return bool(count) and int(count[1]) > 0


def select(env, pattern):
    """The cases to run. An in-kernel pattern runs on every machine of the matrix."""
    chosen = [c for c in CASES if fnmatch.fnmatchcase(c.case_name, pattern) and
              (c.quick or pattern != "*")]
    if not chosen and kernel_has(env, pattern):
        env.pattern = pattern
        chosen = [c for c in CASES if c.case_name in {"suite." + m for m in suite.MATRIX}]
    if not chosen:
        print(f"no machine test and no in-kernel case matches '{pattern}'")
    return chosen


def host_results(path):
    """What the host tests left, as a suite; their absence is a failure."""
    try:
        rows = [Result(*row) for row in junit.read(path)]
    except (OSError, SyntaxError) as error:
        rows = [Result("host", "fail", f"no results of the host tests: {error}")]
    return {"host": (rows, 0.0)}


def show(number, total, name, results, seconds, test):
    bad = [r for r in results if r.how == "fail"]
    count = f"{len(results)} cases, " if len(results) > 1 else ""
    skipped = all(r.how == "skip" for r in results)
    print(f"[{number:3}/{total}] {'FAIL' if bad else 'skip' if skipped else 'ok  '} {name} "
          f"({results[0].message if skipped else f'{count}{seconds:.1f} s'})", flush=True)
    for r in bad[:10]:
        print(f"    not ok {r.name}")
        for line in r.message.splitlines()[-12:]:
            print("        " + line)
    if bad and test.runs:
        print("    replay: " + test.runs[-1].replay(), flush=True)


def report_at_the_end(suites):
    """Name again what failed: the progress lines may be far up."""
    bad = [r.name for results, _ in suites.values() for r in results if r.how == "fail"]
    for name in bad[:40]:
        print(f"failed: {name}")
    if len(bad) > 40:
        print(f"... and {len(bad) - 40} more")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pattern", nargs="?", default="*")
    parser.add_argument("--build", default="build")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--junit")
    parser.add_argument("--host", help="XML of the host tests, counted as well")
    o = parser.parse_args()
    env = Env(o)
    cases = select(env, o.pattern)
    if o.list:
        print("\n".join(c.case_name for c in cases))
        return 0
    suites = host_results(o.host) if o.host else {}
    done = 0
    with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
        running = {pool.submit(run_case, env, c): c.case_name for c in cases}
        for future in concurrent.futures.as_completed(running):
            results, seconds, test = future.result()
            name = running[future]
            suites[name] = (results, seconds)
            done += 1
            show(done, len(cases), name, results, seconds, test)
    every = [r for results, _ in suites.values() for r in results]
    count = {how: sum(r.how == how for r in every) for how in ("pass", "fail", "skip")}
    if o.junit:
        junit.write(o.junit, suites)
    report_at_the_end(suites)
    if count["skip"]:
        print(f"({count['skip']} skipped)")
    print(f"{count['pass']} passed, {count['fail']} failed")
    return 1 if count["fail"] or not count["pass"] else 0


if __name__ == "__main__":
    sys.exit(main())
