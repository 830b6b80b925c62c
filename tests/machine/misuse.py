# SPDX-License-Identifier: MIT
"""misuse.py - pages misused by hand: each kind named, refused, and the state as it was.

The in-kernel cases try every kind too; here the report goes all the way out, on a machine that a
person would use, and the whole state is compared before and after."""

import re

from case import case


def reports(text):
    """[{field: value}] of every machine line."""
    return [dict(pair.split("=", 1) for pair in line.split()[1:] if "=" in pair)
            for line in re.findall(r"^(MMBUG .*)$", text, re.M)]


def allocated(text):
    """[(pfn, order)] of every ALLOC line."""
    return [(int(a), int(b)) for a, b in re.findall(r"^ALLOC pfn=(\d+) order=(\d+)", text, re.M)]


STATE = ["drain", "cat /proc/buddyinfo", "cat /proc/pagetypeinfo"]


def predict(t, *commands, **kw):
    """What these commands print: the machine is deterministic, so a second run repeats it."""
    return t.boot(*commands, **kw).text


def misuse(t, setup, wrong, kind, fields=(), **kw):
    """After setup (a function from ALLOC pairs to no commands), `wrong` must give one report of this
    kind with these fields, refuse, and change nothing."""
    pairs = allocated(predict(t, *setup, **kw))
    commands = wrong(pairs)
    r = t.boot(*setup, *STATE, "echo BEFORE", *commands, "echo AFTER", *STATE, "check", **kw)
    said = r.text[r.text.index("\nBEFORE"):r.text.index("\nAFTER")]
    found = reports(said)
    t.expect_equal([one["kind"] for one in found], [kind], f"reports after {commands}")
    for one in found:
        t.expect_equal(one.get("action"), "refused", "action")
        for field, pattern in fields:
            t.expect(re.fullmatch(pattern, one.get(field, "")), f"{field}={one.get(field)}, not {pattern}")
    # everything between the setup and BEFORE must be there again behind AFTER
    state = re.split(r"quire> echo (?:BEFORE|AFTER)", r.text)
    before = state[0][state[0].rindex("quire> drain"):]
    after = state[2][state[2].index("quire> drain"):state[2].index("quire> check")]
    t.expect_equal(after.strip(), before.strip(), "state after the misuse")
    t.expect_text(r, "^CHECK ok")


def pair(text):
    return f"{text[0]} {text[1]}"


@case
def double_free(t):
    """P1, P2: in the pageset, in the buddy lists, merged and unmerged."""
    for order in (0, 1, 3, 4, 9, 10):
        setup = [f"alloc {order}", f"alloc {order}"]
        pairs = allocated(predict(t, *setup))
        free = f"free {pair(pairs[0])}"
        misuse(t, [*setup, free], lambda p, f=free: [f], "double_free",
               [("freed_order", str(order)), ("caller", r"\w+(\.\w+)*\+0x\w+"), ("first_free", r"\w+(\.\w+)*\+0x\w+"),
                ("alloc", r"\w+(\.\w+)*\+0x\w+"), ("zone", r"\w+"), ("cpu", "0")])


@case
def wrong_order(t):
    """P3: 2 for 3 and 3 for 2, and orders that are far off."""
    for right, wrong in ((3, 2), (2, 3), (0, 1), (1, 0), (4, 5), (10, 0), (0, 10), (9, 10)):
        misuse(t, [f"alloc {right}"], lambda p, w=wrong: [f"free {p[0][0]} {w}"], "wrong_order",
               [("order", str(right)), ("freed_order", str(wrong)), ("alloc", r"\w+(\.\w+)*\+0x\w+")])


@case
def tail_page(t):
    """P4: a page in the middle of its block, which is named."""
    for order, offset in ((1, 1), (3, 5), (10, 1), (10, 1023), (9, 256)):
        misuse(t, [f"alloc {order}"], lambda p, o=offset: [f"free {p[0][0] + o} 0"], "free_tail",
               [("head_pfn", r"\d+"), ("head_order", str(order)), ("alloc", r"\w+(\.\w+)*\+0x\w+")])


@case
def pages_that_are_not_the_allocators(t):
    """P5: kernel text and data, mem_map, page 0, the ISA hole, behind the end."""
    r = predict(t, "cat /proc/iomem")
    text = int(re.search(r"^  (\w+)-\w+ : Kernel code", r, re.M)[1], 16) >> 12
    data = int(re.search(r"^  (\w+)-\w+ : Kernel data", r, re.M)[1], 16) >> 12
    for pfn, kind in ((text, "free_reserved"), (data, "free_reserved"), (0, "free_reserved"), (0xb8, "free_reserved"),
                      (32767, "free_reserved|free_outside"), (1 << 20, "free_reserved|free_outside"),
                      (0xfffffff, "free_reserved|free_outside")):
        r = t.boot(*STATE, "echo BEFORE", f"free {pfn} 0", "echo AFTER", "check")
        kinds = [one["kind"] for one in reports(r.text)]
        t.expect(len(kinds) == 1 and re.fullmatch(kind, kinds[0]), f"free {pfn}: {kinds}")
        t.expect_text(r, "^CHECK ok")


@case
def contradictory_requests(t):
    """P8: flags that exclude each other, orders and nodes that do not exist."""
    for command, kind in (("alloc 0 GFP_DMA|__GFP_HIGHMEM", "bad_gfp"), ("alloc 0 GFP_ATOMIC|__GFP_NOFAIL", "bad_gfp"),
                          ("alloc 11", "bad_order"), ("alloc 4294967295", "bad_order"),
                          ("alloc 0 GFP_KERNEL node=7", "bad_node"),
                          ("alloc 0 __GFP_MEMALLOC|__GFP_NOMEMALLOC", "bad_gfp"),
                          ("alloc 0 GFP_KERNEL|__GFP_MOVABLE|__GFP_RECLAIMABLE", "bad_gfp")):
        misuse(t, [], lambda p, c=command: [c], kind, [("caller", r"\w+(\.\w+)*\+0x\w+")])


@case
def the_same_report_is_counted_not_repeated(t):
    """A thousand double frees of one page from one place: eleven lines, powers of two."""
    pairs = allocated(predict(t, "alloc 0"))
    free = f"free {pair(pairs[0])}"
    r = t.boot("alloc 0", free, f"repeat 1000 {free}", "check")
    lines = re.findall(r"^MMBUG kind=double_free.*$", r.text, re.M)
    t.expect(1 <= len(lines) <= 12, f"{len(lines)} lines")
    t.expect_text(r, r"kind=double_free.* times=512$", "^CHECK ok")


@case
def report_panic_stops_at_the_first(t):
    """report=panic turns each report into a panic."""
    r = t.run(t.machine(append="report=panic"), "alloc 11")
    t.expect_how(r, "panic")
    t.expect_text(r, "^MMBUG kind=bad_order", "^Kernel panic: report=panic: bad_order")


@case
def report_oops_ends_the_command(t):
    """report=oops: the command is ended, the shell goes on."""
    r = t.boot("alloc 11", "echo still here", "check", append="report=oops")
    t.expect_text(r, "^MMBUG kind=bad_order", r"^Call trace:", r"^alloc: ended by a report", "^still here$", "^CHECK ok")


@case
def memory_runs_out_and_comes_back(t):
    """Allocate until nothing is left: failures are told, nothing breaks, free brings it back."""
    r = t.boot("repeat 40 alloc 10", "repeat 600 alloc 0 GFP_ATOMIC|__GFP_HIGH", "alloc 10", "alloc 0", "check", "free",
               "cat /proc/zoneinfo", mem="32M")
    t.expect_text(r, "^ALLOC failed order=10", r"^.*page allocation failure: order:10", "^CHECK ok", r"^Mem-Info|Normal free:")
    pairs = allocated(r.text)
    t.expect(len(pairs) > 10, f"only {len(pairs)} allocations")


@case
def injected_failures_come_on_time(t):
    """From the shell; fail= on the command line counts from boot on, whose own failure is named."""
    r = t.boot("fail alloc_pages 3", "alloc 0", "alloc 0", "alloc 0", "fail alloc_pages 2", "alloc 0", "alloc 0",
               "alloc 0", "check")
    order = [bool(m) for m in re.findall(r"^ALLOC (?:(pfn)=|failed)", r.text, re.M)]
    t.expect_equal(order, [True, True, False, True, False, True], "which allocations succeed")
    r = t.run(t.machine(append="fail=alloc_pages:1"))
    t.expect_how(r, "panic")
    t.expect_text(r, "Kernel panic")


@case
def poison_tells_who_wrote(t):
    """page_poison=on: the whole suite of poison cases, and a machine that boots and works."""
    r = t.boot("alloc 0", "alloc 5", "check", "test hooks.*", "check", append="page_poison=on page_owner=on", mem="64M")
    t.expect_text(r, r"^# ktest end passed=\d+ failed=0", "^CHECK ok", "page_owner: on")


@case
def owner_table_too_large_is_told(t):
    """64 GiB with 700 MiB of low memory: mem_map fits, the owners do not."""
    r = t.boot("check", append="page_owner=on highmem=700M", mem="64G")
    t.expect_text(r, "page_owner: no low memory for its table, off", "^CHECK ok")
