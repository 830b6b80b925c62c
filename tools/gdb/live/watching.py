# SPDX-License-Identifier: MIT
"""watching.py - `mm watch page`, `mm watch zone`: stops when memory changes hands.

Hardware watchpoints of GDB's with a say in whether it stops: `info breakpoints`, `delete`,
`disable`, `condition` work on them as on others. A stop is behind the instruction that wrote, often
inside a lock or a restartable section: the rest of the change is still to come."""

import gdb
from commands import CommandError
from decode.memory import Unreadable
from decode.pages import Pages
from decode.zones import Zones
from sources import in_gdb

WORD = "*(unsigned int *) {:#x}"
MOST_CALLERS = 6


def callers():
    """The functions that are being executed, innermost first, with the innermost's line."""
    frame, names = gdb.newest_frame(), []
    place = frame.find_sal()
    while frame is not None and len(names) < MOST_CALLERS:
        names.append(frame.name() or "?")
        try:
            frame = frame.older()
        except gdb.error:
            break
    where = f" ({place.symtab.filename}:{place.line})" if place.symtab else ""
    return " < ".join(names) + where


class Watch(gdb.Breakpoint):
    """Words of memory. describe(): the state in words; a write that leaves it alone goes on."""

    def __init__(self, address, describe, title):
        super().__init__(WORD.format(address), type=gdb.BP_WATCHPOINT, wp_class=gdb.WP_WRITE)
        self.describe, self.title = describe, title
        self.state = describe(in_gdb.kernel())

    def stop(self):
        try:
            state = self.describe(in_gdb.kernel())
        except (Unreadable, CommandError) as error:
            gdb.write(f"\n{self.title}: {error}\n")
            return True
        if state == self.state:
            return False
        gdb.write(f"\n{self.title}: {self.change(self.state, state)}\n  by {callers()}\n")
        self.state = state
        return True

    @staticmethod
    def change(old, new):
        return f"{old} -> {new}"


# --- a page -----------------------------------------------------------------------------------

def page_state(pfn):
    """A function that tells what a page is."""
    def describe(k):
        page = Pages(k.mem).get(pfn)
        names = "|".join(page.flag_names) or "none"
        return f"order {page.order} {page.type_name} flags {names} refcount {page.refcount}"
    return describe


def watch_page(k, text):
    page = Pages(k.mem).get(k.number(text))
    if page is None:
        raise CommandError(f"there is no page {text}")
    describe, title = page_state(page.pfn), f"page {page.pfn}"
    for field in ("flags", "_refcount"):
        Watch(page.struct.address_of(field), describe, title)
    gdb.write(f"{title}: {describe(k)}\n")


# --- a zone -----------------------------------------------------------------------------------

class ZoneWatch(Watch):
    """A count of free pages."""

    @staticmethod
    def change(old, new):
        return f"free pages {old} -> {new} ({new - old:+})"


def watch_zone(k, text):
    zones = Zones(k.mem)
    found = zones.named(text)
    if not found:
        names = ", ".join(f"{z.node}:{zones.name(z)}" for z in zones.populated())
        raise CommandError(f"no zone {text}; there are {names}")
    for zone in found:
        address = zone.address_of(f"vm_stat[{k.layout['NR_FREE_PAGES']}]")
        watch = ZoneWatch(address, lambda k, at=address: k.mem.number(at, signed=True),
                          f"node {zone.node} zone {zones.name(zone)}")
        gdb.write(f"{watch.title}: {watch.state} free pages\n")


KINDS = {"page": watch_page, "zone": watch_zone}


class WatchCommand(gdb.Command):
    """mm watch page PFN | zone [NODE:]NAME: stop when a page changes its state, a zone its free pages.

    page: flags (kind, order, type) or reference count; zone: NR_FREE_PAGES, so what leaves and
    enters the free lists in bulk, not what a CPU takes out of its own pageset. Prints old and new
    state and who did it; ends with `delete N` like every watchpoint. Who changed something last, in
    the past, `mm last` finds, after `make gdb-replay`."""

    def __init__(self):
        super().__init__("mm watch", gdb.COMMAND_BREAKPOINTS)

    def complete(self, text, word):
        return [kind for kind in KINDS if kind.startswith(word or "")]

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        words = argument.split()
        if len(words) != 2 or words[0] not in KINDS:
            raise gdb.GdbError("usage: mm watch page PFN | zone [NODE:]NAME")
        if not in_gdb.is_live():
            raise gdb.GdbError("mm watch: a core does not go on")
        try:
            KINDS[words[0]](in_gdb.kernel(), words[1])
        except (CommandError, Unreadable) as error:
            raise gdb.GdbError(f"mm watch: {error}") from error


def register():
    WatchCommand()
