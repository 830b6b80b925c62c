# SPDX-License-Identifier: MIT
"""parts.py - the sections of the report, each from what was seen to HTML."""

import collections
import re
from html import escape

import bench_html
import bench_svg
from reporting import svg
from reporting.svg import count_of
from tracing import sites
from tracing.replay import unusable

SHOWN = 15  # rows of a table that could be long


def cells(tag, row, left=1):
    """Cells of a row; the first `left` are words. A value (html,) is not escaped."""
    return "".join(f'<{tag}{" class=l" if i < left else ""}>'
                   f"{value[0] if isinstance(value, tuple) else escape(str(value))}</{tag}>"
                   for i, value in enumerate(row))


def table(head, rows, left=1, caption="", name=""):
    body = "".join(f"<tr>{cells('td', row, left)}</tr>\n" for row in rows)
    note = f"<caption>{escape(caption)}</caption>" if caption else ""
    mark = f' id="{name}"' if name else ""
    return (f'<div class="wide"><table{mark}>{note}<thead><tr>{cells("th", head, left)}</tr></thead>'
            f"<tbody>\n{body}</tbody></table></div>")


def folded(summary, body):
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def kib(pages):
    return 4 * pages


# --- memory over time --------------------------------------------------------------------------

def over_time(run, history):
    """Free pages, pagesets, slabs."""
    looks = run.watch.looks
    charts = "".join(f"<h3>Zone {escape(zone.label)}: free pages</h3>" + svg.zone_chart(looks, history, i)
                     for i, zone in enumerate(looks[0].zones))
    head = ["after phase", "event", *(z.label for z in looks[0].zones), "pagesets", "slabs"]
    rows = [[look.name, count_of(look.seq), *(count_of(sum(n << k for k, n in enumerate(z.counts)))
                                              for z in look.zones),
             count_of(sum(z.pageset for z in look.zones)), count_of(sum(z.slab for z in look.zones))]
            for look in looks]
    return (charts + "<h3>Pagesets and slabs, all zones</h3>" + svg.holders_chart(looks, history) +
            table(head, rows, caption="Pages, as the kernel itself counts them", name="over-time"))


def replayed(run):
    """Whether the curves are true."""
    watch = run.watch
    compared = (len(watch.looks) - 1) * len(watch.looks[0].zones)
    if watch.lost or watch.differences:
        return (f'<p class="bad">{len(watch.differences)} of {compared} comparisons differ and {watch.lost} '
                "events were lost: the curves between the looks are not exact.</p>")
    return ('<p>The curves are replayed from the events alone. At the end of each phase the free blocks of '
            "every order, the pagesets and the slabs they lead to were compared with the kernel's own: "
            f'<span class="good">{compared} of {compared} comparisons agree, no event was lost.</span></p>')


# --- fragmentation -----------------------------------------------------------------------------

def fragmentation(run, history):
    """Heat maps, and their values at the end of each phase."""
    looks, parts = run.watch.looks, []
    for i, zone in enumerate(looks[0].zones):
        orders = range(1, len(zone.counts))
        rows = [[look.name, *(f"{unusable(look.zones[i].counts, k):.3f}" for k in orders)]
                for look in looks]
        parts += [f"<h3>Zone {escape(zone.label)}</h3>", svg.heat_map(looks, history, i),
                  folded(f"Zone {zone.label} in numbers",
                         table(["after phase", *(f"order {k}" for k in orders)], rows))]
    return "".join(parts)


# --- map ---------------------------------------------------------------------------------------

def moments(looks):
    """Start, peak (least free) and end; each once."""
    chosen = [("start", looks[0]), ("peak", min(looks, key=lambda look: look.free)), ("end", looks[-1])]
    return [("At the start" if name == "start" else f"At the {name}, after {look.name}", look)
            for name, look in chosen]


def free_blocks(look, name):
    """Free blocks by zone, type and order; types without any are left out."""
    rows = [[zone, kind, *map(count_of, counts), count_of(sum(n << k for k, n in enumerate(counts)))]
            for (zone, kind), counts in look.types.items() if any(counts)]
    orders = len(look.zones[0].counts)
    return table(["zone", "type", *range(orders), "pages"], rows, 2, "Free blocks by order", name)


def memory_map(run):
    block = 1 << run.watch.mem.layout["pageblock_order"]
    parts = [svg.map_legend()]
    for i, (title, look) in enumerate(moments(run.watch.looks)):
        parts += [f"<h3>{escape(title)}: {count_of(look.free)} pages free</h3>",
                  svg.memory_map(look, block), free_blocks(look, f"free-blocks-{i}")]
    return "".join(parts)


# --- who allocated -----------------------------------------------------------------------------

def site_table(found, unit, detail, name):
    """The sites that asked for most, with what they still hold."""
    top = found.top(SHOWN)
    most = max((s.amount for s in top), default=1)
    rows = [[s.name, by_size(s), count_of(s.calls), count_of(s.failed) if s.failed else "–",
             count_of(s.amount), (svg.bar(s.amount, most),), count_of(s.held),
             (svg.bar(s.held, most, "held"),)] for s in top]
    head = ["function", f"calls × {detail}", "calls", "failed", unit, "", "still held", ""]
    return table(head, rows, 2, name=name)


def by_size(s):
    """The commonest orders or sizes."""
    return ", ".join(f"{count_of(n)} × {k}" for k, n in sorted(s.orders.items(), key=lambda i: -i[1])[:3])


def allocation_sites(trace):
    pages, objects = sites.of_pages(trace), sites.of_objects(trace)
    return ("<h3>Pages</h3>" + site_table(pages, "pages", "order", "page-sites") +
            "<h3>Objects</h3>" + site_table(objects, "bytes", "bytes", "object-sites"))


def events(trace):
    counts = collections.Counter(e.name for e in trace.events)
    most = max(counts.values(), default=1)
    rows = [[name, count_of(n), (svg.bar(n, most),)] for name, n in counts.most_common()]
    return table(["event", "times", ""], rows, name="event-counts")


# --- slabs -------------------------------------------------------------------------------------

CACHE = re.compile(r"^(\S+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) : .* : slabdata +(\d+) +(\d+)", re.M)


def slab_caches(run):
    """From /proc/slabinfo at the end: the caches with most pages."""
    rows = []
    for name, *numbers in CACHE.findall(run.files["slabinfo"]):
        active, total, size, _, pages, _, slabs = map(int, numbers)
        if slabs:
            rows.append((kib(slabs * pages), name, active, total, size, slabs))
    rows.sort(key=lambda row: (-row[0], row[1]))
    return table(["cache", "KiB", "slabs", "objects", "in use", "", "bytes each"],
                 [[name, count_of(kb), count_of(slabs), count_of(total), count_of(active),
                   (svg.bar(active, total),), count_of(size)]
                  for kb, name, active, total, size, slabs in rows[:SHOWN]], name="slab-caches")


# --- tests, benchmarks -------------------------------------------------------------------------

def tests(suite):
    problems = "".join(f'<p class="bad">{escape(p)}</p>' for p in suite.problems)
    failed = "".join(f'<p class="bad">not ok {escape(r.name)}: {escape(r.message)}</p>'
                     for r in suite.results if r.how == "fail")
    rows = suite.by_suite()
    most = max((row[4] for row in rows), default=1)
    half = (len(rows) + 1) // 2
    suites = f'<div class="pair">{suite_table(rows[:half], most)}{suite_table(rows[half:], most)}</div>'
    every = table(["case", "", "instructions"],
                  [[r.name, r.how, count_of(suite.costs[r.name]) if r.name in suite.costs else "–"]
                   for r in sorted(suite.results, key=lambda r: r.name)], 2, name="cases")
    return problems + failed + suites + folded(f"All {len(suite.results)} cases", every)


def suite_table(rows, most):
    return table(["suite", "pass", "fail", "skip", "instructions", ""],
                 [[name, passed, (f'<span class="bad">{bad}</span>' if bad else "–",), skipped or "–",
                   count_of(cost), (svg.bar(cost, most),)] for name, passed, bad, skipped, cost in rows])


def benchmarks(figures):
    return (f"<p>{escape(bench_html.LEAD)}</p>" + bench_svg.ratio_plot(figures) +
            bench_svg.boot_plot(figures) + folded("Every figure", bench_html.tables(figures)))


# --- /proc -------------------------------------------------------------------------------------

def files(run):
    return "".join(folded(f"/proc/{name}", f'<pre id="proc-{name}">{escape(text)}</pre>')
                   for name, text in run.files.items())
