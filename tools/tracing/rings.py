# SPDX-License-Identifier: MIT
"""rings.py - records out of the kernel's rings, wherever its memory is: a core file, a machine.

What an event is made of comes from the kernel's own trace_event_types (tools/gdb/decode/trace.py),
where things lie from the layout of this very build (tools/layout.py), names from the tables in the
kernel's memory: no number here is typed by hand. Made for many records: a ring is read at once."""

import bisect
import struct

import decode.trace
from decode import pagesets, sites
from decode.pages import gfp_names
from decode.zones import Zones
from tracing.events import Event, EventType, Field, Trace, Zone

CODES = {(1, False): "B", (2, False): "H", (4, False): "I", (8, False): "Q",
         (1, True): "b", (2, True): "h", (4, True): "i", (8, True): "q"}


class Names:
    """What the kernel calls a number: functions, flags, zones. Each is asked once."""

    def __init__(self, mem):
        self.mem, self.known = mem, {}
        self.zones = [p.string for p in mem.var("zone_names")]
        self.sites = sites.table(mem)

    def symbol(self, address):
        """name+0x12/0x345, as %pS."""
        i = bisect.bisect_right(self.sites.starts, address) - 1
        if i < 0 or not sites.is_text(self.mem, address):
            return f"0x{address:08x}"
        start, end = (self.sites.starts + [self.sites.end])[i:i + 2]
        return f"{self.sites.names[i]}+{address - start:#x}/{end - start:#x}"

    def text(self, kind, value):
        """A value as the kernel's trace_text.c prints it."""
        if kind == "PTR":
            return f"{value:08x}"
        if kind == "HEX":
            return f"{value:#x}"
        if kind not in ("GFP", "SITE", "ZONE"):
            return str(value)
        if (kind, value) not in self.known:
            self.known[kind, value] = self._name(kind, value)
        return self.known[kind, value]

    def _name(self, kind, value):
        if kind == "GFP":
            return gfp_names(self.mem.layout, value) if value else "none"
        if kind == "SITE":
            return self.symbol(value)
        return self.zones[value] if value < len(self.zones) else "?"


class Decoder:
    """The bytes of records to events."""

    def __init__(self, mem):
        self.mem, layout = mem, mem.layout
        kinds = {value: name.removeprefix("TRACE_KIND_")
                 for name, value in layout.enums["trace_kind"].items()}
        self.names = Names(mem)
        self.types = [EventType(name, [Field(f.name, kinds[f.kind], f.offset, f.size, bool(f.signed))
                                       for f in fields])
                      for name, fields in decode.trace.Trace(mem).types()]
        self.size = layout.size("trace_record")
        self.head = self._struct([Field(n, "DEC", layout.offset("trace_record", n), s, n == "pid")
                                  for n, s in (("id", 2), ("cpu", 2), ("seq", 4), ("tsc", 8), ("pid", 4))])
        self.comm = layout.offset("trace_record", "comm")
        self.data = layout.offset("trace_record", "data")
        self.bodies = [(t.name, tuple(f.name for f in t.fields), self._struct(t.fields),
                        tuple(f.name for f in t.fields if f.kind == "STR")) for t in self.types]
        self.tsc_khz = mem.var("tsc_khz")

    @staticmethod
    def _struct(fields):
        """The fields as one struct.Struct; they come in the order of their offsets."""
        form, at = "<", 0
        for f in fields:
            form += f"{f.offset - at}x" if f.offset > at else ""
            form += f"{f.size}s" if f.kind == "STR" else CODES[f.size, f.signed]
            at = f.offset + f.size
        return struct.Struct(form)

    def event(self, data, at):
        """The record at this place in the bytes; None: nothing is there, or it is being written."""
        kind, cpu, seq, tsc, pid = self.head.unpack_from(data, at)
        if not seq or kind >= len(self.bodies):
            return None
        name, fields, body, strings = self.bodies[kind]
        values = dict(zip(fields, body.unpack_from(data, at + self.data)))
        for field in strings:
            values[field] = text_of(values[field])
        comm = text_of(data[at + self.comm:at + self.data])
        usec = tsc * 1000 // self.tsc_khz if self.tsc_khz else 0
        return Event(seq, cpu, pid, comm, usec, name, values, tsc=tsc)

    def ring(self, cpu):
        return self.mem.var("trace_rings")[cpu]

    def read(self, cpu, since=0):
        """Returns: (events of a CPU's ring from its k-th record on, how many were overwritten, how
        many were ever written)."""
        ring = self.ring(cpu)
        if not ring.records:
            return [], 0, 0
        size, head = ring.nr_records, ring.head
        first = max(since, head - size)
        events = []
        for start, end in pieces(first, head, size):
            data = self.mem.read(int(ring.records) + start * self.size, (end - start) * self.size)
            events += [self.event(data, at) for at in range(0, len(data), self.size)]
        return [e for e in events if e], first - since, head


def pieces(first, end, size):
    """Records first..end-1 as at most two runs of places in a ring."""
    while first < end:
        start = first % size
        n = min(end - first, size - start)
        yield start, start + n
        first += n


def text_of(data):
    return bytes(data).split(b"\0")[0].decode("utf-8", "replace")


# --- zones -----------------------------------------------------------------------------------

def zone_now(zones, zone):
    """A Zone from the kernel's. zones: decode.zones.Zones."""
    mem = zones.mem
    marks = mem.layout.enums["zone_watermarks"]
    watermarks = {name.removeprefix("WMARK_").lower(): zone._watermark[marks[name]]
                  for name in ("WMARK_MIN", "WMARK_LOW", "WMARK_HIGH")}
    return Zone(zones.name(zone), zone.node, zone.zone_start_pfn,
                zone.zone_start_pfn + zone.spanned_pages, zones.counts(zone),
                pagesets.pages_in(zones, zone), sum(zone.nr_slab), watermarks)


def trace_of(mem):
    """Everything that is in the rings of a machine whose memory is at rest."""
    decoder, events, dropped = Decoder(mem), [], {}
    for cpu in range(mem.var("nr_cpu_ids")):
        found, lost, _ = decoder.read(cpu)
        events += found
        dropped[cpu] = lost
    events.sort(key=lambda e: e.seq)
    zones = Zones(mem)
    trace = Trace(events, {t.name: t for t in decoder.types}, decoder.names, decoder.tsc_khz, dropped,
                  [zone_now(zones, z) for z in zones.populated()])
    trace.pcp_orders = mem.layout["PCP_ORDERS"]
    trace.pageblock_order = mem.layout["pageblock_order"]
    return trace
