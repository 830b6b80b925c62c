# SPDX-License-Identifier: MIT
"""instructions.py - the benchmark's figures repeat to the digit and meet their targets.

Only targets are held here: the figures kept in tests/data/bench-golden.txt depend on the compiler
and are `make bench`'s business."""

import os

import bench
from case import case

KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "bench-golden.txt")


@case
def counts_repeat_and_meet_their_targets(t):
    """Two runs, one answer."""
    mem, kept = bench.read_kept(KEPT)
    first, second = (bench.measure(t.env.kernel(""), mem) for _ in range(2))
    t.expect_equal(second, first, "second run")
    for name, (_, target) in kept.items():
        t.expect(name in first, f"{name} is not measured")
        if target is not None and name in first:
            t.expect(first[name] <= target, f"{name} is {first[name]:g}, the target is {target:g}")


@case
def growth_is_noticed(t):
    """The comparison can fail: growth, a missed target, a figure that vanished."""
    kept = {"a": (100.0, 120.0), "b": (50.0, None), "gone": (1.0, None)}
    t.expect_equal(bench.complaints({"a": 101.0, "b": 51.0, "gone": 1.0}, kept), [], "complaints")
    found = bench.complaints({"a": 121.0, "b": 52.0, "new": 5.0}, kept)
    t.expect_equal(len(found), 5, f"complaints {found}")


@case
def small_machines_are_measured_too(t):
    """32 MiB: other pageset sizes, the same code."""
    figures = bench.measure(t.env.kernel(""), "32M", "alloc_page-pair")
    t.expect(figures["alloc_page-pair"] <= 40, f"alloc_page-pair: {figures}")
