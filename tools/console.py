#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""console.py - `make console`: a terminal on the serial line of the machine that `make gdb` debugs.

Keys go to the kernel's shell at once, also while the machine stands: it reads them when it goes on.
Ctrl-] ends the console, not the machine. Several may be open. When standard input is no terminal,
its bytes are sent and what is said is printed until the input has ended and a second is silent."""

import argparse
import os
import select
import socket
import sys
import termios
import tty

END = b"\x1d"  # Ctrl-]


def follow(s, keys, last_silence):
    """Both ways until the relay ends, END is typed, or the input ended and nothing more is said."""
    inputs = [s, keys]
    while True:
        ready = select.select(inputs, [], [], None if keys in inputs else last_silence)[0]
        if not ready:
            return
        if s in ready:
            data = s.recv(65536)
            if not data:
                return
            os.write(1, data)
        if keys in ready:
            data = os.read(keys, 1024)
            if END in data:
                return
            if data:
                s.sendall(data.replace(b"\n", b"\r"))
            else:
                inputs.remove(keys)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default="build/gdb")
    o = parser.parse_args()
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(os.path.join(o.folder, "console.sock"))
    except OSError:
        sys.exit("make console: no machine is there; `make gdb` in another terminal starts one")
    if not sys.stdin.isatty():
        follow(s, 0, 1.0)
        return
    print("make console: Ctrl-] ends it, the machine goes on", file=sys.stderr)
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        follow(s, 0, None)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        print()


if __name__ == "__main__":
    main()
