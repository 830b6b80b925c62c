# SPDX-License-Identifier: MIT
"""frames.py - mem_map as lists of words, read once: what the checkers of zones and slabs look into.

A machine of 1 GiB has 262144 struct pages: reading them one by one would take minutes."""

WORDS = ("flags", "refcount", "mapcount", "mapping", "index", "private", "next", "prev")
PIECE = 1 << 14  # struct pages read at once


class Frames:
    """flags[pfn], refcount[pfn] ...; None where there is no struct page. owner[pfn]: 0, or the number
    of what it was found to belong to, see NAMES."""

    NAMES = ("nothing", "no struct page", "reserved", "free", "pageset", "allocated", "guard",
             "quarantined")

    def __init__(self, pages):
        self.pages, self.max_pfn = pages, pages.max_pfn
        c = pages.layout
        self.bit = {name: 1 << c["PG_" + name] for name in
                    ("managed", "buddy", "guard", "slab", "reserved", "hwpoison")}
        for name in WORDS:
            setattr(self, name, [])
        self.runs = []  # [(first, end)] of frames that have a struct page
        self._read()
        self.owner = bytearray(self.max_pfn)
        self._note_holes()

    def _read(self):
        block = 1 << self.pages.layout["MAX_ORDER"] - 1
        for first in range(0, self.max_pfn, block):
            end = min(first + block, self.max_pfn)
            if not self.pages.valid(first):
                continue
            if self.runs and self.runs[-1][1] == first and end - self.runs[-1][0] <= PIECE:
                self.runs[-1] = (self.runs[-1][0], end)
            else:
                self.runs.append((first, end))
        at = 0
        for first, end in self.runs:
            self._fill(first - at)
            words = self.pages.words(first, end - first)
            for k, name in enumerate(WORDS):
                getattr(self, name).extend(words[k::8].tolist())
            at = end
        self._fill(self.max_pfn - at)

    def _fill(self, n):
        for name in WORDS:
            getattr(self, name).extend([0] * n)

    def _note_holes(self):
        at = 0
        for first, end in self.runs:
            self.owner[at:first] = b"\1" * (first - at)
            at = end
        self.owner[at:] = b"\1" * (self.max_pfn - at)

    def order(self, pfn):
        c = self.pages.layout
        return self.flags[pfn] >> c["PAGE_ORDER_SHIFT"] & (1 << c["PAGE_ORDER_BITS"]) - 1

    def migratetype(self, pfn):
        c = self.pages.layout
        return self.flags[pfn] >> c["PAGE_MT_SHIFT"] & (1 << c["PAGE_MT_BITS"]) - 1

    def zone_bits(self, pfn):
        """Index in zone_table."""
        return self.flags[pfn] >> self.pages.layout["PAGE_ZONE_SHIFT"]

    def take(self, report, pfn, size, what):
        """[pfn, pfn + size) is found to be `what`; nobody else may have it."""
        kind = self.NAMES.index(what)
        before = self.owner[pfn:pfn + size]
        if before.count(0) == size:
            self.owner[pfn:pfn + size] = bytes([kind]) * size
            return True
        k = next((k for k in range(len(before)) if before[k]), len(before))
        other = self.NAMES[before[k]] if k < len(before) else "beyond memory"
        report.bad(f"page {pfn + k} at {self.pages.mem_map + (pfn + k) * self.pages.size:#010x}",
                   f"is {what} in the block of page {pfn}, and something else as well", what, other)
        return False


def of(state):
    """The Frames of a State."""
    if state.frames is None:
        state.frames = Frames(state.pages)
    return state.frames


def where(state, pfn):
    """A page as findings name it."""
    return f"page {pfn} at {state.pages.mem_map + pfn * state.pages.size:#010x}"
