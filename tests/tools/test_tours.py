# SPDX-License-Identifier: MIT
"""test_tours.py - the format of tours, their small language, their pictures."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools", "gdb"))
import tours  # noqa: E402
from tours import expressions, pictures  # noqa: E402

GOOD = """\
# a comment
title: A tour
book: Gorman ch. 6
mem: 64M
type: alloc 0

stop: first
at: __alloc_pages
if: arg2 == 0
let: order = arg2
show: zones()
show: pageset("Normal", order, 0)
text: The shell asks for 2^{order}
  pages.
expect: Normal
ask: What next?
answer: 1 + 1
reached: arg1
why: Because.

stop: last
at: return __alloc_pages
show: zones()
text: Back.
expect: Normal
"""


class Format(unittest.TestCase):
    """Files are read, and what is wrong with them is named by file and line."""

    def wrong(self, old, new, line, *words):
        self.assertIn(old, GOOD)
        with self.assertRaises(tours.TourError) as caught:
            tours.parse("x", GOOD.replace(old, new, 1))
        said = str(caught.exception)
        self.assertTrue(said.startswith(f"x.tour:{line}: "), said)
        for word in words:
            self.assertIn(word, said)

    def test_a_good_tour_is_read_whole(self):
        tour = tours.parse("x", GOOD)
        self.assertEqual((tour.title, tour.mem, tour.start, tour.type),
                         ("A tour", "64M", "shell", ["alloc 0"]))
        first, last = tour.stops
        self.assertEqual((first.name, first.text), ("first", "The shell asks for 2^{order} pages."))
        self.assertEqual([name for name, _ in first.show], ["zones", "pageset"])
        self.assertTrue(last.at.is_return)
        self.assertEqual(last.at.function, "__alloc_pages")

    def test_every_tour_that_is_there_is_sound(self):
        self.assertGreaterEqual(len(tours.names()), 7)
        for name in tours.names():
            self.assertGreaterEqual(len(tours.load(name).stops), 2)

    def test_words(self):
        self.wrong("book: Gorman", "buch: Gorman", 3, "'buch' is none of", "book")
        self.wrong("ask: What", "asks: What", 16, "'asks' is none of", "ask")
        self.wrong("mem: 64M\n", "mem: 64M\nmem: 32M\n", 5, "a second 'mem'", "line 4")
        self.wrong("mem: 64M", "mem: plenty", 4, "'plenty'")
        self.wrong("book: Gorman ch. 6", "book:", 3, "says nothing")
        self.wrong("book: Gorman ch. 6", "Gorman ch. 6", 3, "word: value")
        self.wrong("# a comment", "  indented", 1, "belongs to nothing")

    def test_what_is_missing(self):
        self.wrong("book: Gorman ch. 6\n", "", 6, "has no book")
        self.wrong("text: Back.\n", "", 24, "has no text")
        self.wrong("why: Because.\n", "", 20, "has no why")
        self.wrong("text: Back.\n", "text: Back.\nask: More?\n", 26, "last stop asks nothing")

    def test_places_pictures_and_expressions(self):
        self.wrong("at: __alloc_pages", "at: page_alloc.c:12", 8, "page_alloc.c:12")
        self.wrong("at: return __alloc_pages", 'at: return f:"x"', 22, "none of")
        self.wrong("show: zones()", "show: zone()", 11, "no picture 'zone'", "zones")
        self.wrong("show: zones()", "show: pageset(1)", 11, "pageset(ZONE, ORDER, TYPE)")
        self.wrong("if: arg2 == 0", "if: arg2 = 0", 9, "no expression")
        self.wrong("if: arg2 == 0", "if: __import__('os')", 9, "no function '__import__'")
        self.wrong("if: arg2 == 0", "if: arg2.real", 9, "not in the language")
        self.wrong("{order}", "{open(1)}", 13, "no function 'open'")
        self.wrong("let: order = arg2", "let: 2 = arg2", 10, "name = expression")
        self.wrong("expect: Normal", "expect: (", 15)

    def test_a_place_can_be_a_line_by_its_text(self):
        text = GOOD.replace("at: __alloc_pages", 'at: refill:"pcp->nr_locked++"')
        place = tours.parse("x", text).stops[0].at
        self.assertEqual((place.function, place.marker), ("refill", "pcp->nr_locked++"))


class Language(unittest.TestCase):
    """Expressions give what Python gives, and only that."""

    def value(self, text, **names):
        return expressions.evaluate(expressions.parse(text), None, names)

    def test_values(self):
        self.assertEqual(self.value("1 + 2 * 3 - (8 >> 1) % 3"), 6)
        self.assertEqual(self.value("a if b > 1 else 'c'", a=5, b=2), 5)
        self.assertIs(self.value("1 < a <= 3 and not b", a=3, b=0), True)
        self.assertEqual(self.value("a & 12 | 1", a=6), 5)
        self.assertEqual(self.value("min(a, 4) + max(1, 2)", a=3), 5)
        self.assertEqual(self.value("0 or a", a=7), 7)

    def test_refusals(self):
        for text in ("x.y", "x[0]", "[1]", "lambda: 1", "f'{x}'", "min(*x)", "(x := 1)", "f(1)", "",
                     "1 +"):
            with self.assertRaises(expressions.Wrong, msg=text):
                expressions.parse(text)

    def test_an_unknown_name_is_told_with_those_that_there_are(self):
        with self.assertRaisesRegex(expressions.Wrong, "no 'arg9' here; there are: arg1, pfn"):
            self.value("arg9", arg1=1, pfn=2)


def buddy(*lists, free=0, deferred=None):
    return {"zone": "Normal", "free": free, "deferred": deferred, "lists": list(lists)}


class Pictures(unittest.TestCase):
    """What was is told from what is; lines fit."""

    def check(self, lines, *parts, absent=()):
        text = "\n".join(lines)
        for line in lines:
            self.assertLessEqual(len(line), pictures.WIDTH, line)
        for part in parts:
            self.assertIn(part, text)
        for part in absent:
            self.assertNotIn(part, text)

    def test_buddy_marks_the_orders_that_changed(self):
        was = buddy([("U", 5)], [], [("U", 8), ("M", 16)], free=9)
        now = buddy([("U", 5)], [("U", 10)], [("M", 16)], free=7)
        self.check(pictures.buddy(was, now), "Normal: 9 -> 7 free pages", "  order  0  U[5]\n",
                   "* order  1  -  ->  U[10]", "* order  2  U[8] M[16]  ->  M[16]")
        self.check(pictures.buddy(None, now), "  order  1  U[10]", absent=("*", "->"))

    def test_buddy_shows_what_is_put_aside_and_counts_what_does_not_fit(self):
        now = buddy([("M", 100000 + 2 * i) for i in range(40)], deferred=(7184, 4))
        self.check(pictures.buddy(None, now), "put aside: [7184] order 4", " +")
        was = buddy([("M", 100000 + 2 * i) for i in range(41)])
        self.check(pictures.buddy(was, now), "put aside: nothing -> [7184] order 4", "M[100080]")

    def test_the_order_of_a_list_alone_is_no_change(self):
        self.check(pictures.buddy(buddy([("U", 1), ("U", 3)]), buddy([("U", 3), ("U", 1)])), absent=("*",))

    def test_pageset_shows_both_stacks(self):
        was = {"zone": "Normal", "order": 0, "type": "U", "stack": [1, 2], "room": 3}
        now = dict(was, stack=[1, 2, 9], room=2)
        self.check(pictures.pageset(was, now), "* pageset of Normal, order 0, type U: 2 -> 3 blocks",
                   "was [NULL] [1] [2] <- top", "now [NULL] [1] [2] [9] <- top")
        self.check(pictures.pageset(now, now), "    [NULL] [1] [2] [9] <- top", absent=("was",))
        self.check(pictures.pageset(None, dict(was, stack=list(range(1000, 1100)))), "(+", "[1099] <- top")

    def test_zone_bars(self):
        z = {"name": "DMA", "free": 40, "min": 10, "low": 20, "high": 30}
        lines = pictures.zones([z], [dict(z, free=5)])
        self.check(lines, "* DMA", "free 40 -> 5; min 10 low 20 high 30", "|##")
        self.assertEqual(pictures.bar(dict(z, free=45))[13:14], "h")
        self.assertTrue(pictures.bar(dict(z, free=10 ** 9)).endswith(">"))
        self.assertEqual(len(pictures.bar(dict(z, min=0, low=0, high=0, free=0))), 41)

    def test_page_names_what_changed(self):
        p = {"pfn": 9, "zone": "Normal", "state": "allocated", "refcount": 1, "mapcount": 0, "order": 0,
             "type": "Unmovable", "alloc_site": "f+0x1", "free_site": "-", "flags": ["managed"]}
        self.check(pictures.page(p, dict(p, refcount=0, flags=["managed", "buddy"])),
                   "*   refcount   1 -> 0", "*   flags      managed -> managed buddy", "    order      0")

    def test_walk_shows_entries_that_came(self):
        was = {"va": 0xf8800000, "pa": None, "large": False, "entries": [("pgd", 3, 1, "P-------")]}
        now = dict(was, pa=0x5000, entries=[("pgd", 3, 1, "P-------"), ("pmd", 8, 0x5003, "PW-X----")])
        self.check(pictures.walk(was, now), "*   pmd[  8]  no table -> 0000000000005003 PW-X----",
                   "*   leads to  nothing -> 0x5000", "    pgd[  3]")

    def test_slab_cells(self):
        was = {"name": "kmalloc-64", "size": 64, "num": 4, "order": 0, "nr_slabs": 1,
               "slabs": [(0xc1000000, "o..c")], "array": [0xc10000c0]}
        now = dict(was, slabs=[(0xc1000000, "oo.c"), (0xc2000000, "....")], nr_slabs=2)
        self.check(pictures.slab(was, now), "slabs 1 -> 2", "*   slab at 0xc1000000",
                   "      oo.c\n       ^ was: .", "*   slab at 0xc2000000: new",
                   "    array: 1 objects, on top 0xc10000c0")
        self.check(pictures.slab(now, was), "slab at 0xc2000000: given back")
        many = dict(was, slabs=[(0xc1000000 + i * 4096, "oooo") for i in range(9)])
        self.check(pictures.slab(many, many), "... 5 slabs that are as they were")

    def test_vmalloc_strip(self):
        start = 0xf8800000
        was = {"start": start, "end": 0xfe000000, "areas": []}
        now = dict(was, areas=[(start, start + 3 * 4096, "busy", 2, "f+0x1")])
        self.check(pictures.vmalloc(was, now), "0 -> 1 areas", "##|...",
                   "*   0xf8800000 - 0xf8803000 busy, 2 frames")
        freed = dict(was, areas=[(start, start + 3 * 4096, "cached", 2, "f+0x1")])
        self.check(pictures.vmalloc(now, freed), "cc|...", "busy -> cached")
        self.check(pictures.vmalloc(now, was), "*   0xf8800000: gone")

    def test_pkmap_row(self):
        was = {"base": 0xff600000, "last": 0, "used": [], "size": 512}
        now = dict(was, last=2, used=[(2, 1, 77, "PW------"), (5, "leaving", 78, "--------"),
                                      (6, 12, 79, "P-------")])
        self.check(pictures.pkmap(was, now), "..1..x+.", "0 -> 3 of 512 entries",
                   "*   entry 2: 0xff602000 pfn 77, users free -> 1")
        self.check(pictures.pkmap(now, was), "entry 2: users 1 -> free")

    def test_memory_strip(self):
        nothing = {"memory": [], "reserved": [], "bytes": 0, "reserved_bytes": 0, "retired": False}
        self.check(pictures.memory(None, nothing), "it knows of no memory yet")
        now = {"memory": [(0, 1 << 20), (2 << 20, 62 << 20)],
               "reserved": [(4 << 20, 1 << 20), (8 << 20, 4096)],
               "bytes": 63 << 20, "reserved_bytes": (1 << 20) + 4096, "retired": True}
        self.check(pictures.memory(nothing, now), "RAM 63 MiB in 2 ranges", "|. ..#...+...",
                   "a cell is 1 MiB",
                   "*   reserved 0x000400000 - 0x0004fffff", "retired", "taken 0 -> 1052672 bytes")


if __name__ == "__main__":
    unittest.main()
