# SPDX-License-Identifier: MIT
"""folded.py - "place;event;order N" lines, which flamegraph.pl and speedscope draw.

N is pages for events of pages, bytes for events of objects: one file of each."""

import collections

PAGES = {"mm_page_alloc": "order"}
BYTES = {"kmalloc": "bytes_alloc", "kmem_cache_alloc": "bytes_alloc"}


def function_of(site):
    """run_alloc+0x6d/0x120 -> run_alloc."""
    return site.split("+")[0]


def detail(name, values):
    """What stands behind the event: its order, its cache, its size."""
    if name == "mm_page_alloc":
        return f"order {values['order']}"
    return str(values.get("name") or f"{values['bytes_alloc']} bytes")


def stacks(trace, weights):
    """{line: N} of the events in weights; an allocation that failed weighs nothing."""
    found = collections.Counter()
    for e in trace.events:
        if e.name not in weights:
            continue
        n = e.values[weights[e.name]]
        if e.name == "mm_page_alloc":
            n = 0 if no_page(e) else 1 << n
        site = function_of(trace.texts(e)["call_site"])
        found[f"{site};{e.name};{detail(e.name, e.values)}"] += n
    return found


def no_page(e):
    """Did a mm_page_alloc fail? The page is a number or, from lines, hex digits."""
    page = e.values["page"]
    return not (int(page, 16) if isinstance(page, str) else page)


def write(trace, out, weights):
    for stack, n in sorted(stacks(trace, weights).items()):
        if n:
            out.write(f"{stack} {n}\n")
