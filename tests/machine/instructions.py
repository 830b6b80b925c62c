# SPDX-License-Identifier: MIT
"""instructions.py - the benchmark's figures repeat to the digit and meet their targets.

Only targets are held here: the figures kept in tests/data/bench-golden.txt depend on the compiler
and are `make bench`'s business."""

import os

import bench
import bench_data
import bench_run
from case import case

KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "bench-golden.txt")


@case
def counts_repeat_and_meet_their_targets(t):
    """Two runs, one answer."""
    mem, kept = bench_data.read_kept(KEPT)
    quire = bench_run.Quire("quire", t.env.kernel(""))
    first, second = (bench_run.loops(quire, mem) for _ in range(2))
    t.expect_equal(second, first, "second run")
    elsewhere = ("boot-1", "boot-4", "boot-64", "frag-", "alloc_page-remote", "kmalloc-remote")
    for name, (_, target) in kept.items():
        t.expect(name in first or name.startswith(elsewhere), f"{name} is not measured")
        if target is not None and name in first:
            t.expect(first[name] <= target, f"{name} is {first[name]:g}, the target is {target:g}")


@case
def what_a_second_cpu_frees_is_counted_too(t):
    """Objects and pages handed to another CPU: two runs, one answer."""
    quire = bench_run.Quire("quire", t.env.kernel(""))
    first, second = (bench_run.figures_of(quire, "128M", "*remote-free*", cpus=2)[0] for _ in range(2))
    t.expect_equal(second, first, "second run")
    t.expect_equal(len(first), 2, "loops")


@case
def fragmentation_repeats(t):
    """A million operations at three fills: two runs, one answer."""
    quire = bench_run.Quire("quire", t.env.kernel(""))
    first, second = (bench_run.loops(quire, "64M", "frag*") for _ in range(2))
    t.expect_equal(second, first, "second run")
    t.expect("frag-75-unusable-order9" in first, f"figures {first}")


@case
def a_loss_against_linux_is_noticed(t):
    """The gate can close: dearer than the lean peer is a complaint, cheaper is not."""
    f = bench_data.Figures()
    f.exact["quire"] = {"a": 10.0, "b": 10.0, "data-c": 10.0}
    f.exact["lean"] = {"a": 9.0, "b": 10.0, "data-c": 1.0}
    t.expect_equal(len(bench.losses(f)), 1, "losses")


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
    figures = bench_run.loops(bench_run.Quire("quire", t.env.kernel("")), "32M", "alloc_page-pair")
    t.expect(figures["alloc_page-pair"] <= 40, f"alloc_page-pair: {figures}")
