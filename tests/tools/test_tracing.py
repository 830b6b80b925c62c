# SPDX-License-Identifier: MIT
"""test_tracing.py - the trace's converters and the replay on events made by hand."""

import io
import os
import struct
import sys
import unittest

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")
sys.path[:0] = [TOOLS, os.path.join(TOOLS, "gdb")]
from tracing import chrome, ctf, folded, replay, rings, sites, text  # noqa: E402
from tracing.events import Event, EventType, Field, Trace, Zone  # noqa: E402

LINES = """\
quire> trace show
           init-0     [000]     0.000009: mm_page_alloc: page=c1000100 pfn=8 order=2 migratetype=0 \
gfp_flags=GFP_KERNEL|__GFP_ZERO call_site=run_alloc+0x6d/0x120 seq=3
       stress/1-12345 [011] 123456.000001: buddy_split: page=c1000100 pfn=8 order=3 migratetype=0 node=-1 \
zone=DMA seq=2
    a name - it-7     [000]     1.000000: slab_grow: page=c1000100 pfn=8 order=0 node=0 objects=3 \
name=my cache seq=4
               -1     [000]     1.000000: mm_vmscan_direct_reclaim_end: nr_reclaimed=0 seq=5
              no-1 event
"""


class Names:
    """What a kernel would say."""
    zones = ["DMA", "Normal"]

    @staticmethod
    def text(kind, value):
        return {"PTR": f"{value:08x}", "SITE": f"f{value}+0x1/0x2"}.get(kind, str(value))


ALLOC = EventType("mm_page_alloc", [Field("page", "PTR", 0, 4), Field("pfn", "DEC", 4, 4), Field(
    "order", "DEC", 8, 1), Field("call_site", "SITE", 12, 4)])
SPLIT = EventType("buddy_split", [Field("page", "PTR", 0, 4), Field("pfn", "DEC", 4, 4), Field(
    "order", "DEC", 8, 1), Field("node", "SDEC", 9, 1, True), Field("zone", "ZONE", 10, 1)])
KMALLOC = EventType("kmalloc", [Field("call_site", "SITE", 0, 4), Field("ptr", "PTR", 4, 4),
                                Field("bytes_alloc", "DEC", 8, 4)])
NAME = EventType("slab_grow", [Field("order", "DEC", 0, 1), Field("name", "STR", 1, 14)])


def trace(*events, types=(ALLOC, SPLIT, KMALLOC, NAME), **kw):
    """Events from (name, values): numbers and times rise by one."""
    made = [Event(i + 1, 0, 1, "init", i, name, values, tsc=1000 * i) for i, (name, values)
            in enumerate(events)]
    return Trace(made, {t.name: t for t in types}, Names, 1000000, **kw)


def page(name, order, pfn=8, **kw):
    return name, {"page": 0xc1000000 + 32 * pfn, "pfn": pfn, "order": order, **kw}


def written(write, *args):
    out = io.StringIO()
    write(args[0], out, *args[1:])
    return out.getvalue()


class Text(unittest.TestCase):
    def test_lines_are_read_and_written_the_same(self):
        wanted = [line for line in LINES.splitlines() if " seq=" in line]
        found = written(text.write, text.read(LINES.splitlines())).splitlines()
        self.assertEqual(found, sorted(wanted, key=lambda line: int(line.rsplit("=", 1)[1])))

    def test_values_are_numbers_where_they_can_be(self):
        e = text.read(LINES.splitlines()).events
        self.assertEqual([x.seq for x in e], [2, 3, 4, 5])
        self.assertEqual((e[0].cpu, e[0].pid, e[0].comm, e[0].usec), (11, 12345, "stress/1", 123456000001))
        self.assertEqual((e[0].values["node"], e[0].values["zone"]), (-1, "DMA"))
        self.assertEqual((e[2].comm, e[2].values["name"]), ("a name - it", "my cache"))

    def test_a_field_that_is_once_no_number_is_text_everywhere(self):
        lines = [f"   a-1     [000]     0.000001: e: v={v} seq={i}" for i, v in ((1, "12"), (2, "1f"))]
        t = text.read(lines)
        self.assertEqual([e.values["v"] for e in t.events], ["12", "1f"])
        self.assertFalse(t.types["e"].fields[0].is_number)

    def test_other_lines_are_no_events(self):
        for line in ("", "a-1 [0] 1.0: e: seq=1", "a-1 [000] 1.000000: e: v=1", "KTAP version 1"):
            self.assertIsNone(text.event_of(line), line)


class Rings(unittest.TestCase):
    def test_a_ring_is_read_in_two_pieces(self):
        self.assertEqual(list(rings.pieces(6, 10, 8)), [(6, 8), (0, 2)])
        self.assertEqual(list(rings.pieces(8, 16, 8)), [(0, 8)])
        self.assertEqual(list(rings.pieces(5, 5, 8)), [])

    def test_fields_are_taken_by_their_offsets(self):
        body = rings.Decoder._struct([Field("a", "DEC", 0, 1), Field("b", "SDEC", 4, 2, True),
                                      Field("c", "STR", 6, 3)])
        self.assertEqual(body.unpack(b"\x07...\xff\xffabc"), (7, -1, b"abc"))


class Chrome(unittest.TestCase):
    def rows(self, t, phase):
        return [row for row in chrome.document(t)["traceEvents"] if row["ph"] == phase]

    def test_instants_have_microseconds_and_texts(self):
        t = trace(page("mm_page_alloc", 0, call_site=1), page("mm_page_alloc", 1, call_site=1))
        t.events[1].tsc = 1500  # at a GHz
        row = self.rows(t, "i")[1]
        self.assertEqual((row["ts"], row["tid"], row["args"]["call_site"]), (1.5, 0, "f1+0x1/0x2"))

    def test_reclaim_is_a_slice_if_both_ends_are_there(self):
        begin, end = ((name, {}) for name in (chrome.BEGIN, chrome.END))
        types = (EventType(chrome.BEGIN, []), EventType(chrome.END, []))
        t = trace(end, begin, end, begin, types=types)
        self.assertEqual([(r["ph"], r["ts"]) for r in chrome.slices(t)], [("B", 1), ("E", 2)])


class Folded(unittest.TestCase):
    def test_pages_and_bytes_by_caller(self):
        t = trace(page("mm_page_alloc", 3, call_site=1), page("mm_page_alloc", 3, call_site=1),
                  ("mm_page_alloc", {"page": 0, "pfn": 0, "order": 9, "call_site": 1}),
                  ("kmalloc", {"call_site": 2, "ptr": 1, "bytes_alloc": 64}))
        self.assertEqual(written(folded.write, t, folded.PAGES), "f1;mm_page_alloc;order 3 16\n")
        self.assertEqual(written(folded.write, t, folded.BYTES), "f2;kmalloc;64 bytes 64\n")

    def test_a_failed_request_read_from_lines_weighs_nothing(self):
        t = text.read(["   a-1     [000]     0.000001: mm_page_alloc: page=00000000 pfn=0 order=4 "
                       "call_site=f+0x1/0x2 seq=1"])
        self.assertEqual(written(folded.write, t, folded.PAGES), "")


class Ctf(unittest.TestCase):
    def test_a_stream_is_a_packet_of_whole_events(self):
        t = trace(page("buddy_split", 3, node=-1, zone=1), ("slab_grow", {"order": 2, "name": "x"}))
        data = ctf.stream(t, t.events, 7)
        magic, _, begin, end, bits, size, lost = ctf.PACKET.unpack_from(data)
        self.assertEqual((magic, begin, end, bits, size, lost),
                         (0xc1fc1fc1, 0, 1000, 8 * len(data), 8 * len(data), 7))
        first = ctf.EVENT.pack(1, 0, 0, 1, 1) + b"init\0" + struct.pack("<IIBbB", 0xc1000100, 8, 3, -1, 1)
        second = ctf.EVENT.pack(3, 1000, 0, 2, 1) + b"init\0" + b"\x02x\0"
        self.assertEqual(data[ctf.PACKET.size:], first + second)

    def test_metadata_names_each_event_and_zone(self):
        said = ctf.metadata(trace())
        for part in ("/* CTF 1.8 */", "freq = 1000000000;", '"slab_grow"; id = 3', '"Normal" = 1',
                     "size = 8; align = 8; signed = true; base = 10; } _node"):
            self.assertIn(part, said)
        self.assertEqual(said.count("{"), said.count("}"))


class Replay(unittest.TestCase):
    """One zone of 16 pages; pagesets up to order 1, pageblocks of order 3."""

    def run_events(self, counts, *events, pageset=0):
        state = replay.State(counts, pageset)
        mover = replay.Mover([Zone("DMA", 0, 0, 16)], 2, 3)
        for e in trace(*events).events:
            found = mover.moves(e)
            if found:
                state.apply(found[1])
        return state.counts, state.pageset, state.slab

    def test_split_and_take_through_the_pageset(self):
        self.assertEqual(self.run_events([0, 0, 1], page("buddy_split", 2), page("buddy_split", 1), page(
            "mm_page_alloc_zone_locked", 0, percpu_refill=1)), ([1, 1, 0], 1, 0))

    def test_a_page_goes_to_its_user_and_back(self):
        self.assertEqual(self.run_events(
            [0], page("mm_page_alloc", 0), page("mm_page_free", 0), page("mm_page_pcpu_drain", 0),
            pageset=1), ([1], 0, 0))

    def test_small_blocks_may_bypass_the_pageset(self):
        self.assertEqual(self.run_events([1], page("mm_page_alloc_zone_locked", 0, percpu_refill=0),
                                         page("mm_page_alloc", 0)), ([0], 0, 0))

    def test_large_blocks_come_back_as_pageblocks(self):
        self.assertEqual(self.run_events([0] * 5, page("mm_page_free", 4, 0)), ([0, 0, 0, 2, 0], 0, 0))

    def test_a_merge_takes_two(self):
        self.assertEqual(self.run_events([2, 0], page("buddy_merge", 1)), ([0, 1], 0, 0))

    def test_what_failed_and_other_zones_move_nothing(self):
        self.assertEqual(self.run_events([0], ("mm_page_alloc", {"page": 0, "pfn": 0, "order": 0}),
                                         page("mm_page_free", 0, 16)), ([0], 0, 0))

    def test_slabs_are_counted_in_pages(self):
        self.assertEqual(self.run_events([0], page("slab_grow", 3), page("slab_reap", 1)), ([0], 0, 6))

    def test_backwards_begins_behind_what_was_overwritten(self):
        t = trace(page("buddy_merge", 1), page("buddy_merge", 1), dropped={0: 5},
                  zones=[Zone("DMA", 0, 0, 16, [0, 2])])
        t.pcp_orders, t.pageblock_order = 2, 3
        self.assertEqual([states[0].counts[:] for _, states in replay.backwards(t)], [[0, 2], [2, 1]])
        t.events[0].cpu = 1  # whose ring is whole
        self.assertEqual(len(list(replay.backwards(t))), 1)

    def test_unusable_free_space(self):
        self.assertEqual([replay.unusable([4, 0, 3], k) for k in (0, 1, 2, 3)], [0, 0.25, 0.25, 1])
        self.assertEqual(replay.unusable([0, 0], 1), 1)


class Sites(unittest.TestCase):
    def test_what_was_freed_is_not_held(self):
        t = trace(page("mm_page_alloc", 2, 8, call_site=1), page("mm_page_alloc", 0, 4, call_site=1),
                  page("mm_page_free", 2, 8), page("mm_page_free", 0, 1),
                  ("mm_page_alloc", {"page": 0, "pfn": 0, "order": 9, "call_site": 1}))
        site, = sites.of_pages(t).top()
        self.assertEqual((site.calls, site.amount, site.held, site.held_calls, site.failed), (2, 5, 1, 1, 1))
        self.assertEqual(dict(site.orders), {2: 1, 0: 1})


if __name__ == "__main__":
    unittest.main()
