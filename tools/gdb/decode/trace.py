# SPDX-License-Identifier: MIT
"""trace.py - the kernel's event trace: records in a ring for each CPU, read by the kernel's own
table of what an event has (trace_event_types), so that a new event needs nothing here."""

import collections

from decode.pages import gfp_names

Field = collections.namedtuple("Field", "name offset size signed kind")
Record = collections.namedtuple("Record", "seq tsc cpu pid comm name fields")  # fields: [(Field, value)]


class Trace:
    """The trace of a machine. there: has this kernel one at all?"""

    def __init__(self, mem):
        self.mem, self.layout = mem, mem.layout
        self.there = mem.layout.has("trace_rings")
        self._types = None

    def types(self):
        """[(name, [Field])] by number."""
        if self._types is None:
            self._types = [(t.name.string, [self._field(t.fields[i]) for i in range(t.nr_fields)])
                           for t in self.mem.var("trace_event_types")]
        return self._types

    @staticmethod
    def _field(f):
        return Field(f.name.string, f.offset, f.field("size"), f.is_signed, f.kind)

    def rings(self):
        """(cpu, struct trace_ring) of those that have memory."""
        return [(cpu, r) for cpu, r in enumerate(self.mem.var("trace_rings")) if r.records]

    def dropped(self):
        """Records that were overwritten."""
        return sum(max(0, r.head - r.nr_records) for _, r in self.rings())

    def records(self):
        """All that are there, in the order of their numbers."""
        found = []
        for _, ring in self.rings():
            count = min(ring.head, ring.nr_records)
            raw = self.mem.structs("trace_record", ring.records, ring.nr_records if count else 0)
            for k in range(ring.head - count, ring.head):
                record = self.decode(raw[k % ring.nr_records])
                if record:
                    found.append(record)
        return sorted(found, key=lambda r: r.seq)

    def decode(self, raw):
        """A struct trace_record; None: nothing is there, or it was being written."""
        if not raw.seq or raw.id >= len(self.types()):
            return None
        name, fields = self.types()[raw.id]
        at = self.layout.offset("trace_record", "data")
        values = [(f, self.value(f, raw.bytes[at + f.offset:at + f.offset + f.size])) for f in fields]
        comm = self.layout.offset("trace_record", "comm")
        comm = raw.bytes[comm:comm + self.layout["TRACE_COMM"]].split(b"\0")[0].decode("utf-8", "replace")
        return Record(raw.seq, raw.tsc, raw.cpu, raw.pid, comm, name, values)

    def value(self, field, data):
        if field.kind == self.layout["TRACE_KIND_STR"]:
            return data.split(b"\0")[0].decode("utf-8", "replace")
        return int.from_bytes(data, "little", signed=bool(field.signed))

    def text(self, field, value):
        """A value as the kernel prints it."""
        names = {self.layout["TRACE_KIND_" + name]: show for name, show in (
            ("PTR", lambda v: f"{v:08x}"), ("HEX", lambda v: f"{v:#x}"),
            ("GFP", lambda v: gfp_names(self.layout, v) if v else "none"),
            ("SITE", self.site), ("ZONE", self.zone_name))}
        return names.get(field.kind, str)(value)

    def site(self, pc):
        """A place in the code as %pS prints it: function+0x12/0x40."""
        found = self.layout.function_at(pc)
        if not found:
            return f"{pc:#010x}"
        return f"{found[0]}+{found[1]:#x}/{self.layout.functions[found[0]]['size']:#x}"

    def zone_name(self, value):
        names = self.mem.var("zone_names")
        return names[value].string if value < len(names) else "?"

    def line(self, r):
        """A record as the kernel's own `trace` prints it: ftrace's format."""
        khz = self.mem.var("tsc_khz")
        usec = r.tsc * 1000 // khz if khz else 0
        fields = "".join(f" {f.name}={self.text(f, value)}" for f, value in r.fields)
        return f"{r.comm:>15}-{r.pid:<5} [{r.cpu:03}] {usec // 1000000:5}.{usec % 1000000:06}: " \
               f"{r.name}:{fields} seq={r.seq}"
