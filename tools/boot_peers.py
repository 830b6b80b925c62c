#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""boot_peers.py - the kernels whose boot is measured: how each starts and where its marks are.

The marks are the same on all: "entry", the first instruction of the kernel proper (Linux: behind its
decompressor); "allocator", kmem_cache_init() has returned, so pages and objects can be had;
"shell", the kernel is done and about to run the shell (Linux: to execute /init). A span is a function
from its call to its return. A kernel's machine has no console but what it opens by itself: Quire
prints to its serial line, Linux only keeps its messages.

look() boots a second machine to hear what the kernel says of its memory. "metadata" is what boot
keeps of the RAM that the kernel has, all but its image: mem_map, tables, hashes, per-CPU areas."""

import os
import re
import struct
import tempfile

import cpio
import icount
import machine
import symbols

PAGE = 4096


def total(pattern, text):
    """The sum of the numbers in the lines of /proc/zoneinfo that the pattern begins."""
    return sum(int(n) for n in re.findall(rf"^ +{pattern} +(\d+)$", text, re.M))


class Peer:
    """name: as in the results. spans: functions that together make mem_map and free all memory."""

    spans = ()

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.returns = {}  # {function: where it returns to}

    def machine(self, size):
        raise NotImplementedError

    def address(self, function):
        return self.symbols()[function]

    def return_of(self, function):
        """Where the function returns to: the top of the stack at its first instruction."""
        if function not in self.returns:
            with icount.stopped_at(self.machine("1G"), self.address(function)) as stop:
                if not stop:
                    raise RuntimeError(f"{self.name} does not call {function}()")
                self.returns[function] = stop.stub.word(stop.stub.register("esp"))
        return self.returns[function]

    def marks(self):
        """{mark: address}."""
        raise NotImplementedError


class Quire(Peer):
    spans = ("memmap_alloc", "free_area_init", "memblock_free_all")

    def __init__(self, path, name="quire"):
        super().__init__(name, path)
        self.elf = symbols.Elf(path)

    def symbols(self):
        return self.elf.values()

    def machine(self, size, append="run=poweroff"):
        return machine.Machine(mem=size, kernel=self.path, append=append)

    def marks(self):
        return {"entry": self.elf.entry, "allocator": self.return_of("kmem_cache_init"),
                "shell": self.address("front_end")}

    def look(self, size):
        """Here metadata is counted in full: whatever is not free at the prompt."""
        how, output = machine.run_exact(self.machine(size, 'run="cat /proc/zoneinfo; poweroff"'))
        text = machine.text_of(output)
        if how != "pass":
            return {"fails": last_words(text)}
        present, free = total("present", text), total("pages free", text) + total("count:", text)
        image = self.address("__kernel_end") - self.address("_stext")
        return {"present-bytes": present * PAGE, "metadata-bytes": (present - free) * PAGE - image}


LOOK = """#!/bin/busybox sh
/bin/busybox dmesg -n 1
/bin/busybox mount -t proc proc /proc
/bin/busybox cat /proc/zoneinfo
/bin/busybox grep -E ' ({names})$' /proc/kallsyms
echo {end}
/bin/busybox reboot -f
"""
END = "this is all"


class Linux(Peer):
    spans = ("free_area_init", "set_highmem_pages_init", "memblock_free_all")
    FUNCTIONS = ("kmem_cache_init", "do_sysctl_args", *spans)

    def __init__(self, name, vmlinuz, busybox, vmlinux=None, append=""):
        """vmlinux: the ELF file with its symbols; None: the kernel is asked for them."""
        super().__init__(name, vmlinuz)
        self.append = "nokaslr panic=-1 " + append
        self.known = symbols.Elf(vmlinux).values() if vmlinux else None
        self.folder = tempfile.TemporaryDirectory()
        with open(busybox, "rb") as f:
            tool = ("bin/busybox", cpio.FILE, f.read())
        script = LOOK.format(names="|".join(self.FUNCTIONS), end=END)
        self.full = self.initrd("full", [("proc", cpio.FOLDER), ("bin", cpio.FOLDER), tool,
                                         ("init", cpio.FILE, script.encode())])
        self.empty = self.initrd("empty", [("init", cpio.FILE, b"#!/none\n")])

    def initrd(self, name, members):
        path = os.path.join(self.folder.name, name)
        console = [("dev", cpio.FOLDER), ("dev/console", cpio.DEVICE, b"", (5, 1))]
        with open(path, "wb") as f:
            f.write(cpio.archive(console + members))
        return path

    def machine(self, size):
        """/init is there but has no interpreter: the kernel gets as far as to execute it."""
        return machine.Machine(mem=size, kernel=self.path, initrd=self.empty, append=self.append)

    def symbols(self):
        if not self.known:
            facts = self.look("1G")
            if "fails" in facts:
                raise RuntimeError(f"{self.name} does not boot: {facts['fails']}")
            self.known = facts["symbols"]
        return self.known

    def entry(self):
        """Where the decompressor puts the kernel, whose first byte is its entry (boot protocol 2.10,
        pref_address)."""
        with open(self.path, "rb") as f:
            return struct.unpack_from("<Q", f.read(0x260), 0x258)[0]

    def marks(self):
        """do_sysctl_args() is the last thing that kernel_init() calls before it executes /init;
        kernel_execve() itself would not do, Debian's kernel calls modprobe first."""
        return {"entry": self.entry(), "allocator": self.return_of("kmem_cache_init"),
                "shell": self.return_of("do_sysctl_args")}

    def look(self, size):
        m = machine.Machine(mem=size, kernel=self.path, initrd=self.full, append=self.append +
                            " console=ttyS0 earlyprintk=serial,ttyS0,115200")
        how, output = machine.run_to_end(m, limit=240, idle=60)
        text = output.decode("utf-8", "replace").replace("\r\n", "\n")
        if END not in text:
            return {"fails": f"({how}) {last_words(text)}"}
        present, managed = (total(word, text) for word in ("present", "managed"))
        image = sum(map(int, re.search(r"(\d+)K kernel code, (\d+)K rwdata, (\d+)K rodata, \d+K init"
                                       r", (\d+)K bss", text).groups())) << 10
        return {"present-bytes": present * PAGE,
                "metadata-bytes": (present - managed) * PAGE - image,
                "symbols": {name: int(address, 16) for address, name in
                            re.findall(r"^([0-9a-f]{8}) [Tt] (\w+)$", text, re.M)}}


def last_words(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-3:]) or "(not a word)"
