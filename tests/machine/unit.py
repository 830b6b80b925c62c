# SPDX-License-Identifier: MIT
"""unit.py - the tests of tests/tools, which need no machine: decoders and converters on memory that
was made by hand from the kernel's own layout."""

import os
import subprocess
import sys

from case import Result, case

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "tools")


def run(layout):
    """unittest's verbose lines: {name of a test: how it went}, and all it said."""
    done = subprocess.run([sys.executable, "-m", "unittest", "discover", "-v", "-s", FOLDER],
                          capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "LAYOUT": layout})
    said = done.stdout + done.stderr
    results, name = {}, ""
    for line in said.splitlines():
        if " ... " not in line and "(" in line and ")" in line:
            name = line  # the test's description comes on the next line
        head, found, how = line.rpartition(" ... ")
        if found:
            results[head if "(" in head else name] = how
    return results, said, done.returncode


@case
def decoders_without_a_machine(t):
    """Each test of tests/tools passes, on the layouts of the production and the checking build."""
    for build in ("", "debug"):
        results, said, status = run(os.path.join(t.env.build, build, "quire.layout.json"))
        for name, how in results.items():
            ok = how == "ok" or how.startswith("skipped")
            t.results.append(Result(f"{t.name}: {build or 'production'}: {name}",
                                    "skip" if how.startswith("skipped") else "pass" if ok else "fail",
                                    "" if ok else how, said))
        if status or len(results) < 40:
            t.results.append(Result(f"{t.name}: {build or 'production'}", "fail",
                                    f"unittest ended with {status} after {len(results)} tests", said))
