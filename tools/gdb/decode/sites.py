# SPDX-License-Identifier: MIT
"""sites.py - code addresses as the kernel's reports name them, from the kernel's own table of names.

The compiler's description, which Layout.site() uses, knows no function of the assembly files and not
the clones that the compiler makes (name.part.0): here names are those that are in the reports."""

import bisect


class Sites:
    """The table of kernel/ksyms.c. It is constant, so one is enough for a kernel's Layout."""

    def __init__(self, mem):
        at = mem.layout.addr
        count = mem.number(at("ksym_count"))
        self.starts = memoryview(mem.read(at("ksym_address"), 4 * count + 4)).cast("I").tolist()
        self.end = self.starts.pop()
        offsets = memoryview(mem.read(at("ksym_name_offset"), 4 * count)).cast("I").tolist()
        names = mem.read(at("ksym_names"), offsets[-1] + 64)
        self.names = [names[o:names.index(b"\0", o)].decode() for o in offsets]

    def find(self, pc):
        """(function, offset), or None: no code."""
        i = bisect.bisect_right(self.starts, pc) - 1
        return (self.names[i], pc - self.starts[i]) if i >= 0 and pc < self.end else None

    def size(self, name):
        """From a function to the next."""
        i = self.names.index(name)
        return (self.starts + [self.end])[i + 1] - self.starts[i]


def table(mem):
    """The Sites of a kernel."""
    if not hasattr(mem.layout, "sites"):
        mem.layout.sites = Sites(mem)
    return mem.layout.sites


def is_text(mem, pc):
    """Does code lie there now? That of boot is gone once it was freed."""
    at = mem.layout.addr
    return at("_stext") <= pc < at("_etext") or \
        not mem.var("initmem_freed") and at("__init_begin") <= pc < at("__init_text_end")


def site(mem, pc):
    """A return address as function+0x12, "?" where there is no code: report_site()."""
    found = table(mem).find(pc - 1) if is_text(mem, pc - 1) else None
    return f"{found[0]}+{found[1] + 1:#x}" if found else "?"


def sized_site(mem, pc):
    """The same with the function's size behind it, as printf's %pB has it."""
    found = table(mem).find(pc - 1) if is_text(mem, pc - 1) else None
    return f"{found[0]}+{found[1] + 1:#x}/{table(mem).size(found[0]):#x}" if found else f"{pc:#010x}"
