# SPDX-License-Identifier: MIT
"""bench_config.py - what must be said beside the figures: versions, and how the kernels differ."""

import os
import re
import subprocess

import linux_peer
import machine

# Options that cost instructions on the measured paths or provide a service there.
OPTIONS = ("PREEMPT_DYNAMIC", "PREEMPT_NONE", "MEMCG", "MEMCG_KMEM", "NUMA", "TRACEPOINTS", "SLUB_DEBUG",
           "SLAB_FREELIST_RANDOM", "SLAB_FREELIST_HARDENED", "SHUFFLE_PAGE_ALLOCATOR",
           "HARDENED_USERCOPY", "STACKPROTECTOR_STRONG", "INIT_ON_ALLOC_DEFAULT_ON", "PAGE_POISONING",
           "PAGE_EXTENSION", "TRANSPARENT_HUGEPAGE", "CMA", "SWAP", "KSM", "COMPACTION", "SMP",
           "X86_PAE", "HIGHMEM64G", "PARAVIRT", "RETPOLINE", "JUMP_LABEL")

ALWAYS = (
    "Quire: preemptible, NUMA for up to 8 nodes, reference counts, migrate types, watermarks and "
    "counters as in Linux; a freed pointer is checked for double free and wrong objects in every "
    "build; no memory cgroups; tracing is off, and on no fast path",
    "Linux has no call that frees pages in bulk: alloc_pages-bulk64 frees them one by one there",
    "What another CPU frees is counted in Quire alone, and compared by wall time: Linux needs minutes "
    "to start a second CPU under -icount",
    "Loops that hold many objects at a time include the array they are held in, alike on both",
    "frag-*: a machine of 512 MiB, all of it low memory; the fallbacks of a kernel without "
    "tracepoints (lean) cannot be counted",
)


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def versions(mem):
    """{"mem": .., "qemu": .., "gcc": ..}: what the figures depend on."""
    qemu = re.search(r"[\d.]+", first_line(machine.QEMU, "--version"))
    gcc = first_line((os.environ.get("CROSS_COMPILE") or "i686-linux-gnu-") + "gcc", "-dumpfullversion")
    return {"mem": mem, "QEMU": qemu[0] if qemu else "unknown", "gcc": gcc}


def options_of(peer):
    return [o for o in OPTIONS if peer.has(o)]


def differences(peers):
    """Lines for the table's foot. peers: those that were run."""
    lines = list(ALWAYS)
    for peer in peers:
        lines.append(f"{peer.title} ({peer.version()}): {', '.join(options_of(peer))}")
    if peers:
        lines.append("Linux's command line: " + linux_peer.COMMAND_LINE)
    return lines
