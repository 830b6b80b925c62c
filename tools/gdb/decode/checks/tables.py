# SPDX-License-Identifier: MIT
"""tables.py - the kernel's page tables (I32, I33): no page writable and executable, text and rodata
read-only, nothing for users, guard pages unmapped, the direct map straight, tables counted right."""

from decode import stacks, walk
from decode.checks import frames as all_frames


class Kernel:
    """The entries of swapper_pg_dir, read table by table and kept with the State."""

    def __init__(self, state):
        self.state, self.mem, self.c = state, state.mem, state.layout
        if not hasattr(state, "directory"):
            state.directory = self._read()
        self.directory = state.directory

    def quads(self, pa, count):
        data = self.mem.read_physical(pa, 8 * count)
        return memoryview(data).cast("Q").tolist()

    def _read(self):
        """{address of a 2 MiB range: (pmd entry, its table's entries or None)}."""
        found = {}
        root = self.c.addr("swapper_pg_dir") - self.c["PAGE_OFFSET"]
        for i, pgd in enumerate(self.quads(root, 4)):
            if not pgd & walk.PRESENT:
                continue
            for k, pmd in enumerate(self.quads(pgd & walk.PFN_MASK, 512)):
                if pmd:
                    table = None if pmd & walk.PSE or not pmd & walk.PRESENT else \
                        self.quads(pmd & walk.PFN_MASK, 512)
                    found[(i << 30) + k * walk.LARGE] = pmd, table
        return found

    def all_entries(self, start, end):
        """(va, entry, frame) of each 4 KiB page with an entry, hidden ones too; 2 MiB pages in pieces."""
        for base in range(start & -walk.LARGE, end, walk.LARGE):
            pmd, table = self.directory.get(base, (0, None))
            if not pmd & walk.PRESENT:
                continue
            for k in range(512):
                va, entry = base + (k << 12), pmd if table is None else table[k]
                if entry and start <= va < end:
                    pfn = (entry & walk.PFN_MASK) >> 12
                    yield va, entry, (pfn & -512) + k if table is None else pfn

    def leaves(self, start, end):
        return (e for e in self.all_entries(start, end) if e[1] & walk.PRESENT)

    def tables_in(self, start, end):
        return sum(1 for base in range(start & -walk.LARGE, end, walk.LARGE)
                   if self.directory.get(base, (0, None))[1] is not None)


def look(report, state):
    kernel, c = Kernel(state), state.layout
    nx = state.mem.var("cpu_features").nx
    at = c.addr
    fixed = [(at("_stext"), at("_etext"), "kernel text"), (at("__start_rodata"), at("__end_rodata"),
                                                           "kernel rodata")]
    protected = bool(state.mem.var("mem_map"))  # rights are set just before there is one
    for base, (pmd, table) in kernel.directory.items():
        report.count("page tables", table is not None)
        for k, entry in enumerate(table if table is not None else [pmd]):
            va = base + (k << 12)
            if va < c["PAGE_OFFSET"] or not protected:
                continue
            if entry & walk.PRESENT:
                rights(report, va, entry, nx, fixed, walk.LARGE if table is None else 4096)
                report.count("entries")
            for start, end, name in fixed:
                if table is not None and start <= va < end and not entry & walk.PRESENT:
                    report.bad(f"page-table entry of {va:#010x}", f"{name} is not mapped", None, f"{entry:016x}")
        straight(report, state, base, pmd, table)
        if table is not None:
            owner(report, state, base, pmd, table)
    guards(report, state, kernel)


def rights(report, va, entry, nx, fixed, size):
    where = f"page-table entry of {va:#010x}"
    if nx and entry & walk.RW and not entry & walk.NX:
        report.bad(where, "page is writable and executable", "one of the two",
                   f"{entry:016x} {walk.rights(entry)}")
    if entry & walk.USER:
        report.bad(where, "a kernel page is there for users", None, f"{entry:016x}")
    if entry >> 52 & 0x7ff:
        report.bad(where, "reserved bits are set", None, f"{entry:016x}")
    for start, end, name in fixed:
        if not (start < va + size and va < end):
            continue
        if entry & walk.RW:
            report.bad(where, f"{name} is writable", "read-only", f"{entry:016x} {walk.rights(entry)}")
        if nx and bool(entry & walk.NX) == (name == "kernel text"):
            report.bad(where, f"{name} {'cannot' if entry & walk.NX else 'can'} be executed", None,
                       f"{entry:016x} {walk.rights(entry)}")


def straight(report, state, base, pmd, table):
    """The direct map: va = pa + PAGE_OFFSET."""
    c = state.layout
    if not c["PAGE_OFFSET"] <= base < c["LOWMEM_END_VA"] or not pmd & walk.PRESENT:
        return
    for k, entry in enumerate(table if table is not None else [pmd]):
        pa = base + (k << 12) - c["PAGE_OFFSET"]
        if entry and entry & walk.PFN_MASK & (-1 << 21 if table is None else -1) != pa:
            report.bad(f"page-table entry of {base + (k << 12):#010x}", "frame in the direct map", pa >> 12,
                       (entry & walk.PFN_MASK) >> 12)


def owner(report, state, base, pmd, table):
    """A table lies in low memory, in a page that somebody has; those of the window count entries."""
    pfn, f, c = (pmd & walk.PFN_MASK) >> 12, all_frames.of(state), state.layout
    where = f"page table of {base:#010x} in {all_frames.where(state, pfn)}"
    if pfn >= state.mem.var("max_low_pfn"):
        report.bad(where, "is not in low memory")
    elif f.owner[pfn] not in (0, 2, 5):
        report.bad(where, f"its page is {f.NAMES[f.owner[pfn]]}")
    elif c["VMALLOC_START"] <= base < c["VMALLOC_END"] and not f.flags[pfn] & f.bit["reserved"]:
        report.equal(where, "entries, as its page counts them", sum(e != 0 for e in table), f.private[pfn])


def guards(report, state, kernel):
    """Below each stack there is a page that is not mapped."""
    for s in stacks.all_stacks(state.mem):
        report.count("stacks")
        for va, _, _ in kernel.leaves(s.guard, s.bottom):
            report.bad(f"stack {s.name.string} at {s.bottom:#010x}", f"its guard page {va:#010x} is mapped")
