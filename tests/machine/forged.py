# SPDX-License-Identifier: MIT
"""forged.py - boot blocks that no honest loader writes: each must boot soundly or stop with a reason.

Rows B1-B15 and B21 of the misuse table. The kernel is started by tests/machine/stub, in about 0.15 s."""

import contextlib
import random
import struct

import forge as f
from boot import check_zones
from case import case, sanitised_map, usable_pages, zoneinfo
from forge import ACPI, KIB, MIB, NVS, PC_MAP, RAM, RESERVED, UNUSABLE

MB2 = 0x36d76289
AT = 0x20000  # where the block goes: RAM below 640 KiB, above what QEMU tells the stub
TOP = (1 << 64) - 1


def start(t, block, *lines, eax=MB2, ebx=None, at=AT, mem="128M", blobs=(), **kw):
    """Boot with this block at this address; blobs: (address, bytes) put into memory besides."""
    with contextlib.ExitStack() as files:
        initrd = t.env.kernel("")
        for address, data in ((at, block), *blobs):
            initrd += f",{files.enter_context(t.file(data))} at={address:x}"
        m = t.machine(mem=mem, initrd=initrd, append=f"eax={eax:x} ebx={at if ebx is None else ebx:x}",
                      **kw)
        m.kernel = t.env.stub()
        return t.run(m, *lines) if lines else t.run(m, "poweroff")


def stops(t, r, *reasons):
    """The kernel must end with exit status 67 and these words."""
    t.expect_how(r, "panic")
    t.expect_text(r, *reasons)


def boots(t, block, entries=None, *texts, **kw):
    """The kernel must come up sound; entries: the map it must have made its own from."""
    r = start(t, block, "cat /proc/zoneinfo", "check", "alloc 0", "alloc 9", "poweroff", **kw)
    t.expect_how(r, "pass")
    t.expect_text(r, "^CHECK ok", r"^ALLOC pfn=\d+ order=0", *texts)
    if entries is not None and r.how == "pass":
        t.expect_equal(sanitised_map(r.text), model(entries), "sanitised map")
        check_zones(t, r)
    return r


# --- what the map must become -------------------------------------------------------------------

STRICTNESS = {RAM: 0, ACPI: 1, NVS: 2, UNUSABLE: 4}
NAMES = {RAM: "usable", ACPI: "ACPI data", NVS: "ACPI NVS", UNUSABLE: "unusable"}


def model(entries):
    """The same map by the plainest means: the strictest type wins between any two edges."""
    spans = [(a, min(a + n, TOP), kind) for a, n, kind in entries if n]
    points = sorted({p for a, b, _ in spans for p in (a, b)} | {0x1000, 0xa0000, 0x100000})
    rows = []
    for a, b in zip(points, points[1:]):
        kinds = [k for lo, hi, k in spans if lo <= a and b <= hi]
        if not kinds:
            continue
        kind = max(kinds, key=lambda k: STRICTNESS.get(k, 3))
        if kind == RAM and (b <= 0x1000 or 0xa0000 <= a < 0x100000):
            kind = RESERVED
        name = NAMES.get(kind, "reserved")
        # the kernel carves page 0 and the ISA hole out as ranges of their own
        carved = kind == RESERVED and any(lo <= a and b <= hi and k == RAM for lo, hi, k in spans) \
            and not any(lo <= a and b <= hi and STRICTNESS.get(k, 3) == 3 for lo, hi, k in spans)
        rows.append([a, b, name, carved])
    joined = []
    for a, b, name, carved in rows:
        if joined and joined[-1][1] == a and joined[-1][2] == name and joined[-1][3] == carved:
            joined[-1][1] = b
        else:
            joined.append([a, b, name, carved])
    return [(a, b - 1, name) for a, b, name, _ in joined]


def plain(entries=PC_MAP, *more, **kw):
    return f.block(f.cmdline(""), f.mmap(entries), *more, **kw)


# --- B1: who loaded us --------------------------------------------------------------------------

def add_magic(value):
    @case(name=f"forged.magic_{value:08x}_is_no_loader")
    def run(t):
        r = start(t, plain(), eax=value)
        stops(t, r, f"EAX=0x{value:08x}, expected 0x36d76289")
        t.expect_no_text(r, "e820", "Quire \\(")


for _value in (0, 0x36d76288, 0x2badb003, 0xffffffff):
    add_magic(_value)


# --- B2: the block itself -----------------------------------------------------------------------

@case
def info_pointer_null_is_named(t):
    """Address 0 is no block."""
    stops(t, start(t, plain(), ebx=0), "info block at 0x0: not an 8-byte aligned address")


@case
def info_pointer_unaligned_is_named(t):
    """The specification asks for 8 bytes."""
    for off in (1, 2, 4, 7):
        stops(t, start(t, plain(), ebx=AT + off), f"info block at 0x{AT + off:x}: not an 8-byte")


def add_total(total):
    @case(name=f"forged.total_size_{total:x}_is_named")
    def run(t):
        stops(t, start(t, plain(total=total)), f"info block at 0x20000: total_size {total} is not in 16")


for _total in (0, 8, 15, 0x100000, 0xffffffff):
    add_total(_total)


@case
def info_pointer_into_nothing_is_named(t):
    """Where there is no memory a read gives ones, or zeroes."""
    for ebx in (0xa0000000, 0xfffffff8):
        stops(t, start(t, plain(), ebx=ebx), rf"info block at 0x{ebx:x}.*(not in|cannot be mapped)")


@case
def smallest_block_has_no_memory_size(t):
    """An end tag alone is well formed, and useless."""
    stops(t, start(t, f.block()), "neither a memory map nor a memory size")


# --- B3, B4: tags -------------------------------------------------------------------------------

def add_tag_size(size):
    @case(name=f"forged.tag_size_{size}_is_named")
    def run(t):
        r = start(t, plain(PC_MAP, f.tag(77, b"abcd", size=size)))
        stops(t, r, rf"tag smaller than its own header \(tag type 77, size {size}, offset \d+\)")


for _size in range(8):
    add_tag_size(_size)


def add_long_tag(name, size):
    @case(name=f"forged.tag_past_the_end_by_{name}_is_named")
    def run(t):
        good = f.tag(77, b"abcdefgh")
        over = len(good) + len(f.END) + size if size < 1 << 31 else size
        stops(t, start(t, plain(PC_MAP, f.tag(77, b"abcdefgh", size=over))),
              rf"tag runs past the end of the block \(tag type 77, size {over}, offset \d+\)")


add_long_tag("one", 1)
add_long_tag("a_page", 4096)
add_long_tag("4_gib", 0xfffffff8)


@case
def end_tag_missing_is_told_and_survived(t):
    """The block's size ends the list too."""
    boots(t, plain(end=b""), PC_MAP, "no end tag, stopped at the end of the block")


@case
def half_a_tag_header_at_the_end_is_survived(t):
    """Four bytes are no tag."""
    boots(t, plain(end=b"\x01\0\0\0"), PC_MAP, "no end tag")


@case
def total_size_that_cuts_a_tag_is_named(t):
    """A tag that begins inside the block and ends outside."""
    block = plain()
    stops(t, start(t, struct.pack("<I", len(block) - 24) + block[4:]), "tag runs past the end")


@case
def unknown_tags_are_skipped(t):
    """Loaders give more than we ask for."""
    more = [f.tag(kind, bytes(range(kind % 50))) for kind in (2, 5, 7, 8, 10, 11, 12, 21, 999, 1 << 31)]
    boots(t, plain(PC_MAP, *more), PC_MAP)


@case
def end_tag_with_a_size_ends_the_list(t):
    """Whatever follows it is not read."""
    boots(t, plain(end=f.END + f.tag(6, b"", size=3)), PC_MAP)


@case
def later_of_two_command_lines_wins(t):
    """Two maps add up; of two command lines the last counts."""
    r = boots(t, f.block(f.cmdline("mem=32M"), f.mmap(PC_MAP[:2]), f.mmap(PC_MAP[2:]),
                         f.cmdline("highmem=32M")), PC_MAP[:0] or None, "^Command line: highmem=32M")
    t.expect_equal(sanitised_map(r.text), model(PC_MAP), "sanitised map")


# --- B5: no map ---------------------------------------------------------------------------------

@case
def no_map_trusts_the_memory_size(t):
    """mem_lower and mem_upper make two ranges."""
    boots(t, f.block(f.cmdline(""), f.meminfo(639, 64 * 1024)),
          [(0, 639 * KIB, RAM), (MIB, 64 * MIB, RAM)], "no memory map, trusting the memory size")


@case
def no_map_and_no_size_is_named(t):
    """There is nothing to go by."""
    stops(t, start(t, f.block(f.cmdline("x"))), "neither a memory map nor a memory size")


@case
def memory_size_of_nothing_is_named(t):
    """No RAM above 1 MiB, yet here we run."""
    stops(t, start(t, f.block(f.meminfo(640, 0))), "kernel image .* does not lie in RAM")


@case
def memory_size_tag_cut_is_named(t):
    """Four bytes where eight are due."""
    stops(t, start(t, f.block(f.tag(4, b"\0\0\0\0"))), "memory size tag too short")


# --- B6: entry sizes ----------------------------------------------------------------------------

def add_stride(stride):
    @case(name=f"forged.entry_size_{stride}_is_named")
    def run(t):
        stops(t, start(t, f.block(f.mmap(PC_MAP, claimed_stride=stride))),
              r"entry size is not a multiple of 8 from 24 up \(tag type 6")


for _stride in (0, 8, 16, 23, 25, 28, 0xfffffff9):
    add_stride(_stride)


@case
def wider_entries_are_accepted(t):
    """A later specification may add fields."""
    for stride in (32, 40, 64):
        boots(t, f.block(f.cmdline(""), f.mmap(PC_MAP, stride=stride)), PC_MAP)


@case
def cut_last_entry_is_told_and_ignored(t):
    """A size that is no multiple of the entry size."""
    for n in (4, 16, 20):
        boots(t, f.block(f.cmdline(""), f.mmap(PC_MAP, tail=b"\x7f" * n)), PC_MAP,
              "last memory map entry is cut, ignored")


@case
def entry_wider_than_the_tag_gives_no_map(t):
    """Not one entry fits."""
    stops(t, start(t, f.block(f.mmap(PC_MAP, claimed_stride=0x10000))), "does not lie in RAM")


@case
def map_tag_without_its_header_is_named(t):
    """No room for entry size and version."""
    stops(t, start(t, f.block(f.tag(6, b"\x18\0\0\0"))), "memory map tag too short")


@case
def map_without_entries_is_named(t):
    """A map that lists nothing has no RAM for the kernel."""
    stops(t, start(t, f.block(f.mmap([]))), "kernel image .* does not lie in RAM")


# --- B7-B11: odd maps ---------------------------------------------------------------------------

@case
def order_of_entries_does_not_matter(t):
    """B7: the zones are those of the sorted map (host tests try all orders of six)."""
    rnd, seen = random.Random(t.env.seed), set()
    for _ in range(6):
        entries = PC_MAP[:]
        rnd.shuffle(entries)
        r = boots(t, plain(entries), PC_MAP)
        seen.add(str(zoneinfo(r.text)))
    t.expect_equal(len(seen), 1, "different zones")


MAPS = {
    # B8
    "overlapping_ram_counts_once": [(MIB, 40 * MIB, RAM), (20 * MIB, 60 * MIB, RAM)],
    "ram_inside_ram_counts_once": [(MIB, 100 * MIB, RAM), (20 * MIB, MIB, RAM)],
    "the_same_entry_twice_counts_once": [(MIB, 100 * MIB, RAM)] * 2,
    "adjacent_ram_is_one_range": [(MIB, 31 * MIB, RAM), (32 * MIB, 32 * MIB, RAM)],
    # B9
    "reserved_wins_over_ram": [(MIB, 100 * MIB, RAM), (30 * MIB, 5 * MIB, RESERVED)],
    "acpi_wins_over_ram": [(MIB, 100 * MIB, RAM), (30 * MIB + 5, 70000, ACPI)],
    "nvs_wins_over_acpi": [(MIB, 100 * MIB, RAM), (30 * MIB, 9 * MIB, ACPI), (32 * MIB, MIB, NVS)],
    "broken_ram_wins_over_all": [(MIB, 100 * MIB, RAM), (30 * MIB, 9 * MIB, RESERVED),
                                 (33 * MIB, 4096, UNUSABLE), (40 * MIB, 4096, UNUSABLE)],
    "five_types_on_one_byte": [(MIB, 100 * MIB, RAM)] + [
        (50 * MIB, 1 + n, kind) for n, kind in enumerate((RESERVED, ACPI, NVS, UNUSABLE, RAM))],
    "reserved_cuts_both_ends": [(MIB, 100 * MIB, RAM), (60 * MIB, 100 * MIB, RESERVED),
                                (0, 4096, RESERVED)],
    # B10
    "empty_entries_are_ignored": [(MIB, 100 * MIB, RAM), (20 * MIB, 0, RESERVED), (0, 0, RAM),
                                  (TOP, 0, UNUSABLE)],
    "one_byte_entries": [(MIB, 100 * MIB, RAM)] + [(40 * MIB + 8192 * n + 77, 1, RESERVED)
                                                   for n in range(20)],
    "one_byte_of_ram_is_no_page": [(MIB, 100 * MIB, RAM), (120 * MIB + 5, 1, RAM)],
    "unaligned_ends_round_inward": [(MIB, 40 * MIB + 123, RAM), (50 * MIB + 1, 20 * MIB, RAM)],
    "reserved_page_edges_round_outward": [(MIB, 100 * MIB, RAM), (30 * MIB + 4095, 2, RESERVED)],
    # B11
    "wrapping_reserved_range_is_clamped": [(MIB, 100 * MIB, RAM), (TOP - 4095, 1 << 20, RESERVED)],
    "wrapping_ram_is_clamped": [(MIB, 100 * MIB, RAM), (TOP - 0xffffff, TOP, RAM)],
    # B14
    "unknown_types_are_reserved": [(MIB, 100 * MIB, RAM)] + [
        (40 * MIB + n * MIB, 65536, kind) for n, kind in enumerate((0, 6, 7, 12, 20, 0xffffffff))],
    # holes
    "hole_in_every_large_block": [(MIB, 3 * MIB, RAM)] + [
        (n * 4 * MIB, 4 * MIB - 4096, RAM) for n in range(1, 25)],
    "every_second_page": [(MIB, 40 * MIB, RAM)] + [(50 * MIB + 8192 * n, 4096, RAM)
                                                   for n in range(500)],
    "ram_begins_late": [(MIB, 20 * MIB, RAM), (100 * MIB, 20 * MIB, RAM)],
    "dma_zone_only": [(MIB, 12 * MIB, RAM)],
    "nothing_below_1_mib": [(MIB, 60 * MIB, RAM)],
}
LOW = [(0, 0x9fc00, RAM), (0x9fc00, 0x400, RESERVED)]


def add_map(name, entries):
    @case(name="forged.map_" + name)
    def run(t):
        whole = entries if name == "nothing_below_1_mib" else LOW + entries
        at = 0x200000 * 4 if name == "nothing_below_1_mib" else AT
        boots(t, plain(whole), whole, at=at)


for _name, _entries in MAPS.items():
    add_map(_name, _entries)


@case
def lost_bytes_are_told(t):
    """B10: what rounding to pages takes away is added up."""
    entries = [(MIB, 64 * MIB + 100, RAM), (100 * MIB + 50, MIB, RAM)]
    # 100 bytes behind the first; 4046 before and 50 behind the pages of the second
    boots(t, plain(entries), None, r"^4196 bytes of RAM lost to page rounding", at=0x800000)


@case
def ram_above_64_gib_is_clipped(t):
    """B12: PAE has 36 bits here."""
    entries = LOW + [(MIB, 100 * MIB, RAM), ((64 << 30) + 5 * MIB, 3 << 30, RAM), (1 << 52, 1 << 40, RAM)]
    boots(t, plain(entries), entries, r"MiB above 0x1000000000 unused")


@case
def a_thousand_entries_are_read(t):
    """B13: as many as a ten times too fragmented firmware gives."""
    entries = LOW + [(MIB, 100 * MIB, RAM)] + [(2 * MIB + 65536 * n * 1 + (40 * MIB), 4096, RESERVED)
                                               for n in range(900)]
    boots(t, plain(entries), entries)


@case
def five_thousand_entries_are_cut_safely(t):
    """B13: what finds no room is dropped, RAM before reservations, and counted."""
    entries = LOW + [(MIB, 100 * MIB, RAM)] + [((1 << 40) + 8192 * n, 4096, RAM) for n in range(5000)] \
        + [(40 * MIB, MIB, RESERVED)]
    r = boots(t, plain(entries), None, r"map truncated: \d+ dropped")
    spans = usable_pages(sanitised_map(r.text))
    t.expect(not any(a < 41 * MIB >> 12 and b > 40 * MIB >> 12 for a, b in spans),
             "a reservation was dropped while RAM was kept")


# --- B15: what lies where -----------------------------------------------------------------------

@case
def kernel_outside_ram_is_named(t):
    """Both ranges are in the message."""
    for entries in ([(0, 0x9fc00, RAM), (32 * MIB, 64 * MIB, RAM)],
                    LOW + [(MIB, 100 * MIB, RAM), (MIB + 65536, 4096, RESERVED)],
                    LOW + [(MIB, 0x20000, RAM), (4 * MIB, 90 * MIB, RAM)]):
        stops(t, start(t, plain(entries)), r"kernel image \[mem 0x100000-0x\w+\] does not lie in RAM")


@case
def info_block_outside_ram_is_named(t):
    """A block in memory that the map calls reserved."""
    entries = [(0, 0x18000, RAM), (0x18000, 0x88000, RESERVED), (MIB, 100 * MIB, RAM)]
    stops(t, start(t, plain(entries)), r"info block \[mem 0x20000-0x\w+\] does not lie in RAM")


@case
def info_block_inside_the_kernel_is_named(t):
    """It would be overwritten."""
    at = 0x180000
    stops(t, start(t, plain(), at=at), r"info block .* overlaps the kernel|kernel image")


def add_module(name, entries, reason):
    @case(name="forged.module_" + name)
    def run(t):
        stops(t, start(t, plain(PC_MAP, *[f.module(a, b) for a, b in entries])), reason)


add_module("outside_ram_is_named", [(0x20000000, 0x20001000)], r"module \[mem 0x20000000-0x20000fff\]")
add_module("in_the_isa_hole_is_named", [(0xa0000, 0xb0000)], r"module \[mem 0xa0000-0xaffff\]")
add_module("over_the_kernel_is_named", [(0x100000, 0x110000)],
           r"module \[mem 0x100000-0x10ffff\] overlaps the kernel \[mem 0x100000-0x\w+\]")
add_module("over_the_kernels_end_is_named", [(0x120000, 0x800000)], r"module .* overlaps the kernel")
add_module("that_ends_before_it_starts_is_named", [(0x500000, 0x400000)], "module ends before it starts")
add_module("at_the_top_of_memory_is_named", [(0xfffff000, 0xffffffff)], r"module \[mem 0xfffff000")


@case
def modules_are_listed_and_reserved(t):
    """Sixteen modules, one of them empty, two overlapping."""
    spans = [(0x1000000 + n * 0x100000, 0x1000000 + n * 0x100000 + n * 5000) for n in range(16)]
    spans[3] = spans[4]
    r = start(t, plain(PC_MAP, *[f.module(a, b) for a, b in spans]), "check",
              f"free {spans[9][0] >> 12} 0", "check", "poweroff")
    t.expect_how(r, "pass")
    t.expect_text(r, "^module 15: ", "kind=free_reserved .*what=module|kind=free_reserved .*module", "^CHECK ok")


@case
def too_many_modules_are_told(t):
    """The seventeenth is left out, and its memory is not protected: it says so."""
    boots(t, plain(PC_MAP, *[f.module(0x1000000, 0x1001000)] * 20), PC_MAP, "too many modules, ignored")


@case
def module_tag_too_short_is_named(t):
    """Start without end."""
    stops(t, start(t, plain(PC_MAP, f.tag(3, b"\0\0\0\x01"))), "module tag too short")


@case
def module_text_without_end_is_cut(t):
    """The string runs to the end of its tag."""
    boots(t, plain(PC_MAP, f.module(0x1000000, 0x1001000, b"x" * 300)), PC_MAP, "^module 0: .* x{63}$")


# --- B16 ----------------------------------------------------------------------------------------

@case
def too_little_ram_in_the_map_is_named(t):
    """The machine has 128 MiB; the map admits to less."""
    stops(t, start(t, plain(LOW + [(MIB, 3 * MIB, RAM)])), r"need at least 8 MiB of memory, have \d+ KiB")
    stops(t, start(t, plain([(0x1000, 0x1000, RAM), (MIB, 600 * KIB, RAM)])),
          r"need at least 8 MiB|does not lie in RAM")


# --- B21: the command line ----------------------------------------------------------------------

@case
def command_line_missing_is_an_empty_one(t):
    """No tag, no words."""
    boots(t, f.block(f.mmap(PC_MAP)), PC_MAP, "^Command line: $")


@case
def command_line_of_64_kib_is_cut(t):
    """Told, and what fits is used."""
    line = "highmem=32M " + "x" * 65536
    boots(t, f.block(f.cmdline(line), f.mmap(PC_MAP)), None, "command line cut or unterminated",
          "^Command line: highmem=32M x+$")


@case
def command_line_without_end_is_told(t):
    """No zero byte before the tag's end."""
    boots(t, f.block(f.tag(1, b"numa=fake=2 seed=5"), f.mmap(PC_MAP)), PC_MAP,
          "command line cut or unterminated", "^Command line: numa=fake=2 seed=5$")


@case
def command_line_of_nonsense_bytes_is_survived(t):
    """Control characters, quotes that never close, a thousand words."""
    rnd = random.Random(t.env.seed)
    for junk in (bytes(rnd.randrange(1, 256) for _ in range(1500)), b'run="never closed',
                 b"= =a == mem==5 highmem=\xff", b"a " * 1000, b'"""""""" "" "'):
        r = start(t, f.block(f.tag(1, junk + b"\0"), f.mmap(PC_MAP)), "check", "poweroff")
        t.expect_how(r, "pass")
        t.expect_text(r, "CHECK ok")


# --- tags that are optional ---------------------------------------------------------------------

OPTIONAL = {
    "elf_sections_too_short": (f.tag(9, b"\x01\0\0\0"), "ELF sections tag too short, ignored"),
    "elf_sections_of_size_0": (f.tag(9, struct.pack("<III", 5, 0, 0)), "ELF sections tag is inconsistent"),
    "elf_sections_beyond_the_tag": (f.tag(9, struct.pack("<III", 0xffffffff, 40, 0) + bytes(80)),
                                    "ELF sections tag is inconsistent"),
    "elf_sections_huge_entries": (f.tag(9, struct.pack("<III", 2, 0x80000000, 0) + bytes(80)),
                                  "ELF sections tag is inconsistent"),
    "rsdp_too_short": (f.tag(14, b"RSD PTR "), "RSDP tag too short, ignored"),
    "new_rsdp_too_short": (f.tag(15, b"RSD PTR " + bytes(20)), "RSDP tag too short, ignored"),
    "rsdp_of_zeroes": (f.tag(14, bytes(20)), "RSDP from the boot loader has a wrong checksum"),
    "loader_name_without_end": (f.tag(2, b"g" * 500), "^CHECK ok"),
}


def add_optional(name, tag, text):
    @case(name="forged." + name + "_is_told")
    def run(t):
        boots(t, plain(PC_MAP, tag), PC_MAP, text)


for _name, (_tag, _text) in OPTIONAL.items():
    add_optional(_name, _tag, _text)


# --- by chance ----------------------------------------------------------------------------------

def mutate(rnd, block):
    """A sound block with something wrong somewhere."""
    data = bytearray(block)
    for _ in range(rnd.randrange(1, 6)):
        at = rnd.randrange(len(data))
        how = rnd.randrange(4)
        if how == 0:
            data[at] ^= 1 << rnd.randrange(8)
        elif how == 1:
            data[at] = rnd.choice((0, 1, 7, 8, 0x7f, 0x80, 0xff))
        elif how == 2:
            struct.pack_into("<I", data, min(at & ~3, len(data) - 4),
                             rnd.choice((0, 1, 8, 0xffffffff, 0x80000000, 0xfffffff8)))
        elif len(data) > 32:
            del data[at & ~7:(at & ~7) + 8]
    return bytes(data)


def fuzz(t, first, count):
    """Each boots soundly or stops with a named reason: no reset, no hang."""
    whole = f.block(f.cmdline("highmem=32M"), f.module(0x1000000, 0x1010000), f.meminfo(639, 65536),
                    f.mmap(PC_MAP), f.rsdp_tag(f.rsdp(0x7fe0000)),
                    f.tag(9, struct.pack("<III", 1, 40, 0) + bytes(40)))
    for n in range(first, first + count):
        before = len(t.failures)
        r = start(t, mutate(random.Random(n), whole), "check", "poweroff")
        t.expect(r.how in ("pass", "panic"), f"ended with {r.how}")
        t.expect_text(r, "^CHECK ok" if r.how == "pass" else "Kernel panic: .{10}|cannot start")
        if len(t.failures) > before:
            t.fail(f"block {n} did that")
        t.runs.clear() if len(t.failures) == before else None


@case
def mutated_blocks_boot_or_are_named(t):
    """Forty blocks with random damage; `make soak` tries a thousand."""
    fuzz(t, t.env.seed * 1000, t.env.scale * 40)
