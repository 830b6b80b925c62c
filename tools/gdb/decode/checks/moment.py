# SPDX-License-Identifier: MIT
"""moment.py - does the machine stand in the middle of a change?

A machine may be stopped anywhere: while a lock is held, in a restartable section, between two
stores of an allocator. Then what is not yet true is no fault."""

from decode import sites

LOCKS = {  # what it guards: a path to the lock in a variable
    "the vmalloc window": ("vmalloc_space", "lock"), "pkmap": ("pkmap", "lock"),
    "the per-CPU map": ("percpu_space", "lock"), "the list of tasks": ("task_list_lock", ""),
    "the kernel's page tables": ("kernel_pgtable_lock", ""), "the list of caches": ("slab_list_lock", ""),
}


def held(struct):
    """Is a raw_spinlock, or a spinlock around one, taken?"""
    if struct.type_name == "spinlock":
        struct = struct.rlock
    return bool(struct.arch.locked)


def locks(mem):
    """Names of the locks of memory management that are held."""
    for name, (variable, path) in LOCKS.items():
        lock = mem.var(variable)
        if held(getattr(lock, path) if path else lock):
            yield f"the lock of {name} is held"
    for zone in (z.target for z in mem.var("zone_table") if z):
        if held(zone.lock):
            yield f"the lock of zone {zone.name.string} of node {zone.node} is held"


def section_of(mem, ip):
    """The restartable section that an instruction pointer stands in, as (first, commit), or None."""
    start, end = (mem.layout.addr(n) for n in ("__start___restart_table", "__stop___restart_table"))
    words = memoryview(mem.read(start, end - start)).cast("I").tolist()
    return next((pair for pair in zip(words[::2], words[1::2]) if pair[0] < ip <= pair[1]), None)


def changes(mem, ips=None):
    """A sentence for each sign. ips: {cpu: instruction pointer}, or a function that tells them."""
    yield from locks(mem)
    for cpu, ip in ((ips() if callable(ips) else ips) or {}).items():
        found = mem.layout.function_at(ip)
        file = mem.layout.functions[found[0]]["file"] if found else ""
        if section_of(mem, ip):
            yield f"CPU {cpu} stands in a restartable section at {sites.site(mem, ip + 1)}"
        elif "mm/" in file and "include/" not in file:
            yield f"CPU {cpu} stands in {found[0]}+{found[1]:#x} of {file}"
