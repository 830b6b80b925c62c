#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mm.py - the `mm` commands without GDB: on a core file that a failed test left.

    tools/mm.py --core build/machine/CASE.core zones
    tools/mm.py --core FILE --layout build/debug/quire.layout.json walk 0xc0100000

`tools/mm.py help` lists the commands."""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "gdb"))
import commands  # noqa: E402
from commands import help_text  # noqa: E402
from decode.layout import Layout  # noqa: E402
from sources import core_file  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", help="written by QEMU's dump-guest-memory")
    parser.add_argument("--layout", default="build/quire.layout.json", help="from `make layout`")
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
            kernel = core_file.kernel(Layout.load(o.layout), o.core, o.cpu)
            lines = command.lines(kernel, words)
        for line in lines:
            print(line)
    except (commands.CommandError, OSError, ValueError) as error:
        sys.exit(f"mm: {error}")


if __name__ == "__main__":
    main()
