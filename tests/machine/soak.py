#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""soak.py - `make soak`: the in-kernel suite on random machines with random seeds, and forged blocks
by the thousand. Every run is named by its number: --seed N --seeds 1 repeats it."""

import argparse
import concurrent.futures
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "tools")]
import forged  # noqa: E402
import suite  # noqa: E402
from case import Test  # noqa: E402
from run import Env  # noqa: E402

BUILDS = ["", "", "", "debug", "2G-og", "1G-stack4k"]
CPUS = ["max", "max", "max", "pentium3", "qemu32", "n270"]


def random_nodes(rnd, total, cpus):
    """Cut total MiB into 1..8 nodes, some of them tiny or without memory, and deal the CPUs out."""
    count = rnd.choice((1, 1, 1, 2, 2, 3, 5, 8))
    if count == 1:
        return 1
    cuts = sorted(rnd.sample(range(1, total), count - 1)) if total > count else []
    sizes = [b - a for a, b in zip([0, *cuts], [*cuts, total])]
    if rnd.random() < 0.3:
        sizes.insert(rnd.randrange(len(sizes)), None)
    sizes = sizes[:8]
    home = [rnd.randrange(len(sizes)) for _ in range(cpus)]
    return [(f"{size}M" if size else None, [c for c in range(cpus) if home[c] == n])
            for n, size in enumerate(sizes)]


def random_machine(rnd):
    """What Test.machine() takes."""
    total = rnd.choice((rnd.randrange(9, 64), rnd.randrange(64, 1024), rnd.randrange(1024, 9000)))
    words = [f"seed={rnd.randrange(1, 1 << 30)}"]
    if total > 40 and rnd.random() < 0.4:
        words.append(f"highmem={rnd.randrange(24, min(total, 896))}M")
    if total > 64 and rnd.random() < 0.3:
        words.append(f"movable={rnd.randrange(4, total // 2)}M")
    if rnd.random() < 0.1:
        words.append(rnd.choice(("page_owner=on", "page_poison=on")) if total < 1024 else "page_owner=on")
    cpus = rnd.choice((1, 1, 2, 2, 3, 4, 5, 8))
    nodes = random_nodes(rnd, total, cpus)
    if nodes == 1 and rnd.random() < 0.3:
        words.append(f"numa=fake={rnd.randrange(2, 9)}")
    cpu = rnd.choice(CPUS) if total < 3000 else "max"
    return dict(mem=f"{total}M", nodes=nodes, cpus=cpus, cpu=cpu, build=rnd.choice(BUILDS), append=" ".join(words),
                icount=rnd.random() < 0.2)


def one_round(options, number):
    """Returns: (number, description, [what went wrong])."""
    env = Env(options)
    env.seed = number
    rnd = random.Random(number)
    t = Test(env, f"soak.{number}")
    how = random_machine(rnd)
    suite.run_suite(t, **how)
    forged.fuzz(t, number * 100, 10)
    bad = [f"{r.name}: {r.message}" for r in t.results if r.how == "fail"] + t.failures
    return number, how, bad, t


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scale", type=int, default=1)
    o = parser.parse_args()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
        rounds = [pool.submit(one_round, o, o.seed + n) for n in range(o.seeds)]
        for future in concurrent.futures.as_completed(rounds):
            number, how, bad, t = future.result()
            print(f"{'FAIL' if bad else 'ok  '} seed {number}: {how}", flush=True)
            for line in bad[:10]:
                print("    " + " | ".join(line.splitlines()[-3:])[:300])
            if bad and t.runs:
                print("    replay: " + t.runs[-1].replay(), flush=True)
            failed += bool(bad)
    print(f"{o.seeds - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
