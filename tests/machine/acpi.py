# SPDX-License-Identifier: MIT
"""acpi.py - nodes from the firmware's tables, and tables that lie (rows B18-B20).

The stub puts forged tables where an RSDP tag says; QEMU's own -acpitable and -numa do the rest."""

import struct

import forge as f
from boot import check_zones
from case import case, zoneinfo
from forge import ACPI, GIB, MIB, RAM, RESERVED
from forged import start

TABLES = 0x7000000  # ACPI data in the map below
MAP = [(0, 0x9fc00, RAM), (0x9fc00, 0x400, RESERVED), (0xf0000, 0x10000, RESERVED),
       (MIB, TABLES - MIB, RAM), (TABLES, MIB, ACPI)]
HALF = 64 * MIB
TWO_NODES = [f.srat_cpu(0, 0), f.srat_memory(0, 0, HALF), f.srat_memory(1, HALF, 128 * MIB)]


def tables(*bodies, root="RSDT", wrong_root=False, **rsdp_how):
    """(RSDP tag, blob): a root table that lists the bodies, one page each, behind it."""
    at = [TABLES + 0x1000 * (n + 1) for n in range(len(bodies))]
    make = f.rsdt if root == "RSDT" else f.xsdt
    blob = make(at, wrong=wrong_root).ljust(0x1000, b"\0")
    blob += b"".join(body.ljust(0x1000, b"\0") for body in bodies)
    rsdp = f.rsdp(rsdt_at=TABLES, **rsdp_how) if root == "RSDT" else \
        f.rsdp(xsdt_at=TABLES, revision=2, **rsdp_how)
    return f.rsdp_tag(rsdp), blob


def boots(t, *bodies, texts=(), blob=None, append="", **how):
    """Boot on these tables; the kernel must come up sound and say these things."""
    tag, made = tables(*bodies, **how)
    r = start(t, f.block(f.cmdline(append), f.mmap(MAP), tag), "cat /proc/zoneinfo", "check",
              "alloc 0 GFP_HIGHUSER", "poweroff", blobs=[(TABLES, blob or made)])
    t.expect_how(r, "pass")
    t.expect_text(r, "^CHECK ok", r"^ALLOC pfn", *texts)
    if r.how == "pass":
        check_zones(t, r)
    return r


def nodes_of(r):
    return {node for node, _ in zoneinfo(r.text)}


def one_node(t, r):
    if r.how == "pass":
        t.expect_equal(nodes_of(r), {0}, "nodes")


# --- sound --------------------------------------------------------------------------------------

@case
def srat_makes_nodes(t):
    """By RSDT and by XSDT."""
    for root in ("RSDT", "XSDT"):
        r = boots(t, f.srat(TWO_NODES), root=root)
        t.expect_equal(nodes_of(r), {0, 1}, root + ": nodes")
        ends = {n: max(z["start_pfn"] + z["spanned"] for (node, _), z in zoneinfo(r.text).items()
                       if node == n and z["present"]) for n in (0, 1)}
        t.expect_equal(ends, {0: HALF >> 12, 1: TABLES >> 12}, "last pages")


@case
def domains_may_have_any_number(t):
    """Nodes are numbered in order of appearance."""
    big = [f.srat_memory(0xfffffffe, 0, HALF), f.srat_memory(0x80000000, HALF, HALF)]
    t.expect_equal(nodes_of(boots(t, f.srat(big))), {0, 1}, "nodes")


@case
def nodes_may_interleave(t):
    """A B A B: each range keeps its node, no free block spans two."""
    parts = [f.srat_memory(n % 2, n * 10 * MIB, 10 * MIB) for n in range(12)]
    t.expect_equal(nodes_of(boots(t, f.srat(parts))), {0, 1}, "nodes")


@case
def node_border_inside_a_block_is_respected(t):
    """The border is on a page, not on a pageblock or a 4 MiB block."""
    for border in (HALF + 4096, HALF + 3 * MIB, HALF - 12288, 20 * MIB + 0x7000):
        boots(t, f.srat([f.srat_memory(0, 0, border), f.srat_memory(1, border, 256 * MIB)]))


@case
def disabled_entries_say_nothing(t):
    """Flag bit 0 clear."""
    r = boots(t, f.srat(TWO_NODES + [f.srat_memory(2, 0, HALF, enabled=0)]))
    t.expect_equal(nodes_of(r), {0, 1}, "nodes")


@case
def distances_of_the_slit_choose_the_fallback(t):
    """Node 0 is nearer to 2 than to 1: when 0 is full, 2 serves."""
    three = [f.srat_cpu(0, 0)] + [f.srat_memory(n, n * 32 * MIB, 32 * MIB if n < 2 else HALF)
                                  for n in range(3)]
    for near, far in ((2, 1), (1, 2)):
        slit = f.slit([[10, 40 if near == 2 else 15, 15 if near == 2 else 40], [40, 10, 40], [40, 40, 10]])
        tag, blob = tables(f.srat(three), slit)
        r = start(t, f.block(f.cmdline(""), f.mmap(MAP), tag), *["alloc 10 GFP_KERNEL"] * 24, "poweroff",
                  blobs=[(TABLES, blob)])
        nodes = [line.rsplit("node=")[1] for line in r.text.splitlines() if line.startswith("ALLOC pfn")]
        order = sorted(set(nodes), key=nodes.index)
        t.expect_equal(order, ["0", str(near), str(far)], "order of nodes")


@case
def numa_off_ignores_the_srat(t):
    """numa=off: one node, whatever the tables say."""
    one_node(t, boots(t, f.srat(TWO_NODES), append="numa=off"))


# --- B18: tables that are broken ----------------------------------------------------------------

@case
def rsdp_with_a_wrong_checksum_is_ignored(t):
    """The BIOS area is searched instead; the forged SRAT is not seen."""
    one_node(t, boots(t, f.srat(TWO_NODES), wrong=True,
                      texts=["RSDP from the boot loader has a wrong checksum"]))


@case
def root_table_with_a_wrong_checksum_is_ignored(t):
    """No table of it is believed."""
    for root in ("RSDT", "XSDT"):
        one_node(t, boots(t, f.srat(TWO_NODES), root=root, wrong_root=True,
                          texts=[f"{root} at 0x{TABLES:x} has a wrong checksum"]))


@case
def srat_with_a_wrong_checksum_is_ignored(t):
    """One node, with the reason."""
    one_node(t, boots(t, f.srat(TWO_NODES, wrong=True), texts=["SRAT at 0x7001000 has a wrong checksum"]))


def add_length(length):
    @case(name=f"acpi.srat_of_length_{length:x}_is_ignored")
    def run(t):
        one_node(t, boots(t, f.srat(TWO_NODES, length=length),
                          texts=[rf"SRAT at 0x7001000 has (an impossible length {length}|a wrong checksum)"]))


for _length in (0, 8, 35, 0x00100000, 0x7fffffff, 0xffffffff):
    add_length(_length)


@case
def root_that_points_nowhere_is_ignored(t):
    """Pointers outside what the map lists, to 0, to itself, and 200 of them."""
    for pointers in ([0x40000000], [0xfffffffc], [0], [TABLES], [TABLES + 0x1000] * 200, [1, 2, 3],
                     [TABLES + MIB - 8]):
        blob = f.rsdt(pointers).ljust(0x1000, b"\0") + f.srat(TWO_NODES)
        boots(t, blob=blob)
    wide = f.xsdt([1 << 40, (1 << 64) - 1, 1 << 63]).ljust(0x1000, b"\0")
    one_node(t, boots(t, root="XSDT", blob=wide, texts=["lies outside memory"]))


@case
def rsdp_that_points_nowhere_is_ignored(t):
    """No root table at all."""
    for at in (0, 0x40000000, 0xffffffff, TABLES + MIB - 4):
        r = start(t, f.block(f.cmdline(""), f.mmap(MAP), f.rsdp_tag(f.rsdp(rsdt_at=at))), "check", "poweroff")
        t.expect_how(r, "pass")
        t.expect_text(r, "^CHECK ok", "lies outside memory|impossible length|wrong checksum")


# --- B19: SRATs that make no sense --------------------------------------------------------------

@case
def overlapping_nodes_refuse_numa(t):
    """Both ranges are printed; one node."""
    r = boots(t, f.srat([f.srat_memory(0, 0, 80 * MIB), f.srat_memory(1, HALF, HALF)]),
              texts=[r"node 1 \[mem 0x4000000-0x7ffffff\] overlaps node 0 \[mem 0x0-0x4ffffff\]",
                     "SRAT refused, one node"])
    one_node(t, r)


@case
def entry_of_size_zero_ends_the_table(t):
    """No endless loop; what came before counts."""
    for size in (0, 1):
        r = boots(t, f.srat(TWO_NODES + [bytes([1, size])] + [f.srat_memory(2, 0, HALF)]),
                  texts=[rf"SRAT entry at \d+ has size {size}, the rest is ignored"])
        t.expect_equal(nodes_of(r), {0, 1}, "nodes")


@case
def entry_longer_than_the_table_ends_it(t):
    """Its last byte would lie behind the end."""
    r = boots(t, f.srat(TWO_NODES + [bytes([1, 40]) + bytes(20)]), texts=["has size 40, the rest is ignored"])
    t.expect_equal(nodes_of(r), {0, 1}, "nodes")


@case
def entries_too_short_for_their_type_say_nothing(t):
    """A memory entry of 20 bytes, a CPU entry of 8."""
    r = boots(t, f.srat([bytes([1, 20]) + bytes(18), bytes([0, 8]) + bytes(6)] + TWO_NODES))
    t.expect_equal(nodes_of(r), {0, 1}, "nodes")


@case
def too_many_domains_refuse_numa(t):
    """Nine, where eight are possible; eight are fine."""
    for count in (8, 9):
        parts = [f.srat_memory(n, n * 14 * MIB, 14 * MIB) for n in range(count)]
        r = boots(t, f.srat(parts), texts=["more than 8 proximity domains"] if count == 9 else [])
        t.expect_equal(nodes_of(r), set(range(8)) if count == 8 else {0}, "nodes")


@case
def too_many_ranges_refuse_numa(t):
    """More than the kernel keeps."""
    parts = [f.srat_memory(n % 2, n * MIB, MIB) for n in range(100)]
    one_node(t, boots(t, f.srat(parts), texts=["more than 64 memory ranges"]))


@case
def srat_without_memory_refuses_numa(t):
    """CPUs only, nothing, an empty range, a wrapping one."""
    for parts in ([f.srat_cpu(0, 0)], [], [f.srat_memory(0, 0, 0)],
                  [f.srat_memory(0, (1 << 64) - 4096, 8192)]):
        one_node(t, boots(t, f.srat(parts), texts=["SRAT refused, one node"]))


@case
def unsound_slit_is_ignored(t):
    """Zero localities, too many, a local distance that is not 10, remote ones that are."""
    for slit in (f.slit([]), f.acpi_table(b"SLIT", struct.pack("<Q", 1 << 60)), f.slit([[10]]),
                 f.slit([[11, 20], [20, 10]]), f.slit([[10, 10], [10, 10]]), f.slit([[10, 0], [0, 10]]),
                 f.acpi_table(b"SLIT", b"\x02"), f.acpi_table(b"SLIT", struct.pack("<Q", 2) + b"\x0a")):
        r = boots(t, f.srat(TWO_NODES), slit, texts=["SLIT is not sound, ignored"])
        t.expect_equal(nodes_of(r), {0, 1}, "nodes")


@case
def madt_entry_of_size_zero_ends_the_table(t):
    """The MADT is read for later, as carefully."""
    madt = f.acpi_table(b"APIC", struct.pack("<II", 0xfee00000, 1) + bytes([0, 8, 0, 0, 1, 0, 0, 0, 0, 0]))
    boots(t, madt, texts=[r"MADT entry at \d+ has size 0, the rest is ignored", "MADT: 1 CPUs"])


# --- B20: RAM and nodes that do not fit together ------------------------------------------------

@case
def ram_that_no_node_claims_goes_to_node_0(t):
    """With a warning that names it."""
    r = boots(t, f.srat([f.srat_memory(0, 0, 32 * MIB), f.srat_memory(1, 48 * MIB, 32 * MIB)]),
              texts=[r"\[mem 0x2000000-0x2ffffff\] belongs to no node, goes to node 0",
                     r"\[mem 0x5000000-0x6ffffff\] belongs to no node, goes to node 0"])
    t.expect_equal(nodes_of(r), {0, 1}, "nodes")


@case
def node_without_memory_falls_back(t):
    """A domain that has a CPU only; requests for it are served by others."""
    parts = [f.srat_memory(0, 0, HALF), f.srat_cpu(5, 0), f.srat_memory(1, HALF, HALF)]
    tag, blob = tables(f.srat(parts))
    r = start(t, f.block(f.cmdline(""), f.mmap(MAP), tag), "alloc 0 GFP_KERNEL node=1", "alloc 3",
              "alloc 0 GFP_KERNEL|__GFP_THISNODE node=1", "check", "poweroff", blobs=[(TABLES, blob)])
    t.expect_how(r, "pass")
    t.expect_text(r, "boot CPU on node 1", r"^ALLOC pfn=\d+ order=0 .*node=[02]", r"^ALLOC failed", "^CHECK ok")


@case
def node_smaller_than_a_page_is_empty(t):
    """Ranges of a few bytes round to nothing."""
    boots(t, f.srat(TWO_NODES[:2] + [f.srat_memory(1, HALF + 5, 100), f.srat_memory(2, HALF + 4096, HALF)]))


@case
def extra_tables_from_qemu_do_no_harm(t):
    """-acpitable adds tables beside the real ones: an SRAT with overlaps, one with a size of 0."""
    for body in (struct.pack("<I8x", 1) + f.srat_memory(0, 0, GIB) + f.srat_memory(1, MIB, GIB),
                 struct.pack("<I8x", 1) + bytes([1, 0, 0, 0]), b"", b"\xff" * 600):
        with t.file(body) as path:
            r = t.boot("cat /proc/zoneinfo", "check",
                       extra=["-acpitable", f"sig=SRAT,data={path}"])
            t.expect_text(r, "^CHECK ok", "SRAT refused|the rest is ignored|impossible")
            one_node(t, r)
