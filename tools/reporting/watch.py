# SPDX-License-Identifier: MIT
"""watch.py - looks at a machine: every event, and at rest the zones and the map of memory.

The rings are emptied often enough that no event is lost. At rest the free lists that the events
lead to (tracing/replay.py) are compared with the kernel's own."""

import collections

from decode.zones import Zones
from tracing import replay, rings
from tracing.events import Trace

MANY = 20000  # records written since the last look: time for the next one

FREE, SLAB, USED, RESERVED = range(4)  # what a frame is


class Look:
    """The machine at rest. seq: the last event before it. zones: [Zone]; blocks: [Block]; types:
    {(zone, migrate type): [free blocks by order]}."""

    def __init__(self, name, seq, zones, blocks=(), types=None):
        self.name, self.seq, self.zones = name, seq, zones
        self.blocks, self.types = blocks, types or {}

    free = property(lambda self: sum(s.free for s in map(state_of, self.zones)))


class Block:
    """A pageblock of a zone. frames: how many are FREE, SLAB, USED, RESERVED."""

    def __init__(self, zone, pfn, kind, frames):
        self.zone, self.pfn, self.kind, self.frames = zone, pfn, kind, frames


def state_of(zone):
    return replay.State(zone.counts, zone.pageset, zone.slab)


class Map:
    """Reads what every frame is, and of which type and order the free blocks are."""

    def __init__(self, mem):
        self.mem, layout = mem, mem.layout
        self.size, self.flags = layout.size("page"), layout.offset("page", "flags")
        self.order, self.type = (
            (layout[f"PAGE_{what}_SHIFT"], (1 << layout[f"PAGE_{what}_BITS"]) - 1)
            for what in ("ORDER", "MT"))
        self.buddy, self.slab, self.managed = (1 << layout["PG_" + n] for n in ("buddy", "slab", "managed"))
        self.block, self.max_order = 1 << layout["pageblock_order"], layout["MAX_ORDER"]

    def flag_words(self, start, end):
        data = self.mem.read(int(self.mem.var("mem_map")) + start * self.size, (end - start) * self.size)
        return memoryview(data).cast("I")[self.flags // 4::self.size // 4]

    def frames(self, words, free):
        """What each frame is. free: called with type and order of each free block."""
        kinds, at = [], 0
        while at < len(words):
            flags, n = words[at], 1
            if flags & self.buddy:
                order = flags >> self.order[0] & self.order[1]
                kind, n = FREE, 1 << order
                free(flags >> self.type[0] & self.type[1], order)
            elif flags & self.slab:
                kind = SLAB
            else:
                kind = USED if flags & self.managed else RESERVED
            kinds += [kind] * n
            at += n
        return kinds

    def read(self, zones):
        """Returns: ([Block] in the order of their frames, {(zone, type): [free blocks by order]})."""
        blocks, types = [], {}
        names = zones.pages.type_names
        for zone in sorted(zones.populated(), key=lambda z: z.zone_start_pfn):
            start, end = zone.zone_start_pfn, zone.zone_start_pfn + zone.spanned_pages
            own = {name: [0] * self.max_order for name in names}

            def free(kind, order, own=own):
                own[names[kind]][order] += 1
            kinds = self.frames(self.flag_words(start, end), free)
            types.update(((zones.name(zone), name), counts) for name, counts in own.items())
            for pfn in range(start // self.block * self.block, end, self.block):
                part = kinds[max(0, pfn - start):pfn + self.block - start]
                blocks.append(Block(zones.name(zone), pfn, self.kind(names, pfn), collections.Counter(part)))
        return blocks, types

    def kind(self, names, pfn):
        """The pageblock's migrate type, by name."""
        return names[self.mem.number(int(self.mem.var("pageblock_types")) + pfn // self.block, 1)]


class Watch:
    """What is known of a machine so far. session: tracing.session.Session, mem: its memory."""

    def __init__(self, session, mem):
        self.session, self.mem = session, mem
        self.decoder, self.map = rings.Decoder(mem), Map(mem)
        self.cpus = mem.var("nr_cpu_ids")
        self.events, self.lost, self.ends = [], 0, [0] * self.cpus
        self.looks, self.differences = [], []
        self.states = self.mover = None

    # --- events -----------------------------------------------------------------------------

    def pending(self):
        """Records written and not read yet, of the CPU with most; a word that changes meanwhile."""
        at, size = self.mem.layout.addr("trace_rings"), self.mem.layout.size("trace_ring")
        head = self.mem.layout.offset("trace_ring", "head")
        heads = [self.mem.number(at + cpu * size + head) for cpu in range(self.cpus)]
        return max(h - e for h, e in zip(heads, self.ends))

    def drain(self):
        """Take what is in the rings. The machine must stand still."""
        found = []
        for cpu in range(self.cpus):
            events, lost, self.ends[cpu] = self.decoder.read(cpu, self.ends[cpu])
            found += events
            self.lost += lost
        found.sort(key=lambda e: e.seq)
        self.events += found
        for e in found:
            step = self.mover and self.mover.moves(e)
            if step:
                self.states[step[0]].apply(step[1])

    def drain_if_many(self):
        if self.pending() > MANY:
            self.session.qmp("stop")
            self.drain()
            self.session.qmp("cont")

    # --- at rest ----------------------------------------------------------------------------

    def look(self, name):
        """The shell waits: note everything under this name."""
        self.session.qmp("stop")
        self.drain()
        zones = Zones(self.mem)
        now = [rings.zone_now(zones, z) for z in zones.populated()]
        found = Look(name, self.events[-1].seq if self.events else 0, now, *self.map.read(zones))
        self.session.qmp("cont")
        self._compare(found)
        self.looks.append(found)
        return found

    def _compare(self, look):
        """Does the kernel have what the events lead to? From here on its own figures count."""
        if self.states is not None:
            for zone, state in zip(look.zones, self.states):
                if state != state_of(zone):
                    self.differences.append((look.name, zone.label, state, state_of(zone)))
        else:
            layout = self.mem.layout
            self.mover = replay.Mover(look.zones, layout["PCP_ORDERS"], layout["pageblock_order"])
        self.states = [state_of(z) for z in look.zones]

    def trace(self):
        """Everything as a Trace."""
        d = self.decoder
        trace = Trace(self.events, {t.name: t for t in d.types}, d.names, d.tsc_khz,
                      {0: self.lost}, self.looks[-1].zones)
        trace.pcp_orders, trace.pageblock_order = self.mover.pcp_orders, self.mover.pageblock_order
        return trace


def history(watch, points):
    """[[(seq, [State])]]: for each look but the first the way from the look before it, at about so
    many moments. What the first look saw is moved by the events."""
    events, phases = iter(watch.events), []
    e = next(events, None)
    for before, after in zip(watch.looks, watch.looks[1:]):
        states, step = [state_of(z) for z in before.zones], max(1, (after.seq - before.seq) // points)
        mover = replay.Mover(before.zones, watch.mover.pcp_orders, watch.mover.pageblock_order)
        rows, due = [(before.seq, copies(states))], before.seq + step
        while e and e.seq <= after.seq:
            found = mover.moves(e) if e.seq > before.seq else None
            if found:
                states[found[0]].apply(found[1])
            if e.seq >= due:
                rows.append((e.seq, copies(states)))
                due = e.seq + step
            e = next(events, None)
        phases.append(rows + [(after.seq, [state_of(z) for z in after.zones])])
    return phases


def copies(states):
    return [s.copy() for s in states]
