# SPDX-License-Identifier: MIT
"""sites.py - who allocated, how much, and what of it was still there at the end of the trace."""

import collections

from tracing.folded import function_of, no_page


class Site:
    """amount: pages or bytes. orders: {order or size: calls}."""

    def __init__(self, name):
        self.name, self.calls, self.failed = name, 0, 0
        self.amount = self.held = self.held_calls = 0
        self.orders = collections.Counter()


class Sites:
    """Counts allocations by calling function. Allocations from before the trace are nobody's."""

    def __init__(self, trace):
        self.trace, self.sites, self.live = trace, {}, {}

    def _site(self, e):
        name = function_of(self.trace.texts(e)["call_site"])
        return self.sites.setdefault(name, Site(name))

    def take(self, e, key, amount, detail):
        site = self._site(e)
        if key is None:
            site.failed += 1
            return
        self.live[key] = site, amount
        site.calls += 1
        site.amount += amount
        site.held += amount
        site.held_calls += 1
        site.orders[detail] += 1

    def give(self, key):
        site, amount = self.live.pop(key, (None, 0))
        if site:
            site.held -= amount
            site.held_calls -= 1

    def top(self, n=None):
        return sorted(self.sites.values(), key=lambda s: (-s.amount, s.name))[:n]


def of_pages(trace):
    """Blocks of pages. A block may be given back in parts (alloc_pages_exact): what is freed at the
    start of one counts as the whole."""
    found = Sites(trace)
    for e in trace.events:
        if e.name == "mm_page_alloc":
            found.take(e, None if no_page(e) else e.values["pfn"], 1 << e.values["order"],
                       e.values["order"])
        elif e.name == "mm_page_free":
            found.give(e.values["pfn"])
    return found


def of_objects(trace):
    """Objects of kmalloc() and of caches."""
    found = Sites(trace)
    for e in trace.events:
        if e.name in ("kmalloc", "kmem_cache_alloc"):
            found.take(e, e.values["ptr"] or None, e.values["bytes_alloc"], e.values["bytes_alloc"])
        elif e.name in ("kfree", "kmem_cache_free"):
            found.give(e.values["ptr"])
    return found
