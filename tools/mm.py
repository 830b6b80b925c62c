#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mm.py - the `mm` commands without GDB: on a core file that a failed test left.

    tools/mm.py --core build/machine/CASE.core zones
    tools/mm.py --core FILE --kernel build/debug/quire.elf walk 0xc0100000

Without --kernel the one below build/ that the core was taken of is found. `tools/mm.py help` lists
the commands."""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "gdb"))
import commands  # noqa: E402
from commands import help_text  # noqa: E402
from decode.layout import Layout  # noqa: E402
from sources import core_build, core_file  # noqa: E402


def choose(core, kernel, build):
    """The layout of the kernel that a core is of. Another build's would print nonsense: refused."""
    if kernel and not core_build.belongs(core, kernel):
        raise commands.CommandError(f"this core is not of {kernel}: other code lies in it")
    kernel = kernel or core_build.find(core, build)
    if not kernel:
        raise commands.CommandError(f"this core is of none of the kernels below {build}/: "
                                    "check out and build what it was taken of")
    layout = os.path.splitext(kernel)[0] + ".layout.json"
    if not os.path.exists(layout) or os.path.getmtime(layout) < os.path.getmtime(kernel):
        raise commands.CommandError(f"{layout} is missing or older than the kernel: `make layout`")
    return Layout.load(layout)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", help="written by QEMU's dump-guest-memory")
    parser.add_argument("--kernel", help="the ELF, its layout beside it (`make layout`)")
    parser.add_argument("--build", default="build", help="where kernels are looked for")
    parser.add_argument("--cpu", type=int, default=0, help="whose page tables")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    o = parser.parse_args()
    found = commands.load_all()
    try:
        if not o.words or o.words[0] == "help":
            lines = help_text.lines(found, o.words[1:])
        else:
            command, words = commands.find(found, o.words)
            if not o.core:
                raise commands.CommandError("which core file? --core FILE")
            core = core_file.Core(o.core)
            kernel = core_file.kernel(choose(core, o.kernel, o.build), core, o.cpu)
            lines = command.lines(kernel, words)
        for line in lines:
            print(line)
    except (commands.CommandError, OSError, ValueError) as error:
        sys.exit(f"mm: {error}")


if __name__ == "__main__":
    main()
