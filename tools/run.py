#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py - `make run`: boot the GRUB ISO, with the serial line on this terminal.

When standard input is a terminal it is the kernel's; Ctrl-A X ends QEMU. When it is not, its lines
are typed into the shell, one at each prompt. The exit status is 0 only after a clean `poweroff`."""

import argparse
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import machine  # noqa: E402

MINIMUM = 8 << 20  # with less, GRUB or the firmware may stop before the kernel can say so

MESSAGE = {
    "fail": (1, "the tests failed"),
    "panic": (2, "the kernel panicked"),
    "reset": (3, "the machine was reset"),
    "hang": (4, "no output, no end: the machine hung"),
    "no poweroff": (6, "the input ended without `poweroff`"),
}


def end(how):
    """Exit with a status that says how it ended."""
    if how == "pass":
        sys.exit(0)
    status, text = MESSAGE.get(how, (5, f"QEMU ended with {how}"))
    print(f"\nmake run: {text}", file=sys.stderr)
    sys.exit(status)


def interactive(m):
    """QEMU owns the terminal."""
    args = m.args() + ["-serial", "mon:stdio"]
    print("Ctrl-A X ends QEMU; `poweroff` in the shell does it properly.", file=sys.stderr)
    end(machine.STATUS.get(subprocess.call(args), "an error"))


class Printer:
    """Writes what the kernel says with plain newlines, and leaves out what GRUB paints before."""

    def __init__(self):
        self.pending = b""
        self.booted = False

    def __call__(self, data):
        self.pending += data
        if not self.booted:
            start = machine.first_word(self.pending)
            if start < 0:
                return
            self.pending = self.pending[start:]
            self.booted = True
        # a carriage return at the end may be half of a line end
        keep = 1 if self.pending.endswith(b"\r") else 0
        out = self.pending[:len(self.pending) - keep].replace(b"\r\n", b"\n")
        self.pending = self.pending[len(self.pending) - keep:]
        sys.stdout.buffer.write(out)
        sys.stdout.buffer.flush()


def piped(m, idle):
    """Type the lines of standard input."""
    printer = Printer()
    how, output = machine.run_to_end(m, lines=sys.stdin.buffer, limit=float("inf"), idle=idle,
                                     on_data=printer)
    if not printer.booted:
        sys.stdout.buffer.write(output)
    end(how)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iso")
    parser.add_argument("--kernel")
    parser.add_argument("--append", default="")
    parser.add_argument("--mem", default="1G")
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--icount", action="store_true")
    parser.add_argument("--idle", type=float, default=120, help="seconds of silence that are a hang")
    parser.add_argument("extra", nargs="*", help="more arguments for QEMU")
    o = parser.parse_args()
    if machine.size_bytes(o.mem) < MINIMUM:
        sys.exit(f"make run: MEM={o.mem} is too little: Quire boots from {MINIMUM >> 20} MiB on")
    m = machine.Machine(mem=o.mem, cpus=o.cpus, nodes=o.nodes, cpu=o.cpu, iso=o.iso,
                        kernel=o.kernel, append=o.append, icount=o.icount, extra=o.extra)
    if sys.stdin.isatty():
        interactive(m)
    else:
        piped(m, o.idle)


if __name__ == "__main__":
    main()
