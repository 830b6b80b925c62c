# SPDX-License-Identifier: MIT
"""highmem.py - a pattern written to and read back from every high page of a machine.

The in-kernel suite tries a sample everywhere; here the memory is really used, so a machine of 8 GiB
takes that much of the host's, and is left out when the host does not have it."""

import os
import re

from case import Result, case

EVERY = "highmem.every_high_page_holds_its_pattern"


def host_mib():
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20


def try_every_page(t, mib, least, **kw):
    """least: of the high pages, how many parts in a thousand must have been tried."""
    if mib > 2048 and host_mib() < mib + 1024:
        why = f"the host has {host_mib()} MiB free, the machine wants {mib}"
        t.results.append(Result(t.name, "skip", why))
        return
    append = f"{kw.pop('append', '')} test={EVERY} nonce={t.env.nonce}".strip()
    r = t.run(t.machine(mem=f"{mib}M", append=append, **kw), limit=600, idle=240)
    t.expect_how(r, "pass")
    t.expect_text(r, r"^ok 1 " + EVERY)
    found = re.search(r"^# HIGHMEM wrote and read back (\d+) of (\d+) high pages", r.text, re.M)
    if t.expect(found, "no figure"):
        t.expect(int(found[1]) * 1000 >= int(found[2]) * least, f"only {found[1]} of {found[2]}")


@case
def every_page_of_8_gib(t):
    """Beyond 4 GiB frame numbers need the upper half of an entry."""
    try_every_page(t, 8192, 998)


@case
def every_page_of_two_nodes(t):
    try_every_page(t, 2048, 998, nodes=2, cpus=2)


@case
def every_page_of_small_machines(t):
    """highmem= makes high pages of any."""
    try_every_page(t, 64, 990, append="highmem=32M")
    try_every_page(t, 64, 990, append="highmem=32M numa=fake=2")
    try_every_page(t, 128, 990, append="highmem=24M movable=48M")


@case
def every_page_in_the_checking_build(t):
    try_every_page(t, 1536, 998, build="debug")


@case
def every_page_by_other_splits(t):
    try_every_page(t, 3072, 998, build="1G-stack4k")
    try_every_page(t, 2560, 998, build="2G-og")
