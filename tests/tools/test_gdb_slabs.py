# SPDX-License-Identifier: MIT
"""test_gdb_slabs.py - the decoders of slabs, areas, kmap, per-CPU units and stacks, and the checkers,
on memory made by hand: states that a machine seldom or never shows."""

import unittest

from fake_memory import FakeMemory

from decode import cpus, kmaps, percpus, stacks, vmaps  # fake_memory has made the path
from decode import what as recognisers
from decode.checks import Report, State, areas, frames, kmap, links, moment, percpu, zones
from fake_zone import FakeZone

HEAP = 0xc1400000  # for structures that tests put somewhere


class Lists(unittest.TestCase):
    """checks.links(): nothing is followed that does not fit."""

    def setUp(self):
        self.fake, self.report = FakeMemory(), Report()
        self.fake.write(HEAP, bytes(256))
        self.fake.empty_list(HEAP)
        for k in (1, 2, 3):
            self.fake.add(HEAP, HEAP + 32 * k)

    def walk(self):
        state = State.__new__(State)
        state.mem = self.fake.mem
        return list(links(self.report, state, HEAP, 0, "list"))

    def test_a_sound_list(self):
        self.assertEqual(self.walk(), [HEAP + 32, HEAP + 64, HEAP + 96])
        self.assertEqual(self.report.findings, [])

    def test_a_back_link_that_does_not_fit(self):
        self.fake.word(HEAP + 64 + 4, HEAP)
        self.assertEqual(self.walk(), [HEAP + 32])
        self.assertRegex(self.report.findings[0], f"back link of the entry at {HEAP + 64:#x}: expected")

    def test_a_link_into_nothing(self):
        self.fake.word(HEAP + 32, 0x10)
        self.assertEqual(self.walk(), [HEAP + 32])
        self.assertRegex(self.report.findings[0], "leads to no memory")


class Percpu(unittest.TestCase):
    def setUp(self):
        self.fake = FakeMemory()
        c = self.c = self.fake.layout
        self.fake.write(HEAP, bytes(4096))
        self.space = c.addr("percpu_space")
        self.fake.word(self.space + c.offset("percpu_space", "chunks"), HEAP)
        self.first = percpus.Percpus(self.fake.mem).static_granules
        self.mark(0, self.first)

    def mark(self, at, n):
        for g in range(at, at + n):
            self.flip(g)
        self.flip(at + self.c["CHUNK_GRANULES"])

    def flip(self, bit):
        at = HEAP + bit // 8
        self.fake.word(at, self.fake.mem.number(at, 1) ^ 1 << bit % 8, 1)

    def test_neighbours_are_told_apart(self):
        self.mark(self.first, 3)
        self.mark(self.first + 3, 1)
        self.mark(self.first + 10, 2)
        p = percpus.Percpus(self.fake.mem)
        self.assertEqual([(a.offset // 16 - self.first, a.size // 16) for a in p.allocations()],
                         [(0, 3), (3, 1), (10, 2)])
        self.assertEqual(p.find((self.first + 11) * 16 + 5).offset, (self.first + 10) * 16)
        self.assertIsNone(p.find((self.first + 5) * 16))

    def test_an_allocation_to_the_end_of_its_chunk(self):
        self.mark(self.c["CHUNK_GRANULES"] - 4, 4)
        p = percpus.Percpus(self.fake.mem)
        self.assertEqual([a.size for a in p.allocations()], [64])

    def test_the_checker_finds_a_granule_of_nobody(self):
        report = Report()
        self.flip(self.first + 7)
        percpu.maps(report, percpus.Percpus(self.fake.mem))
        self.assertRegex("\n".join(report.findings),
                         f"granule {self.first + 7} is used and belongs to no allocation")


class Areas(unittest.TestCase):
    """Three areas, the middle one at the root."""

    def setUp(self):
        self.fake = FakeMemory()
        self.c, self.report = self.fake.layout, Report()
        self.start = self.c["VMALLOC_START"]
        self.space = self.c.addr("vmalloc_space")
        self.fake.fields("vmap_space", self.space, start=self.start, end=self.c["VMALLOC_END"], nr_areas=3,
                         used=3 * 0x2000)
        self.fake.empty_list(self.space + self.c.offset("vmap_space", "list"))
        self.fake.write(HEAP, bytes(4096))
        for k in range(3):
            self.area(k, self.start + k * 0x5000)
        self.node(1, 0, self.rb(0), self.rb(2), 0)
        self.node(0, self.rb(1), 0, 0, 1)
        self.node(2, self.rb(1), 0, 0, 1)
        self.fake.word(self.space + self.c.offset("vmap_space", "tree.root"), self.rb(1))
        for k, hole in ((0, 0), (1, 0x3000), (2, 0x3000)):
            self.fake.fields("vmap_area", self.at(k), hole=hole, max_hole=hole)

    def at(self, k):
        return HEAP + 256 * k

    def rb(self, k):
        return self.at(k) + self.c.offset("vmap_area", "rb_node")

    def area(self, k, va):
        self.fake.fields("vmap_area", self.at(k), va_start=va, va_end=va + 0x2000,
                         state=self.c["VMAP_BUSY"])
        for path, value in (("vm.size", 0x2000), ("vm.flags", self.c["VM_ALLOC"])):
            self.fake.field("vmap_area", self.at(k), path, value)
        self.fake.add(self.space + self.c.offset("vmap_space", "list"),
                      self.at(k) + self.c.offset("vmap_area", "list"))

    def node(self, k, parent, left, right, red):
        for path, value in (("rb_node.child[0]", left), ("rb_node.child[1]", right),
                            ("rb_node.parent_red", parent | red)):
            self.fake.field("vmap_area", self.at(k), path, value)

    def check(self):
        state = State.__new__(State)
        state.mem, state.layout = self.fake.mem, self.c
        space = self.fake.mem.var("vmalloc_space")
        found = areas.listed(self.report, state, space)
        areas.Tree(self.report, state, space).look(found)
        return "\n".join(self.report.findings)

    def test_find_and_guard(self):
        maps = vmaps.Vmaps(self.fake.mem)
        self.assertEqual(maps.find(self.start + 0x5010).start, self.start + 0x5000)
        self.assertIsNone(maps.find(self.start + 0x3000))
        self.assertEqual(maps.nearest(self.start + 0x3000).start, self.start)
        area = maps.find(self.start + 0xb004)
        self.assertTrue(area.in_guard(self.start + 0xb004))
        self.assertFalse(area.in_guard(self.start + 0xafff))

    def test_a_sound_tree(self):
        self.assertEqual(self.check(), "")

    def test_red_under_red(self):
        self.node(1, 0, self.rb(0), self.rb(2), 1)
        said = self.check()
        self.assertIn("the root is red", said)
        self.assertIn("is red under a red node", said)

    def test_black_heights(self):
        self.node(0, self.rb(1), 0, 0, 0)
        self.assertIn("black nodes on the ways down differ", self.check())

    def test_a_tree_that_goes_round(self):
        self.node(2, self.rb(1), self.rb(1), 0, 1)
        self.assertRegex(self.check(), "deeper than it can be, or goes round")

    def test_an_overlap(self):
        self.fake.fields("vmap_area", self.at(1), va_start=self.start + 0x1000)
        self.assertIn("overlaps the one below", self.check())


class Kmap(unittest.TestCase):
    def setUp(self):
        self.fake = FakeZone()
        self.c = self.fake.layout
        self.base = self.c.addr("pkmap")
        pkmap = self.fake.mem.var("pkmap")
        self.nobody = self.c.addr("nobody")
        for b in range(len(pkmap.bucket)):
            self.fake.word(pkmap.address_of(f"bucket[{b}]"), self.nobody)
        for i in range(self.c["LAST_PKMAP"]):
            self.fake.word(pkmap.address_of(f"entry[{i}].count"), self.c["FREE"])
        self.pkmap = pkmap

    def map(self, i, pfn, users):
        page = 0xc1000000 + pfn * 32
        self.fake.word(self.pkmap.address_of(f"entry[{i}].count"), users)
        self.fake.word(self.pkmap.address_of(f"entry[{i}].page"), page)
        self.fake.word(self.pkmap.address_of(f"next[{i}]"), self.nobody)
        self.fake.word(self.pkmap.address_of(f"bucket[{page // 32 % 256}]"),
                       self.pkmap.address_of(f"entry[{i}]"))
        self.fake.word(self.c.addr("pkmap_pte") + 8 * i, pfn << 12 | 0x163, 8)

    def check(self):
        report, state = Report(), State(self.fake.mem)
        kmap.pkmap(report, state)
        return "\n".join(report.findings)

    def test_in_use_and_idle(self):
        self.map(3, 1030, 2)
        self.map(4, 1031, 0)
        p = kmaps.Pkmap(self.fake.mem)
        self.assertEqual(p.in_use(), ([3], [4]))
        self.assertEqual(p.pfn(3), 1030)
        self.assertEqual(self.check(), "")

    def test_what_says_who_uses_it(self):
        self.map(3, 1030, 2)
        query = recognisers.Query.__new__(recognisers.Query)
        query.mem, query.layout, query.area = self.fake.mem, self.c, "pkmap"
        query.va, query.site = self.c["PKMAP_BASE"] + 3 * 4096 + 5, lambda pc: "?"
        self.assertEqual(list(recognisers.pkmap(query)),
                         ["  pkmap entry 3: 2 users, pfn 1030, mapped by ?"])

    def test_a_bucket_that_goes_round(self):
        self.map(3, 1030, 1)
        self.fake.word(self.pkmap.address_of("next[3]"), self.pkmap.address_of("entry[3]"))
        self.assertRegex(self.check(), "leads to no entry, or round")

    def test_another_frame(self):
        self.map(3, 1030, 1)
        self.fake.word(self.c.addr("pkmap_pte") + 24, 1040 << 12 | 0x163, 8)
        self.assertRegex(self.check(), "frame that it maps: expected 1030, found 1040")


class Pages(unittest.TestCase):
    """The census of mem_map."""

    def setUp(self):
        self.fake = FakeZone()
        self.state, self.report = State(self.fake.mem), Report()

    def test_a_page_in_two_things(self):
        f = frames.of(self.state)
        self.assertTrue(f.take(self.report, 1024, 8, "free"))
        self.assertFalse(f.take(self.report, 1028, 8, "allocated"))
        self.assertRegex(self.report.findings[0], "page 1028 .* is allocated .* found free")

    def test_pages_of_nobody(self):
        f = frames.of(self.state)
        f.owner[0:1024] = b"\2" * 1024
        f.take(self.report, 1024, 2000, "free")
        zones.orphans(self.report, self.state, f)
        self.assertEqual(len(self.report.findings), 3072 - 3024)
        self.assertRegex(self.report.findings[0], "page 3024 .* in no free list and no pageset")


class Others(unittest.TestCase):
    def test_stacks_and_their_guards(self):
        fake = FakeMemory()
        fake.write(HEAP, bytes(64))
        fake.fields("kernel_stack", HEAP, name=fake.string("one"), guard=0x1000, bottom=0x2000, top=0x4000)
        fake.var("stacks", HEAP, "stacks.c")
        self.assertEqual(stacks.find(fake.mem, 0x1004).name.string, "one")
        self.assertIsNone(stacks.find(fake.mem, 0x4000))

    def test_restartable_sections(self):
        fake = FakeMemory()
        start = fake.layout.addr("__start___restart_table")
        end = fake.layout.addr("__stop___restart_table")
        if start == end:
            self.skipTest("the checking build has no restartable sections")
        fake.write(start, bytes(end - start))
        fake.word(start, 0xc0100010)
        fake.word(start + 4, 0xc0100020)
        self.assertIsNone(moment.section_of(fake.mem, 0xc0100010))
        self.assertEqual(moment.section_of(fake.mem, 0xc0100020), (0xc0100010, 0xc0100020))
        self.assertIsNone(moment.section_of(fake.mem, 0xc0100021))

    def test_a_lock_that_is_held_is_told(self):
        fake = FakeMemory()
        self.assertEqual(list(moment.locks(fake.mem)), [])
        fake.word(fake.layout.addr("vmalloc_space"), 1, 1)
        self.assertEqual(list(moment.locks(fake.mem)), ["the lock of the vmalloc window is held"])

    def test_cpus_with_an_area(self):
        fake = FakeMemory()
        fake.var("nr_cpu_ids", 3)
        for cpu in (0, 2):
            fake.word(fake.layout.addr("__per_cpu_offset") + 4 * cpu, (cpu + 1) << 20)
        self.assertEqual(cpus.possible(fake.mem), [0, 2])


if __name__ == "__main__":
    unittest.main()
