# SPDX-License-Identifier: MIT
"""areas.py - the vmalloc window (I21-I23): the tree against its rules and against the list, holes,
sums, and page-table entries against the frames that areas say they have."""

from decode import walk
from decode.checks import frames as all_frames, links
from decode.checks.tables import Kernel
from decode.vmaps import Area

DEEPEST = 64


def look(report, state):
    space = state.mem.var("vmalloc_space")
    if not space.start:
        return
    areas = listed(report, state, space)
    Tree(report, state, space).look(areas)
    present = sum(pages(report, state, area) for area in areas)
    kernel, c = Kernel(state), state.layout
    mapped = sum(1 for va, _, _ in kernel.leaves(c["VMALLOC_START"], c["VMALLOC_END"]))
    report.equal("vmalloc window", "pages mapped, by the areas", present, mapped)
    report.equal("vmalloc window", "page tables", kernel.tables_in(c["VMALLOC_START"], c["VMALLOC_END"]),
                 state.mem.static("nr_tables", "pgtable.c"))


def name(area):
    return f"{area.kind} area {area.start:#010x}-{area.end:#010x} at {area.struct.address:#010x}"


def listed(report, state, space):
    """The areas by the list: in order, apart, whole pages, holes right."""
    end, used, areas = space.start, 0, []
    offset = state.layout.offset("vmap_area", "list")
    for at in links(report, state, space.address_of("list"), offset, "list of areas"):
        area = Area(state.mem, state.mem.struct("vmap_area", at))
        if area.start >= area.end or (area.start | area.end) % state.layout["PAGE_SIZE"]:
            report.bad(name(area), "is empty or not whole pages")
        if area.start < end or area.end > space.end:
            report.bad(name(area), "overlaps the one below or leaves the window", f"from {end:#010x} on",
                       area.start)
        report.equal(name(area), "hole below it", area.start - end, area.struct.hole)
        used, end = used + area.end - area.start, area.end
        areas.append(area)
        report.count("areas")
    report.equal("vmalloc window", "areas counted", len(areas), space.nr_areas)
    report.equal("vmalloc window", "bytes in areas", used, space.used)
    return areas


class Tree:
    """The red-black tree."""

    def __init__(self, report, state, space):
        self.report, self.state, self.space = report, state, space
        self.order = []

    def look(self, areas):
        self.black = set()
        self.node(int(self.space.tree.root), 0, False, 0, 0)
        if len(self.black) > 1:
            self.report.bad("tree of areas", "black nodes on the ways down differ", "one number",
                            sorted(self.black))
        self.report.equal("tree of areas", "areas in order, by the list",
                          [f"{a.struct.address:#x}" for a in areas], [f"{at:#x}" for at in self.order])

    def node(self, at, parent, parent_red, black, depth):
        """Returns: the largest hole below this node."""
        if not at:
            self.black.add(black)
            return 0
        area = self.state.mem.container(at, "vmap_area", "rb_node")
        where = f"tree node of area {area.va_start:#010x}-{area.va_end:#010x} at {area.address:#010x}"
        if depth > DEEPEST or area.address in self.order:
            self.report.bad(where, "the tree is deeper than it can be, or goes round")
            return 0
        word = area.rb_node.parent_red
        red = word & 1
        self.report.equal(where, "parent", parent, word & ~1)
        if red and (parent_red or not parent):
            self.report.bad(where, "is red under a red node" if parent else "the root is red")
        black += not red
        left = self.node(int(area.rb_node.child[0]), at, red, black, depth + 1)
        self.order.append(area.address)
        right = self.node(int(area.rb_node.child[1]), at, red, black, depth + 1)
        most = max(area.hole, left, right)
        self.report.equal(where, "largest hole of its subtree", most, area.max_hole)
        return most


def pages(report, state, area):
    """Entries against frames. Returns: pages that are mapped rightly by what the area says."""
    c, vm, kernel = state.layout, area.vm, Kernel(state)
    report.equal(name(area), "size, by its addresses", area.end - area.start, vm.field("size"))
    if area.state in ("NEW", "DEFERRED"):
        return sum(1 for _ in kernel.leaves(area.start, area.end))
    found = {va: (entry, pfn) for va, entry, pfn in kernel.all_entries(area.start, area.end)}
    guard = area.end - c["PAGE_SIZE"]
    if not vm.flags & c["VM_NO_GUARD"] and found.get(guard, (0, 0))[0] & walk.PRESENT:
        report.bad(name(area), f"its guard page {guard:#010x} is mapped")
    expected, n = frames_of(state, area), 0
    for k in range(area.usable // c["PAGE_SIZE"]):
        va = area.start + k * c["PAGE_SIZE"]
        entry, pfn = found.get(va, (0, 0))
        n += entry & 1
        one_page(report, state, area, va, entry, pfn, expected[k] if expected else None)
    return n


def frames_of(state, area):
    """The frame of each page by the area's own words; None: they are somebody else's business."""
    c, vm = state.layout, area.vm
    if vm.flags & c["VM_IOREMAP"]:
        return [(vm.phys_addr >> 12) + k for k in range(area.usable // c["PAGE_SIZE"])]
    if vm.flags & c["VM_MAP"] or area.state == "LAZY" or not vm.pages:
        return None
    numbers = []
    for i, at in enumerate(area.blocks()):
        pfn = state.is_struct_page(at)
        numbers += [(-1 if pfn is None else pfn) + j for j in range(512 if i < vm.nr_large else 1)]
    return numbers + [-1] * (area.usable // c["PAGE_SIZE"] - len(numbers))


def one_page(report, state, area, va, entry, pfn, want):
    where, f = f"{name(area)}, page {va:#010x}", all_frames.of(state)
    if area.state == "BUSY" and not area.vm.flags & state.layout["VM_MAP"]:
        report.equal(where, "mapped", True, bool(entry & walk.PRESENT))
    elif area.state in ("CACHED", "LAZY") and entry & walk.PRESENT:
        report.bad(where, "was freed and is mapped", None, entry)
    if area.state == "LAZY" and entry:
        report.bad(where, "was unmapped and has an entry", 0, entry)
    if want is not None and entry and area.state in ("BUSY", "CACHED"):
        report.equal(where, "frame", want, pfn)
    ram = not area.vm.flags & state.layout["VM_IOREMAP"] and entry and state.pages.valid(pfn)
    if ram and f.owner[pfn] in (3, 4):
        report.bad(where, f"its frame {pfn} is free: {f.NAMES[f.owner[pfn]]}")
