# SPDX-License-Identifier: MIT
"""replay.py - the free lists over time, from the events alone.

Each event moves pages between three places: the buddy lists of a zone (by order), its pagesets, and
whoever has them. So from the lists at one moment those at every other moment follow, as long as no
event is missing; the report compares them with the kernel's own at each of its looks.

    mm_page_alloc_zone_locked   buddy -> pageset, or -> its user where percpu_refill=0
    mm_page_pcpu_drain          pageset -> buddy
    mm_page_alloc, mm_page_free pageset -> user -> pageset; large blocks bypass the pageset
    buddy_split, buddy_merge    within the buddy lists"""

import bisect

MOVES = {"mm_page_alloc_zone_locked", "mm_page_pcpu_drain", "mm_page_alloc", "mm_page_free",
         "buddy_split", "buddy_merge", "slab_grow", "slab_reap"}


class State:
    """Of a zone at a moment. counts: free blocks by order; pageset, slab: pages."""

    def __init__(self, counts, pageset=0, slab=0):
        self.counts, self.pageset, self.slab = list(counts), pageset, slab

    @property
    def free(self):
        """Pages in the buddy lists: nr_free_pages."""
        return sum(n << order for order, n in enumerate(self.counts))

    def copy(self):
        return State(self.counts, self.pageset, self.slab)

    def apply(self, moves, sign=1):
        """moves: [(order, blocks)], pageset pages, slab pages."""
        for order, n in moves[0]:
            self.counts[order] += sign * n
        self.pageset += sign * moves[1]
        self.slab += sign * moves[2]

    def __eq__(self, other):
        return (self.counts, self.pageset, self.slab) == (other.counts, other.pageset, other.slab)


class Mover:
    """Says what an event moves. zones: [Zone]; it remembers blocks that bypass the pagesets."""

    def __init__(self, zones, pcp_orders, pageblock_order):
        self.pcp_orders, self.pageblock_order = pcp_orders, pageblock_order
        spans = sorted((z.start, z.end, i) for i, z in enumerate(zones))
        self.starts, self.spans = [s[0] for s in spans], spans
        self.direct = set()  # small blocks on their way from the buddy lists to their user

    def zone_of(self, pfn):
        """The zone's place in the list, or None."""
        i = bisect.bisect_right(self.starts, pfn) - 1
        return self.spans[i][2] if i >= 0 and pfn < self.spans[i][1] else None

    def moves(self, e):
        """Returns: (zone, ([(order, blocks)], pageset, slab)), or None: nothing moves."""
        if e.name not in MOVES or not e.values["page"]:
            return None
        zone = self.zone_of(e.values["pfn"])
        return None if zone is None else (zone, getattr(self, "_" + e.name)(e.values))

    def _mm_page_alloc_zone_locked(self, v):
        order, refill = v["order"], v["percpu_refill"]
        if order < self.pcp_orders and not refill:
            self.direct.add(v["pfn"])
        return [(order, -1)], 1 << order if refill else 0, 0

    def _mm_page_pcpu_drain(self, v):
        return [(v["order"], 1)], -(1 << v["order"]), 0

    def _mm_page_alloc(self, v):
        order = v["order"]
        if v["pfn"] in self.direct:
            self.direct.discard(v["pfn"])
            return [], 0, 0
        return [], -(1 << order) if order < self.pcp_orders else 0, 0

    def _mm_page_free(self, v):
        order = v["order"]
        if order < self.pcp_orders:
            return [], 1 << order, 0
        part = min(order, self.pageblock_order)
        return [(part, 1 << order - part)], 0, 0

    @staticmethod
    def _buddy_split(v):
        return [(v["order"], -1), (v["order"] - 1, 2)], 0, 0

    @staticmethod
    def _buddy_merge(v):
        return [(v["order"] - 1, -2), (v["order"], 1)], 0, 0

    @staticmethod
    def _slab_grow(v):
        return [], 0, 1 << v["order"]

    @staticmethod
    def _slab_reap(v):
        return [], 0, -(1 << v["order"])


def first_whole(trace):
    """The number from which on no event is missing: the last CPU's first one that was kept."""
    firsts = {}
    for e in trace.events:
        firsts.setdefault(e.cpu, e.seq)
    return max((seq for cpu, seq in firsts.items() if trace.dropped.get(cpu)), default=0)


def backwards(trace):
    """Yields (event, [State]) from the last event to the first: the states behind that event. What
    is yielded changes at the next step."""
    mover = Mover(trace.zones, trace.pcp_orders, trace.pageblock_order)
    first = first_whole(trace)
    steps = [(e, mover.moves(e)) for e in trace.events if e.seq >= first]
    states = [State(z.counts, z.pageset, z.slab) for z in trace.zones]
    for e, step in reversed(steps):
        if step:
            yield e, states
            states[step[0]].apply(step[1], -1)


def unusable(counts, order):
    """The unusable free space index: what part of the free pages lies in blocks that are too small
    for this order. 0: none; 1: all. Source: Gorman, "Understanding the Linux VM", and his thesis."""
    free = sum(n << k for k, n in enumerate(counts))
    fits = sum(n << k for k, n in enumerate(counts) if k >= order)
    return (free - fits) / free if free else 1.0
