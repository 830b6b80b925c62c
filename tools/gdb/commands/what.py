# SPDX-License-Identifier: MIT
"""what.py - `mm what`: everything about an address, in one answer."""

from commands import CommandError, command
from decode import kmaps, walk, what as recognisers
from decode.pages import Pages

GROUP = "Begin here"


@command("what", "ADDR | pa:ADDR | pfn:N", aliases=("kmem",))
def what(k, *words):
    """What lies at an address: area, frame, zone, owner, object, stack, function, variable ...

    ADDR is any expression. pa:ADDR and pfn:N are physical. The lines with two blanks in front are
    those of the kernel's own `what`."""
    if not words:
        raise CommandError("usage: mm what ADDR | pa:ADDR | pfn:N")
    pages = Pages(k.mem)
    for word in words:
        if word.startswith("pa:"):
            yield from physical(k, k.number(word[3:]), pages)
        elif word.startswith("pfn:"):
            yield from physical(k, k.number(word[4:]) << k.layout["PAGE_SHIFT"], pages)
        else:
            yield from recognisers.lines(k.mem, k.number(word), pages)


def physical(k, pa, pages):
    """A frame: what the kernel has at its address if it has one, and where else it is mapped."""
    yield f"pa {pa:#011x}:"
    pfn = pa >> k.layout["PAGE_SHIFT"]
    if pfn < k.mem.var("max_low_pfn"):
        yield from recognisers.lines(k.mem, pa + k.layout["PAGE_OFFSET"], pages)
    else:
        yield from recognisers.frame(recognisers.Query(k.mem, 0, pages), pfn)
    yield from kmapped(k, pfn)


def kmapped(k, pfn):
    """Entries of kmap() and windows that show a frame."""
    entries, windows = kmaps.Pkmap(k.mem), kmaps.Windows(k.mem)
    for i, pte in enumerate(entries.ptes):
        if pte & walk.PRESENT and entries.pfn(i) == pfn:
            yield f"    mapped at {entries.address(i):#010x} (pkmap entry {i})"
    for n, pte in enumerate(windows.ptes):
        cpu, slot = divmod(n, windows.each)
        if pte & walk.PRESENT and windows.pfn(cpu, slot) == pfn:
            yield f"    mapped at {windows.address(cpu, slot):#010x} (kmap window of CPU {cpu})"
