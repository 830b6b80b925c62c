# SPDX-License-Identifier: MIT
"""suite.py - the in-kernel tests under -icount, one instruction a tick: what each of them cost."""

import os
import re
import secrets
import sys

import machine

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "machine"))
import ktap  # noqa: E402

MEM = "128M"
COST = re.compile(r"^ok \d+ (\S+) # tsc=(\d+)$", re.M)


class Suite:
    """results: as tests/machine/ktap.py judges them. costs: {case: instructions}."""

    def __init__(self, results, problems, costs, command):
        self.results, self.problems, self.costs, self.command = results, problems, costs, command

    def count(self, how):
        return sum(r.how == how for r in self.results)

    def by_suite(self):
        """[(suite, passed, failed, skipped, instructions)], the costliest first."""
        rows = {}
        for r in self.results:
            row = rows.setdefault(r.name.split(".")[0], {"pass": 0, "fail": 0, "skip": 0, "cost": 0})
            row[r.how] += 1
            row["cost"] += self.costs.get(r.name, 0)
        return sorted(((name, r["pass"], r["fail"], r["skip"], r["cost"]) for name, r in rows.items()),
                      key=lambda row: (-row[4], row[0]))


def run(kernel, pattern="*", limit=300):
    """Boot a machine that runs the tests and ends."""
    nonce = secrets.token_hex(6)
    m = machine.Machine(mem=MEM, kernel=kernel, icount=True,
                        append=f"test={pattern} seed=1 nonce={nonce}")
    how, output = machine.run_exact(m, limit)
    text = machine.text_of(output)
    results, problems = ktap.judge(text, how, nonce)
    return Suite(results, problems, {name: int(n) for name, n in COST.findall(text)}, m.command())
