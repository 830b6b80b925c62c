#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""schedules.py - the same threads interleaved in other ways, each way repeatable to the instruction.

Under -icount shift=N an instruction takes 2^N ns of the guest's time, so another N puts the timer's
ticks, and with them every preemption, at other instructions; another seed makes other operations.
Twenty of them are cases of `make test`; `make schedules` runs SCHEDULES (200). Schedule n is always
the same one: a failure prints the machine's command, and SEED=n SCHEDULES=1 runs it again."""

import argparse
import concurrent.futures
import os
import random
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "tools")]
from case import Test, case  # noqa: E402

IN_MAKE_TEST = 20
SUITES = ("wait", "mutex", "rwsem", "kmap_threads", "sched")
LONG_SUITE = "sched"  # waits busily by the guest's clock: at small shifts too many instructions
STRESS_INSTRUCTIONS = 40_000_000  # of a stress run, whatever the shift


def schedule(number):
    """Returns: (what Test.machine() takes, the shell's commands).

    Eight CPUs that share a million instructions a second may well wait half a minute for a mutex; a
    lost wake-up is seen all the same, because an idle machine's time flies."""
    rnd = random.Random(number)
    shift = 4 + number % 7  # 625000 .. 9800 instructions between two ticks
    seconds = max(1, STRESS_INSTRUCTIONS * 2 ** shift // 10 ** 9)
    kind = rnd.choice(("mixed", "mixed", "page", "slab", "vmalloc", "kmap"))
    cpus = rnd.choice((1, 2, 3, 4, 4, 4, 8))
    nodes = rnd.choice(("", "", " numa=fake=2", " numa=fake=3"))
    machine = dict(mem=rnd.choice(("64M", "128M")), build=rnd.choice(("", "", "debug")), cpus=cpus,
                   icount=True, shift=shift, append="highmem=32M hung_task=600" + nodes)
    suites = rnd.sample([s for s in SUITES if s != LONG_SUITE or shift > 6], 2)
    return machine, [f"stress {kind} {seconds} {cpus} {number}"] + \
        [f"test {suite}.* seed={number}" for suite in suites]


def run_schedule(t, number):
    """One schedule as a test of t."""
    machine, commands = schedule(number)
    machine["append"] += f' run="{"; ".join(commands)}; poweroff"'
    r = t.run_exact(t.machine(**machine), limit=200)
    t.expect_how(r, "pass")
    t.expect_text(r, r"^STRESS .* reports=0 .* result=ok$")
    t.expect_no_text(r, "^MMBUG.*", "^STRESS .*FAILED$")  # what a case asks for stands behind a "# "
    ends = re.findall(r"^# ktest end passed=(\d+) failed=(\d+)", r.text, re.M)
    t.expect_equal(len(ends), len(commands) - 1, "suites that came to their end")
    t.expect(all(int(p) > 0 and f == "0" for p, f in ends), f"cases failed: {ends}")
    for line in re.findall(r"^not ok .*$", r.text, re.M):
        t.fail(line)
    return r


for _n in range(IN_MAKE_TEST):
    @case(name=f"schedules.{_n}")
    def _run(t, number=_n):
        run_schedule(t, number)


@case(name="schedules.are_repeatable")
def repeatable(t):
    """The same schedule twice: the same text, counts of operations included; another: another."""
    def text(number):
        machine, commands = schedule(number)
        machine["append"] += f' run="{commands[0]}; ps; poweroff"'
        return t.run_exact(t.machine(**machine)).text
    first = text(3)
    t.expect(re.search(r"result=ok$", first, re.M), "the run failed")
    t.expect_equal(text(3), first, "the second run")
    t.expect(text(10) != first, "schedule 10 is no other")


def one(options, number):
    from run import Env  # pylint: disable=import-outside-toplevel
    t = Test(Env(options), f"schedules.{number}")
    run_schedule(t, number)
    return number, t


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scale", type=int, default=1)
    o = parser.parse_args()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
        for number, t in pool.map(lambda n: one(o, o.seed + n), range(o.seeds)):
            print(f"{'FAIL' if t.failures else 'ok  '} schedule {number}: {schedule(number)}", flush=True)
            for line in t.failures[:10]:
                print("    " + line[:300])
            if t.failures:
                print("    replay: " + t.runs[-1].replay())
                print(f"    or: make schedules SEED={number} SCHEDULES=1", flush=True)
            failed += bool(t.failures)
    print(f"{o.seeds - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
