# SPDX-License-Identifier: MIT
"""vmaps.py - areas of the vmalloc window, freed ones that wait and the last that are gone.

See include/mm/vmap_area.h: a red-black tree by address, and a list in the same order."""

STATES = {
    "NEW": "being made", "BUSY": "in use", "CACHED": "freed and kept for the next of its size",
    "LAZY": "freed and waiting for a flush", "DEFERRED": "freed in an interrupt",
}


class Area:
    """One struct vmap_area."""

    def __init__(self, mem, struct):
        self.mem, self.struct, self.vm = mem, struct, struct.vm
        self.start, self.end = struct.va_start, struct.va_end
        self.state = mem.layout.enum_names("vmap_state").get(struct.state, "?").removeprefix("VMAP_")

    @property
    def kind(self):
        return kind_of(self.mem.layout, self.vm.flags)

    @property
    def usable(self):
        """Bytes without the guard page."""
        c = self.mem.layout
        return self.vm.field("size") - (0 if self.vm.flags & c["VM_NO_GUARD"] else c["PAGE_SIZE"])

    def in_guard(self, va):
        return va - self.start >= self.usable

    def blocks(self):
        """Addresses of the struct pages of its frames: nr_large blocks of 2 MiB, then single pages."""
        vm, per_block = self.vm, 512
        if not vm.pages:
            return []
        count = vm.nr_large + vm.nr_pages - vm.nr_large * per_block
        return memoryview(self.mem.read(int(vm.pages), 4 * count)).cast("I").tolist()


def kind_of(layout, flags):
    """ "vmalloc", "vmap" or "ioremap"."""
    return "ioremap" if flags & layout["VM_IOREMAP"] else \
        "vmap" if flags & layout["VM_MAP"] else "vmalloc"


class Vmaps:
    """The window of a machine."""

    def __init__(self, mem):
        self.mem, self.layout = mem, mem.layout
        self.space = mem.var("vmalloc_space")

    def areas(self):
        """All areas, lowest first."""
        if not self.space.start:  # boot has not come so far
            return []
        return [Area(self.mem, a) for a in
                self.mem.list(self.space.address_of("list"), "vmap_area")]

    def find(self, va):
        """The Area around an address, guard page included, by way of the tree; None: there is none."""
        node, steps = int(self.space.tree.root), 0
        while node and steps < 64:
            area = self.mem.container(node, "vmap_area", "rb_node")
            if area.va_start <= va < area.va_end:
                return Area(self.mem, area)
            node = int(area.rb_node.child[int(va >= area.va_end)])
            steps += 1
        return None

    def nearest(self, va):
        """The Area with the least distance, or None."""
        return min(self.areas(), default=None, key=lambda a: max(a.start - va, va - a.end + 1, 0))

    def gone(self, va):
        """The struct vmap_record of the area that was freed last of those that held an address and
        are no more, or None."""
        records, count = self.mem.static("gone", "vmalloc_space.c"), self.mem.var("nr_gone")
        for i in range(1, min(count, len(records)) + 1):
            r = records[(count - i) % len(records)]
            if r.start <= va < r.end:
                return r
        return None
