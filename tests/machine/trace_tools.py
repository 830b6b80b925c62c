# SPDX-License-Identifier: MIT
"""trace_tools.py - tools/trace.py and tools/report.py say what the kernel says.

What comes out of a machine's memory is compared with what the same machine printed."""

import collections
import html.parser
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import report
from case import Result, case
from decode.layout import Layout
from reporting import watch
from sources import core_file
from tracing import chrome, ctf, folded, replay, rings, text
from tracing.session import Session

TRACE = os.path.join(os.path.dirname(report.__file__), "trace.py")
TYPED = ("trace on; alloc 3 GFP_KERNEL|__GFP_ZERO; alloc 0 GFP_DMA; alloc 4 GFP_HIGHUSER; alloc 0 GFP_ATOMIC",
         "kmalloc 100; kmalloc 5000 GFP_NOWAIT; vmalloc 64K; repeat 12 alloc 10 GFP_KERNEL|__GFP_NOWARN",
         "stress mixed 1", "trace off")
EVENT = re.compile(r"^ *\S+-\d+ +\[\d+\] .* seq=\d+$", re.M)
# The columns that the scripts beside Linux's documentation of tracepoints take apart: a task, a CPU, a
# time, an event, its fields; a column of interrupt flags would stand between CPU and time.
COLUMNS = re.compile(r"\s*[\w/.-]+-\d+\s+\[\d+\]\s+[\d.]+:\s+\w+:\s+\S")
DETAILS = {
    "mm_page_alloc": r"page=[0-9a-f]+ pfn=\d+ order=\d+ migratetype=\d+ gfp_flags=[A-Z_|]+( |$)",
    "mm_page_free": r"page=[0-9a-f]+ pfn=\d+ order=\d+( |$)",
    "mm_page_alloc_zone_locked": r"page=[0-9a-f]+ pfn=\d+ order=\d+ migratetype=\d+ percpu_refill=[01]( |$)",
    "mm_page_pcpu_drain": r"page=[0-9a-f]+ pfn=\d+ order=\d+ migratetype=\d+( |$)",
    "mm_page_alloc_extfrag": r"page=[0-9a-f]+ pfn=\d+ alloc_order=\d+ fallback_order=\d+ pageblock_order=\d+ "
                             r"alloc_migratetype=\d+ fallback_migratetype=\d+ fragmenting=[01] "
                             r"change_ownership=[01]( |$)",
}


def layout_path(t):
    return os.path.splitext(t.env.kernel(""))[0] + ".layout.json"


def recorded(t, show=False, size=65536, cpus=2):
    """Returns: (the Trace in the memory of a machine that was typed into, the lines that it printed of
    it, if it was to). The clock is slow, so that `stress` is a few thousand events."""
    m = t.machine(mem="64M", cpus=cpus, icount=True, shift=9, append="highmem=32M")
    with tempfile.TemporaryDirectory() as folder:
        core = os.path.join(folder, "core")
        with Session(m, limit=min(120, t.env.longest_run)) as s:
            for line in (f"trace size {size}", *TYPED):
                s.type(line)
            shown = s.type("trace show") if show else ""
            s.dump_core(core)
        return rings.trace_of(core_file.kernel(Layout.load(layout_path(t)), core).mem), EVENT.findall(shown)


def written(write, *args):
    out = io.StringIO()
    write(args[0], out, *args[1:])
    return out.getvalue()


def counts(names):
    return dict(collections.Counter(names))


# --- text --------------------------------------------------------------------------------------

@case
def text_from_memory_is_the_kernels(t):
    """Line by line what `trace show` prints, of two CPUs; and read back the same again."""
    trace, shown = recorded(t, show=True)
    lines = written(text.write, trace).splitlines()
    t.expect(len(shown) > 2000, f"only {len(shown)} events")
    t.expect(len({e.cpu for e in trace.events}) == 2, "events of one CPU only")
    t.expect(len({e.name for e in trace.events}) > 12, f"events: {counts(e.name for e in trace.events)}")
    t.expect_equal(len(lines), len(shown), "lines")
    wrong = [pair for pair in zip(lines, shown) if pair[0] != pair[1]]
    t.expect(not wrong, f"{len(wrong)} lines differ, the first: {wrong[:1]}")
    again = written(text.write, text.read(shown))
    t.expect(again.splitlines() == shown, "the kernel's lines, read and written, are not the same")


@case
def rings_that_ran_over_are_read(t):
    """The newest are there, the others are counted, as the kernel does."""
    trace, shown = recorded(t, show=True, size=256, cpus=1)
    t.expect_equal(written(text.write, trace).splitlines(), shown, "lines")
    t.expect_equal(len(trace.events), 256, "events")
    t.expect_equal(trace.dropped, {0: trace.events[-1].seq - 256}, "overwritten")


@case
def lines_have_the_columns_of_linux(t):
    """What takes ftrace's lines apart finds task, CPU, time, event and fields."""
    trace, _ = recorded(t)
    shown = written(text.write, trace).splitlines()
    wrong = [line for line in shown if not COLUMNS.match(line)]
    t.expect(not wrong, f"{len(wrong)} lines are different: {wrong[:2]}")
    for name, form in DETAILS.items():
        found = [line.split(f": {name}: ")[1] for line in shown if f": {name}: " in line]
        wrong = [fields for fields in found if not re.match(form, fields)]
        t.expect(found and not wrong, f"{name}: {len(found)} lines, {len(wrong)} are different: {wrong[:1]}")


# --- other formats -----------------------------------------------------------------------------

@case
def chrome_json_is_whole(t):
    """Every event is in it once, rows go forward, slices have an end."""
    trace, _ = recorded(t)
    document = json.loads(written(chrome.write, trace))
    rows = collections.defaultdict(list)
    for row in document["traceEvents"]:
        if row["ph"] != "M":
            rows[row["ph"] if row["ph"] != "E" else "B", row["pid"], row["tid"], row["name"]
                 if row["ph"] == "C" else ""].append(row)
    t.expect(all(a["ts"] <= b["ts"] for part in rows.values() for a, b in zip(part, part[1:])),
             "a row goes back in time")
    seen = [row["name"] for row in document["traceEvents"] if row["ph"] == "i"]
    t.expect_equal(counts(seen), counts(e.name for e in trace.events), "instants")
    slices = [row["ph"] for row in document["traceEvents"] if row["ph"] in "BE"]
    t.expect(slices and slices == ["B", "E"] * (len(slices) // 2), f"slices: {slices[:9]}")
    last = {row["name"]: row["args"] for row in document["traceEvents"] if row["ph"] == "C"}
    t.expect_equal({name: args["free"] for name, args in last.items()},
                   {f"{z.label} pages": watch.state_of(z).free for z in trace.zones}, "last counters")
    t.expect(all(n >= 0 for row in document["traceEvents"] if row["ph"] == "C" for n in row["args"].values()),
             "a counter below nought")


FIELD = re.compile(r'(\w+) = (?:\( "(\w+)" : container = \d+ \)|"([^"]*)"|(-?\w+))')


def babeltrace(folder):
    return subprocess.run(["babeltrace2", "--no-delta", "--clock-cycles", folder], capture_output=True,
                          text=True, timeout=120, check=False)


def same_value(field, e, found):
    """found: what babeltrace2 says, as (name of an enumerator, string, number)."""
    value = e.values[field.name]
    if field.kind == "ZONE":
        return found[0] != ""
    return found[1] == value if not field.is_number else int(found[2], 0) == value


@case
def babeltrace2_reads_the_ctf(t):
    """The same events with the same fields, from memory and from lines."""
    if not shutil.which("babeltrace2"):
        t.results.append(Result(t.name, "skip", "no babeltrace2 here (make deps-trace)"))
        return
    trace, _ = recorded(t)
    lines = written(text.write, trace).splitlines()
    for what, tr in (("memory", trace), ("lines", text.read(lines))):
        with tempfile.TemporaryDirectory() as folder:
            ctf.write(tr, folder)
            said = babeltrace(folder)
        t.expect(said.returncode == 0 and not said.stderr, f"{what}: babeltrace2: {said.stderr[-500:]}")
        found = said.stdout.splitlines()
        t.expect_equal(len(found), len(tr.events), f"{what}: events")
        events = {e.seq: e for e in tr.events}
        wrong = [line for line in found if not same_event(tr, events, line)]
        t.expect(not wrong, f"{what}: {len(wrong)} events differ, the first: {wrong[:1]}")


def same_event(trace, events, line):
    """Is a line of babeltrace2's the event of its number?"""
    fields = {name: found for name, *found in FIELD.findall(line)}
    e = events[int(fields["seq"][2])]
    types = trace.types[e.name].fields
    stamp = int(re.match(r"\[(\d+)\]", line)[1])
    return (f" {e.name}: " in line and stamp == ctf.stamp(trace, e) and int(fields["cpu"][2]) == e.cpu and
            fields["comm"][1] == e.comm and int(fields["pid"][2]) == e.pid and
            all(same_value(f, e, fields[f.name]) for f in types))


@case
def folded_stacks_add_up(t):
    """Pages by caller are those that were given."""
    trace, _ = recorded(t)
    lines = written(folded.write, trace, folded.PAGES).splitlines()
    total = sum(int(line.rsplit(" ", 1)[1]) for line in lines)
    given = sum(1 << e.values["order"] for e in trace.events
                if e.name == "mm_page_alloc" and e.values["page"])
    t.expect_equal(total, given, "pages")
    t.expect(any(re.fullmatch(r"run_alloc;mm_page_alloc;order 4 \d+", line) for line in lines),
             f"stacks: {lines[:5]}")


def run_tool(*words):
    """tools/trace.py as a person runs it. Returns: what it said."""
    done = subprocess.run([sys.executable, TRACE, *words], capture_output=True, text=True, timeout=120,
                          check=False)
    return done.stdout + done.stderr


@case
def record_does_it_in_one_go(t):
    """`tools/trace.py record` leaves every file; `convert` makes the same of the core and of the text."""
    with tempfile.TemporaryDirectory() as folder:
        common = ["--layout", layout_path(t)]
        said = run_tool("record", "--kernel", t.env.kernel(""), "--mem", "64M", "--out", folder, *common,
                        "--run", "trace on; alloc 3; kmalloc 100; trace off; trace show")
        t.expect(re.match(r"\d+ events; in ", said), said)
        for what, name in (("--core", "memory.core"), ("--text", "serial.txt")):
            run_tool("convert", what, os.path.join(folder, name), *common, "--out",
                     os.path.join(folder, what))
        files = {what: read(folder, what, "trace.txt") for what in ("", "--core", "--text")}
        t.expect("call_site=run_alloc+" in files[""], files[""][:300])
        t.expect(len(set(files.values())) == 1, "the texts differ")
        left = set(os.listdir(folder))
        t.expect(left >= {"trace.txt", "trace.json", "ctf", "pages.folded", "bytes.folded"}, f"left: {left}")


@case
def what_cannot_be_read_is_told(t):
    """A sentence, not a traceback."""
    for words, wanted in ((["convert"], "convert what?"),
                          (["convert", "--core", "/dev/null"], "trace: /dev/null is no core file"),
                          (["convert", "--text", "/nowhere/log"], "trace: .*No such file"),
                          (["record", "--kernel", "/nowhere/quire.elf"], "QEMU did not start: .*kernel")):
        with tempfile.TemporaryDirectory() as folder:
            said = run_tool(*words, "--out", folder, "--layout", layout_path(t))
        t.expect(re.search(wanted, said) and "Traceback" not in said, f"{words}: {said}")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


# --- the report --------------------------------------------------------------------------------

class Page(html.parser.HTMLParser):
    """Takes a page apart: tables and <pre> by id. Complains about tags that do not match."""
    VOID = {"meta"}

    def __init__(self, data):
        super().__init__()
        self.open, self.problems, self.ids, self.tables, self.pre = [], [], [], {}, {}
        self.table = self.text = None
        self.links = []
        self.feed(data)
        self.problems += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs[a] for a in ("href", "src") if a in attrs]
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "table":
            self.table = self.tables.setdefault(attrs.get("id", ""), [])
        elif tag == "tr":
            self.table.append([])
        elif tag in ("td", "th", "pre"):
            self.text = ""
            self.into = attrs.get("id")

    def handle_startendtag(self, tag, attrs):
        self.ids += [v for k, v in attrs if k == "id"]

    def handle_data(self, data):
        self.text = None if self.text is None else self.text + data

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> at line {self.getpos()[0]} closes nothing")
        if tag in ("td", "th"):
            self.table[-1].append(self.text)
        elif tag == "pre":
            self.pre[self.into] = self.text
        self.text = None if tag in ("td", "th", "pre") else self.text


def made_report(t):
    return report.make(report.options(["--kernel", t.env.kernel(""), "--tests", "buddy.*",
                                       "--layout", layout_path(t)]))


def numbers(row):
    return [int(re.sub(r"\D", "", cell)) for cell in row]


def expect_proc(t, page, run):
    """The figures at the end are the kernel's."""
    files = run.files
    t.expect_equal({name: page.pre[f"proc-{name}"] for name in files}, files, "files")
    free = [list(map(int, line.split()[4:])) for line in files["buddyinfo"].splitlines()]
    last = numbers(page.tables["over-time"][-1][1:])
    t.expect_equal(last[1:1 + len(free)], [sum(n << k for k, n in enumerate(c)) for c in free], "free pages")
    held = sum(map(int, re.findall(r"^ +count: +(\d+)$", files["zoneinfo"], re.M)))
    slabs = sum(map(int, re.findall(r"^nr_slab_\w+ (\d+)$", files["vmstat"], re.M)))
    t.expect_equal(last[-2:], [held, slabs], "pages in pagesets, in slabs")
    types = re.findall(r"zone +(\w+), type +(\w+) ((?: +\d+)+)", files["pagetypeinfo"])
    wanted = [(zone, kind, list(map(int, n.split()))) for zone, kind, n in types if re.search("[1-9]", n)]
    found = [(r[0], r[1], numbers(r[2:-1])) for r in page.tables["free-blocks-2"][1:]]
    t.expect_equal(found, wanted, "free blocks by type")
    caches = {m[0]: [int(m[2]), int(m[1])] for m in
              re.findall(r"^(\S+) +(\d+) +(\d+) .* : slabdata +[1-9]", files["slabinfo"], re.M)}
    shown = {r[0]: numbers(r[3:5]) for r in page.tables["slab-caches"][1:]}
    t.expect(len(shown) > 8 and shown.items() <= caches.items(), f"caches: {shown}, not {caches}")


@case
def the_report_is_true(t):
    """It stands alone, its figures are the kernel's, and the replayed curves meet them."""
    data, run, suite = made_report(t)
    page = Page(data)
    t.expect(not page.problems, f"HTML: {page.problems[:5]}")
    t.expect_equal(len(set(page.ids)), len(page.ids), "names that are used once")
    t.expect(all(link[:1] == "#" and link[1:] in page.ids for link in page.links), f"links: {page.links}")
    t.expect(not re.search(r"https?:|url\(|@import|<link", data), "it names something outside itself")
    t.expect_equal((run.watch.differences, run.watch.lost), ([], 0), "differences of the replay, lost events")
    t.expect_equal((suite.problems, suite.count("fail")), ([], 0), "problems of the tests, failures")
    expect_proc(t, page, run)
    kinds = {r[0]: numbers(r[1:2])[0] for r in page.tables["event-counts"][1:]}
    t.expect_equal(kinds, counts(e.name for e in run.watch.events), "events")
    t.expect_equal(sum(kinds.values()), run.watch.looks[-1].seq - run.watch.events[0].seq + 1, "numbers")
    costs = {r[0]: numbers(r[2:3])[0] for r in page.tables["cases"][1:] if r[1] == "pass"}
    t.expect(costs == suite.costs and len(costs) > 10, f"costs of tests: {costs}")


@case
def a_lost_event_is_noticed(t):
    """Without one split the free lists that the events lead to are not the kernel's."""
    trace, _ = recorded(t)
    states = next(replay.backwards(trace))[1]
    before = [s.copy() for s in states]
    for _, states in replay.backwards(trace):
        before = [s.copy() for s in states]
    t.expect(all(n >= 0 for s in before for n in s.counts), "fewer than no blocks at the start")
    split = next(e for e in trace.events if e.name == "buddy_split")
    trace.events.remove(split)
    for _, states in replay.backwards(trace):
        after = [s.copy() for s in states]
    t.expect(after != before, "a missing event changes nothing")
