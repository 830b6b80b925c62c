# SPDX-License-Identifier: MIT
"""tracer.py - `make trace-insns` says the truth: what it counts is what the kernel measures."""

import struct

import bench_run
import symbols
import trace_insns
from calls import Calls
from case import case
from gdbstub import read_log

MEM = "128M"


def traced(t, *words):
    o = trace_insns.options(["--kernel", t.env.kernel(""), "--mem", MEM, *words])
    return trace_insns.trace(o, o.kernel, o.elf)


@case
def a_turn_is_the_figure_and_the_loop(t):
    """alloc_page-pair: the same in two runs, and the kernel's own figure, exactly."""
    first, second = (traced(t, "--bench", "alloc_page-pair", "--turns", "50") for _ in range(2))
    t.expect_equal(second.pcs, first.pcs, "addresses in the second run")
    figure = bench_run.loops(bench_run.Quire("quire", t.env.kernel("")), MEM, "alloc_page-pair")["alloc_page-pair"]
    t.expect(first.empty > 0, f"an empty turn of {first.empty}")
    t.expect_equal(first.turns, [figure + first.empty] * 50, "turns")
    t.expect_equal(first.figure(), figure, "figure")


@case
def functions_are_named(t):
    """alloc_page-pair: a page is taken by one function and given back by another, once a turn."""
    found = traced(t, "--bench", "alloc_page-pair", "--turns", "50")
    named = {name: calls for name, (_, calls) in found.functions.items() if calls}
    t.expect_equal(named, {"alloc_pages_fast": 50, "__free_pages_0": 50}, "functions called")
    t.expect_equal(sum(insns for insns, _ in found.functions.values()), found.total, "their sum")
    lines = trace_insns.lines_of(found, t.env.kernel(""), "addr2line")
    inner = {(own, inner) for own, inner, _ in lines.values()}
    t.expect(("alloc_pages_fast", "pcp_pop") in inner, f"inlined functions: {inner}")


@case
def turns_may_differ(t):
    """kmap_atomic-pair: a lap now and then; all turns together are the kernel's figure."""
    found = traced(t, "--bench", "kmap_atomic-pair", "--turns", "10000", "--mem", "1G")
    figures = bench_run.loops(bench_run.Quire("quire", t.env.kernel("")), "1G", "kmap_atomic-pair")
    t.expect_equal(found.figure(), figures["kmap_atomic-pair"], "figure")
    t.expect(len(set(found.turns)) > 1, "every turn is as long as the others")


@case
def any_function_is_traced(t):
    """From call to call of a function, found without knowing that it is a benchmark."""
    found = traced(t, "--function", "alloc_pages_fast", "--after", "bench_measure", "--skip", "20",
                   "--append", "bench=alloc_page-pair", "--turns", "5")
    whole = traced(t, "--bench", "alloc_page-pair", "--turns", "5")
    t.expect_equal(found.turns, whole.turns, "turns")
    t.expect_equal({n: insns for n, (insns, _) in found.functions.items()},
                   {n: insns for n, (insns, _) in whole.functions.items()}, "functions")


@case
def what_is_not_there_is_said(t):
    """No such benchmark, no such function: a sentence, not a wait."""
    for words, wanted in ((["--bench", "no-such"], "not called for no-such"),
                          (["--function", "no_such"], "has no function no_such")):
        try:
            traced(t, *words)
            t.fail(f"{words}: traced")
        except (RuntimeError, KeyError) as error:
            t.expect(wanted in str(error), f"{words}: {error}")


# --- without a machine ------------------------------------------------------------------------

FUNCTION, LABEL = 2, 0


def little_elf(sections, entries):
    """An ELF file of sections (name, type, flags, address, data, info) and symbols (name, value,
    size, type, global?, section's number)."""
    strings, table = b"\0", bytes(16)
    for name, value, size, kind, everyones, section in entries:
        table += struct.pack("<IIIBBH", len(strings), value, size, everyones << 4 | kind, 0,
                             section)
        strings += name.encode() + b"\0"
    n = len(sections) + 1  # behind the empty one
    names = strings + b".symtab\0.strtab\0" + b"".join(s[0].encode() + b"\0" for s in sections)
    sections = [("", 0, 0, 0, b"", 0), *sections, (".symtab", 2, 0, 0, table, 0),
                (".strtab", 3, 0, 0, names, 0)]
    head = b"\x7fELF\x01\x01".ljust(32, b"\0") + struct.pack("<I10xHHH", 52, 40, n + 2, n + 1)
    at, headers = 52 + 40 * (n + 2), b""
    for name, kind, flags, address, data, info in sections:
        headers += struct.pack("<10I", names.index(name.encode() + b"\0"), kind, flags, address, at,
                               len(data), n + 1, info, 4, 0)
        at += len(data)
    return head.ljust(52, b"\0") + headers + b"".join(s[4] for s in sections)


@case
def symbols_are_resolved(t):
    """Sizes, aliases, labels, gaps and what is not code."""
    data = little_elf([(".text", 1, 6, 0x1000, bytes(0x1000), 0)], [
        ("first", 0x1000, 0x10, FUNCTION, 0, 1), ("alias", 0x1000, 0x10, FUNCTION, 1, 1),
        ("inside", 0x1004, 0, LABEL, 1, 1), ("_start", 0x1000, 0, LABEL, 1, 1),
        ("by_hand", 0x1020, 0, LABEL, 1, 1), ("by_hand.loop", 0x1024, 0, LABEL, 0, 1),
        ("next", 0x1030, 0x08, FUNCTION, 0, 1), ("next.cold", 0x1040, 0x08, FUNCTION, 0, 1),
        ("constant", 0x1050, 0, LABEL, 1, 0xfff1)])
    with t.file(data, ".elf") as path:
        syms = symbols.Symbols(path)
    names = {0xfff: "?", 0x1000: "alias", 0x1005: "alias", 0x100f: "alias", 0x1010: "?",
             0x1020: "by_hand", 0x1025: "by_hand", 0x102f: "by_hand", 0x1030: "next", 0x1038: "?",
             0x1040: "next.cold", 0x1048: "?", 0x1050: "?"}
    t.expect_equal({pc: syms.name(pc) for pc in names}, names, "names")
    t.expect_equal(syms.range("by_hand"), (0x1020, 0x1030), "range of by_hand")


@case
def modules_are_placed(t):
    """A Linux module's code: .text is told by a call in .init.text, .text.unlikely lies behind."""
    call = b"\xe8" + struct.pack("<i", -4)
    data = little_elf([
        (".text", 1, 6, 0, bytes(0x26), 0), (".init.text", 1, 6, 0, b"\x55" + call, 0),
        (".rel.init.text", 9, 0, 0, struct.pack("<II", 2, 2 << 8 | 2), 2),
        (".text.unlikely", 1, 6, 0, bytes(8), 0)],
        [("init_module", 0, 6, FUNCTION, 1, 2), ("work", 0x20, 6, FUNCTION, 0, 1),
         ("work.cold", 0, 8, FUNCTION, 0, 4)])
    init, text = 0xf8000000, 0xf7f01000
    memory = {init + 2: (text + 0x20 - (init + 6)) & 0xffffffff}
    with t.file(data, ".ko") as path:
        syms = symbols.load_module(path, init, memory.__getitem__)
    t.expect_equal([(start - text, name) for start, _, name in syms.functions],
                   [(0x20, "work"), (0x28, "work.cold")], "functions")


CODE = { # address: (function, what the instruction does)
    10: ("loop", "other"), 11: ("loop", "call"), 12: ("loop", "jump"),
    100: ("f", "jump"), 101: ("f", "other"), 102: ("f", "return"),
    200: ("f.cold", "jump"), 300: ("g", "jump"), 301: ("g", "return"), 400: ("irq", "return"),
    500: ("tail", "return"),
}


def calls_of(*pcs):
    calls = Calls(lambda pc: CODE[pc][0], lambda pc: CODE[pc][1], ["loop"]).follow(pcs)
    return [(depth, n.name, n.insns, n.calls) for depth, n in calls.root.walk()]


@case
def callers_are_found(t):
    """A call, a function's cold part, an interrupt, a function that ends with a jump to another."""
    t.expect_equal(calls_of(10, 11, 100, 101, 102, 12),
                   [(0, "loop", 3, 0), (1, "f", 3, 1)], "a call")
    t.expect_equal(calls_of(11, 100, 200, 101, 102, 12),
                   [(0, "loop", 2, 0), (1, "f", 3, 1), (2, "f.cold", 1, 1)], "a cold part")
    t.expect_equal(calls_of(11, 100, 101, 400, 101, 102, 12),
                   [(0, "loop", 2, 0), (1, "f", 4, 1), (2, "irq", 1, 1)], "an interrupt")
    t.expect_equal(calls_of(11, 300, 500, 12, 11, 300, 301, 12),
                   [(0, "loop", 4, 0), (1, "g", 3, 2), (2, "tail", 1, 1)], "a jump at the end")


@case
def blocks_given_up_are_not_counted(t):
    """QEMU logs a block again when it could not execute it at once."""
    line = "Trace 0: 0x7f00 [00000000/{:08x}/00c002b0/ff020201] f\n"
    log = [line.format(1), line.format(2), "cpu_io_recompile: rewound execution of TB to 2\n",
           line.format(2), line.format(3), "Stopped execution of TB chain before 0x7f00 [3] f\n",
           line.format(3)]
    t.expect_equal(list(read_log(log)), [1, 2, 3], "addresses")


@case
def the_turns_of_a_loop_are_found(t):
    """Among a loop before it, an inner one and a call."""
    turn = [20, 21, 21, 90, 22]
    pcs = [1, 10, 10, 10, 2] + turn * 3 + [3]
    t.expect_equal(trace_insns.turns_of_loop(pcs, 1, 30, 3), [5, 10, 15], "turns")
    t.expect_equal(trace_insns.turns_of_loop([1] + turn * 2 + [3], 1, 30, 2), [1, 6], "two turns")
