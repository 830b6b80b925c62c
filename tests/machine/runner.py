# SPDX-License-Identifier: MIT
"""runner.py - proof that red is possible: cases broken on purpose must never count as passed."""

import ktap
from case import case

# case: (how the machine ends, what the judgement must say)
BROKEN = {
    "fails": ("fail", "1 + 1 is 2, not 3"),
    "leaks_a_page": ("fail", "leak"),
    "reports_without_being_asked": ("fail", "reports that nobody asked for"),
    "resets_the_machine": ("reset", "0 results, 1 planned"),
    "triple_faults": ("reset", "0 results, 1 planned"),
    "ends_early_with_the_status_of_success": ("pass", "0 results, 1 planned"),
    "forges_its_result": ("fail", "forged"),
    "forges_results_and_exits": ("pass", "forged"),
    "panics_outside_a_case": ("panic", "not really"),
}


def add(name, how, message):
    @case(name="runner." + name)
    def run(t):
        r = t.run(t.machine(append=f"test=broken.{name} nonce={t.env.nonce}"))
        results, problems = ktap.judge(r.text, r.how, t.env.nonce)
        t.expect_how(r, how)
        said = "\n".join(problems + [one.message for one in results if one.how == "fail"])
        t.expect(said, "it would count as passed")
        t.expect(message in said, f"{message!r} is not in the judgement: {said}")


for _name, (_how, _message) in BROKEN.items():
    add(_name, _how, _message)


@case
def a_hang_is_told_and_leaves_a_core(t):
    """A machine that says nothing is ended; its memory is saved."""
    import os
    import machine
    core = os.path.join(t.env.workdir, "hang-on-purpose.core")
    m = t.machine(mem="32M", append=f"test=broken.hangs nonce={t.env.nonce}")
    how, output = machine.run_to_end(m, idle=3, core=core)
    results, problems = ktap.judge(machine.text_of(output), how, t.env.nonce)
    t.expect_equal(how, "hang", "how it ended")
    t.expect(problems and not results, "it would count as passed")
    if t.expect(os.path.exists(core), "no core was saved"):
        t.expect(os.path.getsize(core) >= 32 << 20, "the core is smaller than the memory")
        os.remove(core)


@case
def a_pattern_that_matches_nothing_is_no_success(t):
    """No test run is no test passed."""
    r = t.run(t.machine(append=f"test=no.such.case nonce={t.env.nonce}"))
    t.expect_how(r, "fail")
    t.expect(ktap.judge(r.text, r.how, t.env.nonce)[1], "it would count as passed")


@case
def a_stale_end_marker_is_not_ours(t):
    """The log of another run, with another nonce, does not count."""
    text = ("KTAP version 1\n1..1\nok 1 a.b # tsc=1\n"
            "# ktest end passed=1 failed=0 skipped=0 seed=1 nonce=other\n")
    t.expect(ktap.judge(text, "pass", "mine")[1], "it would count as passed")
    t.expect(not ktap.judge(text, "pass", "other")[1], "a sound log is refused")
    t.expect(ktap.judge(text, "reset", "other")[1], "a reset would count as passed")
    t.expect(ktap.judge(text.replace("passed=1", "passed=2"), "pass", "other")[1],
             "a wrong count would pass")
