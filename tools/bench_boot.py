#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench_boot.py - what booting costs: instructions to a usable allocator and to the shell, by memory
size, and the memory that boot keeps for itself; Quire beside Linux.

All counts are QEMU's own (icount.py), exact and repeatable; each is a boot of its own. What the
marks mean is said in boot_peers.py. --steps shows where inside kernel/init.c Quire's go.
With --json the figures are merged into the file that all parts of the benchmark share."""

import argparse
import json
import os
import re
import sys

import icount
from boot_peers import Linux, Quire

GIB = 1 << 30
LIMIT = 600  # seconds for one boot
INIT_C = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kernel", "init.c")
DEBIAN_APPEND = "mitigations=off init_on_alloc=0 transparent_hugepage=never"
FIGURES = ("allocator", "shell", "memmap-per-page", "metadata-bytes")


def count(peer, size, address):
    """Instructions from reset to address."""
    found = icount.count_at(peer.machine(size), address, LIMIT)
    if found is None:
        raise RuntimeError(f"{peer.name} with {size} never comes to {address:#x}")
    return found


def span(peer, size, function):
    """Instructions of a function and all that it calls."""
    return (count(peer, size, peer.return_of(function)) -
            count(peer, size, peer.address(function)))


def to_allocator(peer, size):
    """Instructions from the kernel's entry to a usable allocator."""
    marks = peer.marks()
    return count(peer, size, marks["allocator"]) - count(peer, size, marks["entry"])


def measure(peer, size, brief=False):
    """Returns: {"allocator": instructions, "shell": ..., "memmap-per-page": ..., "metadata-bytes": ...,
    "present-bytes": the RAM that it knows}, or {"fails": last words} when it does not boot. brief:
    leave out the shell and mem_map, which take eight boots more."""
    facts = peer.look(size)
    if "fails" in facts:
        return facts
    marks = peer.marks()
    entry = count(peer, size, marks["entry"])
    found = {"allocator": count(peer, size, marks["allocator"]) - entry,
             "metadata-bytes": facts["metadata-bytes"], "present-bytes": facts["present-bytes"]}
    if not brief:
        pages = facts["present-bytes"] >> 12
        found["shell"] = count(peer, size, marks["shell"]) - entry
        found["memmap-per-page"] = round(sum(span(peer, size, f) for f in peer.spans) / pages, 2)
    return found


def steps(peer, size):
    """Where Quire's go. Returns: [(name, instructions until the next step begins)] in the order of
    the boot; the steps are what kernel/init.c calls."""
    with open(INIT_C, encoding="ascii") as f:
        bodies = re.findall(r"^static void __init init_\w+\(.*?^}", f.read(), re.M | re.S)
    called = dict.fromkeys(re.findall(r"\b(\w+)\(", "".join(bodies)))
    marks = {name: peer.address(name) for name in called if name in peer.symbols()}
    marks.update(entry=peer.marks()["entry"], front_end=peer.address("front_end"))
    found = {name: icount.count_at(peer.machine(size), a, LIMIT) for name, a in marks.items()}
    order = sorted((at, name) for name, at in found.items() if at is not None)
    return [(name, after - at) for (at, name), (after, _) in zip(order, order[1:])]


# --- printing and keeping -------------------------------------------------------------------------

def show(name, size, result):
    if "fails" in result:
        print(f"{name:8} {size:>4}  does not boot: {result['fails']}", flush=True)
        return
    meta, present = result["metadata-bytes"], result["present-bytes"]
    print(f"{name:8} {size:>4} {result['allocator']:14,} {result['shell']:14,} "
          f"{result['memmap-per-page']:9g} {meta:12,} {meta * GIB // present:12,} "
          f"{meta / present:9.4%}", flush=True)


def show_steps(name, size, found):
    print(f"{name} {size}, instructions of each step:")
    for step, cost in found:
        print(f"  {step:24} {cost:12,}")


def merge(path, name, size, result):
    """Put one result into the file. What else it holds stays."""
    kept = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            kept = json.load(f)
    figures, told = kept.setdefault("I", {}), kept.setdefault("differences", [])
    if "fails" in result:
        line = f"{name} does not boot with {size}: {result['fails']}"
        told += [line] if line not in told else []
    figures.setdefault(name, {}).update(
        {f"boot-{size}-{what}": result[what] for what in FIGURES if what in result})
    with open(path, "w", encoding="utf-8") as f:
        json.dump(kept, f, indent=1)
        f.write("\n")


def peers(o):
    found = [Quire(o.quire)] if o.quire else []
    found += [Quire(o.debug, "debug")] if o.debug else []
    found += [Linux("lean", o.lean[0], o.initrd_busybox, o.lean[1])] if o.lean else []
    return found + ([Linux("debian", o.debian, o.initrd_busybox, append=DEBIAN_APPEND)]
                    if o.debian else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quire", metavar="ELF")
    parser.add_argument("--debug", metavar="ELF")
    parser.add_argument("--lean", nargs=2, metavar=("BZIMAGE", "VMLINUX"))
    parser.add_argument("--debian", metavar="VMLINUZ")
    parser.add_argument("--initrd-busybox", metavar="PATH", help="static, i386; for Linux")
    parser.add_argument("--sizes", default="1G,4G,16G,64G")
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    o = parser.parse_args()
    if (o.lean or o.debian) and not o.initrd_busybox:
        parser.error("Linux needs --initrd-busybox")
    print(f"{'kernel':8} {'size':>4} {'to allocator':>14} {'to shell':>14} {'mem_map/p':>9} "
          f"{'metadata':>12} {'per GiB':>12} {'of RAM':>9}")
    for peer in peers(o):
        for size in o.sizes.split(","):
            result = measure(peer, size)
            show(peer.name, size, result)
            if o.json:
                merge(o.json, peer.name, size, result)
            if o.steps and isinstance(peer, Quire):
                show_steps(peer.name, size, steps(peer, size))
    return 0


if __name__ == "__main__":
    sys.exit(main())
