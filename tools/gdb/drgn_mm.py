#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""drgn_mm.py - the `mm` commands under drgn (Debian: python3-drgn), on a core file.

    tools/gdb/drgn_mm.py --core FILE buddy      one command
    tools/gdb/drgn_mm.py --core FILE            drgn's prompt: prog["mem_map"][3], mm("walk 0xc0100000")

Arguments of commands may be drgn's expressions: prog["max_pfn"], prog["mem_map"][3].flags ..."""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import commands  # noqa: E402
import mm as mm_tool  # noqa: E402
from commands import CommandError, Kernel  # noqa: E402
from decode.memory import Memory, Unreadable  # noqa: E402
from sources import core_build, core_file  # noqa: E402

try:
    import drgn
except ImportError:
    sys.exit("drgn_mm: drgn is not installed for this Python: apt-get install python3-drgn, "
             "then /usr/bin/python3 tools/gdb/drgn_mm.py ...")


def program(core, paged, elf):
    """A drgn program: the core's memory by both kinds of address, the kernel's symbols."""
    prog = drgn.Program(drgn.Platform(drgn.Architecture.I386))

    def read(address, count, _, physical):
        try:
            return core.read_physical(address, count) if physical else paged.read(address, count)
        except Unreadable as error:
            raise drgn.FaultError(str(error), address) from error

    prog.add_memory_segment(0, 1 << 32, read, False)
    prog.add_memory_segment(0, 1 << 36, read, True)
    prog.load_debug_info([elf])
    return prog


def kernel(prog, layout, cr3):
    """The Kernel of a drgn program."""
    def read(address, count):
        try:
            return prog.read(address, count)
        except drgn.FaultError as error:
            raise Unreadable(address, count) from error

    def read_physical(address, count):
        try:
            return prog.read(address, count, True)
        except drgn.FaultError as error:
            raise Unreadable(address, count) from error

    def evaluate(text):
        try:
            return int(eval(text, {"prog": prog}))  # pylint: disable=eval-used
        except Exception as error:
            raise CommandError(f"'{text}': {error}") from error

    return Kernel(Memory(layout, read, read_physical, cr3), evaluate)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", required=True)
    parser.add_argument("--kernel")
    parser.add_argument("--build", default="build")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    o = parser.parse_args()
    found = commands.load_all()
    try:
        core = core_file.Core(o.core)
        layout = mm_tool.choose(core, o.kernel, o.build)
        paged = core_file.Paged(layout, core.read_physical, next((c for c in core.cr3s if c), None))
        prog = program(core, paged, o.kernel or core_build.find(core, o.build))
        k = kernel(prog, layout, paged.mem.cr3)
        if o.words:
            command, words = commands.find(found, o.words)
            for line in command.lines(k, words):
                print(line)
            return
    except (CommandError, OSError, ValueError) as error:
        sys.exit(f"mm: {error}")
    interactive(prog, found, k)


def interactive(prog, found, k):
    """drgn's own prompt, with mm()."""
    import drgn.cli  # pylint: disable=import-outside-toplevel

    def mm(text):
        """A command: mm("walk 0xc0100000")."""
        try:
            command, words = commands.find(found, text.split())
            print("\n".join(command.lines(k, words)))
        except CommandError as error:
            print(f"mm: {error}")

    drgn.cli.run_interactive(prog, globals_func=lambda g: dict(g, mm=mm))


if __name__ == "__main__":
    main()
