# SPDX-License-Identifier: MIT
"""pictures.py - lines of text from snapshots: what was, what is, what of it has changed.

Each picture is a function of two snapshots (the earlier one may be None: nothing to compare with)
and gives lines of at most WIDTH characters. Nothing here reads memory."""

WIDTH = 100
MARK = "*"  # stands before a line that is not what it was


def size_text(n):
    """Bytes in the largest unit that divides them."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if n and n % (1 << shift) == 0:
            return f"{n >> shift} {unit}"
    return f"{n} bytes"


def changed(was, now):
    """The mark of a line about something that was and is."""
    return MARK if was != now else " "


def moved(was, now):
    """"7 -> 8", or the number alone when it is what it was (or nothing is known)."""
    return f"{was} -> {now}" if was is not None and was != now else f"{now}"


# --- free lists -----------------------------------------------------------------------------------

def boxes(blocks, first, room):
    """Blocks as boxes, those of `first` in front; what does not fit is counted."""
    ordered = [b for b in blocks if b in first] + [b for b in blocks if b not in first]
    text, shown = "", 0
    for letter, pfn in ordered:
        box = f"{letter}[{pfn}] "
        if len(text) + len(box) + 4 > room and shown < len(ordered) - (len(box) <= 4):
            break
        text, shown = text + box, shown + 1
    rest = len(ordered) - shown
    return (text + (f"+{rest}" if rest else "")).rstrip() or "-"


def buddy(was, now):
    """Free lists as boxes by order: before -> after. The letter is the block's migrate type."""
    old = was or now
    head = f"  {now['zone']}: {moved(old['free'], now['free'])} free pages"
    if now["deferred"] or old["deferred"]:
        names = [f"[{d[0]}] order {d[1]}" if d else "nothing" for d in (old["deferred"], now["deferred"])]
        head += f"; put aside: {moved(*names)}"
    lines = [head]
    for order, blocks in enumerate(now["lists"]):
        before = old["lists"][order]
        mark = changed(sorted(before), sorted(blocks))
        if mark == MARK:
            gone = [b for b in before if b not in blocks]
            new = [b for b in blocks if b not in before]
            text = f"{boxes(before, gone, 36)}  ->  {boxes(blocks, new, 36)}"
        else:
            text = boxes(blocks, (), 70)
        lines.append(f"{mark} order {order:2}  {text}")
    return lines


def stack_text(stack, room):
    """Entries from the bottom; where they are too many, the oldest are left out."""
    shown = list(stack)
    while shown and sum(len(str(p)) + 3 for p in shown) > room:
        shown.pop(0)
    skipped = len(stack) - len(shown)
    return (f"(+{skipped}) " if skipped else "") + " ".join(f"[{p}]" for p in shown)


def pageset(was, now):
    """A CPU's stack of free blocks, bottom first; pushes and pops happen at the right end."""
    old = was or now
    lines = [f"{changed(old['stack'], now['stack'])} pageset of {now['zone']}, order {now['order']}, "
             f"type {now['type']}: {moved(len(old['stack']), len(now['stack']))} blocks, "
             f"room for {now['room']} more"]
    if old["stack"] != now["stack"]:
        lines.append(f"    was [NULL] {stack_text(old['stack'], 74)} <- top")
    lines.append(f"    {'now ' if old['stack'] != now['stack'] else ''}[NULL] "
                 f"{stack_text(now['stack'], 74)} <- top")
    return lines


# --- zones ----------------------------------------------------------------------------------------

def bar(z, width=40):
    """Free pages to a scale that the high watermark fills to a third: # free, m l h the marks."""
    scale = max(3 * z["high"], 1)
    filled = min(width, z["free"] * width // scale)
    cells = list("#" * filled + "." * (width - filled))
    for letter, which in (("h", "high"), ("l", "low"), ("m", "min")):
        cells[min(width - 1, z[which] * width // scale)] = letter
    return "".join(cells) + (">" if z["free"] > scale else " ")


def zones(was, now):
    """Each zone's free pages against its watermarks."""
    old = {z["name"]: z for z in was or now}
    lines = []
    for z in now:
        before = old.get(z["name"], z)
        lines.append(f"{changed(before['free'], z['free'])} {z['name']:8} |{bar(z)}| free "
                     f"{moved(before['free'], z['free'])}; min {z['min']} low {z['low']} high {z['high']}")
    return lines


# --- one page -------------------------------------------------------------------------------------

PAGE_FIELDS = ("state", "refcount", "mapcount", "order", "type", "alloc_site", "free_site")


def page(was, now):
    """A struct page field by field; what has changed with what it was."""
    old = was or now
    lines = [f"  page of pfn {now['pfn']}, zone {now['zone']}"]
    for name in PAGE_FIELDS:
        lines.append(f"{changed(old[name], now[name])}   {name:10} {moved(old[name], now[name])}")
    flags = [" ".join(p["flags"]) or "none" for p in (old, now)]
    lines.append(f"{changed(*flags)}   {'flags':10} {moved(*flags)}")
    return lines


# --- page tables ----------------------------------------------------------------------------------

def entry_text(entry):
    return f"{entry[2]:016x} {entry[3]}" if entry else "no table"


def walk(was, now):
    """The entries on the way of an address, before and after, with their rights as letters."""
    old = was or now
    lines = [f"  {now['va']:#010x}:  P present W writable U user X executable A accessed D dirty "
             "S 2 MiB G global"]
    for i in range(max(len(old["entries"]), len(now["entries"]))):
        before, after = (w["entries"][i] if i < len(w["entries"]) else None for w in (old, now))
        level, index = (after or before)[:2]
        text = entry_text(after)
        if before != after:
            text = f"{entry_text(before)} -> {text}"
        lines.append(f"{changed(before, after)}   {level}[{index:3}]  {text}")
    places = ["nothing" if w["pa"] is None else f"{w['pa']:#x}" for w in (old, now)]
    lines.append(f"{changed(*places)}   leads to  {moved(*places)}")
    return lines


# --- objects --------------------------------------------------------------------------------------

CELLS_IN_ROW = 64


def slab_rows(address, before, after):
    """One slab: a cell an object, a second row under it where cells have changed."""
    if before is None:
        title = f"{MARK}   slab at {address:#010x}: new"
    else:
        title = f"{changed(before, after)}   slab at {address:#010x}"
    lines = [title]
    for at in range(0, len(after), CELLS_IN_ROW):
        row = after[at:at + CELLS_IN_ROW]
        lines.append(f"      {row}")
        if before is not None and before[at:at + CELLS_IN_ROW] != row:
            under = "".join("^" if a != b else " " for a, b in zip(before[at:], row))
            lines.append(f"      {under.rstrip()} was: "
                         + "".join(b for b, a in zip(before[at:], row) if a != b)[:24])
    return lines


def slab(was, now, most=4):
    """A cache: each slab's objects as cells, and what this CPU's array holds."""
    old = was or now
    before = dict(map(tuple, old["slabs"]))
    lines = [f"  cache {now['name']}: {now['size']} bytes an object, {now['num']} in a slab of "
             f"{1 << now['order']} pages; slabs {moved(old['nr_slabs'], now['nr_slabs'])}"]
    lines.append("    . free  c in this CPU's array  q in quarantine  o taken")
    rows = [(address, before.get(address), cells) for address, cells in now["slabs"]]
    rows.sort(key=lambda r: r[1] == r[2])  # what has changed first
    for address, cells_before, cells in rows[:most]:
        lines += slab_rows(address, cells_before, cells)
    if len(rows) > most:
        lines.append(f"      ... {len(rows) - most} slabs that are as they were")
    for address in sorted(set(before) - {r[0] for r in rows}):
        lines.append(f"{MARK}   slab at {address:#010x}: given back")
    lines.append(f"{changed(old['array'], now['array'])}   array: "
                 f"{moved(len(old['array']), len(now['array']))} objects"
                 + (f", on top {now['array'][-1]:#010x}" if now["array"] else ""))
    return lines


# --- addresses ------------------------------------------------------------------------------------

STATE_LETTERS = {"new": "n", "busy": "#", "cached": "c", "lazy": "z", "deferred": "d"}


def strip_end(areas, start):
    """How far a strip reaches: past the last area that lies near the window's beginning."""
    last = start
    for area in areas:
        if area[0] - last > 256 << 12:
            break
        last = area[1]
    return last


def vmalloc_strip(areas, start):
    """The beginning of the window, one cell a page: the state's letter, | the guard page, . free."""
    cells = ["."] * 90
    for begin, end, state, _, _ in areas:
        for va in range(begin, end, 4096):
            at = (va - start) // 4096
            if at < len(cells):
                cells[at] = "|" if va == end - 4096 else STATE_LETTERS[state]
    return "".join(cells)


def vmalloc(was, now):
    """The vmalloc window page by page, and its areas."""
    old = was or now
    before = {a[0]: a for a in old["areas"]}
    lines = [f"  window {now['start']:#010x} - {now['end']:#010x}, "
             f"{moved(len(old['areas']), len(now['areas']))} areas; a cell is a page, | a guard page"]
    lines.append("    # busy  n being made  c kept for the next vmalloc  z waits for the flush")
    lines.append("    " + vmalloc_strip(now["areas"], now["start"]))
    for area in now["areas"]:
        begin, end, state, pages, caller = area
        then = before.get(begin)
        lines.append(f"{changed(then and then[:4], area[:4])}   {begin:#010x} - {end:#010x} "
                     f"{moved(then[2] if then else None, state)}, {pages} frames, {caller}"[:WIDTH])
    for begin in sorted(set(before) - {a[0] for a in now["areas"]}):
        lines.append(f"{MARK}   {begin:#010x}: gone")
    return lines


def kmap_row(now):
    """One character an entry: free ., users 0-9, more +, leaving x."""
    cells = ["."] * now["size"]
    for index, users, _, _ in now["used"]:
        cells[index] = "x" if users == "leaving" else str(users) if users < 10 else "+"
    first = min([i for i, *_ in now["used"]] + [now["last"]]) // 64 * 64
    return first, "".join(cells[first:first + 64])


def pkmap(was, now):
    """The table of kmap(): users of each entry, and the page-table entry behind it."""
    old = was or now
    before = {e[0]: e for e in old["used"]}
    first, row = kmap_row(now)
    lines = [f"  pkmap: {moved(len(old['used']), len(now['used']))} of {now['size']} entries have a page; "
             f"taken last: {now['last']}",
             f"    {first:3} {row}   . free, else users"]
    for index, users, pfn, rights in now["used"]:
        then = before.pop(index, None)
        count = moved(then[1] if then else "free", users)
        lines.append(f"{changed(then, (index, users, pfn, rights))}   entry {index}: "
                     f"{now['base'] + index * 4096:#010x} pfn {pfn}, users {count}, pte {rights}")
    lines += [f"{MARK}   entry {index}: users {users} -> free" for index, (_, users, _, _) in
              sorted(before.items())]
    return lines


# --- memory before there are pages ----------------------------------------------------------------

def memory_strip(now, width=80):
    """All of RAM from address 0: # taken as a whole, + in part, . free, a blank: no RAM."""
    top = max((base + size for base, size in now["memory"]), default=1)
    step = 4096
    while step * width < top:
        step *= 2
    cells = []
    for at in range(0, top, step):
        ram, taken = (sum(max(0, min(base + size, at + step) - max(base, at)) for base, size in now[kind])
                      for kind in ("memory", "reserved"))
        cells.append(" " if not ram else "#" if taken >= ram else "+" if taken else ".")
    return "".join(cells), step


def memory(was, now, most=12):
    """What is RAM, and who has which bytes of it."""
    old = was or now
    lines = [f"  memblock: RAM {size_text(now['bytes'])} in {len(now['memory'])} ranges, taken "
             f"{moved(old['reserved_bytes'], now['reserved_bytes'])} bytes"
             + ("; retired" if now["retired"] else "")]
    if not now["memory"]:
        return lines + ["    it knows of no memory yet"]
    strip, step = memory_strip(now)
    lines.append(f"    |{strip}|")
    lines.append(f"    a cell is {size_text(step)}: # taken, + in part, . free, blank: no RAM")
    rows = [(base, size, kind) for kind in ("memory", "reserved") for base, size in now[kind]]
    new = [row for row in rows if was and (row[0], row[1]) not in was[row[2]]]
    for base, size, kind in (new or rows)[:most]:
        lines.append(f"{MARK if new else ' '}   {kind:8} {base:#011x} - {base + size - 1:#011x} "
                     f"({size} bytes)")
    if len(new or rows) > most:
        lines.append(f"    ... {len(new or rows) - most} more")
    return lines
