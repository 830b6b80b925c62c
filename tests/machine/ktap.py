# SPDX-License-Identifier: MIT
"""ktap.py - reads the kernel's test output and believes none of it that does not add up.

A run counts only when the version line, the plan, every number from 1 to N once and in order, the
end marker with this run's nonce and its counts, and QEMU's exit status all agree. A line that a
test printed itself cannot pass for a result: it breaks one of them."""

import re

from case import Result

RESULT = re.compile(r"^(ok|not ok) (\d+) (\S+)(?: # (.*))?$")
PLAN = re.compile(r"^1\.\.(\d+)$")
END = re.compile(r"^# ktest end passed=(\d+) failed=(\d+) skipped=(\d+) seed=(\d+) nonce=(\S+)$")


class Parsed:
    def __init__(self):
        self.results = []
        self.plan = None
        self.ends = []
        self.problems = []


def parse(text):
    """Collect results, plan and end markers; complain about what is out of order."""
    p = Parsed()
    if text.count("KTAP version 1") != 1:
        p.problems.append(f"{text.count('KTAP version 1')} KTAP version lines instead of one")
    notes = []
    for line in text[max(0, text.find("KTAP version 1")):].splitlines():
        plan, end, result = PLAN.match(line), END.match(line), RESULT.match(line)
        if plan:
            if p.plan is not None:
                p.problems.append("a second plan line")
            p.plan = int(plan[1])
        elif end:
            p.ends.append(end)
        elif result:
            add_result(p, result, notes)
            notes = []
        elif line.startswith("# "):
            notes.append(line[2:])
        elif line.startswith("Kernel panic"):
            p.problems.append(line)
    p.rest = notes
    return p


def add_result(p, match, notes):
    if int(match[2]) != len(p.results) + 1:
        p.problems.append(f"result {match[2]} ({match[3]}) where {len(p.results) + 1} was due: forged")
    if p.ends:
        p.problems.append(f"result {match[2]} after the end marker: forged")
    directive = match[4] or ""
    how = "fail" if match[1] == "not ok" else "skip" if directive.startswith("SKIP") else "pass"
    p.results.append(Result(match[3], how, directive[5:] if how == "skip" else "\n".join(notes)))


def judge(text, how, nonce):
    """Returns: (results, problems): problems are why the run as a whole cannot be believed."""
    p = parse(text)
    count = {h: sum(r.how == h for r in p.results) for h in ("pass", "fail", "skip")}
    if p.plan is None:
        p.problems.append("no plan line: the tests never began")
    elif not p.plan:
        p.problems.append("the plan is empty: no case matched")
    elif len(p.results) != p.plan:
        p.problems.append(f"{len(p.results)} results, {p.plan} planned; the last lines were:\n"
                          + "\n".join(p.rest[-20:]))
    if len(p.ends) != 1:
        p.problems.append(f"{len(p.ends)} end markers instead of one")
    elif p.ends[0][5] != nonce:
        p.problems.append(f"end marker with nonce {p.ends[0][5]}, not {nonce}: forged")
    elif [int(p.ends[0][i]) for i in (1, 2, 3)] != [count["pass"], count["fail"], count["skip"]]:
        p.problems.append(f"the end marker counts {p.ends[0][0]}, seen were {count}")
    expected = "fail" if count["fail"] else "pass"
    if how != expected:
        p.problems.append(f"the machine ended with {how!r}, the results say {expected!r}")
    return p.results, p.problems
