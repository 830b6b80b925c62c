#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench.py - `make bench`: instructions per operation, exact, against the ones kept in the tree.

Runs the kernel under -icount shift=0,sleep=off, where the time stamp counter counts instructions,
prints each BENCH line beside the kept figure and the target, and fails when one grew by more than
2 % or missed its target. The kept file is written by this program (--update), never by hand; each
line is: name, figure, target ("-": none). Figures belong to one memory size, named in its first line."""

import argparse
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import machine  # noqa: E402

GROWTH = 1.02
LINE = re.compile(r"^BENCH (\S+) ([\d.]+) n=\d+$", re.M)


def measure(kernel, mem, pattern="*"):
    """Returns: {name: figure} in the order printed."""
    m = machine.Machine(mem=mem, kernel=kernel, icount=True, append="bench=" + pattern)
    how, output = machine.run_exact(m)
    figures = {name: float(value) for name, value in LINE.findall(machine.text_of(output))}
    if how != "pass" or not figures:
        raise RuntimeError(f"the benchmark ended with {how}:\n{machine.text_of(output)[-2000:]}")
    return figures


def read_kept(path):
    """Returns: (memory size, {name: (figure, target or None)})."""
    with open(path, encoding="ascii") as f:
        mem = re.match(r"# mem=(\w+)", f.readline())[1]
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    return mem, {name: (float(figure), None if target == "-" else float(target))
                 for name, figure, target in rows}


def write_kept(path, mem, figures, kept):
    with open(path, "w", encoding="ascii") as f:
        f.write(f"# mem={mem}: name, instructions per operation, target. "
                "Written by `make bench GOLDEN=1`.\n")
        for name, figure in figures.items():
            target = kept.get(name, (0, None))[1]
            f.write(f"{name} {figure:g} {'-' if target is None else f'{target:g}'}\n")


def complaints(figures, kept):
    """What is wrong with these figures, one line each."""
    found = []
    for name, (figure, target) in kept.items():
        now = figures.get(name)
        if now is None:
            found.append(f"{name} is no longer measured")
        elif now > figure * GROWTH:
            found.append(f"{name} grew from {figure:g} to {now:g}")
        if now is not None and target is not None and now > target:
            found.append(f"{name} is {now:g}, the target is {target:g}")
    found += [f"{name} is not in the kept file: make bench GOLDEN=1" for name in figures
              if name not in kept]
    return found


def show(figures, kept):
    print(f"{'instructions per operation':34} {'now':>8} {'kept':>8} {'target':>8}")
    for name, now in figures.items():
        figure, target = kept.get(name, (None, None))
        print(f"BENCH {name:28} {now:8g} {'-' if figure is None else f'{figure:g}':>8} "
              f"{'-' if target is None else f'{target:g}':>8}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--golden", required=True)
    parser.add_argument("--mem")
    parser.add_argument("--update", action="store_true")
    o = parser.parse_args()
    kept_mem, kept = read_kept(o.golden)
    mem = o.mem or kept_mem
    figures = measure(o.kernel, mem)
    if o.update:
        write_kept(o.golden, mem, figures, kept)
        kept = read_kept(o.golden)[1]
    show(figures, kept)
    if mem != kept_mem:
        print(f"(figures of {mem}; the kept ones are of {kept_mem} and not compared)")
        return 0
    found = complaints(figures, kept)
    print("\n".join("bench: " + line for line in found) or "bench: nothing grew, every target is met")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
