# SPDX-License-Identifier: MIT
"""cpus.py - which CPUs there are, and their copies of per-CPU data."""


def possible(mem):
    """Numbers of the CPUs that have a per-CPU area."""
    offsets = mem.var("__per_cpu_offset")
    return [cpu for cpu in range(min(mem.var("nr_cpu_ids"), len(offsets))) if offsets[cpu]]


def copy(mem, link_address, cpu, name):
    """A CPU's copy of a per-CPU structure of a type."""
    return mem.struct(name, mem.per_cpu_address(link_address, cpu))
