#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""trace_insns.py - `make trace-insns`: where the instructions of one operation go.

Boots a kernel under -icount, lets it run to the operation, has QEMU log each instruction of some
turns and says which functions they belong to. Two ways to say which operation:
--bench NAME: a benchmark of ours. The kernel stops at bench_measure(); the loop it is to measure is
    called once to warm up and traced when it is called again.
--function NAME: any function of any kernel. A turn is from one call of it to the next."""

import argparse
import collections
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import machine  # noqa: E402
import symbols  # noqa: E402
from calls import LONGEST, Calls, kind_of  # noqa: E402
from gdbstub import Ended, Traced  # noqa: E402

MOST_TURNS, SOME_TURNS = 1000, 10  # of a benchmark and of a function, unless told otherwise
BLOCK = 1024  # code is read from the guest in blocks of this size: each lies in one page


class Code:
    """What the instructions in the guest do. Its memory is asked, not the file: kernels patch
    themselves."""

    def __init__(self, stub):
        self.stub, self.blocks, self.kinds = stub, {}, {}

    def block(self, number):
        if number not in self.blocks:
            self.blocks[number] = self.stub.memory(number * BLOCK, BLOCK)
        return self.blocks[number]

    def kind(self, pc):
        if pc not in self.kinds:
            number, offset = divmod(pc, BLOCK)
            code = self.block(number)[offset:]
            if len(code) < LONGEST and pc // 4096 == (pc + LONGEST) // 4096:
                code += self.block(number + 1)
            self.kinds[pc] = kind_of(code)
        return self.kinds[pc]


class Trace:
    """Turns of an operation, summed up. All counts are of all turns together."""

    def __init__(self, title, pcs, starts, calls, per=1, empty=None):
        self.title, self.per, self.empty = title, per, empty
        self.turns = [b - a for a, b in zip(starts, starts[1:])]
        self.total = sum(self.turns)
        self.pcs = collections.Counter(pcs)
        self.root = calls.root
        self.functions = calls.by_function()

    def per_turn(self, count):
        return count / len(self.turns)

    def lengths(self):
        """How long the turns were, in words."""
        found = sorted(collections.Counter(self.turns).items())
        if len(found) > 6:
            return f"{len(self.turns)} turns of {found[0][0]} to {found[-1][0]} instructions"
        return "turns: " + ", ".join(f"{count} of {length} instructions" for length, count in found)

    def figure(self):
        """Instructions per operation, in whole tenths as BENCH prints it."""
        turns = len(self.turns)
        return (self.total - (self.empty or 0) * turns) * 10 // (turns * self.per) / 10


def turns_of_loop(pcs, start, end, n):
    """Where each of the n turns begins in pcs, which are those of a whole call of the loop: at the
    visits to the first of its instructions that is executed once a turn. A loop before it may have
    as many turns by chance: the right one takes longest."""
    visits = collections.defaultdict(list)
    for i, pc in enumerate(pcs):
        if start <= pc < end:
            visits[pc].append(i)
    once = [v for v in visits.values() if len(v) == n]
    if not once:
        raise RuntimeError("no instruction of the loop is executed once a turn")
    return max(once, key=lambda v: v[-1] - v[0])


class Tracer:
    """A kernel that runs in a machine, and its symbols."""

    def __init__(self, traced, syms):
        self.traced, self.stub, self.syms = traced, traced.stub, syms
        self.code = Code(self.stub)

    def run_to(self, va):
        self.stub.stop_at(va)
        while self.stub.go() != va:
            pass
        self.stub.do_not_stop_at(va)

    def calls(self, under_way, pcs):
        return Calls(self.syms.name, self.code.kind, under_way).follow(pcs)

    def load_module(self, path):
        """Let Linux load this module, the first it is given; learn its symbols."""
        start = self.syms.range("do_one_initcall")[0]
        self.stub.stop_at(start)
        while True:
            self.stub.go()
            init = self.stub.register("eax")
            if self.syms.name(init) == "?":  # not one of the kernel's own
                break
        self.stub.do_not_stop_at(start)
        self.syms.add(symbols.load_module(path, init, self.stub.word))

    # --- a benchmark ------------------------------------------------------------------------

    def find_bench(self, wanted):
        """Stop where struct bench {name, loop, n, per} of that name is to be measured. Returns:
        (address of the loop, turns that are measured, operations a turn)."""
        measure, seen = self.syms.range("bench_measure")[0], []
        self.stub.stop_at(measure)
        while wanted not in seen:
            try:
                self.stub.go()
            except Ended:
                raise RuntimeError(f"bench_measure() is not called for {wanted}" + (
                    f" but for {', '.join(seen)}" if seen else "")) from None
            bench = self.stub.register("eax")
            seen.append(self.stub.string(self.stub.word(bench)))
        self.stub.do_not_stop_at(measure)
        return tuple(self.stub.word(bench + offset) for offset in (4, 8, 12))

    def whole_call(self, n):
        """At the entry of a loop: make it run n turns. Returns: what it executed until its end."""
        stack = self.stub.register("esp")
        self.stub.set_register("eax", n)
        back = self.stub.word(stack)
        return self.traced.record(lambda: self.run_to(back))

    def turns(self, loop, skip, turns):
        """At the entry of a loop. Returns: (addresses, where turns begin and the last one ends)."""
        pcs = self.whole_call(skip + turns + 1)
        start, end = self.syms.range(self.syms.name(loop))
        starts = turns_of_loop(pcs, start, end, skip + turns + 1)[skip:]
        return pcs[starts[0]:starts[-1]], [s - starts[0] for s in starts]

    def empty_turn(self):
        """What a turn of the loop that is measured for comparison costs."""
        start = self.syms.range("loop_empty")[0]
        self.run_to(start)
        return len(self.turns(start, 0, 1)[0])

    def bench(self, name, skip, turns):
        loop, measured, per = self.find_bench(name)
        self.run_to(loop)  # the warm-up
        empty = self.empty_turn()
        self.run_to(loop)
        pcs, starts = self.turns(loop, skip, turns or min(measured, MOST_TURNS))
        calls = self.calls([self.syms.name(loop)], pcs)
        return Trace(name, pcs, starts, calls, per, empty)

    # --- any function -----------------------------------------------------------------------

    def function(self, name, after, skip, turns):
        if after:
            self.run_to(self.syms.range(after)[0])
        start = self.syms.range(name)[0]
        self.stub.stop_at(start)
        for _ in range(skip + 1):
            self.stub.go()
        stack = self.stub.register("esp")
        caller = self.syms.name(self.stub.word(stack))

        whole = []  # of each stop: is the turn at its end, or does the function call itself?

        def run():
            while sum(whole) < turns:
                self.stub.go()
                whole.append(self.stub.register("esp") == stack)
        pcs = self.traced.record(run)
        hits = [i for i, pc in enumerate(pcs) if pc == start][1:] + [len(pcs)]
        starts = [0] + [hit for hit, ends in zip(hits, whole) if ends]
        return Trace(name, pcs, starts, self.calls([caller], pcs))


# --- printing -------------------------------------------------------------------------------

def number(value):
    """In tenths; what happens more seldom than once in ten turns with two digits."""
    return f"{value:.2g}" if abs(value) < 0.1 else f"{value:.1f}".removesuffix(".0")


def show_head(trace):
    print(f"{trace.title}: {trace.lengths()}")
    if trace.empty is not None:
        unit = f" / {trace.per} operations" if trace.per > 1 else ""
        print(f"per operation: ({number(trace.per_turn(trace.total))} - {trace.empty} of an empty "
              f"loop){unit} = {number(trace.figure())}")


def show_functions(trace, places=None):
    """places: {pc: (function, place)}: show under each function where its source lines are."""
    print(f"{'instructions':>12} {'share':>6} {'calls':>6}  function")
    for name, (insns, calls) in sorted(trace.functions.items(), key=lambda f: -f[1][0]):
        print(f"{number(trace.per_turn(insns)):>12} {insns / trace.total:6.1%} "
              f"{number(trace.per_turn(calls)):>6}  {name}")
        for (inner, place), count in places_of(trace, name, places or {}):
            print(f"{number(trace.per_turn(count)):>26}    {place}"
                  f"{'' if inner == name else ' in ' + inner}")
    print(f"{number(trace.per_turn(trace.total)):>12} {1:6.1%}         a turn")


def places_of(trace, name, places):
    """[((inlined function, source line), instructions)] of one function, the most first."""
    found = collections.Counter()
    for pc, (own, inner, place) in places.items():
        if own == name:
            found[inner, place] += trace.pcs[pc]
    return found.most_common()


def show_tree(trace):
    print(f"{'with below':>12} {'self':>8} {'calls':>6}  call tree")
    for depth, node in trace.root.walk():
        print(f"{number(trace.per_turn(node.whole())):>12} {number(trace.per_turn(node.insns)):>8} "
              f"{number(trace.per_turn(node.calls)):>6}  {'  ' * depth}{node.name}")


def show_against(ours, theirs):
    """Instructions a turn of two traces and what the first has more."""
    print(f"{'this':>10} {'other':>10} {'more':>10}  function")
    rows = [(ours["functions"].get(name, 0), theirs["functions"].get(name, 0), name)
            for name in {**ours["functions"], **theirs["functions"]}]
    rows.sort(key=lambda r: (-abs(r[0] - r[1]), -r[0], r[2]))
    for a, b, name in rows + [(ours["turn"], theirs["turn"], "a turn")]:
        print(f"{number(a):>10} {number(b):>10} {number(a - b) if a != b else '=':>10}  {name}")


# --- what is asked --------------------------------------------------------------------------

def summary(trace):
    """What is compared and kept: instructions a turn."""
    return {"title": trace.title, "turn": trace.per_turn(trace.total), "per": trace.per,
            "functions": {name: trace.per_turn(insns)
                          for name, (insns, _) in trace.functions.items()}}


def trace(o, kernel, elf):
    """Boot this kernel and trace what is asked for."""
    append = o.append if o.append is not None else f"bench={o.bench}" if o.bench else ""
    m = machine.Machine(mem=o.mem, kernel=kernel, initrd=o.initrd, append=append, icount=True)
    with Traced(m, o.limit) as traced:
        try:
            tracer = Tracer(traced, symbols.Symbols(elf))
            if o.module:
                tracer.load_module(o.module)
            if o.bench:
                return tracer.bench(o.bench, o.skip, o.turns)
            return tracer.function(o.function, o.after, o.skip, o.turns or SOME_TURNS)
        except Ended:
            last = "".join(line + "\n" for line in traced.text("serial").splitlines()[-5:])
            raise RuntimeError(f"the machine ended before the operation did; it said last:\n{last}"
                               ) from None


def other(o):
    """What to compare with: a kept summary, or a trace of another build."""
    if o.against.endswith(".json"):
        with open(o.against, encoding="utf-8") as f:
            return json.load(f)
    return summary(trace(o, o.against_kernel or o.against, o.against))


def lines_of(trace, elf, addr2line):
    """{pc: (function by the symbol table, function by the debug information, source line)}"""
    syms, pcs = symbols.Symbols(elf), sorted(trace.pcs)
    return {pc: (syms.name(pc), *place)
            for pc, place in symbols.lines(elf, pcs, addr2line).items()}


def options(words=None):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", required=True, help="what QEMU boots: an ELF or a bzImage")
    parser.add_argument("--elf", help="its symbols, if the kernel itself has none")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--bench")
    what.add_argument("--function")
    parser.add_argument("--after", help="wait until this function is called, then for --function")
    parser.add_argument("--skip", type=int, default=0, help="turns to leave out before the first")
    parser.add_argument("--turns", type=int)
    parser.add_argument("--mem", default="1G")
    parser.add_argument("--append", help="the kernel's command line (bench=NAME)")
    parser.add_argument("--initrd")
    parser.add_argument("--module", help="a Linux module, the first that is inserted")
    parser.add_argument("--limit", type=int, default=300, help="seconds that the machine may run")
    parser.add_argument("--lines", action="store_true", help="source lines below each function")
    parser.add_argument("--tree", action="store_true", help="who called whom")
    parser.add_argument("--against", help="ELF of another build or what --save wrote (.json)")
    parser.add_argument("--against-kernel", help="what QEMU boots for it, if not the ELF")
    parser.add_argument("--save", help="a .json file for a later --against")
    parser.add_argument("--addr2line", default="addr2line")
    o = parser.parse_args(words)
    o.elf = o.elf or o.kernel
    return o


def show(o, found):
    show_head(found)
    if o.tree:
        show_tree(found)
    if o.against:
        theirs = other(o)
        print(f"against {o.against}: {theirs['title']}")
        show_against(summary(found), theirs)
    elif o.lines or not o.tree:
        show_functions(found, lines_of(found, o.elf, o.addr2line) if o.lines else None)


def main():
    o = options()
    try:
        found = trace(o, o.kernel, o.elf)
        if o.save:
            with open(o.save, "w", encoding="utf-8") as f:
                json.dump(summary(found), f, indent=1)
        show(o, found)
    except (RuntimeError, KeyError, ValueError, OSError) as error:
        sys.exit(f"trace_insns: {error.args[0] if isinstance(error, KeyError) else error}")


if __name__ == "__main__":
    main()
