# SPDX-License-Identifier: MIT
"""gdb_pages.py - tools/gdb on pages, zones and nodes: what it reads from memory is what the kernel
says at the same instant, and what QEMU says about addresses.

The machines print their /proc files and stop in run_poweroff(): nothing happens in between, so
texts can be compared letter by letter."""

import random
import re

import gdb_session
from case import case

SAME = {"mm buddy": "cat /proc/buddyinfo", "mm zoneinfo": "cat /proc/zoneinfo",
        "mm pagetypes": "cat /proc/pagetypeinfo", "mm meminfo": "cat /proc/meminfo",
        "mm vmstat": "cat /proc/vmstat", "mm free": "free", "mm free -l": "free -l"}
TYPED = "alloc 3; alloc 0 GFP_HIGHUSER; alloc 5; drain; alloc 0; "
MACHINES = {
    "two nodes": dict(mem="64M", append="highmem=32M numa=fake=2"),
    "1G": dict(mem="1G"),
    "debug, 2 CPUs": dict(mem="256M", build="debug", cpus=2, nodes=2),
    "small": dict(mem="8M"),
    "node 0 without memory": dict(nodes=[(None, [0, 1]), ("1000M", [])], cpus=2),
    "split 2G": dict(mem="64M", build="2G-og", append="highmem=48M movable=8M"),
    "debug": dict(mem="64M", build="debug", append="highmem=32M numa=fake=2 page_owner=on"),
}


def session(t, run, append="", build="", **kw):
    """A machine that has done what `run` says and stands in run_poweroff()."""
    return gdb_session.Session(t, build=build, at="run_poweroff",
                               append=f'{append} run="{run} poweroff"'.strip(), **kw)


def plain(text):
    """Lines without blanks at their ends."""
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def expect_told(t, serial, said, what):
    """Is what GDB said, as a whole, among what the kernel printed?"""
    told, said = plain(serial), plain(said)
    if said and said in told:
        return
    missing = [line for line in said.splitlines() if line not in told.splitlines()]
    t.fail(f"{what}: the kernel did not say " + ("\n".join(missing[:6]) or "these lines in this order"))


def expect_sound(t, said, what):
    """No output tells of something that could not be seen or went wrong inside."""
    for bad in ("<optimized out>", "Traceback", "Error occurred in Python"):
        t.expect(bad not in said, f"{what} says '{bad}':\n{said[:600]}")


# --- the same as the kernel says ---------------------------------------------------------------

@case
def figures_are_the_kernels(t):
    """buddy, zones, types, meminfo, vmstat and free print /proc's text, on machines of all kinds."""
    for name, m in MACHINES.items():
        with session(t, TYPED + "; ".join(SAME.values()) + ";", **m) as s:
            for command, said in zip(SAME, s.run(*SAME)):
                expect_told(t, s.serial(), said, f"{name}: {command}")
                expect_sound(t, said, f"{name}: {command}")
            check, = s.run("mm buddy --check")
            t.expect("all free lists are sound" in check, f"{name}: {check}")
            expect_zones(t, s, name)
            if name == "1G":
                expect_quick(t, s)


def expect_quick(t, s):
    """On 1 GiB each command that counts pages takes less than two seconds."""
    for command in ("mm zones", "mm buddy --check", "mm pagetypes", "mm zoneinfo", "mm meminfo"):
        said = s.run("python import time; before = time.monotonic()", command,
                     "python print(time.monotonic() - before)")[2]
        t.expect(float(said) < 2, f"{command} takes {float(said):.2f} s")


def expect_zones(t, s, name):
    """mm zones, mm pcp and mm nodes add up to what /proc/zoneinfo said."""
    text = s.serial()
    rows, pcp = s.run("mm zones", "mm pcp")
    for (node, zone), fields in zoneinfo(text).items():
        row = re.search(rf"^ +{node} {zone} +(\d.*?)  \((.*)\)$", rows, re.M)
        found = dict(zip(("free", "pcp", "min", "low", "high", "managed", "present", "spanned"),
                         map(int, row[1].split())))
        wanted = {k: fields[k] for k in found if k != "pcp"}
        wanted["pcp"] = sum(count for _, count, _, _ in fields["pagesets"])
        t.expect_equal(found, wanted, f"{name}: mm zones, node {node} {zone}")
        shown = [tuple(map(int, r)) for r in re.findall(
            rf"^Node {node}, zone +{zone}, cpu (\d+): count (\d+) high (\d+) batch (\d+)", pcp, re.M)]
        t.expect_equal(shown, fields["pagesets"], f"{name}: mm pcp, node {node} {zone}")
    for part in re.split(r"^(?=Node)", pcp, flags=re.M)[1:]:
        lists = sum(int(n) << int(o) for o, n in re.findall(r"^  order (\d) \w+ +(\d+) blocks", part, re.M))
        t.expect_equal(lists, int(re.search(r"count (\d+)", part)[1]), f"{name}: lists of {part[:40]}")


def zoneinfo(text):
    """{(node, zone): {field: number, "pagesets": [(cpu, count, high, batch)]}}, the last one told."""
    zones = {}
    for part in re.split(r"^(?=Node \d+, zone +\w+\n)", text, flags=re.M)[1:]:
        head = re.match(r"Node (\d+), zone +(\w+)", part)
        fields = {"free": int(re.search(r"pages free +(\d+)", part)[1])}
        for field in ("min", "low", "high", "spanned", "present", "managed"):
            fields[field] = int(re.search(rf"^        {field} +(\d+)", part, re.M)[1])
        fields["pagesets"] = [tuple(map(int, row)) for row in re.findall(
            r"cpu: (\d+)\n +count: (\d+)\n +high: +(\d+)\n +batch: (\d+)", part)]
        zones[int(head[1]), head[2]] = fields
    return zones


FRAMES = (  # of every kind; a line of the shell holds 14
    (0, 1, 160, 256, 300, 700, 1024, 1025, 4096, 7000, 7184, 8191, 9000),
    (8192, 16351, 16383, 16384, 99999999, "0xc0100000", "0xc1c10000", "pa:0x2328000", "pa:0xfee00000"))


@case
def pages_are_the_kernels(t):
    """`mm page` says of frames of every kind what the kernel's `page` says."""
    random.seed(t.env.seed)
    some = random.sample(range(16352), 14)
    for frames, build in ((FRAMES[0], ""), (FRAMES[1], "debug"), (some, "")):
        run = "alloc 3; alloc 0 GFP_HIGHUSER; " + "".join(f"page {f};" for f in frames)
        with session(t, run, mem="64M", build=build,
                     append="highmem=32M numa=fake=2 page_owner=on") as s:
            for f, said in zip(frames, s.run(*(f"mm page {f}" for f in frames))):
                expect_told(t, s.serial(), said, f"{build} mm page {f}")
                expect_sound(t, said, f"{build} mm page {f}")


@case
def owners_are_told(t):
    """`mm owner` names who allocated a block, of each page in it; without records it says so."""
    run = "alloc 3 GFP_KERNEL|__GFP_ZERO;"
    mixes = ("GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_NOWARN", "GFP_ATOMIC|__GFP_COMP", "GFP_NOIO",
             "GFP_USER|__GFP_NORETRY", "GFP_DMA", "__GFP_HIGH")
    with session(t, "".join(f"alloc 1 {mix};" for mix in mixes), mem="64M", append="page_owner=on") as s:
        pfns = re.findall(r"ALLOC pfn=(\d+)", s.serial())
        t.expect_equal(len(pfns), len(mixes), "blocks")
        for mix, said in zip(mixes, s.run(*(f"mm owner {pfn}" for pfn in pfns))):
            t.expect(f" {mix}, allocated by" in said, f"{mix}: {said}")
    with session(t, run, mem="64M", append="page_owner=on") as s:
        pfn = int(re.search(r"ALLOC pfn=(\d+)", s.serial())[1])
        for k, said in enumerate(s.run(*(f"mm owner {pfn + k}" for k in range(8)))):
            t.expect(f"pfn {pfn + k}, in the block of pfn {pfn}, order 3: allocated" in said and
                     "GFP_KERNEL|__GFP_ZERO, allocated by run_alloc+" in said, said)
    with session(t, run, mem="64M") as s:
        said, = s.run(f"mm owner {pfn}")
        t.expect("page_owner is off" in said, said)


@case
def translations_are_qemus(t):
    """`mm walk` and mm virt_to_phys agree with QEMU's gva2gpa for addresses of all kinds."""
    for build in ("", "debug", "2G-og"):
        with session(t, "alloc 3 GFP_HIGHUSER;", mem="64M", build=build, append="highmem=32M") as s:
            random.seed(t.env.seed)
            at = 0x80000000 if build == "2G-og" else 0xc0000000
            spans = [(0, 1 << 32), (at, at + (4 << 20)), (at, at + (32 << 20)), (at, at + (64 << 20)),
                     (0xf8800000, 0xf8900000), (0xfee00000, 0xfef10000),
                     (0xff600000, 0xff800000), (0xff800000, 1 << 32), (0, 0x10000)]
            vas = [random.randrange(*spans[i % len(spans)]) for i in range(240)]
            vas += [s.value(f"(unsigned long)&{name}") for name in
                    ("front_end", "mem_map", "_stext", "_etext", "boot_stack_guard", "__kernel_end")]
            said, = s.run(f"python\nfor va in {vas}:\n gdb.write(hex(va) + ' = ' + gdb.execute("
                          "'monitor gva2gpa %#x' % va, to_string=True))\nend")
            qemu = dict(re.findall(r"^(0x\w+) = (.+?)\r?$", said, re.M))
            t.expect_equal(len(qemu), len(set(vas)), "addresses that QEMU answered for")
            mapped = 0
            for va, walk in zip(vas, s.run(*(f"mm walk {va:#x}" for va in vas))):
                found = re.search(r"-> pa (0x\w+)", walk)
                want = re.search(r"gpa: (0x\w+)", qemu[hex(va)])
                mapped += bool(want)
                t.expect_equal(found and int(found[1], 16), want and int(want[1], 16),
                               f"{build} where {va:#x} is")
            t.expect(mapped > 60, f"{build} only {mapped} of {len(vas)} addresses are mapped")


# --- every command, printer and function -------------------------------------------------------

COMMANDS = {  # and what its output must have
    "mm help": r"Pages and zones\n.*mm buddy", "mm help page": r"^mm page PFN",
    "mm zones": r"^   0 Normal +\d+", "mm nodes": r"zonelist: 0:HighMem 0:Normal 0:DMA 1:HighMem",
    "mm pcp": r"cpu 1: count", "mm pcp Normal": r"order 0 Unmovable +\d+ blocks( slow)?: pfn \d+",
    "mm pcp 1:HighMem": r"^Node 1, zone  HighMem, cpu 0", "mm buddy -v": r"order 10 Movable +pfn \d+",
    "mm memblock": r"retired(.|\n)*\[0x000100000-0x0023fffff\] +\d+ KiB node 0",
    "mm log 5": r"ALLOC|Freeing", "mm log": r"^Quire \(3G/1G", "mm ps": r"^    0   0  R\+ .* init",
    # a thread that has slept once; on a busy host none may have run yet
    "mm ps -v": r"(reaperd|worker/\d) +\w+\+(.|\n)*thread_main\+|reaperd *$", "mm symbol &init_task": r"init_task\+0x0",
    "mm symbol front_end+3": r"front_end\+0x3 \(kernel text\), kernel/front.c line \d+",
    "mm symbol 0x10": r"in no function and no variable",
    "mm list slab_caches kmem_cache list": r"kmalloc-64\n(.|\n)*^\d\d entries",
    "mm list &tasks struct task_struct all_list": r"reaperd\n(.|\n)*entries",
    "mm owner 300": r"kernel_", "mm free -m -l": r"^High: +31 ", "mm vmstat": r"^nr_free_pages \d+",
    "mm walk &max_pfn": r"-> pa 0x", "mm page &max_pfn": r"kernel_data", "vtop mem_map": r"4 KiB|2 MiB",
    "kmem -i": r"^Mem:", "kmem -f": r"zone  HighMem", "kmem -n": r"node 1: \[pfn 9216",
    "kmem -p 1024": r"free, order 10", "buddydump": r"^Node 0, zone      DMA",
    "lx-dmesg 3": r".", "dmesg 3": r".", "lx-ps": r"init", "lx-pfn_to_page 1024": r"= 0xc1008000",
    "lx-page_to_pfn $page(1024)": r"= 1024", "lx-page_to_phys $page(1024)": r"= 0x400000",
    "lx-page_address $page(1024)": r"= 0xc0400000", "lx-virt_to_page 0xc0400000": r"pfn 1024",
    "lx-virt_to_phys 0xc0400000": r"= 0x400000", "lx-phys_to_virt 0x400000": r"= 0xc0400000",
}
ERRORS = {
    "mm page": "usage: mm page", "mm page nonsense": "nonsense", "mm page 0xf8f00000": "not mapped",
    "mm owner 99999999": "has no struct page: beyond_memory", "mm buddy -x": "usage", "mm pcp Foo": "no zone",
    "mm list slab_caches kmem_cache nothing": "no kmem_cache.nothing", "mm free -x": "usage",
    "mm list slab_caches nosuch list": "no nosuch.list", "mm pfn_to_page 99999999": "beyond_memory",
    "mm page_to_pfn 0x1234": "no struct page", "mm page_address $page(9000)": "high memory",
    "mm trace": "trace", "mm help nonsense": "no command 'nonsense'", "p $page(99999999)": "beyond_memory",
    "p $zone(\"Foo\")": "no such zone", "p $per_cpu(\"nonsense\", 0)": "No symbol",
    "p $per_cpu(\"numa_node\", 99)": "no CPU 99", "p $node(7)": "no node 7",
    "p $container_of(slab_caches.next, \"struct kmem_cache\", \"nothing\")": "there is no nothing",
}
PRINTED = {
    "p *$page(1024)": r"pfn=1024 order=10 free \(buddy\) Movable DMA node 0$",
    "p *$page(300)": r"pfn=300 order=0 kernel_\w+ Unmovable DMA node 0 refs=1$",
    "p mem_map[1024]": r"pfn=1024 order=10 free", "p/x $page(1024)->flags": r"= 0x1a40001$",
    "p/r *$page(1024)": r"_refcount = 0", "p $page(1024)": r"\(struct page \*\) 0xc1008000",
    "p $pfn($page(1024))": r"= 1024$", "p $pfn(0xc0400000)": r"= 1024$", "p $pfn(*$page(7))": r"= 7$",
    "p $page_address(1024)": r"\(void \*\) 0xc0400000", "p $page_address(9000)": r"\(void \*\) 0x0$",
    "p $virt_to_page(0xc0400000)": r"\(struct page \*\) 0xc1008000",
    "p $page_order(1024)": r"= 10$", "p $page_kind(300)": r"= \"kernel_", "p $page_kind(9000)": r"= \"free\"",
    "p $page_flags(1024)": r"= \"managed\|buddy\"", "p $gfp(0xdc0)": r"= \"GFP_KERNEL\|__GFP_ZERO\"",
    "p *$zone(\"Normal\")": r"= Normal node 0 pfn 4096-8191: free \d+ of \d+, min \d+ low \d+ high \d+$",
    "p *$zone(\"1:HighMem\")": r"= HighMem node 1 pfn 9216-16351",
    "p *$zone(\"HighMem\", 1)": r"= HighMem node 1", "p *$zone($page(10000))": r"= HighMem node 1",
    "p $zone(\"Normal\")->managed_pages": r"= \d{4}$", "p $node(0)->node_zones[3]": r"Movable node 0: empty",
    "p *$node(1)": r"= node 1 pfn 9216-16351: present 7136, zones HighMem$",
    "p $zone(\"DMA\")->free_area[10]": r"= 3 blocks: Movable 3$",
    "p *$zone(\"Normal\")->pageset[1]": r"= Normal node 0 cpu 1: \d+ pages, high \d+, batch \d+$",
    "p $per_cpu(\"numa_node\", 1)": r"= 1$", "p $per_cpu(\"numa_node\")": r"= 0$",
    "p &$per_cpu(\"runqueue\", 1)": r"\(struct rq \*\) 0xfef",
    "p $per_cpu(\"runqueue\", 1).nr_running": r"= \d", "p $current(0)->comm": r"= \"init\"",
    "p slab_caches": r"= list of \d\d: next 0x\w+, prev 0x\w+$",
    "p *$container_of(slab_caches.next, \"struct kmem_cache\", \"list\")":
        r"= kmem_cache: objects of \d+ bytes \(\d+ apart\), \d+ in a slab of order 0, \d+ slabs$",
    "p *(struct slab *)$container_of(slab_caches.next, \"struct kmem_cache\", \"list\")"
    "->node[0].slabs_partial.next": r"= kmem_cache: \d+ of \d+ taken, objects at 0xc\w+, node 0$",
    "p *$container_of(vmalloc_space.list.next, \"struct vmap_area\", \"list\")":
        r"= \[0xf8800000-0xf880\d000\) busy, hole of 0 bytes below$",
    "p $container_of(vmalloc_space.list.next, \"struct vmap_area\", \"list\")->vm":
        r"VM_IOREMAP, by \w+\+0x",
    "p swapper_pg_dir[3]": r"= 0x\w{16} pfn=\d+ P--X", "p swapper_pg_dir[0]": r"= 0 \(empty\)$",
    "p *(pmd_t *)$page_address((int)swapper_pg_dir[3].pgd >> 12)": r"= 0x\w{16} pfn=\d+ PW-XA",
    "p (gfp_t)0xcc0": r"= 0xcc0 GFP_KERNEL$", "p node_data[1]->kswapd_wait": r"empty list",
}
GARBAGE = ("page", "zone", "pglist_data", "free_area", "per_cpu_pages", "kmem_cache", "slab",
           "vm_struct", "vmap_area", "list_head")


@case
def commands_answer(t):
    """Every command and alias says what it should; what cannot be done is said in a sentence."""
    for build in ("", "debug"):
        with session(t, "alloc 3;", mem="64M", cpus=2, build=build,
                     append="highmem=32M numa=fake=2") as s:
            for command, said in zip(COMMANDS, s.run(*COMMANDS)):
                t.expect(re.search(COMMANDS[command], said, re.M | re.S),
                         f"{build} {command}: nothing like /{COMMANDS[command]}/ in\n{said[:800]}")
                expect_sound(t, said, f"{build} {command}")
            for command, wanted in ERRORS.items():
                said = s.error(command)
                t.expect(wanted in said, f"{build} {command}: says {said!r}")


@case
def values_are_printed(t):
    """Printers and functions, on an optimised kernel and a checking one; garbage harms nobody."""
    for build in ("", "debug"):
        with session(t, "alloc 3;", mem="64M", cpus=2, build=build,
                     append="highmem=32M numa=fake=2") as s:
            for command, said in zip(PRINTED, s.run(*PRINTED)):
                t.expect(re.search(PRINTED[command], said, re.M),
                         f"{build} {command}: nothing like /{PRINTED[command]}/ in\n{said[:800]}")
                expect_sound(t, said, f"{build} {command}")
            random.seed(t.env.seed)
            for tag in GARBAGE:
                vas = [random.randrange(0xc0100000, 0xc1f00000) & ~3 for _ in range(12)]
                for va, said in zip(vas, s.run(*(f"p *(struct {tag} *){va:#x}" for va in vas))):
                    expect_sound(t, said, f"{build} struct {tag} at {va:#x}")
