# SPDX-License-Identifier: MIT
"""gdb_slabs.py - GDB's commands about slabs, areas, kmap, per-CPU data, and `mm what`: the same figures
and words as the kernel's own at the same instant."""

import json
import random
import re

import gdb_session
from case import case

WORK = "kmalloc 100; kmalloc 20000; vmalloc 20K; vmalloc 3M; vmalloc 8K"
FILES = ("slabinfo", "vmallocinfo", "kmapinfo", "percpuinfo")
CATS = "; ".join(f"cat /proc/{f}" for f in FILES)
MACHINES = {
    "plain": dict(mem="64M", append=f'highmem=32M run="{WORK}; {CATS}; poweroff"'),
    "1G": dict(mem="1G", append=f'run="slabmix 3000; {CATS}; poweroff"'),
    "debug": dict(mem="64M", build="debug", append=f'highmem=32M run="{WORK}; {CATS}; poweroff"'),
    "nodes": dict(mem="128M", cpus=2, append=f'numa=fake=2 run="{WORK}; {CATS}; poweroff"'),
}


def part(text, start, end):
    """Lines from the first that matches start up to before one that matches end."""
    lines = text[re.search(start, text, re.M).start():].splitlines()
    stop = next((i for i, line in enumerate(lines) if re.match(end, line)), len(lines))
    return lines[:stop]


def add(name, machine):
    @case(name=f"gdb_slabs.figures_are_those_of_proc_{name}")
    def run(t):
        """mm slab, vmalloc, kmap, percpu beside /proc/slabinfo, vmallocinfo, kmapinfo, percpuinfo."""
        with gdb_session.Session(t, at="machine_exit", limit=90, **machine) as s:
            slab, area, kmap, percpu = s.run("mm slab", "mm vmalloc", "mm kmap", "mm percpu")
            said = s.serial()
            t.expect_equal(slab.splitlines(), part(said, "^slabinfo", "0x"), "slabs")
            t.expect_equal([x for x in area.splitlines() if not x.startswith("#")],
                           part(said, r"^0x\w+-0x\w+ +\d+ .*(ioremap|vmalloc)", "mode:"), "areas")
            kernels = part(said, "^mode: ", "unit_size")
            laps = kernels.index(next(x for x in kernels if x.startswith("laps")))
            ours = kmap.splitlines()
            t.expect_equal(ours[:laps] + ours[laps + 1:], kernels[:laps] + kernels[laps + 1:], "kmap")
            t.expect_equal(percpu.splitlines(), part(said, "^unit_size", "Power off"), "per-CPU")


for _name, _machine in MACHINES.items():
    add(_name, _machine)


# --- mm what -----------------------------------------------------------------------------------

# What is worth asking for in this very machine, found inside GDB.
PLACES = """python
import json
from decode import slabs, stacks, vmaps, percpus
from sources import in_gdb
k = in_gdb.kernel()
c, mem = k.layout, k.mem
objects = [o for cache in slabs.Slabs(mem).caches() for s in cache.all_slabs() for o, _ in s.states()]
areas = [(a.start, a.end) for a in vmaps.Vmaps(mem).areas()]
found = {"object": objects, "area": [x for a in areas for x in a], "stack": [x for s in stacks.all_stacks(mem)
         for x in (s.guard, s.bottom, s.top - 4)], "text": [f["addr"] for f in c.functions.values()
         if f["addr"] < c.addr("_etext")], "data": [s["addr"] for s in c.symbols.values()]}
ranges = {"direct map": (c["PAGE_OFFSET"], mem.var("max_low_pfn") << 12), "window": (c["VMALLOC_START"],
          areas[-1][1] - c["VMALLOC_START"] + (1 << 20)), "mem_map": (int(mem.var("mem_map")),
          mem.var("max_pfn") * 32), "unit": (c["PERCPU_UNITS"], 32768), "pointer": (c["PERCPU_BASE"], 32768),
          "pkmap": (c["PKMAP_BASE"], 512 << 12), "kmap": (c["FIXADDR_START"], 1024 << 12),
          "fixmap": (c["FIXADDR_TOP"] - (1 << 22), 1 << 22), "all": (0, 0xffffffff), "null": (0, 8192),
          "image": (c.addr("_stext"), c.addr("__kernel_end") - c.addr("_stext"))}
gdb.write(json.dumps([found, ranges]))
end"""


def addresses(rnd, found, ranges, count):
    """Random ones of all kinds, a little beside the known places too."""
    kinds = sorted(found) + sorted(ranges)
    for i in range(count):
        kind = kinds[i % len(kinds)]
        if kind in found:
            yield rnd.choice(found[kind]) + rnd.choice((0, 0, 1, 4, -1, 20, 4096, -4096)) & 0xffffffff
        else:
            yield ranges[kind][0] + rnd.randrange(ranges[kind][1]) & 0xffffffff


def kernels_words(said):
    """{address: lines} out of what `what` printed, by us or by the kernel."""
    answers = {}
    for line in said.splitlines():
        if re.match("0x[0-9a-f]{8}: ", line):
            lines = answers.setdefault(line[:10], [])
            lines.clear()
            lines.append(line)
        elif answers and re.match(r"  \S", line):
            lines.append(line)
    return answers


def compare(t, mem, build, stops, **kw):
    """Ask both, twelve addresses at a time: GDB puts them into the shell's words. Returns: how many."""
    per, asked = 12, {}
    rnd = random.Random(t.env.seed)
    words = " ".join(["0x00000000"] * per)
    append = kw.pop("append") + f'repeat {stops} what {words}; poweroff"'
    with gdb_session.Session(t, mem=mem, build=build, at="run_what", limit=120, append=append, **kw) as s:
        with open(s.path("places.gdb"), "w", encoding="utf-8") as f:
            f.write(PLACES)
        found, ranges = json.loads(s.run(f"source {s.path('places.gdb')}")[0])
        s.run("break run_what")
        for stop in range(stops):
            batch = list(addresses(rnd, found, ranges, per))
            s.run("python v = gdb.parse_and_eval('argv')",
                  *(f"python gdb.selected_inferior().write_memory(int(v[{i + 1}]), b'{va:#010x}')"
                    for i, va in enumerate(batch)))
            said, = s.run("mm what " + " ".join(f"{va:#010x}" for va in batch))
            asked.update({(stop, k): v for k, v in kernels_words(said).items()})
            if stop < stops - 1:
                go_on(s, batch[-1])
        s.run("delete", "thbreak machine_exit", "continue")
        said = s.serial()
    return judge(t, asked, said)


def go_on(s, last):
    """To the next call. With several CPUs GDB may stop at the breakpoint where it stands: not before
    the kernel has answered."""
    for _ in range(4):
        s.run("continue")
        if f"\n{last:#010x}: " in s.serial():
            return


def judge(t, asked, serial):
    """Line for line."""
    kernels = kernels_words(serial[serial.index("quire> "):])
    wrong = 0
    for (_, address), lines in asked.items():
        if kernels.get(address) != lines and wrong < 5:
            wrong += 1
            t.fail(f"{address}: mm what says {lines}, the kernel {kernels.get(address)}")
    return len({address for _, address in asked})


@case
def what_is_right_for_addresses_of_all_kinds(t):
    """Random ones; the kernel says the same of each."""
    n = compare(t, "64M", "", 20, append=f'highmem=32M run="{WORK}; ')
    t.expect(n >= 200, f"only {n} addresses were asked for")


@case
def what_is_right_in_the_checking_build_on_two_nodes(t):
    """Red zones, quarantine, two CPUs' stacks and units."""
    n = compare(t, "96M", "debug", 8, cpus=2, append=f'numa=fake=2 run="{WORK}; ')
    t.expect(n >= 80, f"only {n} addresses were asked for")


@case
def a_page_of_high_memory_is_found_where_it_is_mapped(t):
    """Stopped while a test of kmap() has a page mapped."""
    with gdb_session.Session(t, mem="64M", at="kunmap", append='highmem=32M run="test highmem.*; poweroff"'
                             ) as s:
        pfn = s.value("page - mem_map")
        kmap, what, check = s.run("mm kmap", f"mm what pfn:{pfn}", "mm check kmap")
        used = re.search(rf"^entry (0x\w+) pfn {pfn} users \d+ \w+\+0x", kmap, re.M)
        if t.expect(used, f"page {pfn} is not in: {kmap}"):
            t.expect(f"mapped at {used[1]} (pkmap entry" in what, f"not where it is: {what}")
            there, = s.run(f"mm what {used[1]}")
            t.expect(re.search(rf"  pkmap entry \d+: \d+ users, pfn {pfn}, mapped by ", there), there)
        t.expect("CHECK bad" not in check, check)


@case
def objects_tell_their_owners(t):
    """In the checking build: who allocated each object, and how much was asked for."""
    with gdb_session.Session(t, build="debug", mem="64M", at="machine_exit",
                             append='run="kmalloc 100; kmalloc 100; poweroff"') as s:
        objects = re.findall(r"KMALLOC addr=(0x\w+)", s.serial())
        said, = s.run(f"mm slab contains {objects[0]}+4")
        t.expect(re.search(r"offset 4 in object \w+, number \d+ of \d+, taken, 100 bytes asked for, "
                           r"allocated by run_kmalloc\+0x", said), said)
        cache = re.search(r"cache (\S+) at", said)[1]
        listed, = s.run(f"mm slab {cache} -v")
        for obj in objects:
            t.expect(re.search(rf"^ +{obj} taken, 100 bytes asked for, allocated by run_kmalloc", listed,
                               re.M), f"{obj} is not in: {listed[:900]}")
        t.expect("is in no slab" in s.error("mm slab contains 0xc0000000"), "it is in one")


@case
def a_per_cpu_allocation_is_known_by_pointer_and_copy(t):
    """Stopped where a test of alloc_percpu() gives one back."""
    with gdb_session.Session(t, mem="64M", at="free_percpu", append='run="test percpu.*; poweroff"') as s:
        pointer = s.value("ptr")
        listed, what, copy, check = s.run("mm percpu", f"mm what {pointer}", f"mm what {pointer + (1 << 20)}",
                                          "mm check percpu")
        t.expect(re.search(rf"^{pointer:#010x}-0x\w+ +\d+ ktest_percpu_\w+\+0x", listed, re.M), listed)
        for said in (what, copy):
            t.expect(re.search(r"^  per-CPU allocation of \d+ bytes, made by ktest_percpu_\w+\+0x\w+, "
                               "offset 0$", said, re.M), said)
        t.expect(f"copy of CPU 0, pointer {pointer:#010x}" in copy, copy)
        t.expect("CHECK bad" not in check, check)
