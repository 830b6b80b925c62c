# SPDX-License-Identifier: MIT
"""page.py - the report as one file: style, charts and numbers are in it, nothing is fetched."""

import os
import re
from html import escape

from reporting import parts
from reporting.svg import count_of
from reporting.watch import history
from reporting.workload import PHASES

POINTS = 60  # of a curve in each phase
# Printed, everything is open.
SCRIPT = """addEventListener("beforeprint", () => {
  for (const d of document.querySelectorAll("details")) d.open = true; });"""
SECTIONS = (
    ("memory", "Memory over time", "Each phase has the same width; within it the axis is the number of the "
     "event, by which `trace show` and `mm goto` name it too."),
    ("fragmentation", "Fragmentation", "The unusable free space index of an order: what part of a zone's "
     "free pages lies in blocks too small for it. 0: a request of this order can have any of it; 1: none."),
    ("map", "Memory map", "A square is a pageblock; what is in use fills it from below, its letter is its "
     "migrate type. Start, the moment with least free at the end of a phase, and the end."),
    ("sites", "Allocation sites", "Functions by what they asked for during the run, and what of it nobody "
     "had freed at its end."),
    ("slabs", "Slab caches", "At the end of the run."),
    ("events", "Events", "What was recorded."),
    ("tests", "Tests", "The in-kernel suite, one instruction a tick: every count is exact, and the same at "
     "each run of the same build."),
    ("benchmarks", "Benchmarks", "Figures kept in the tree, not measured by this run."),
    ("files", "Files under /proc", "As the kernel printed them at the end of the run."),
)


def style():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "style.css"), encoding="utf-8") as f:
        return f.read()


def prose(words):
    """`code` is set as such."""
    return re.sub("`(.*?)`", r"<code>\1</code>", escape(words))


def card(number, words, classes=""):
    return f'<div><b class="{classes}">{number}</b><span>{escape(words)}</span></div>'


def cards(run, suite):
    looks = run.watch.looks
    least = min(looks, key=lambda look: look.free)
    failed = suite.count("fail") + len(suite.problems)
    agree = not run.watch.differences and not run.watch.lost
    return '<div class="cards">' + "".join((
        card(count_of(len(run.watch.events)), "events recorded"),
        card(count_of(looks[0].free), "pages free at the start"),
        card(count_of(least.free), f"at the least, after {least.name}"),
        card(count_of(looks[-1].free), "at the end"),
        card("exact" if agree else "not exact", "replay against the kernel", "good" if agree else "bad"),
        card(f"{suite.count('pass')} / {failed}", f"tests passed / failed, {suite.count('skip')} skipped",
             "bad" if failed else "good"))) + "</div>"


def phases():
    items = "".join(f"<li><b>{escape(name)}</b>: {prose(fn.__doc__.splitlines()[0])}</li>"
                    for name, fn in PHASES)
    return f"<ol>{items}</ol>"


def machines(run, suite):
    return (f"<p>The run, and the tests:</p><pre>{escape(run.command)}\n\n{escape(suite.command)}</pre>"
            "<p>Phases of the run:</p>" + phases())


def bodies(run, suite, figures):
    """{section: its HTML}."""
    over, trace = history(run.watch, POINTS), run.watch.trace()
    return {
        "memory": parts.replayed(run) + parts.over_time(run, over),
        "fragmentation": parts.fragmentation(run, over),
        "map": parts.memory_map(run),
        "sites": parts.allocation_sites(trace),
        "slabs": parts.slab_caches(run),
        "events": parts.events(trace),
        "tests": parts.tests(suite),
        "benchmarks": parts.benchmarks(figures),
        "files": parts.files(run),
    }


def page(run, suite, figures):
    """Returns: the page."""
    body = bodies(run, suite, figures)
    links = "".join(f'<a href="#{key}">{escape(title)}</a>' for key, title, _ in SECTIONS)
    sections = "".join(f'<section id="{key}"><h2>{escape(title)}</h2><p>{prose(words)}</p>\n'
                       f"{body[key]}</section>\n" for key, title, words in SECTIONS)
    text = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>Quire: a run in pictures</title><style>{style()}</style></head><body>
<h1>Quire: a run in pictures</h1>
<p class="soft">Made by <code>make report</code> from one run of the kernel in QEMU and one of its tests.</p>
{cards(run, suite)}
<nav>{links}</nav>
{machines(run, suite)}
{sections}
<script>{SCRIPT}</script>
</body></html>
"""
    return text.replace(' xmlns="http://www.w3.org/2000/svg"', "")  # HTML needs it not

