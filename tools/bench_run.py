# SPDX-License-Identifier: MIT
"""bench_run.py - run the benchmarks on a kernel, exactly or against the clock.

Exact (I): -icount shift=0,sleep=off, where the time stamp counter counts instructions. Three
machines: one CPU and all the loops; two CPUs for what one frees and the other allocated (Quire
alone); 512 MiB for fragmentation. Wall (W): plain TCG on two CPUs, where the counter is the host's time."""

import re

import bench_boot
import boot_peers
import machine

LINE = re.compile(r"^BENCH (\S+) ([\d.]+) n=\d+$", re.M)
EVENTS = re.compile(r"^# events: \d+, their sum \w+$", re.M)
LEFT_OUT = re.compile(r"^# \S+: no figure, .*$", re.M)
TROUBLE = re.compile(r"^(MMBUG|Oops|BUG:|Kernel panic)", re.M)
CPU = "max,rdrand=off,rdseed=off"  # the host's random numbers would shuffle Linux's lists
FRAGMENTED = "512M"  # all of it low memory, on both kernels
BOOT_SIZES = ("1G", "4G", "16G", "64G")
BRIEF_SIZES = ("16G", "64G")  # where Linux takes minutes for each boot


class RunError(Exception):
    """A kernel did not do what it was to do; the text has its last words."""


class Quire:
    """Quire's own kernel, seen like a peer."""

    def __init__(self, name, elf):
        self.name, self.elf = name, elf

    def machine(self, mem, pattern, cpus=1, icount=False, cpu="max"):
        return machine.Machine(mem=mem, cpus=cpus, cpu=cpu, kernel=self.elf, icount=icount,
                               append="bench=" + pattern)


def figures_of(kernel, mem, pattern, cpus=1, icount=True, limit=240):
    """Returns: ({name: figure} in the order printed, what the kernel said)."""
    how, output = machine.run_exact(kernel.machine(mem, pattern, cpus, icount, CPU), limit=limit)
    text = machine.text_of(output)
    figures = {name: float(value) for name, value in LINE.findall(text)}
    if how != "pass" or not figures or TROUBLE.search(text):
        raise RunError(f"{kernel.name}: the benchmark ended with {how}:\n{text[-2000:]}")
    for line in LEFT_OUT.findall(text):
        print(line)
    return figures, text


def loops(kernel, mem, pattern="*"):
    """The loops on one CPU. Returns: {name: figure}."""
    return figures_of(kernel, mem, pattern)[0]


def exact(kernel, mem, say=lambda _: None):
    """Everything that is exact but boot. Returns: ({name: figure}, the line about the events)."""
    say("one CPU")
    figures, text = figures_of(kernel, mem, "*")
    if isinstance(kernel, Quire):  # Linux takes minutes to start its second CPU under -icount
        say("two CPUs")
        figures.update(figures_of(kernel, mem, "*remote-free*", cpus=2)[0])
    say("a million operations at " + FRAGMENTED)
    figures.update(figures_of(kernel, FRAGMENTED, "frag*")[0])
    return figures, EVENTS.findall(text)[0]


def wall(kernels, mem, boots, say=lambda _: None):
    """Boot the kernels in turn. Returns: {kernel: {name: [a figure for each boot]}}."""
    found = {kernel.name: {} for kernel in kernels}
    for boot in range(boots):
        for kernel in kernels:
            say(f"against the clock, boot {boot + 1} of {boots}: {kernel.name}")
            for name, value in figures_of(kernel, mem, "*", cpus=2, icount=False)[0].items():
                found[kernel.name].setdefault(name, []).append(value)
    return found


def boot(peer, say=lambda _: None, sizes=BOOT_SIZES):
    """What booting costs. peer: of boot_peers. Returns: ({name: figure}, lines about sizes that the
    kernel cannot boot with)."""
    figures, failures = {}, []
    for size in sizes:
        say("boot with " + size)
        brief = isinstance(peer, boot_peers.Linux) and size in BRIEF_SIZES
        result = bench_boot.measure(peer, size, brief)
        if "fails" in result:
            failures.append(f"{peer.name} does not boot with {size}: {result['fails']}")
        figures.update({f"boot-{size}-{what}": result[what] for what in bench_boot.FIGURES
                        if what in result})
    return figures, failures
