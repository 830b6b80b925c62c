# SPDX-License-Identifier: MIT
"""gdb_trace.py - `mm trace` reads the kernel's event trace from memory: the same lines as the kernel's
own, and a sentence where nothing was recorded."""

import re

from case import case
from gdb_pages import expect_sound, expect_told, session

TYPED = "trace on; alloc 3 GFP_KERNEL|__GFP_ZERO; alloc 0 GFP_DMA; alloc 4 GFP_HIGHUSER; " \
        "cat /proc/slabinfo; check; trace off; trace show 200;"
EVENT = r"^ +\S+-\d+ +\[\d\d\d\] +\d+\.\d{6}: \w+:.*$"


@case
def events_are_the_kernels(t):
    """Every line of `mm trace` is the kernel's; a number takes the last ones."""
    for build, cpus in (("", 2), ("debug", 1)):
        with session(t, TYPED, mem="64M", build=build, cpus=cpus, append="highmem=32M") as s:
            every, last = s.run("mm trace 200", "mm trace 3")
            lines = re.findall(EVENT, every, re.M)
            told = re.findall(EVENT, s.serial(), re.M)
            t.expect(len(lines) >= 3, f"{build} only {len(lines)} events:\n{every}")
            t.expect_equal(len(lines), len(told), f"{build} events")
            expect_told(t, s.serial(), "\n".join(lines), f"{build} mm trace")
            t.expect_equal(re.findall(EVENT, last, re.M), lines[-3:], f"{build} mm trace 3")
            expect_sound(t, every, f"{build} mm trace")


@case
def without_rings_it_says_so(t):
    """A kernel that was never told to record has no buffers, and `mm trace` says how to get some."""
    with session(t, "alloc 0;", mem="64M") as s:
        said = s.error("mm trace")
        t.expect("no trace buffers" in said and "trace=on" in said, said)


@case
def older_events_are_counted(t):
    """A ring that ran over keeps the newest; how many were lost is told."""
    with session(t, "alloc 0; test slab.*;", mem="64M", append="trace=on trace_size=256") as s:
        said, = s.run("mm trace 1000")
        numbers = [int(n) for n in re.findall(r" seq=(\d+)$", said, re.M)]
        t.expect(len(numbers) > 100 and numbers == sorted(numbers), f"{numbers[:5]} ...")
        t.expect(re.search(r"^\(\d+ older events were overwritten\)$", said, re.M), said[-200:])
