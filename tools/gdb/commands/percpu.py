# SPDX-License-Identifier: MIT
"""percpu.py - `mm percpu`: the per-CPU units and what is in them."""

from commands import CommandError, command
from decode import cpus, sites
from decode.memory import Array, Struct
from decode.percpus import Percpus

GROUP = "Objects and mappings"


@command("percpu", "[SYMBOL]")
def percpu(k, symbol=None):
    """The per-CPU units: /proc/percpuinfo; with SYMBOL: that variable's value on each CPU."""
    if symbol:
        yield from values(k, symbol)
        return
    p, possible = Percpus(k.mem), cpus.possible(k.mem)
    populated = bin(p.populated()).count("1")
    yield f"unit_size: {p.unit}\nstatic_size: {p.static_bytes}"
    yield f"used_size: {p.space.nr_granules * p.granule}\nnr_allocs: {p.space.nr_allocs}"
    yield f"populated_pages: {populated}\ntotal_pages: {populated * k.mem.var('nr_cpu_ids')}"
    yield f"metadata_pages: {p.space.nr_meta}"
    for cpu in possible:
        offset = k.mem.var("__per_cpu_offset")[cpu]
        yield f"cpu{cpu}: unit {p.base + offset:#010x} offset {offset:#x} node " \
              f"{k.mem.per_cpu('numa_node', cpu)}"
    for a in p.allocations():
        yield f"{p.base + a.offset:#010x}-{p.base + a.offset + a.size:#010x} {a.size:7} " \
              f"{sites.site(k.mem, a.site)}"


def values(k, symbol):
    name = symbol.removeprefix("&")
    found = k.layout.symbols.get(name)
    p = Percpus(k.mem)
    if not found or not p.base <= found["addr"] < p.base + p.static_bytes:
        raise CommandError(f"'{symbol}' is no per-CPU variable")
    for cpu in cpus.possible(k.mem):
        yield f"CPU {cpu} at {k.mem.per_cpu_address(found['addr'], cpu):#010x}: " \
              f"{shown(k.mem.per_cpu(name, cpu))}"


def shown(value):
    """A number, or what a structure consists of, or the first elements of an array."""
    if isinstance(value, Struct):
        names = value._mem.layout.fields(value._at)  # pylint: disable=protected-access
        return "{" + ", ".join(f"{n} = {shown(value.field(n))}" for n in names) + "}"
    if isinstance(value, Array):
        more = ", ..." if len(value) > 16 else ""
        return "{" + ", ".join(shown(value[i]) for i in range(min(16, len(value)))) + more + "}"
    return f"{value:#010x}" if hasattr(value, "to") else str(value)
