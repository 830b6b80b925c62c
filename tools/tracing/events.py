# SPDX-License-Identifier: MIT
"""events.py - what a trace is made of: events in the order of their numbers, and their types."""

NUMBERS = ("PTR", "HEX", "DEC", "SDEC", "BOOL", "GFP", "SITE", "ZONE")
HEX = ("PTR", "HEX", "GFP", "SITE")


class Field:
    """kind: the end of a TRACE_KIND_; TEXT: a string of any length, where only lines were read."""

    def __init__(self, name, kind, offset=0, size=8, signed=False):
        self.name, self.kind = name, kind
        self.offset, self.size, self.signed = offset, size, signed

    is_number = property(lambda self: self.kind in NUMBERS)
    is_hex = property(lambda self: self.kind in HEX)


class EventType:
    def __init__(self, name, fields):
        self.name, self.fields = name, fields


class Event:
    """values: {field: number or string}; texts: {field: as it is printed} or None, if not known yet."""

    __slots__ = ("seq", "cpu", "pid", "comm", "tsc", "usec", "name", "values", "texts")

    def __init__(self, seq, cpu, pid, comm, usec, name, values, texts=None, tsc=None):
        self.seq, self.cpu, self.pid, self.comm = seq, cpu, pid, comm
        self.usec, self.tsc, self.name = usec, tsc, name
        self.values, self.texts = values, texts


class Zone:
    """A zone as it was when the trace was read. counts: free blocks by order."""

    def __init__(self, name, node, start, end, counts=(), pageset=0, slab=0, watermarks=None):
        self.name, self.node, self.start, self.end = name, node, start, end
        self.counts, self.pageset, self.slab = list(counts), pageset, slab
        self.watermarks = watermarks or {}

    label = property(lambda self: f"node {self.node} {self.name}" if self.node else self.name)


class Trace:
    """events: by number. types: {name: EventType}. names: says what a number is called (rings.Names),
    or None. tsc_khz: None where only lines were read. dropped: overwritten events, by CPU. zones: at
    the end of the trace, or None. pcp_orders, pageblock_order: of that kernel, where zones are
    known."""

    def __init__(self, events, types, names=None, tsc_khz=None, dropped=None, zones=None):
        self.events, self.types, self.names = events, types, names
        self.tsc_khz, self.dropped, self.zones = tsc_khz, dropped or {}, zones
        self.pcp_orders = self.pageblock_order = 0

    def texts(self, event):
        """{field: as the kernel prints it}."""
        if event.texts is None:
            event.texts = {f.name: self.names.text(f.kind, event.values[f.name])
                           for f in self.types[event.name].fields}
        return event.texts

    def cpus(self):
        return sorted({e.cpu for e in self.events})
