# SPDX-License-Identifier: MIT
"""boot.py - the way up: loaders, CPUs, sizes, knobs of the command line, and every refusal."""

import re
import time

import machine
from case import case, sanitised_map, usable_pages, zoneinfo

MIB = 1 << 20
DMA_END, NORMAL_END, PAE_END = 16 * MIB >> 12, 896 * MIB >> 12, 1 << 24


# --- zones to the page --------------------------------------------------------------------------

def expected_present(rows, low_end=NORMAL_END):
    """Pages of each zone, from the map alone."""
    ends = {"DMA": (0, DMA_END), "Normal": (DMA_END, low_end), "HighMem": (low_end, PAE_END)}
    spans = [(a, min(b, PAE_END)) for a, b in usable_pages(rows)]
    return {zone: sum(max(0, min(b, end) - max(a, start)) for a, b in spans)
            for zone, (start, end) in ends.items()}


def check_zones(t, r, low_end=NORMAL_END):
    """Every zone has exactly the RAM of the firmware's map between its borders."""
    zones = zoneinfo(r.text)
    wanted = expected_present(sanitised_map(r.text), low_end)
    for name, present in wanted.items():
        found = sum(z["present"] for (_, n), z in zones.items() if n == name)
        t.expect_equal(found, present, f"present pages of {name}")
    for (node, name), z in zones.items():
        if not z["present"]:
            continue
        where = f"node {node} {name}"
        start, end = z["start_pfn"], z["start_pfn"] + z["spanned"]
        low = {"DMA": 0, "Normal": DMA_END, "HighMem": low_end}[name]
        high = {"DMA": DMA_END, "Normal": low_end, "HighMem": PAE_END}[name]
        t.expect(low <= start and end <= high, f"{where}: pfn {start}-{end} crosses a border")
        t.expect(z["managed"] <= z["present"] <= z["spanned"], f"{where}: {z}")
        t.expect(z["free"] <= z["managed"], f"{where}: more free than managed: {z}")
        t.expect(z["min"] <= z["low"] <= z["high"], f"{where}: watermarks out of order: {z}")
    t.expect_text(r, r"^CHECK ok$")
    return zones


SIZES = ["8M", "15M", "16M", "17M", "31M", "33M", "100M", "895M", "896M", "897M", "1000M", "3G",
         "3583M", "3584M", "3585M", "5G", "6000M"]


def add_size(size):
    @case(name="boot.zones_are_exact_at_" + size)
    def run(t):
        r = t.boot("cat /proc/zoneinfo", "check", mem=size)
        zones = check_zones(t, r)
        if machine.size_bytes(size) >= 900 * MIB:
            t.expect_equal(zones[0, "Normal"]["start_pfn"], DMA_END, "first page of Normal")
            t.expect_equal(zones[0, "HighMem"]["start_pfn"], NORMAL_END, "first page of HighMem")


for _size in SIZES:
    add_size(_size)


@case
def sixty_four_gib_boot(t):
    """All that PAE can address: mem_map still fits into low memory."""
    r = t.boot("cat /proc/zoneinfo", "free -m", "check", "alloc 0 GFP_HIGHUSER", "alloc 10",
               mem="64G")
    zones = check_zones(t, r)
    # the PCI hole pushes part of it above 64 GiB, where PAE does not reach
    t.expect(zones[0, "HighMem"]["present"] > 61 << 18, f"high memory: {zones[0, 'HighMem']}")
    t.expect_text(r, r"^mem_map: .* blocks of 4 MiB", r"^ALLOC pfn=\d+ order=0 zone=HighMem",
                  r"MiB above 0x1000000000 unused")


@case
def memory_beyond_the_cpu_is_clipped(t):
    """B12: 70 GiB are more than 36 bits can address."""
    r = t.boot("cat /proc/zoneinfo", "check", mem="70G")
    t.expect_text(r, r"^\d+ MiB above 0x1000000000 unused", r"^CHECK ok")
    zones = zoneinfo(r.text)
    top = max(z["start_pfn"] + z["spanned"] for z in zones.values() if z["present"])
    t.expect(top <= 1 << 24, f"a zone ends at pfn {top}, beyond 64 GiB")


@case
def a_machine_that_is_too_small_is_told(t):
    """B16: named, halted, no reset."""
    for size in ("2M", "4M", "6M"):
        r = t.run(t.machine(mem=size))
        t.expect_how(r, "panic")
        t.expect_text(r, r"need at least 8 MiB of memory, have \d+ KiB")


# --- CPUs ---------------------------------------------------------------------------------------

@case
def no_pae_is_refused_in_words(t):
    """B17: a Pentium has no PAE."""
    for cpu, lacks in (("pentium", "PAE"), ("486", "PAE"), ("pentium,+pae", "CMOV"), ("max,-cmov", "CMOV"),
                       ("max,-cx8", "CMPXCHG8B"), ("max,-tsc", "TSC")):
        r = t.run(t.machine(cpu=cpu))
        t.expect_how(r, "panic")
        t.expect_text(r, f"this CPU has no {lacks}", "Quire cannot start")


@case
def no_nx_boots_and_says_so(t):
    """B17: PAE without NX."""
    for cpu in ("pentium3", "qemu32"):
        r = t.boot("map", "check", cpu=cpu)
        t.expect_text(r, r"W\^X (is )?off", "^CHECK ok")


@case
def nx_is_used_where_there_is_one(t):
    """Writable and executable at once is nothing."""
    r = t.boot("map", "check", cpu="max")
    t.expect_text(r, r"W\^X: no kernel page is writable and executable",
                  r"^0xc\w+-0xc\w+ .* -R-X .* kernel text$", r"^0xc\w+-0xc\w+ .* -R-- .* kernel rodata$",
                  r"^0xc\w+-0xc\w+ .* -RW- .* kernel data$", "^writable and executable pages: 0$")
    t.expect_no_text(r, "RWX")


@case
def other_boards_boot_too(t):
    """A q35 board, and a microvm, whose map has an empty entry of type 0."""
    q35 = t.machine()
    q35.board = "q35"
    r = t.run(q35, "check", "poweroff")
    t.expect_how(r, "pass")
    t.expect_text(r, "^CHECK ok")


@case
def more_cpus_than_one_are_found_and_left_alone(t):
    """The MADT is read for later."""
    r = t.boot("check", cpus=4)
    t.expect_text(r, "MADT: 4 CPUs", "^CHECK ok")


# --- loaders ------------------------------------------------------------------------------------

@case
def grub_and_qemu_hand_over_the_same_map(t):
    """multiboot2 and multiboot1 end in one bootinfo."""
    one = t.boot("cat /proc/iomem", mem="256M")
    with t.iso() as iso:
        two = t.boot("cat /proc/iomem", mem="256M", iso=iso)
    t.expect_text(one, r"memory map \(multiboot1\)")
    t.expect_text(two, r"memory map \(multiboot2\)")
    t.expect_equal(sanitised_map(two.text), sanitised_map(one.text), "GRUB's map")


@case
def grub_passes_the_command_line_whole(t):
    """Quotes, semicolons and dollars survive grub.cfg."""
    with t.iso('highmem=32M run="echo a  $b; free"') as iso:
        r = t.boot(mem="64M", iso=iso)
    t.expect_text(r, r'^Command line: highmem=32M "run=echo a  \$b; free"', r"^quire> echo a  \$b; free$",
                  r"^a \$b$", r"^Mem: ")


@case
def modules_are_kept_out_of_the_allocator(t):
    """A GRUB module's memory is reserved and named."""
    with t.file(b"\x5a" * 300000) as module, t.iso(modules=[module]) as iso:
        r = t.boot("cat /proc/iomem", "check", iso=iso)
        t.expect_text(r, "^CHECK ok")
        start = int(re.search(r"^module 0: \[mem 0x(\w+)", r.text, re.M)[1], 16)
        r = t.boot(f"page pa:0x{start:x}", f"free {start >> 12} 0", "check", iso=iso)
        t.expect_text(r, "kind=free_reserved.*module", "^CHECK ok")


@case
def a_wrong_loader_is_refused_on_serial_and_screen(t):
    """B1: without isa-debug-exit the machine halts, and the screen says why."""
    m = machine.Machine(mem="64M", kernel=t.env.stub(), append="eax=12345678 ebx=20000",
                        initrd=t.env.kernel(""), extra=["-device", "VGA"])
    m.debug_exit = False
    running = machine.Running(m, 60)
    try:
        until = time.monotonic() + 10
        while b"halted" not in running.output and time.monotonic() < until:
            running.read(0.2)
        t.expect(b"EAX=0x12345678" in running.output, f"serial says {running.output!r}")
        with t.file(b"", ".vga") as path:
            running.qmp(("pmemsave", {"val": 0xb8000, "size": 4000, "filename": path}))
            with open(path, "rb") as f:
                screen = f.read()[::2].decode("latin-1")
        t.expect("EAX=0x12345678" in screen and "cannot start" in screen,
                 f"the screen says {screen!r}")
    finally:
        running.kill()
        running.finish()


# --- knobs of the command line ------------------------------------------------------------------

@case
def highmem_moves_the_border(t):
    """B7: a 64 MiB machine with all three zones and two nodes."""
    r = t.boot("cat /proc/zoneinfo", "check", mem="64M", append="highmem=32M numa=fake=2")
    zones = check_zones(t, r, 32 * MIB >> 12)
    t.expect({n for (_, n), z in zones.items() if z["present"]} == {"DMA", "Normal", "HighMem"},
             f"zones: {zones.keys()}")
    t.expect({node for node, _ in zones} == {0, 1}, "two nodes were asked for")


@case
def highmem_beyond_what_can_be_mapped_ends_there(t):
    """The kernel's part of the address space has room for 896 MiB, whatever is asked for."""
    for want in ("1000M", "100G"):
        r = t.boot("cat /proc/zoneinfo", "check", mem="1200M", append="highmem=" + want)
        t.expect_text(r, r"^highmem=: not possible, low memory ends at 896 MiB$")
        check_zones(t, r)


@case
def mem_caps_what_is_used(t):
    """mem= leaves out RAM above an address, to the page."""
    for cap in (20, 32, 48):
        r = t.boot("cat /proc/zoneinfo", "check", mem="64M", append=f"mem={cap}M")
        zones = zoneinfo(r.text)
        top = max(z["start_pfn"] + z["spanned"] for z in zones.values() if z["present"])
        t.expect_equal(top, cap * MIB >> 12, f"mem={cap}M: last page")
        t.expect_text(r, "MiB above 0x.* unused", "^CHECK ok")


@case
def movable_makes_a_zone(t):
    """movable= takes the asked size from the highest zone."""
    for mem, size in (("64M", 16), ("1G", 64), ("2G", 512)):
        r = t.boot("cat /proc/zoneinfo", "check", mem=mem, append=f"movable={size}M")
        zone = zoneinfo(r.text)[0, "Movable"]
        t.expect(abs(zone["present"] - (size * MIB >> 12)) <= 1024, f"movable={size}M: {zone}")
        t.expect_text(r, "^CHECK ok")


@case
def nonsense_is_told_and_ignored(t):
    """B21: a bad value changes nothing; an unknown word is named."""
    words = ["mem=0", "mem=-1", "mem=12Q", "mem=", "highmem=x", "numa=fake=0x", "numa=maybe",
             "movable=-5", "seed=abc", "loglevel=99", "panic=never", "report=loud", "fail=nowhere:1",
             "fail=alloc_pages", "page_owner=perhaps", "debug_guardpage_minorder=77", "mem",
             "frobnicate=1", "quiet"]
    r = t.boot("check", append=" ".join(words))
    for word in words:
        t.expect(re.search(rf"command line: (bad value in|unknown word) '{re.escape(word)}'", r.text),
                 f"{word!r} is not told")
    t.expect_text(r, "^CHECK ok")


@case
def impossible_sizes_are_brought_into_range(t):
    """Knobs beyond the machine end in a machine that is sound, or in words."""
    for append in ("highmem=1K", "highmem=100G", "highmem=25M", "movable=100G", "numa=fake=99",
                   "numa=fake=1", "numa=off", "mem=100G", "numa=fake=4 movable=20M highmem=30M"):
        r = t.boot("cat /proc/zoneinfo", "check", mem="64M", append=append)
        t.expect_text(r, "^CHECK ok")
        if append == "highmem=25M":
            t.expect_text(r, "highmem=: rounded down to 24 MiB$")
    for append in ("mem=1M", "mem=2M", "mem=4K", "mem=1"):
        r = t.run(t.machine(mem="64M", append=append))
        t.expect_how(r, "panic")
        t.expect_text(r, r"need at least \d+ MiB")


@case
def run_feeds_the_shell(t):
    """run= types its commands at boot: no input is needed."""
    r = t.run(t.machine(append='run="check; poweroff"'))
    t.expect_how(r, "pass")
    t.expect_text(r, "^quire> check; poweroff", "^CHECK ok")


@case
def bench_runs_from_the_command_line(t):
    """bench= prints BENCH lines and ends the machine."""
    r = t.run(t.machine(append="bench=alloc_page-pair", icount=True))
    t.expect_how(r, "pass")
    t.expect_text(r, r"^BENCH alloc_page-pair [\d.]+ n=\d+$")


@case
def panic_reboot_resets(t):
    """panic=reboot resets instead of ending QEMU with a status."""
    r = t.run(t.machine(append='panic=reboot run="panic"'))
    t.expect_how(r, "reset")
    t.expect_text(r, "^Kernel panic: ")


# --- holes and broken RAM, by GRUB --------------------------------------------------------------

@case
def a_hole_inside_the_largest_block_is_never_spanned(t):
    """B20: cutmem takes 1 MiB out of the middle of a 4 MiB block."""
    hole = (0x2500000, 0x2600000)
    with t.iso(commands=[f"cutmem {hole[0]:#x} {hole[1]:#x}"]) as iso:
        r = t.boot("cat /proc/zoneinfo", f"page pa:{hole[0]:#x}", "check", "test buddy.*",
                   "test alloc.*", "check", mem="128M", iso=iso)
    check_zones(t, r)
    spans = usable_pages(sanitised_map(r.text))
    t.expect(all(b <= hole[0] >> 12 or a >= hole[1] >> 12 for a, b in spans),
             f"the hole is not in the map: {spans}")
    t.expect_text(r, r"^# ktest end passed=\d+ failed=0")
    t.expect_no_text(r, r"ktest end passed=\d+ failed=[1-9]", "^CHECK bad")


@case
def broken_ram_is_left_out(t):
    """B20: badram marks single pages; neither of them is ever given out."""
    with t.iso(commands=["badram 0x03456000,0xfffff000,0x05000000,0xffff0000"]) as iso:
        r = t.boot("cat /proc/zoneinfo", "page pa:0x3456000", "page pa:0x5004000", "check",
                   "test alloc.random*", mem="128M", iso=iso)
    check_zones(t, r)
    t.expect_equal(len(re.findall(r"^page .*(reserved|hole|unusable)", r.text, re.M)), 2,
                   "pages shown as out of use")
    spans = usable_pages(sanitised_map(r.text))
    t.expect(not any(a <= pfn < b for a, b in spans for pfn in (0x3456, 0x5000, 0x500f)),
             f"broken RAM is usable: {spans}")
