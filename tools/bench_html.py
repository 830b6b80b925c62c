# SPDX-License-Identifier: MIT
"""bench_html.py - build/bench.html: everything that was measured, on one page without a network."""

from html import escape

import bench_rows
import bench_svg
from bench_data import text_of

HEADINGS = ("name", "Quire", "DEBUG=1", "lean", "Debian", "lean : Quire", "Debian : Quire",
            "lean : Quire, wall", "Debian : Quire, wall", "target")
APART = ("replay of events", "fragmentation")  # groups with a heading of their own
STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #ffffff; --rule: #d9dee3;
  --head: #f3f5f7; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --paper: #0d1117;
  --rule: #2c333b; --head: #161b22; --bad: #ff9a8a } }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: var(--ink);
  background: var(--paper); font: 15px/1.5 Helvetica, Arial, "DejaVu Sans", sans-serif }
svg { max-width: 100%; height: auto; display: block; margin: 1rem 0 }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid var(--rule);
  white-space: nowrap }
thead th { white-space: normal; vertical-align: bottom }
th:first-child, td:first-child { text-align: left }
thead th, tbody th { background: var(--head) }
td.soft, .soft { color: var(--soft) } td.bad { color: var(--bad); font-weight: bold }
dt { font-weight: bold } dd { margin: 0 0 .3rem }
@media print { body { margin: 0; max-width: none } thead { display: table-header-group }
  tr, svg { break-inside: avoid } }
"""
LEAD = (
    "Instructions are counted exactly (QEMU, one CPU, -icount shift=0,sleep=off) and repeat to the "
    "digit. Wall ratios are those of the same boot, their median and in brackets the least and the "
    "greatest; they say nothing about real hardware. A ratio is the peer's figure to Quire's: above "
    "1 Quire needs less. A dash is a figure that is missing. " + bench_svg.HIGH_ORDERS)


def cell(words, classes=""):
    return f'<td class="{classes}">{escape(words)}</td>' if words != "–" else '<td class="soft">–</td>'


def number(figure):
    """Every digit; in threes where there are many."""
    if figure is None:
        return "–"
    return f"{int(figure):,}".replace(",", "\u202f") if figure >= 1e4 else text_of(figure)


def ratio_cell(ratio):
    return cell(bench_svg.three_digits(ratio), "bad" if ratio is not None and ratio < 1 else "")


def wall_words(ratio):
    """(median, low, high) for people."""
    if ratio is None:
        return "–"
    median, low, high = map(bench_svg.three_digits, ratio)
    return f"{median} ({low}–{high})"


def row(f, name):
    target, ours = f.targets.get(name), f.exact["quire"].get(name)
    missed = target is not None and ours is not None and ours > target
    cells = [f"<td>{escape(name)}</td>", cell(number(ours), "bad" if missed else "")]
    cells += [cell(number(f.exact[kernel].get(name))) for kernel in ("debug", "lean", "debian")]
    cells += [ratio_cell(f.ratio(peer, name) if bench_rows.has_ratio(name) else None)
              for peer in ("lean", "debian")]
    cells += [cell(wall_words(f.wall[peer].get(name))) for peer in ("lean", "debian")]
    cells.append(cell("–" if target is None else f"≤ {text_of(target)}"))
    return f"<tr>{''.join(cells)}</tr>"


def body(f, title, names):
    """The rows of a group; a title of one that stands in a table of its own is empty."""
    head = f'<tr><th colspan="{len(HEADINGS)}">{escape(title)}</th></tr>' if title else ""
    return "\n".join(["<tbody>" + head, *(row(f, name) for name in names), "</tbody>"])


def table(f, wanted):
    """The table of these groups, or a word that there is nothing in it."""
    bodies = [body(f, group if len(wanted) > 1 else "", names)
              for group, names in bench_rows.grouped(f.names()) if group in wanted]
    head = "".join(f"<th>{escape(h)}</th>" for h in HEADINGS)
    if not bodies:
        return "<p>None was measured.</p>"
    return "\n".join([f'<div class="wide"><table><thead><tr>{head}</tr></thead>', *bodies,
                      "</table></div>"])


def tables(f):
    together = [group for group, _ in bench_rows.GROUPS if group not in APART]
    parts = ["<h2>Operations</h2>", table(f, together)]
    for group in APART:
        parts += [f"<h2>{escape(group.capitalize())}</h2>", table(f, (group,))]
    return "\n".join(parts)


def machine(f):
    rows = [f"<dt>{escape(key)}</dt><dd>{escape(str(words))}</dd>" for key, words in f.machine.items()]
    kept = ", ".join(bench_svg.NAMES[k] for k in bench_svg.NAMES if k in f.from_file)
    note = f"<p>Not measured in this run, but kept from an earlier one: {escape(kept)}.</p>"
    return f"<dl>{''.join(rows)}</dl>" + (note if kept else "")


def differences(f):
    items = "".join(f"<li>{escape(words)}</li>" for words in f.differences)
    return f"<ul>{items}</ul>" if items else "<p>None was recorded.</p>"


def page(f):
    """Returns: the page."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>Quire beside Linux</title><style>{STYLE}</style></head><body>
<h1>Quire beside Linux 6.1</h1>
<p>{escape(LEAD)}</p>
<h2>Plots</h2>
{bench_svg.ratio_plot(f)}{bench_svg.boot_plot(f)}
{tables(f)}
<h2>What differs between the kernels</h2>
{differences(f)}
<h2>Machine and versions</h2>
{machine(f)}
</body></html>
"""
