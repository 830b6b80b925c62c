# SPDX-License-Identifier: MIT
"""functions.py - functions for GDB's expressions: $page(1024)->flags, $per_cpu("numa_node", 1).

What they return can be printed, taken apart, compared and given to the next: p $pfn($page(7)) == 7.
`help function` lists them."""

import gdb
from commands import CommandError
from commands.pages import frame
from decode import kinds
from decode.memory import Unreadable
from decode.pages import gfp_names
from decode.zones import Zones
from sources import in_gdb
from show import values


class Function(gdb.Function):
    """One of them. run(values) returns a value or a text."""

    def __init__(self, name, run):
        self.__doc__ = run.__doc__
        super().__init__(name)
        self.run = run

    def invoke(self, *arguments):
        try:
            return self.run(*arguments)
        except KeyError as error:
            raise gdb.GdbError(f"there is no {error.args[0]}") from error
        except (CommandError, Unreadable, ValueError, TypeError, gdb.error) as error:
            raise gdb.GdbError(str(error)) from error


def frame_of(x):
    """The frame that a struct page, a number or a kernel address means."""
    if values.points_to(x, "page"):
        return page_of(x).pfn
    return frame(in_gdb.kernel(), hex(values.number(x)))


def page_of(x):
    """The decoded page that a struct page, a frame's number or a kernel address means."""
    pages = values.pages()
    if not values.points_to(x, "page"):
        pfn = frame_of(x)
        page = pages.get(pfn)
        if page is None:
            raise gdb.GdbError(f"pfn {pfn} has no struct page: {kinds.page_kind(pages, pfn)}")
        return page
    page = pages.of_address(values.number(x))
    if page is None:
        raise gdb.GdbError(f"{values.number(x):#010x} is no struct page")
    return page


def pfn(x):
    """$pfn(X): the frame's number of a struct page (or a pointer to one) or of a kernel address."""
    return frame_of(x)


def page(x):
    """$page(PFN): the struct page of a frame; of a kernel address: of what it is mapped to."""
    return values.pointer(page_of(x).address, "struct page")


def page_address(x):
    """$page_address(PAGE): the kernel address of a frame; 0 for high memory, as in the kernel."""
    k, found = in_gdb.kernel(), page_of(x).pfn
    low = found < k.mem.var("max_low_pfn")
    va = (found << k.layout["PAGE_SHIFT"]) + k.layout["PAGE_OFFSET"] if low else 0
    return gdb.Value(va).cast(gdb.lookup_type("void").pointer())


def virt_to_page(va):
    """$virt_to_page(ADDR): the struct page of what a kernel address is mapped to."""
    return page(va)


def page_order(x):
    """$page_order(PAGE): the order that a page says it has."""
    return page_of(x).order


def page_kind(x):
    """$page_kind(PAGE or PFN): what the frame is: "free", "allocated", "pageset", "slab", "hole" ..."""
    return kinds.page_kind(values.pages(), frame_of(x))


def page_flags(x):
    """$page_flags(PAGE or PFN): the names of the PG_ flags that are set."""
    return "|".join(page_of(x).flag_names) or "0"


def gfp(x):
    """$gfp(FLAGS): allocation flags by name."""
    return gfp_names(in_gdb.layout(), values.number(x))


def zone(x, node=None):
    """$zone("Normal"), $zone("1:HighMem"), $zone("DMA", 0), $zone(PAGE): a struct zone.

    A name without a node means the first node that has pages there."""
    zones = Zones(in_gdb.kernel().mem)
    if values.is_text(x):
        name = values.text(x)
        found = zones.named(name if node is None else f"{int(node)}:{name}")
    else:
        page_found = page_of(x)
        found = [z for z in zones.all() if (z.node, z.zone_idx) == (page_found.nid, page_found.zonenum)]
    if not found:
        raise gdb.GdbError("there is no such zone with pages")
    return values.pointer(found[0].address, "struct zone")


def node(nid):
    """$node(N): the pg_data_t of a node."""
    found = [n for n in Zones(in_gdb.kernel().mem).nodes() if n.node_id == int(nid)]
    if not found:
        raise gdb.GdbError(f"there is no node {int(nid)}")
    return values.pointer(found[0].address, "struct pglist_data")


def cpu_number(cpu):
    """Of the argument; without one that of the CPU that GDB looks at."""
    if cpu is None:
        thread = gdb.selected_thread()
        return thread.num - 1 if thread else 0
    if not 0 <= int(cpu) < in_gdb.layout()["NR_CPUS"]:
        raise gdb.GdbError(f"there is no CPU {int(cpu)}")
    return int(cpu)


def per_cpu(what, cpu=None):
    """$per_cpu("NAME", CPU): a CPU's copy of a per-CPU variable, with its type: it can be assigned to.

    Without CPU that of the CPU that GDB looks at. Instead of a name also what alloc_percpu()
    returned."""
    at = gdb.parse_and_eval("&" + values.text(what)) if values.is_text(what) else what
    mem = in_gdb.kernel().mem
    address = mem.per_cpu_address(values.number(at), cpu_number(cpu))
    return gdb.Value(address & values.WORD).cast(at.type).dereference()


def container_of(pointer, type_name, member):
    """$container_of(PTR, "struct TYPE", "member"): the structure that has a member at PTR."""
    name = values.text(type_name)
    offset = in_gdb.layout().offset(name, values.text(member))
    return values.pointer(values.number(pointer) - offset, name)


def current(cpu=None):
    """$current(CPU): the task that runs on a CPU; without CPU on the one that GDB looks at."""
    mem = in_gdb.kernel().mem
    return values.pointer(int(mem.per_cpu("current_task", cpu_number(cpu))), "struct task_struct")


def register():
    for run in (pfn, page, page_address, virt_to_page, page_order, page_kind, page_flags, gfp, zone,
                node, per_cpu, container_of, current):
        Function(run.__name__, run)
