# SPDX-License-Identifier: MIT
"""svg.py - the report's charts. Colours are the page's (style.css), so that they follow light, dark
and print; what a colour says, a shape, a letter or a number says too. Hovering tells the value."""

from xml.sax.saxutils import escape

from bench_svg import LogScale, line, steps, text
from reporting.watch import FREE, RESERVED, SLAB, USED
from tracing.replay import unusable

WIDTH, LEFT, RIGHT = 880, 66, 848
TOP = 34  # of a chart's area: the phases' names stand above it


def whole(parts, height, title):
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" '
                      f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
                      f"<title>{escape(title)}</title>", *parts, "</svg>"])


def rect(x, y, width, height, classes, title=""):
    shape = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="{classes}"'
    return f"{shape}><title>{escape(title)}</title></rect>" if title else shape + "/>"


def path(points, classes, close=""):
    return f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}{close}" class="{classes}"/>'


def count_of(n):
    """12,345 with thin blanks."""
    return f"{n:,}".replace(",", "\u202f")


# --- what the charts over time share -----------------------------------------------------------

class Phases:
    """Each phase is as wide as the others; within it a place is the number of an event."""

    def __init__(self, looks):
        self.looks = looks
        self.width = (RIGHT - LEFT) / max(1, len(looks) - 1)

    def left(self, phase):
        return LEFT + self.width * phase

    def at(self, phase, seq):
        """The place of an event in the phase that ends with looks[phase + 1]."""
        first, last = self.looks[phase].seq, self.looks[phase + 1].seq
        return self.left(phase + ((seq - first) / (last - first) if last > first else 1))

    def spans(self, history):
        """(from, to, states) for each step of the run, edge to edge."""
        for i, rows in enumerate(history):
            for k, ((seq, states), (end, _)) in enumerate(zip(rows, rows[1:])):
                yield self.at(i, seq) if k else self.left(i), self.at(i, end), states

    def frame(self, bottom):
        """Names above, lines between, the numbers of the events below."""
        parts = [text(LEFT, bottom + 17, f"event {count_of(self.looks[0].seq)}", "soft", "middle")]
        for i, look in enumerate(self.looks[1:]):
            x = LEFT + self.width * (i + 1)
            parts += [text(x - self.width / 2, TOP - 10, look.name, "phase", "middle"),
                      line(x, TOP - 22, x, bottom, "grid"),
                      text(x, bottom + 17, count_of(look.seq), "soft", "middle")]
        return parts + [line(LEFT, TOP - 22, LEFT, bottom, "grid")]


def nice_step(most):
    """A round number, of which about four reach most."""
    size = 1
    while size * 10 <= most / 4:
        size *= 10
    return next(size * f for f in (1, 2, 5, 10) if size * f >= most / 4)


class Scale:
    """From 0 to at least most, upwards."""

    def __init__(self, most, top, bottom):
        self.step = nice_step(max(most, 4))
        self.end = -(-max(most, 4) // self.step) * self.step
        self.top, self.bottom = top, bottom

    def at(self, n):
        return self.bottom - (self.bottom - self.top) * n / self.end

    def frame(self):
        parts = []
        for n in range(0, int(self.end) + 1, int(self.step)):
            y = self.at(n)
            parts += [line(LEFT, y, RIGHT, y, "grid"), text(LEFT - 8, y + 4, count_of(n), "soft", "end")]
        return parts


def places(phases, history, value):
    """[(x, value)] of the states over the whole run."""
    points = [(x, value(states)) for x, _, states in phases.spans(history)]
    return points + [(RIGHT, value(history[-1][-1][1]))]


def hovers(phases, bottom, words):
    """What the mouse is told over each phase."""
    return [rect(phases.left(i), TOP, phases.width, bottom - TOP, "hover", said)
            for i, said in enumerate(words)]


# --- charts ------------------------------------------------------------------------------------

def log_frame(scale):
    parts = []
    for n in steps(scale.low, scale.high, (1,)):
        y = scale.at(n)
        parts += [line(LEFT, y, RIGHT, y, "grid"), text(LEFT - 8, y + 4, count_of(int(n)), "soft", "end")]
    return parts


def zone_chart(looks, history, index):
    """Free pages of a zone against its watermarks, on a logarithmic axis: both are to be seen."""
    zone, bottom = looks[0].zones[index], TOP + 150
    phases, marks = Phases(looks), sorted(zone.watermarks.items(), key=lambda item: item[1])
    points = places(phases, history, lambda states: states[index].free)
    least = max(1, min([n for _, n in points] + [n for _, n in marks]))
    most = max(n for _, n in points)
    scale = LogScale(10 ** (len(str(least)) - 1), max(10 * least, most * 1.15), bottom, TOP)
    curve = [(x, scale.at(max(n, scale.low))) for x, n in points]
    parts = log_frame(scale) + phases.frame(bottom)
    parts.append(path([(curve[0][0], bottom), *curve, (curve[-1][0], bottom)], "free area", "Z"))
    parts.append(path(curve, "free stroke"))
    parts += [line(LEFT, scale.at(max(n, scale.low)), RIGHT, scale.at(max(n, scale.low)), "mark")
              for _, n in marks]
    parts += hovers(phases, bottom, (f"{look.name}: {count_of(rows[-1][1][index].free)} free pages at its end"
                                     for look, rows in zip(looks[1:], history)))
    names = ", ".join(f"{name} {count_of(n)}" for name, n in marks)
    parts.append(text(LEFT, bottom + 36,
                      f"Logarithmic axis. Dashed, from below: the watermarks {names}.", "soft"))
    return whole(parts, bottom + 46, f"Free pages of zone {zone.label}")


SERIES = (("pagesets", "pageset", ""), ("slabs", "slab", "dashed"))


def holders_chart(looks, history):
    """Pages in the pagesets and in slabs, of all zones."""
    bottom, phases = TOP + 130, Phases(looks)
    curves = {name: places(phases, history, lambda states, f=field: sum(getattr(s, f) for s in states))
              for name, field, _ in SERIES}
    scale = Scale(max(n for points in curves.values() for _, n in points), TOP, bottom)
    parts = scale.frame() + phases.frame(bottom)
    for i, (name, _, dash) in enumerate(SERIES):
        parts.append(path([(x, scale.at(n)) for x, n in curves[name]], f"{name} stroke {dash}"))
        x = LEFT + 230 * i
        parts += [line(x, bottom + 33, x + 34, bottom + 33, f"{name} stroke {dash}"),
                  text(x + 42, bottom + 37, f"pages in {name}", "")]
    return whole(parts, bottom + 48, "Pages in pagesets and in slabs")


SHADES = (0, 0.05, 0.2, 0.5, 0.8, 1)  # of the heat map: up to so much
CELL = 15


def shade(index):
    """Which of the SHADES."""
    return next(i for i, most in enumerate(SHADES) if index <= most)


def runs(cells):
    """Neighbours of one shade as one: [(x, end, shade)]."""
    found = []
    for x, end, shade_ in cells:
        if found and found[-1][2] == shade_ and abs(found[-1][1] - x) < 0.01:
            found[-1] = (found[-1][0], end, shade_)
        else:
            found.append((x, end, shade_))
    return found


def heat_map(looks, history, index):
    """The unusable free space index by order, over the run."""
    phases, orders = Phases(looks), len(looks[0].zones[index].counts)
    bottom, parts = TOP + CELL * (orders - 1), [text(LEFT - 8, TOP - 10, "order", "soft", "end")]
    spans = [(x, end, states[index].counts) for x, end, states in phases.spans(history)]
    for order in range(1, orders):
        y = bottom - CELL * order
        cells = runs([(x, end, shade(unusable(counts, order))) for x, end, counts in spans])
        parts += [rect(x, y, end - x, CELL, f"heat{n}") for x, end, n in cells if end > x]
        parts.append(text(LEFT - 8, y + 11.5, str(order), "soft", "end"))
    for n, most in enumerate(SHADES):
        x = LEFT + 120 * n
        parts += [rect(x, bottom + 28, 18, 12, f"heat{n} edge"),
                  text(x + 25, bottom + 38.5, f"up to {most}" if n else "0", "")]
    return whole(parts + phases.frame(bottom), bottom + 50,
                 f"Unusable free space index of zone {looks[0].zones[index].label}")


# --- the map of memory -------------------------------------------------------------------------

ACROSS, BOX, GAP = 32, 20, 4
LETTERS = {"Unmovable": "U", "Movable": "M", "Reclaimable": "R", "HighAtomic": "H", "Isolate": "I"}
LAYERS = ((RESERVED, "reserved"), (USED, "used"), (SLAB, "slabs"))  # from below; the rest is free


def box(block, x, y, size):
    """A pageblock: what is in use fills it from below; its letter is its type."""
    f = block.frames
    said = (f"{block.zone} pfn {block.pfn}, {block.kind}: {f[FREE]} free, {f[USED]} used, {f[SLAB]} slab, "
            f"{f[RESERVED]} reserved")
    parts, base = [rect(x, y, BOX, BOX, "paper")], y + BOX
    for kind, name in LAYERS:
        height = BOX * f[kind] / size
        base -= height
        parts += [rect(x, base, BOX, height, name)] if height else []
    return parts + [text(x + BOX / 2, y + 14, LETTERS.get(block.kind, "?"), "letter", "middle"),
                    rect(x, y, BOX, BOX, "box", said)]


def memory_map(look, block_pages):
    """Every pageblock, zone by zone, a row for 32 of them."""
    parts, y, zone, column = [], 4, None, 0
    for block in look.blocks:
        if block.zone != zone or column == ACROSS:
            y += 0 if zone is None else BOX + GAP + (4 if block.zone != zone else 0)
            column = 0
            if block.zone != zone:
                parts.append(text(0, y + 15, block.zone, "phase"))
            zone = block.zone
        parts += box(block, LEFT + 8 + column * (BOX + GAP), y, block_pages)
        column += 1
    return whole(parts, y + BOX + 6, f"Memory map: {look.name}")


def map_legend():
    names = (("paper", "free"), ("used", "used"), ("slabs", "slabs"), ("reserved", "reserved, or no RAM"))
    parts = []
    for i, (name, label) in enumerate(names):
        x = LEFT + 8 + 78 * i
        parts += [rect(x, 3, 16, 16, name), rect(x, 3, 16, 16, "box"), text(x + 23, 15.5, label)]
    letters = "   ".join(f"{letter} {name.lower()}" for name, letter in list(LETTERS.items())[:3])
    parts.append(text(RIGHT, 15.5, letters, "soft", "end"))
    return whole(parts, 24, "Legend of the memory maps")


def bar(part, total, classes="used"):
    """A bar inside a table."""
    width = 100 * part / total if total else 0
    return (f'<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect width="100" height="10" class="track"/><rect width="{width:.1f}" height="10" '
            f'class="{classes}"/></svg>')
