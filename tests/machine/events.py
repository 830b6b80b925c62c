# SPDX-License-Identifier: MIT
"""events.py - the event trace: lines that tools for Linux's can read, numbers that name the same event
in every run, a stop at any of them, and no cost while it is off."""

import os
import re

import gdbstub
import symbols
from case import case

# What programs that read Linux's trace take a line for: task-pid, CPU, seconds, event, fields.
LINE = re.compile(r"^ *(?P<task>\S+)-(?P<pid>\d+) +\[(?P<cpu>\d{3})\] +(?P<time>\d+\.\d{6}): "
                  r"(?P<event>[a-z_]+): (?P<fields>.*)$")
SEQ = re.compile(r" seq=(\d+)$")
# By event: what its fields are, by Linux's formats; ours may follow.
FIELDS = {
    "mm_page_alloc": r"page=([0-9a-f]*) pfn=([0-9]*) order=([0-9]*) migratetype=([0-9]*) gfp_flags=([A-Z_|]*)",
    "mm_page_free": r"page=([0-9a-f]*) pfn=([0-9]*) order=([0-9]*)",
    "mm_page_alloc_zone_locked": r"page=([0-9a-f]*) pfn=([0-9]*) order=([0-9]*) migratetype=([0-9]*)",
    "mm_page_pcpu_drain": r"page=([0-9a-f]*) pfn=([0-9]*) order=([0-9]*) migratetype=([0-9]*)",
    "mm_page_alloc_extfrag": r"page=([0-9a-f]*) pfn=([0-9]*) alloc_order=([-0-9]*) fallback_order=([-0-9]*) "
                             r"pageblock_order=([-0-9]*) alloc_migratetype=([-0-9]*) "
                             r"fallback_migratetype=([-0-9]*) fragmenting=([-0-9]) change_ownership=([-0-9])",
    "kmalloc": r"call_site=(\S+) ptr=([0-9a-f]+) bytes_req=(\d+) bytes_alloc=(\d+) gfp_flags=([A-Z_|]+) node=(-?\d+)",
    "kfree": r"call_site=(\S+) ptr=([0-9a-f]+)",
    "kmem_cache_alloc": r"call_site=(\S+) ptr=([0-9a-f]+) bytes_req=(\d+) bytes_alloc=(\d+) "
                        r"gfp_flags=([A-Z_|]+) node=(-?\d+)",
    "alloc_vmap_area": r"va_start=0x[0-9a-f]+ size=\d+ align=\d+ vstart=0x[0-9a-f]+ vend=0x[0-9a-f]+ failed=[01]",
}
FAST = ["alloc_pages_fast", "alloc_plain", "alloc_pages_large", "__free_pages_0", "__free_pages_3",
        "free_pages_large", "kmalloc_slot_kernel", "kmalloc_any_kernel", "kmem_cache_alloc_kernel", "kfree",
        "__kmem_cache_free", "kmap", "kunmap", "vmalloc", "vfree", "buddy_free", "buddy_expand"]


def events(text):
    """[(match of LINE, number)] of the trace's lines in what a machine printed."""
    found = [(LINE.match(line), SEQ.search(line)) for line in text.replace("\r", "").splitlines()]
    return [(line, int(seq[1])) for line, seq in found if line and seq]


@case
def lines_read_as_linux_prints_them(t):
    """A boot and some commands: every line parses, each event's fields are Linux's, numbers rise."""
    r = t.boot("alloc 3", "free 4 0", "slabmix 20", "vmalloc 8192", "slabshrink", "trace off", "trace show",
               mem="64M", cpus=2, append="trace=on trace_size=16384")
    found = events(r.text)
    seqs = [seq for _, seq in found]
    t.expect_equal(seqs, list(range(1, len(seqs) + 1)), "numbers")
    seen = {line["event"] for line, _ in found}
    t.expect({"mm_page_alloc", "mm_page_free", "mm_page_alloc_zone_locked", "buddy_split", "buddy_merge", "kmalloc",
              "kfree", "kmem_cache_alloc", "slab_grow", "slab_reap", "alloc_vmap_area"} <= seen, f"only {seen}")
    for line, _ in found:
        wanted = FIELDS.get(line["event"], r"\S+=\S")
        t.expect(re.match(wanted, line["fields"]), f"fields of {line[0]!r}")
    t.expect(any(line["event"] == "mm_page_alloc" and "call_site=run_alloc" in line["fields"]
                 for line, _ in found), "nobody allocated a page by hand")


@case
def a_full_ring_tells_what_it_lost(t):
    """Fewer records than events: the newest are kept, the others counted, on each CPU."""
    r = t.boot("trace size 64", "trace on mm_page_alloc mm_page_free", "repeat 100 alloc 0", "trace off",
               "trace stat", "trace show 10", "trace clear", "trace stat", "check", mem="64M", cpus=2)
    first = re.search(r"^cpu 0: size 64 recorded (\d+) kept 64 dropped (\d+)", r.text, re.M)
    t.expect(first and int(first[1]) >= 100 and int(first[1]) - int(first[2]) == 64, "counts")
    t.expect_equal(len(events(r.text)), 10, "lines of `trace show 10`")
    t.expect_text(r, r"^cpu 0: size 64 recorded 0 kept 0 dropped 0", "^CHECK ok")


@case
def what_does_not_fit_is_refused(t):
    """8 MiB: rings that are too large are told of, and the machine goes on; small ones work."""
    r = t.boot("trace size 65536", "trace stat", "trace size 64", "trace on", "alloc 0", "trace off", "trace show",
               "trace size 0", "check", mem="8M", cpus=2)
    t.expect_text(r, "^trace: no memory for the rings, it is off", "mm_page_alloc: ", "^CHECK ok")
    r = t.boot("trace stat", "check", mem="8M", cpus=2, append="trace=on trace_size=65536")
    t.expect_text(r, r"trace: no memory for 2 rings of 4096 KiB, off", "^trace: off",
                  "^cpu 0: size 0 ", "^CHECK ok")
    r = t.boot("trace stat", mem="8M", append="trace=nonsense,mm_page_alloc")
    t.expect_text(r, "bad value in 'trace=nonsense,mm_page_alloc'", "^trace: off")


@case
def an_event_has_the_same_number_in_every_run(t):
    """Two exact runs print the same; so does one that is told to stop at an event of theirs."""
    def lines(append):
        r = t.run_exact(t.machine(mem="64M", icount=True, append=append + ' run="alloc 2; kmalloc 64; trace off; '
                                  'trace show; poweroff"'))
        t.expect_how(r, "pass")
        return [(line["event"], line["fields"]) for line, _ in events(r.text)]

    first, second, stopped = lines("trace=on seed=1"), lines("trace=on seed=1"), lines("trace=on stop=100")
    t.expect(len(first) > 100, f"only {len(first)} events")
    t.expect_equal(second, first, "second run")
    t.expect_equal(stopped, first, "the run with stop=")


@case
def the_machine_stops_behind_the_event_asked_for(t):
    """stop=N: debug_stop() is called with N when record N is the last one written, twice the same."""
    values = symbols.Elf(t.env.kernel("")).values()

    def stop(n):
        m = t.machine(mem="64M", icount=True, append=f'run="alloc 2; poweroff" stop={n}')
        with gdbstub.Traced(m, 60) as traced:
            stub = traced.stub
            stub.stop_at(values["debug_stop"])
            stub.go()
            ring = values["trace_rings"]
            records, size, head = (stub.word(ring + at) for at in (0, 4, 8))
            record = stub.memory(records + 64 * ((head - 1) % size), 64)
            return stub.register("eax"), stub.word(values["trace_seq"]), record

    for n in (1, 150):
        seq, last, record = stop(n)
        t.expect_equal((seq, last, int.from_bytes(record[4:8], "little")), (n, n, n), "number")
        t.expect_equal(stop(n)[2], record, f"event {n} in a second run")


@case
def a_site_that_is_off_costs_two_instructions(t):
    """Each site is a test of trace_on and a jump; the fast paths have none."""
    kernel = t.env.kernel("")
    base = symbols.Elf(kernel).values()["trace_on"]
    words = {f"0x{base + i:x}" for i in range(4)}
    with open(os.path.join(os.path.dirname(kernel), "quire.lst"), encoding="utf-8") as f:
        listing = f.read()
    sites = 0
    for name, body in re.findall(r"^[0-9a-f]+ <(\S+)>:\n((?:.+\n)*)", listing, re.M):
        code = [line.split("\t")[2] for line in body.splitlines() if line.count("\t") >= 2]
        for k, insn in enumerate(code):
            if insn.split(",")[-1].split()[-1] not in words or not insn.startswith("test"):
                continue
            sites += 1
            t.expect(name not in FAST, f"{name} has a site: {insn}")
            t.expect(re.match(r"j[a-z]+ ", code[k + 1]), f"{name}: {insn}; {code[k + 1]}")
    t.expect(sites >= 25, f"only {sites} sites found")
