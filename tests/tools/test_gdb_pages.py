# SPDX-License-Identifier: MIT
"""test_gdb_pages.py - the decoders of pages, zones, pagesets, memblock, log and tasks, on memory made
by hand: states that a machine seldom or never shows."""

import random
import unittest

from fake_memory import FakeMemory, layout
from fake_zone import END, PCP, STACK, TYPES, FakeZone

import commands  # noqa: E402  (fake_memory has made the path)
from decode import kinds, log, memblock, pagesets, tasks
from decode.buddy_check import BuddyCheck
from decode.memory import Unreadable
from decode.pages import Pages, gfp_names
from decode.zones import Zones


def run(fake, line):
    """What a command prints."""
    command, words = commands.find(commands.load_all(), line.split())
    return "\n".join(command.lines(commands.Kernel(fake.mem), words))


class Kinds(unittest.TestCase):
    def setUp(self):
        self.fake = FakeZone()

    def kind(self, pfn):
        return kinds.page_kind(Pages(self.fake.mem), pfn)

    def test_every_kind(self):
        f = self.fake
        f.page(1024, 3, refs=1)
        f.page(1040, refs=1, flags=("slab",))
        f.page(1041, refs=1, flags=("hwpoison",))
        f.page(1042, refs=1, flags=("reserved",))
        f.page(1043, flags=("guard",))
        f.free(1056, 5)
        f.page(3072, refs=1)  # memory of somebody else's that looks like a struct page
        for pfn, wanted in ((1024, "allocated"), (1031, "tail"), (1032, "pageset"), (1040, "slab"),
                            (1041, "quarantined"), (1042, "reserved"), (1043, "guard"),
                            (1056, "free"), (1087, "free"), (1088, "pageset"), (3072, "hole"),
                            (4095, "hole"), (4096, "beyond_memory"), (-1 & 0xffffffff, "beyond_memory")):
            self.assertEqual(self.kind(pfn), wanted, pfn)

    def test_reserved_ranges_have_names_and_later_ones_win(self):
        f, c = self.fake, layout()
        at = c.in_file("ranges", "reserved.c")["addr"]
        for i, (start, end, name) in enumerate(((1040, 1050, "first"), (1042, 1043, "second"))):
            f.fields("reserved_range", at + i * c.size("reserved_range"), start=start << 12,
                     end=end << 12, name=f.string(name))
        f.var("nr_ranges", 2, "reserved.c")
        for pfn in (1041, 1042, 1050):
            f.page(pfn, refs=1, flags=("reserved",))
        self.assertEqual([self.kind(p) for p in (1041, 1042, 1050)], ["first", "second", "reserved"])

    def test_the_block_that_waits_to_be_merged_is_free(self):
        self.fake.page(2048, 4)
        self.assertEqual(self.kind(2050), "pageset")
        self.fake.field("zone", self.fake.zone, "deferred", self.fake.page_at(2048))
        self.fake.page(2050, 4)  # it still says the order of the block it was in
        self.assertEqual(self.kind(2050), "free")

    def test_commands_say_it(self):
        f = self.fake
        f.page(1024, 3, refs=1)
        self.assertIn("pfn 1024 (pa 0x000400000): allocated, order 3, type Unmovable, zone Normal",
                      run(f, "page 1024"))
        self.assertIn("hole", run(f, "page 3072"))
        self.assertIn("in the block of pfn 1024, order 3: allocated", run(f, "owner 1030"))
        self.assertIn("page_owner is off", run(f, "owner 1030"))
        with self.assertRaises(commands.CommandError):
            run(f, "owner 3072")

    def test_owner_records(self):
        f, at = self.fake, 0xc1300000
        f.write(at, bytes(4096 * layout().size("page_owner")))
        f.var("owners", at, "alloc_hooks.c")
        self.assertIn("never allocated", run(f, "owner 1024"))
        f.page(1024, 2, refs=1)
        record = at + 1024 * layout().size("page_owner")
        f.fields("page_owner", record, gfp=layout()["___GFP_ZERO"],
                 alloc_site=layout().addr("front_end") + 5)
        f.word(record + 12, 77 << 4 | 2)
        self.assertIn("order 2, __GFP_ZERO, allocated by front_end+0x5, freed by ?, event 77",
                      run(f, "owner 1027"))
        self.assertIn("owner: order 2, __GFP_ZERO", run(f, "page 1024"))


class Buddy(unittest.TestCase):
    def setUp(self):
        self.fake = FakeZone()
        for pfn, order, mt in ((1024, 10, 1), (2048, 9, 0), (2560, 8, 1), (2816, 0, 0), (2820, 2, 2)):
            self.fake.free(pfn, order, mt)

    def zones(self):
        zones = Zones(self.fake.mem)
        return zones, zones.populated()[0]

    def problems(self):
        return "\n".join(BuddyCheck(*self.zones()).problems())

    def spoil(self, path, value):
        self.fake.field("zone", self.fake.zone, path, value)

    def test_counts(self):
        zones, zone = self.zones()
        self.assertEqual(zones.counts(zone), [1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1])
        self.assertEqual(zones.type_counts(zone)[1], [0] * 8 + [1, 0, 1])
        self.assertEqual(self.problems(), "")
        self.assertIn("all free lists are sound", run(self.fake, "buddy --check"))
        self.assertIn("order 10 Movable     pfn 1024", run(self.fake, "buddy -v"))

    def test_a_deferred_block_is_merged_on_paper(self):
        c, f = layout(), self.fake
        f.page(2817, 0)
        self.spoil("deferred", f.page_at(2817))
        f.bump(f.zone + c.offset("zone", f"vm_stat[{c['NR_FREE_PAGES']}]"), 1)
        zones, zone = self.zones()
        self.assertEqual(zones.counts(zone)[:3], [0, 1, 1])
        self.assertEqual(zones.type_counts(zone)[0][:2], [0, 1])
        self.assertEqual(self.problems(), "")

    def test_pageblocks_of_other_types_stay_apart(self):
        c, f = layout(), self.fake
        f.page(2560, 9)  # no block of order 8 any more, but the buddy of 2048
        self.spoil("free_area[8].nr_free", 0)
        self.spoil("deferred", f.page_at(2560))
        zones, zone = self.zones()
        self.assertEqual(zones.counts(zone)[8:], [0, 0, 2])
        f.write(TYPES + 5, bytes([c["MIGRATE_ISOLATE"]]))
        self.assertEqual(zones.counts(zone)[8:], [0, 2, 1])

    def test_every_damage_is_found(self):
        c, f = layout(), self.fake
        flags, refs, lru = (c.offset("page", n) for n in ("flags", "_refcount", "lru"))
        order = 1 << c["PAGE_ORDER_SHIFT"]
        cases = (
            (f.page_at(2048) + lru, 0xc0de0000, "point back|cannot read"),
            (f.page_at(2048) + flags, f.tag, "flags"),
            (f.page_at(2560) + flags, f.mem.number(f.page_at(2560) + flags) + order, "flags"),
            (f.page_at(2048) + flags, f.mem.number(f.page_at(2048) + flags) | 1 << c["PAGE_MT_SHIFT"],
             "its type is Movable"),
            (f.page_at(1024) + refs, 1, "free with 1 references"),
            (f.page_at(1500) + refs, 1, "page 1500 inside it"),
            (f.page_at(2047) + flags, f.tag | 1 << c["PG_buddy"], "page 2047 inside it"),
            (f.zone + c.offset("zone", "nonempty[1]"), 1 << 8, "nonempty"),
            (f.zone + c.offset("zone", "nonempty[3]"), 1 << 2, "nonempty"),
            (f.zone + c.offset("zone", "free_area[9].nr_free"), 2, "nr_free is 2, on the lists are 1"),
            (f.zone + c.offset("zone", f"vm_stat[{c['NR_FREE_PAGES']}]"), 5, "NR_FREE_PAGES is 5"),
            (f.zone + c.offset("zone", "spanned_pages"), 1500, "reaches out of its zone"),
            (f.zone + c.offset("zone", "zone_start_pfn"), 1025, "reaches out of its zone"),
        )
        for address, value, wanted in cases:
            before = f.mem.number(address)
            f.word(address, value)
            self.assertRegex(self.problems(), wanted)
            self.assertIn("WRONG", run(f, "buddy --check"))
            f.word(address, before)
        self.assertEqual(self.problems(), "")

    def test_a_held_lock_is_told(self):
        self.assertNotIn("lock", run(self.fake, "buddy"))
        self.spoil("lock.arch.locked", 1)
        self.assertIn("a CPU holds the zone's lock", run(self.fake, "buddy"))

    def test_unmerged_buddies_and_bad_alignment(self):
        self.fake.free(2817, 0)
        self.assertIn("free like its buddy 2816, and not merged", self.problems())
        self.fake.free(2890, 2)
        self.assertIn("pfn 2890: not aligned", self.problems())

    def test_a_list_that_is_a_circle_ends(self):
        f, c = self.fake, layout()
        at = f.page_at(1024) + c.offset("page", "lru")
        f.word(at, at)
        f.word(at + 4, at)
        self.assertRegex(self.problems(), "no end|point back")

    def test_random_blocks_are_sound(self):
        random.seed(7)
        fake, free = FakeZone(), 0
        for pfn in range(1024, END, 64):
            order = random.randrange(5)
            fake.free(pfn, order, random.randrange(3))
            free += 1 << order
        self.fake = fake
        zones, zone = self.zones()
        self.assertEqual(sum(n << k for k, n in enumerate(zones.counts(zone))), free)
        self.assertEqual(self.problems(), "")

    def test_pageblocks_are_counted(self):
        f = self.fake
        f.write(TYPES, bytes((3, 3, 1, 1, 0, 2, 3, 3)))  # 2..5 are the zone's
        zones, zone = self.zones()
        self.assertEqual(zones.pageblock_counts(zone), [1, 2, 1, 0, 0])
        whole, f.tag = f.tag, f.tag & ~(3 << layout()["PAGE_ZONE_SHIFT"])
        for pfn in range(1536, 2048):  # another zone's, but for the last
            f.page(pfn)
        self.assertEqual(zones.pageblock_counts(zone), [1, 1, 1, 0, 0])
        f.tag = whole
        f.page(2047)
        self.assertEqual(zones.pageblock_counts(zone), [1, 2, 1, 0, 0])
        self.assertIn("Node 0, zone   Normal            1            2            1", run(f, "pagetypes"))


class Pagesets(unittest.TestCase):
    def setUp(self):
        f, c = FakeZone(), layout()
        self.fake = f
        f.write(PCP, bytes(c.size("per_cpu_pages")))
        f.field("zone", f.zone, "pageset[0]", PCP)
        f.fields("per_cpu_pages", PCP, zone=f.zone, cpu=0, high=96, batch=8)
        for order in range(c["PCP_ORDERS"]):
            for mt in range(c["MIGRATE_PCPTYPES"]):
                base = STACK + (order * 3 + mt) * 256
                path = f"lists[{order}][{mt}]"
                f.write(base, bytes(256))
                f.fields("per_cpu_pages", PCP, **{
                    path + ".base": base, path + ".capacity": 63, path + ".parked.top": base,
                    path + ".stack": PCP + c.offset("per_cpu_pages", path + ".parked")})

    def push(self, order, mt, *pfns):
        base, path = STACK + (order * 3 + mt) * 256, f"lists[{order}][{mt}]"
        for i, pfn in enumerate(pfns, 1):
            self.fake.word(base + 4 * i, self.fake.page_at(pfn))
        self.fake.field("per_cpu_pages", PCP, path + ".parked.top", base + 4 * len(pfns))

    def test_count_and_tops(self):
        self.push(0, 0, 1100, 1101, 1102)
        self.push(3, 1, 1200, 1208)
        zones = Zones(self.fake.mem)
        self.assertEqual(pagesets.pages_in(zones, zones.populated()[0]), 3 + 16)
        said = run(self.fake, "pcp")
        self.assertIn("count 19 high 96 batch 8", said)
        self.assertIn("order 0 Unmovable      3 blocks slow: pfn 1102 1101 1100", said)
        self.assertIn("order 3 Movable        2 blocks slow: pfn 1208 1200", said)

    def test_a_list_that_is_being_moved_is_empty(self):
        self.push(0, 0, 1100)
        self.fake.field("per_cpu_pages", PCP, "lists[0][0].parked.top", 0)
        self.assertIn("count 0 ", run(self.fake, "pcp Normal"))

    def test_no_such_zone(self):
        with self.assertRaises(commands.CommandError):
            run(self.fake, "pcp HighMem")


class TheRest(unittest.TestCase):
    def test_before_boot(self):
        for line in ("zones", "buddy", "pagetypes", "meminfo", "nodes", "free", "pcp"):
            with self.assertRaisesRegex(commands.CommandError, "boot has not come so far"):
                run(FakeMemory(), line)
        with self.assertRaisesRegex(commands.CommandError, "no mem_map yet"):
            run(FakeMemory(), "page 5")
        self.assertEqual(run(FakeMemory(), "log"), "")

    def test_log_wraps(self):
        f, c = FakeMemory(), layout()
        ring, size = c.in_file("log_ring", "printk.c")["addr"], c["LOG_SIZE"]
        text = "".join(f"line {i}\r\n" for i in range(size // 6)).encode()
        for i, byte in enumerate(text[-size:], len(text) - size):
            f.word(ring + i % size, byte, 1)
        f.var("log_end", len(text), "printk.c")
        lines = log.text(f.mem).splitlines()
        self.assertEqual(lines[-1], f"line {size // 6 - 1}")
        numbers = [int(line.split()[1]) for line in lines]
        self.assertEqual(numbers, list(range(numbers[0], size // 6)))
        self.assertEqual(run(f, "log 2").splitlines(), lines[-2:])

    def test_memblock(self):
        f, c = FakeMemory(), layout()
        at, regions = c.addr("memblock"), c.in_file("memory_regions", "memblock.c")["addr"]
        f.fields("memblock", at, **{"memory.cnt": 2, "memory.regions": regions})
        for i, (base, size, nid) in enumerate(((0x1000, 0x9e000, 0), (0x100000000, 0x40000000, 1))):
            f.fields("memblock_region", regions + i * c.size("memblock_region"), base=base, size=size,
                     nid=nid)
        self.assertEqual(memblock.regions(f.mem, "memory"),
                         [(0x1000, 0x9e000, 0), (0x100000000, 0x40000000, 1)])
        self.assertIn("[0x100000000-0x13fffffff]   1048576 KiB node 1", run(f, "memblock"))
        self.assertNotIn("retired", run(f, "memblock"))
        f.fields("memblock", at, retired=1, **{"memory.regions": 0xc1c00000})
        self.assertIsNone(memblock.regions(f.mem, "memory"))
        self.assertIn("its memory was freed", run(f, "memblock"))

    def test_tasks(self):
        f, c, at, stack = FakeMemory(), layout(), 0xc1100000, 0xc1110000
        head = c.in_file("tasks", "task.c")["addr"]
        f.empty_list(head)
        f.write(at, bytes(c.size("task_struct")))
        f.fields("task_struct", at, pid=3, state=2, prio=16, wait_site=c.addr("front_end") + 9,
                 sp=stack + 0x1f00, **{"stack.bottom": stack, "stack.top": stack + 0x2000})
        f.write(at + c.offset("task_struct", "comm"), b"worker\0")
        f.add(head, at + c.offset("task_struct", "all_list"))
        f.write(stack, c["STACK_FILL"].to_bytes(4, "little") * (0x2000 // 4))
        frames = (c.addr("front_end") + 9, c.addr("kernel_main") + 20)
        f.word(stack + 0x1f00 + tasks.SAVED_EBP, stack + 0x1f40)
        f.word(stack + 0x1f00 + tasks.RETURN, frames[0])
        f.word(stack + 0x1f40, 0)
        f.word(stack + 0x1f44, frames[1])
        task, = tasks.all_tasks(f.mem)
        self.assertEqual(task.frames(), list(frames))
        self.assertEqual(task.stack_used(), 0x2000 - 0x1f00 - tasks.SAVED_EBP)
        self.assertRegex(run(f, "ps"), r"3   0  D +16 +244/8192 .* worker +front_end\+0x9")
        f.word(stack + 0x1f40, stack + 0x1f40)  # a frame that is its own caller
        self.assertEqual(len(task.frames()), 2)

    def test_lists(self):
        f, c, head = FakeMemory(), layout(), layout().addr("slab_caches")
        f.empty_list(head)
        for i in range(3):
            at = 0xc1100000 + i * 0x1000
            f.write(at, bytes(c.size("kmem_cache")))
            f.field("kmem_cache", at, "name", f.string(f"cache-{i}"))
            f.add(head, at + c.offset("kmem_cache", "list"))
        self.assertIn("0xc1101000 cache-1", run(f, "list slab_caches kmem_cache list"))
        self.assertIn("3 entries", run(f, "list &slab_caches struct kmem_cache list"))
        f.word(0xc1102000 + c.offset("kmem_cache", "list") + 4, 0x1234)
        said = run(f, "list slab_caches kmem_cache list")
        self.assertIn("BROKEN: list at", said)
        self.assertIn("2 entries", said)

    def test_symbols(self):
        c = layout()
        self.assertIn("front_end+0x4", run(FakeMemory(), f"symbol {c.addr('front_end') + 4:#x}"))
        self.assertIn("max_pfn+0x2", run(FakeMemory(), f"symbol {c.addr('max_pfn') + 2:#x}"))
        self.assertIn("no function and no variable (user)", run(FakeMemory(), "symbol 0x2000"))

    def test_allocation_flags(self):
        c = layout()
        kernel = c["___GFP_DIRECT_RECLAIM"] | c["___GFP_KSWAPD_RECLAIM"] | c["___GFP_IO"] | c["___GFP_FS"]
        for gfp, wanted in ((0, "0x0"), (kernel, "GFP_KERNEL"), (c["___GFP_DMA"], "GFP_DMA"),
                            (kernel | c["___GFP_ZERO"], "GFP_KERNEL|__GFP_ZERO"),
                            (kernel | 1 << 30, "GFP_KERNEL|0x40000000"),
                            (c["___GFP_HIGH"] | c["___GFP_KSWAPD_RECLAIM"], "GFP_ATOMIC"),
                            (c["___GFP_HIGH"], "__GFP_HIGH")):
            self.assertEqual(gfp_names(c, gfp), wanted)

    def test_what_cannot_be_read_is_a_sentence(self):
        fake = FakeZone()
        fake.var("pageblock_types", 0xd0000000)
        with self.assertRaisesRegex(commands.CommandError, "cannot read .* at 0xd000000"):
            run(fake, "pagetypes")
        with self.assertRaises(Unreadable):
            fake.read(0xd0000000, 1)


if __name__ == "__main__":
    unittest.main()
