# SPDX-License-Identifier: MIT
"""stress.py - `stress`, `ps` and `vmstat` as a person uses them (T6): every kind, on several CPUs, on
small machines and under every debug mode; interrupted; with nonsense for arguments.

Every kind in real time, where CPUs run at once, the rest in the guest's time, which is shorter;
schedules.py has the interleavings that can be repeated."""

import re

from case import case
from shell import Terminal

KINDS = ("page", "slab", "vmalloc", "kmap", "mixed")


def expect_good_runs(t, r, wanted):
    """wanted: (kind, cpus) of each run, in order."""
    runs = re.findall(r"^STRESS kind=(\w+) seconds=\d+ cpus=(\d+) .* ops=(\d+) .* result=(\w+)$", r.text, re.M)
    t.expect_equal([(kind, int(cpus)) for kind, cpus, _, _ in runs], list(wanted), "runs")
    for kind, _, ops, result in runs:
        t.expect(result == "ok" and int(ops) > 100, f"stress {kind}: {ops} operations, {result}")
    t.expect_no_text(r, "^MMBUG", "^stress: .* (before|less)", "^stress: word")
    t.expect_text(r, "^CHECK ok")


def add_every_kind(cpus):
    @case(name=f"stress.every_kind_on_{cpus}_cpus")
    def run(t):
        r = t.boot(*[f"stress {kind} 1 {cpus}" for kind in KINDS], "check", cpus=cpus,
                   append="highmem=32M numa=fake=2")
        expect_good_runs(t, r, [(kind, cpus) for kind in KINDS])


add_every_kind(2)
add_every_kind(4)


@case
def small_machines_and_two_runs_in_a_row(t):
    """8, 17 and 64 MiB; what an allocation does not get is no mistake."""
    for mem in ("8M", "17M", "64M"):
        r = t.boot("stress mixed 3", "stress vmalloc 3", "check", mem=mem, cpus=4, icount=True, shift=7)
        expect_good_runs(t, r, [("mixed", 4), ("vmalloc", 4)])


@case
def with_every_debug_mode(t):
    """The checking build; owners, poison, unmapped free pages, windows for all pages, guards."""
    for build, modes in (("debug", ""), ("", "page_poison=on page_owner=on debug_pagealloc=on"),
                         ("", "debug_highmem=on slab_debug=FZPU")):
        r = t.boot(*[f"stress {kind} 3" for kind in KINDS], "check", cpus=4, build=build, icount=True,
                   shift=8, append="highmem=32M " + modes)
        expect_good_runs(t, r, [(kind, 4) for kind in KINDS])


@case
def ctrl_c_ends_it_and_nothing_is_left(t):
    """The counts are exact after an interruption too, and the next run is as good."""
    with Terminal(t, cpus=2) as term:
        for kind in ("mixed", "vmalloc"):
            term.type(f"stress {kind} 1000\r")
            term.wait("stress: 1/1000 s", 30)
            term.type("\x03")
            term.wait("stress: interrupted", 10)
            said = term.wait("\nquire> ", 30)
            t.expect(" leaked=0 differences=0 check=ok result=ok" in said, f"{kind}: {said}")
        t.expect("result=ok" in term.command("stress page 1"), "the run afterwards")
        t.expect("CHECK ok" in term.command("check"), "not sound")
        term.poweroff()


@case
def ctrl_c_ends_all_that_was_to_come(t):
    """Of commands in a row, too."""
    with Terminal(t, cpus=2) as term:
        term.type("repeat 50 stress page 500\r")
        term.wait("stress: 1/500 s", 30)
        term.type("\x03")
        said = term.wait("\nquire> ", 30)
        t.expect_equal(said.count("STRESS "), 1, "runs that ended")
        term.poweroff()


@case
def odd_arguments_are_named(t):
    """Nothing runs but what asks for more CPUs than there are: on all."""
    said = {"stress": "^usage: stress page|", "stress foo": "^stress: no such kind: foo$",
            "stress MIXED 1": "^stress: no such kind: MIXED$",
            "stress mixed 0": "^stress: '0' is no number of seconds$",
            "stress mixed 1 0": "^stress: '0' is no number of CPUs$",
            "stress mixed -1": "^stress: '-1' is no number of seconds$",
            "stress mixed 99999999999": "^stress: '99999999999' is no number of seconds$",
            "stress mixed 1x": "^stress: '1x' is no number of seconds$",
            "stress mixed 1 1 y": "^usage: stress", "stress mixed 1 1 1 1": "^usage: stress"}
    r = t.boot(*said, cpus=2)
    t.expect_text(r, *said.values())
    t.expect_no_text(r, "^STRESS")
    r = t.boot("stress page 1 9", "stress page 1 4294967295", "check", cpus=2)
    expect_good_runs(t, r, [("page", 2), ("page", 2)])
    t.expect_text(r, "^stress: 2 CPUs run, not 9$", "^stress: 2 CPUs run, not 4294967295$")


@case
def threads_that_find_no_memory_leave_none(t):
    """A page that is missing for the first, second or last thread: it is said, the others end, and
    the run has failed."""
    for nth in range(1, 9):
        r = t.boot(f"fail alloc_pages {nth}", "stress page 1", "check", cpus=2)
        t.expect_text(r, "^stress: no memory for 4 threads$", "^CHECK ok",
                      r"^STRESS .* leaked=0 differences=0 check=ok result=FAILED$")


@case
def ps_and_vmstat_show_the_machine(t):
    """One line for each task with what it used of its stack; three samples, a second apart."""
    r = t.boot("stress mixed 1", "ps", "vmstat 1 3", "vmstat", "vmstat 0", "vmstat 1 0", "vmstat x",
               "ps now", cpus=4, icount=True, shift=7)
    rows = re.findall(r"^ +(\d+) +(\d+) +([RSD]\+?) +(\d+) +(\d+)/(\d+) +\d+ +\d+  (\S+)$", r.text, re.M)
    names = [row[-1] for row in rows]
    for name in ["init", "reaperd"] + [f"{kind}/{cpu}" for kind in ("idle", "worker") for cpu in range(4)]:
        t.expect(name in names, f"{name} is not listed: {names}")
    t.expect(not [name for name in names if name.startswith("stress")], "a worker is left")
    for _, cpu, state, _, used, size, name in rows:
        t.expect(0 < int(used) < int(size) and int(cpu) < 4, f"{name}: CPU {cpu}, stack {used}/{size}")
        t.expect(name != "init" or state == "R+", f"who asks does not run: {state}")
    samples = [[int(n) for n in line.split()] for line in re.findall(r"^ ?\d+ +\d+ +0 .*$", r.text, re.M)]
    samples = [s for s in samples if len(s) == 17]
    t.expect_equal(len(samples), 3 + 1, "samples")
    for s in samples:
        t.expect_equal(s[12] + s[13] + s[14], 100, f"us + sy + id of {s}")
    t.expect(all(s[3] == samples[1][3] for s in samples[1:3]), f"free memory moves: {samples}")
    t.expect(samples[2][14] > 90, f"an idle machine: {samples[2]}")
    t.expect_equal(len(re.findall("^usage: vmstat", r.text, re.M)), 3, "usages of vmstat")
    t.expect_text(r, "^usage: ps$")
