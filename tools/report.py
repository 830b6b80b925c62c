#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report.py - `make report`: one run of the kernel, looked at from all sides, as one HTML page.

It boots a machine, types a workload into its shell with tracing on, looks into its memory after each
phase, meanwhile runs the in-kernel tests on a second machine, and writes build/report.html."""

import argparse
import concurrent.futures
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "gdb")]
import bench_data  # noqa: E402
from decode.layout import Layout  # noqa: E402
from reporting import page, suite, workload  # noqa: E402
from tracing.session import SessionError  # noqa: E402


def make(o):
    """Returns: (page, run, suite)."""
    figures = bench_data.read_tree(o.golden, o.peers)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        tests = pool.submit(suite.run, o.kernel, o.tests)
        run = workload.run(o.kernel, Layout.load(o.layout))
        done = tests.result()
    return page.page(run, done, figures), run, done


def options(words):
    data = os.path.join(HERE, "..", "tests", "data")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="build/quire.elf")
    parser.add_argument("--layout", default="build/quire.layout.json", help="from `make layout`")
    parser.add_argument("--golden", default=os.path.join(data, "bench-golden.txt"))
    parser.add_argument("--peers", default=os.path.join(data, "bench-peer.txt"))
    parser.add_argument("--tests", default="*", help="pattern of the in-kernel cases")
    parser.add_argument("--out", default="build/report.html")
    return parser.parse_args(words)


def main(words=None):
    o, start = options(words), time.monotonic()
    try:
        text, run, tests = make(o)
    except (SessionError, OSError, ValueError, KeyError) as error:
        sys.exit(f"report: {error}")
    with open(o.out, "w", encoding="utf-8") as f:
        f.write(text)
    print(f"{o.out}: {len(run.watch.events)} events, {len(tests.results)} tests, {len(text) // 1024} KiB, "
          f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
