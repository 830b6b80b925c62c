# SPDX-License-Identifier: MIT
"""bench_rows.py - which operations the plot and the README show, and what they are called there.

The page build/bench.html shows every name that was measured; this list is the choice for those who
look once. A name belongs to a group by how it begins (GROUPS), listed here or not."""

import collections
import re

Row = collections.namedtuple("Row", "name label readme")

# The groups of the plot first, in its order; what fits none is in the last.
GROUPS = (
    ("pages", r"alloc_page|get_zeroed|free_page|page"),
    ("objects", r"kmalloc|kmem_cache|kfree|slab|mempool|alloc_percpu|larson|events-per"),
    ("vmalloc", r"vmalloc|vmap|ioremap"),
    ("kmap", r"kmap"),
    ("boot", r"boot"),
    ("replay of events", r"event|replay|macro"),
    ("fragmentation", r"frag"),
    ("other", r""),
)
PLOTTED = ("pages", "objects", "vmalloc", "kmap")
ON_TWO_CPUS = re.compile(r".*-2cpus")
MORE_IS_BETTER = re.compile(r".*(speedup|largest)")

SHOWN = (
    Row("alloc_page-pair", "alloc_page + __free_page", True),
    Row("alloc_page-highuser-pair", "… GFP_HIGHUSER", False),
    Row("alloc_pages-order1-pair", "… order 1", True),
    Row("alloc_pages-order2-pair", "… order 2", False),
    Row("alloc_pages-order3-pair", "… order 3", True),
    Row("alloc_pages-order4-pair", "… order 4", True),
    Row("alloc_pages-order6-pair", "… order 6", False),
    Row("alloc_pages-order8-pair", "… order 8", True),
    Row("alloc_pages-order9-pair", "… order 9", True),
    Row("alloc_pages-order10-pair", "… order 10", True),
    Row("alloc_page-fifo-256-pair", "256 × alloc_page, then 256 frees", True),
    Row("alloc_page-random-4096-pair", "4096 pages, freed at random", True),
    Row("alloc_pages-bulk64-per-page", "bulk of 64 pages, per page", True),
    Row("kmalloc-const-8-pair", "kmalloc(8) + kfree", False),
    Row("kmalloc-const-64-pair", "kmalloc(64) + kfree", True),
    Row("kmalloc-const-96-pair", "kmalloc(96) + kfree", False),
    Row("kmalloc-const-2048-pair", "kmalloc(2048) + kfree", True),
    Row("kmalloc-const-8192-pair", "kmalloc(8192) + kfree", False),
    Row("kmalloc-const-64K-pair", "kmalloc(64 KiB) + kfree", False),
    Row("kmalloc-var-64-pair", "kmalloc(n) + kfree, n = 64", True),
    Row("kmalloc-fifo-256-pair", "256 × kmalloc, then 256 kfree", True),
    Row("kmalloc-random-4096-pair", "4096 objects, freed at random", True),
    Row("larson-pair", "Larson's server, each turn", True),
    Row("kmalloc-remote-free-pair", "kfree on another CPU", True),
    Row("events-per-1000", "1000 recorded events", True),
    Row("kmem_cache_alloc-pair", "kmem_cache_alloc + free", True),
    Row("kmem_cache_alloc-bulk64-per-object", "bulk of 64 objects, per object", False),
    Row("alloc_percpu-pair", "alloc_percpu + free_percpu", False),
    Row("vmalloc-4K-pair", "vmalloc(4 KiB) + vfree", True),
    Row("vmalloc-further-page", "… each further page", True),
    Row("vmalloc-64K-pair", "vmalloc(64 KiB) + vfree", False),
    Row("vmalloc-256K-pair", "vmalloc(256 KiB) + vfree", False),
    Row("vmalloc-1M-pair", "vmalloc(1 MiB) + vfree", True),
    Row("vmalloc-4M-pair", "vmalloc(4 MiB) + vfree", True),
    Row("vmap-16-pair", "vmap(16 pages) + vunmap", False),
    Row("ioremap-pair", "ioremap + iounmap", False),
    Row("kmap_atomic-pair", "kmap_atomic + kunmap_atomic", True),
    Row("kmap_local-pair", "kmap_local_page + kunmap_local", True),
    Row("kmap-pair", "kmap + kunmap, same page", True),
    Row("kmap-new-page-pair", "kmap + kunmap, new page", False),
    Row("boot-memmap-per-page", "boot: mem_map, per page", True),
    Row("boot-1G-allocator", "boot: to the allocator, 1 GiB", True),
    Row("boot-16G-allocator", "boot: to the allocator, 16 GiB", True),
    Row("boot-1G-metadata-bytes", "boot: bytes of metadata, 1 GiB", True),
)


def group_of(name):
    """The name of the group. What a second CPU adds is not a cost, so it is nowhere in the plot."""
    if ON_TWO_CPUS.match(name):
        return "other"
    return next(group for group, begins in GROUPS if re.match(begins, name))


def grouped(names):
    """[(group, [name])] without empty groups, names in their order."""
    found = [(group, [n for n in names if group_of(n) == group]) for group, _ in GROUPS]
    return [(group, members) for group, members in found if members]


def plot_rows():
    """[(group, [Row])] of the plot."""
    return [(group, [r for r in SHOWN if group_of(r.name) == group]) for group in PLOTTED]


def readme_rows():
    return [row for row in SHOWN if row.readme]


def has_ratio(name):
    """Is less better, so that the peer's figure over ours says how much better we are?"""
    return not MORE_IS_BETTER.match(name)
