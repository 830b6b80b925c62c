# SPDX-License-Identifier: MIT
"""bench_svg.py - the two plots, written as SVG by hand.

Each kernel has a colour and a shape of its own: the colours are Okabe and Ito's, which the colour-
blind tell apart, and the shapes do where there is no colour. The plots bring their background, so
that they are legible on any page, and turn dark with the reader's system. Text is text."""

import math
from xml.sax.saxutils import escape

import bench_rows

WIDTH = 880  # the README's column: one unit is one pixel there
NAMES = {"quire": "Quire", "debug": "Quire, DEBUG=1", "lean": "Linux 6.1 lean",
         "debian": "Linux 6.1 Debian"}
HIGH_ORDERS = ("Orders 4 to 10: Linux 6.1 checks every page of the block; 6.3 and later do not by "
               "default.")
STYLE = """
svg.bench text { font: 13px Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #1f2328 }
svg.bench .title { font-size: 16px; font-weight: bold }
svg.bench .group { font-weight: bold }
svg.bench .soft { fill: #59636e }
svg.bench .bg { fill: #ffffff }
svg.bench .grid { stroke: #d9dee3; stroke-width: 1 }
svg.bench .one { stroke: #1f2328; stroke-width: 2 }
svg.bench .stem { stroke: #8c959f; stroke-width: 1 }
svg.bench .quire { fill: #1f2328; stroke: #1f2328 }
svg.bench .debug { fill: #ffffff; stroke: #1f2328 }
svg.bench .lean { fill: #0072b2; stroke: #0072b2 }
svg.bench .debian { fill: #d55e00; stroke: #d55e00 }
svg.bench .mark { stroke-width: 1.5 }
svg.bench .mark.lean { stroke: #ffffff }
@media (prefers-color-scheme: dark) {
svg.bench text { fill: #e6edf3 }
svg.bench .soft { fill: #9da7b1 }
svg.bench .bg { fill: #0d1117 }
svg.bench .grid { stroke: #2c333b }
svg.bench .one { stroke: #e6edf3 }
svg.bench .stem { stroke: #6e7781 }
svg.bench .quire { fill: #e6edf3; stroke: #e6edf3 }
svg.bench .debug { fill: #0d1117; stroke: #e6edf3 }
svg.bench .lean { fill: #56b4e9; stroke: #56b4e9 }
svg.bench .mark.lean { stroke: #0d1117 }
svg.bench .debian { fill: #e69f00; stroke: #e69f00 }
}
svg.bench .line { fill: none; stroke-width: 2 }
"""


# --- what both are made of -------------------------------------------------------------------

def text(x, y, what, classes="", anchor="start"):
    return (f'<text x="{x:g}" y="{y:g}" class="{classes}" text-anchor="{anchor}">'
            f"{escape(what)}</text>")


def line(x1, y1, x2, y2, classes):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{classes}"/>'


def mark(kernel, x, y):
    """A kernel's shape: square (Quire, hollow for DEBUG=1), circle (lean), diamond (Debian)."""
    classes = f'class="mark {kernel}"'
    if kernel == "lean":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" {classes}/>'
    if kernel == "debian":
        return (f'<path d="M{x - 8:.1f} {y:.1f}L{x:.1f} {y - 8:.1f}L{x + 8:.1f} {y:.1f}'
                f'L{x:.1f} {y + 8:.1f}Z" {classes}/>')
    return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" {classes}/>'


def whole(parts, height, title):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" class="bench" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" aria-label="{escape(title)}">')
    return "\n".join([head, f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>",
                      f'<rect width="{WIDTH}" height="{height}" rx="6" class="bg"/>',
                      text(20, 30, title, "title"), *parts, "</svg>"]) + "\n"


class LogScale:
    """Numbers to places, equal steps for equal ratios."""

    def __init__(self, low, high, first, last):
        self.low, self.high, self.first = low, high, first
        self.step = (last - first) / (math.log(high) - math.log(low))

    def at(self, number):
        return self.first + (math.log(number) - math.log(self.low)) * self.step


def steps(low, high, factors):
    """The numbers factor * 10^k from low to high."""
    tens = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    numbers = [float(f"{factor}e{ten}") for ten in tens for factor in factors]
    return [n for n in numbers if low <= n <= high]


def around(numbers, factors):
    """The last step below the numbers and the first above."""
    low, high = min(numbers), max(numbers)
    every = steps(low / 10, high * 10, factors)
    return max(n for n in every if n <= low), min(n for n in every if n >= high)


def three_digits(number):
    """275, 18.8, 4.33, 0.98; None is a dash."""
    if number is None:
        return "–"
    return f"{number:.{0 if number >= 99.95 else 1 if number >= 9.995 else 2}f}"


def short(number):
    """A count for people: every digit below a million, then 12.3 M."""
    if number is None:
        return "–"
    for size, unit in ((1e9, " G"), (1e6, " M")):
        if number >= size:
            return three_digits(number / size) + unit
    return f"{number:.6g}"


# --- ratios ----------------------------------------------------------------------------------

ROW, TOP = 20, 92
PLOT_LEFT, PLOT_RIGHT = 268, 752
VALUE_AT = {"lean": 804, "debian": 862}


def ratio_scale(figures):
    rows = [row.name for _, members in bench_rows.plot_rows() for row in members]
    ratios = [figures.ratio(peer, name) for peer in VALUE_AT for name in rows]
    low, high = around([0.5, 10, *(r for r in ratios if r)], (1, 2, 5))
    return LogScale(low, high, PLOT_LEFT, PLOT_RIGHT)


def ratio_frame(scale, bottom):
    """The axis, the line at 1 and the legend."""
    parts = []
    for n in steps(scale.low, scale.high, (1, 2, 5)):
        x = scale.at(n)
        parts += [line(x, TOP - 10, x, bottom, "one" if n == 1 else "grid"),
                  text(x, bottom + 16, f"{n:g}", "soft", "middle")]
    one = scale.at(1)
    parts += [text(one + 6, TOP - 16, "Quire needs fewer →", "soft"),
              text(one - 6, TOP - 16, "← more", "soft", "end")]
    for x, kernel in ((20, "lean"), (170, "debian")):
        parts += [mark(kernel, x + 6, 52), text(x + 18, 56.5, NAMES[kernel])]
    parts += [text(x, TOP - 16, kernel.capitalize(), "soft", "end") for kernel, x in VALUE_AT.items()]
    return parts


def ratio_row(figures, scale, row, y):
    """One operation: a stem from 1 to the farthest mark, the marks, the numbers."""
    ratios = {peer: figures.ratio(peer, row.name) for peer in VALUE_AT}
    places = {peer: scale.at(r) for peer, r in ratios.items() if r}
    parts = [text(32, y + 4.5, row.label)]
    if places:
        one = scale.at(1)
        far = max(places.values(), key=lambda x: abs(x - one))
        parts.append(line(one, y, far, y, "stem"))
    else:
        parts.append(text(scale.at(1) + 8, y + 4.5, "no figure", "soft"))
    parts += [mark(peer, places[peer], y) for peer in ("debian", "lean") if peer in places]
    parts += [text(x, y + 4.5, three_digits(ratios[peer]), "", "end") for peer, x in VALUE_AT.items()]
    return parts


def ratio_plot(figures):
    """Returns: the SVG of how many times Quire's instructions the peers need, by operation."""
    scale, y, rows = ratio_scale(figures), TOP, []
    for group, members in bench_rows.plot_rows():
        rows.append(text(20, y + 4.5, group, "group"))
        for row in members:
            y += ROW
            rows += ratio_row(figures, scale, row, y)
        y += ROW + 6
    bottom = y - ROW + 8
    notes = ["Instructions, counted exactly; a pair of allocate and free unless the row says otherwise. "
             "Log axis.", HIGH_ORDERS]
    parts = [text(20, bottom + 40 + 17 * i, note, "soft") for i, note in enumerate(notes)]
    return whole([*ratio_frame(scale, bottom), *rows, *parts], bottom + 74,
                 "Instructions per operation: Linux's to Quire's")


# --- boot ------------------------------------------------------------------------------------

SIZES = (1, 4, 16, 64)
BOOT_LEFT, BOOT_RIGHT, BOOT_TOP, BOOT_BOTTOM = 170, 830, 80, 350


def boot_points(figures, kernel):
    """{GiB: instructions} of the sizes that this kernel boots with."""
    found = {size: figures.exact[kernel].get(f"boot-{size}G-allocator") for size in SIZES}
    return {size: n for size, n in found.items() if n}


def boot_frame(across, up):
    parts = []
    for n in steps(up.low, up.high, (1,)):
        y = up.at(n)
        parts += [line(BOOT_LEFT, y, BOOT_RIGHT, y, "grid"),
                  text(BOOT_LEFT - 10, y + 4.5, f"{n / 1e6:g} M", "soft", "end")]
    for size in SIZES:
        x = across.at(size)
        parts += [line(x, BOOT_TOP, x, BOOT_BOTTOM, "grid"),
                  text(x, BOOT_BOTTOM + 22, f"{size} GiB", "group", "middle")]
    return parts


def boot_line(kernel, points, across, up):
    places = [(across.at(size), up.at(n)) for size, n in points.items()]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dashes = ' stroke-dasharray="6 4"' if kernel == "debug" else ""
    return [f'<path d="{path}" class="{kernel} line"{dashes}/>'] * bool(places) + \
        [mark(kernel, x, y) for x, y in places]


def boot_numbers(kernel, points, across, y):
    """The legend's line of this kernel: its figures below the axis, a dash for what is missing."""
    return [mark(kernel, 26, y), text(40, y + 4.5, NAMES[kernel])] + \
        [text(across.at(size), y + 4.5, short(points.get(size)), "", "middle") for size in SIZES]


def boot_plot(figures):
    """Returns: the SVG of what it costs to boot with so much memory."""
    points = {kernel: boot_points(figures, kernel) for kernel in NAMES}
    every = [n for found in points.values() for n in found.values()] or [1e6, 1e7]
    low, high = around(every, (1,))
    up = LogScale(low, max(high, low * 10), BOOT_BOTTOM, BOOT_TOP)
    across = LogScale(SIZES[0] / 1.5, SIZES[-1] * 1.5, BOOT_LEFT, BOOT_RIGHT)
    parts, y = boot_frame(across, up), BOOT_BOTTOM + 48
    for kernel, found in reversed(points.items()):
        parts += boot_line(kernel, found, across, up)
    for kernel, found in points.items():
        parts += boot_numbers(kernel, found, across, y)
        y += 22
    notes = "Both axes logarithmic. –: this kernel does not boot with so much memory, or was not measured."
    parts += [text(20, 52, "by size of memory", "soft"), text(20, y + 8, notes, "soft")]
    return whole(parts, y + 26, "Boot: instructions from the kernel's entry to a usable allocator")
