# SPDX-License-Identifier: MIT
"""checks - the state of the whole kernel against its invariants, from outside.

Written from what must hold, not from the kernel's own checkers, so that a fault in those shows too.
Each module has look(report, state); it trusts nothing that it reads: a pointer is followed when it
can point to such a thing, a list as long as its links fit. CHECKERS is the order; a new layer adds
its module there."""

import importlib

from decode.memory import DAMAGED, Unreadable
from decode.pages import Pages
from decode.zones import Zones

CHECKERS = ("memblock", "zones", "slabs", "areas", "kmap", "percpu", "tables", "tasks")
MOST = 200  # findings of one checker that are kept: one cause may have thousands


class Report:
    """What was looked at, and what is wrong."""

    def __init__(self):
        self.findings, self.looked, self.left_out = [], {}, 0
        self.found_here = 0

    def count(self, what, n=1):
        self.looked[what] = self.looked.get(what, 0) + n

    def bad(self, where, what, expected=None, found=None):
        """where: the object, with its address. Numbers are told as they should be read."""
        self.found_here += 1
        if self.found_here > MOST:
            self.left_out += 1
            return
        text = f"{where}: {what}"
        if expected is not None:
            text += f": expected {shown(expected)}, found {shown(found)}"
        self.findings.append(text)

    def equal(self, where, what, expected, found):
        if expected != found:
            self.bad(where, what, expected, found)
        return expected == found


def shown(value):
    return f"{value:#010x}" if isinstance(value, int) and value >= 1 << 24 else str(value)


class State:
    """What the checkers share. used: {pfn: what for} of frames that a checker found the owner of."""

    def __init__(self, mem, pages=None):
        self.mem, self.layout = mem, mem.layout
        self.pages = pages or Pages(mem)
        self.zones = Zones(mem)
        self.frames = None  # checks.frames.Frames: mem_map as one piece

    def is_struct_page(self, at):
        """The number of the frame whose struct page begins at an address, or None."""
        pfn, rest = divmod(at - self.pages.mem_map, self.pages.size)
        return pfn if not rest and self.pages.valid(pfn) else None


def links(report, state, head, offset, where, limit=1 << 20):
    """Addresses of the structures on a struct list_head, links at `offset` in them, as far as each
    link leads to one that points back. Heads and links in memory."""
    mem, before, steps = state.mem, head, 0
    while steps < limit:
        at = mem.number(before)
        try:
            back = mem.number(at + 4)
        except Unreadable:
            report.bad(where, f"link at {before:#010x} leads to no memory")
            return
        if not report.equal(where, f"back link of the entry at {at:#010x}", before, back):
            return
        if at == head:
            return
        yield at - offset
        before, steps = at, steps + 1
    report.bad(where, f"no end after {limit} entries")


def run(mem, only=()):
    """Run the checkers. Returns: the Report."""
    report, state = Report(), State(mem)
    for name in CHECKERS:
        if only and name not in only:
            continue
        report.found_here = 0
        try:
            importlib.import_module("decode.checks." + name).look(report, state)
        except Unreadable as error:
            report.bad(name, f"stopped where memory should be: {error}")
        except ValueError as error:
            report.bad(name, str(error))
        except DAMAGED as error:
            report.bad(name, f"what is there makes no sense: {type(error).__name__}: {error}")
    return report
