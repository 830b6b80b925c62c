#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""trace.py - the kernel's event trace in the formats of other programs.

    tools/trace.py record --run "trace on; stress page 1" --out build/trace
    tools/trace.py convert --core build/machine/CASE.core --out build/trace
    tools/trace.py convert --text serial.log --out build/trace

`record` boots a kernel, types a line and dumps the machine's memory, in which the rings are; `convert`
reads such a core file, or what `trace show` printed. Both write into a folder:

    trace.txt       ftrace's text: the lines of `trace show`
    trace.json      Chrome's trace format, for ui.perfetto.dev
    ctf/            Common Trace Format 1.8, for babeltrace2 and Trace Compass
    pages.folded, bytes.folded   who allocated how much, for speedscope and flamegraph.pl"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "gdb")]
import machine  # noqa: E402
from decode.layout import Layout  # noqa: E402
from sources import core_file  # noqa: E402
from tracing import chrome, ctf, folded, rings, text  # noqa: E402
from tracing.session import Session, SessionError  # noqa: E402


def of_core(layout, path):
    """The Trace in a core file."""
    return rings.trace_of(core_file.kernel(Layout.load(layout), path).mem)


def of_text(path):
    """The Trace in a log of the serial line."""
    with open(path, encoding="utf-8", errors="replace", newline="") as f:
        return text.read(f)


def write_file(folder, name, write, *args):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        write(f, *args)


def write_all(trace, folder):
    """Every format."""
    os.makedirs(folder, exist_ok=True)
    write_file(folder, "trace.txt", lambda f: text.write(trace, f))
    write_file(folder, "trace.json", lambda f: chrome.write(trace, f))
    write_file(folder, "pages.folded", lambda f: folded.write(trace, f, folded.PAGES))
    write_file(folder, "bytes.folded", lambda f: folded.write(trace, f, folded.BYTES))
    ctf.write(trace, os.path.join(folder, "ctf"))


def tell(trace, folder):
    dropped = sum(trace.dropped.values())
    print(f"{len(trace.events)} events" + (f", {dropped} were overwritten" if dropped else "") +
          f"; in {folder}: trace.txt trace.json ctf/ pages.folded bytes.folded")


def record(o):
    """Boot, type, dump, convert."""
    core = os.path.join(o.out, "memory.core")
    if os.path.exists(core):  # QEMU writes it read-only
        os.remove(core)
    m = machine.Machine(mem=o.mem, cpus=o.cpus, nodes=o.nodes, kernel=o.kernel, append=o.append)
    with Session(m, limit=o.limit) as s:
        answer = s.type(o.run)
        s.dump_core(core)
    with open(os.path.join(o.out, "serial.txt"), "w", encoding="utf-8") as f:
        f.write(s.text)
    if o.verbose:
        print(answer, end="")
    return of_core(o.layout, core)


def options(words):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("record", "convert"))
    parser.add_argument("--out", default="build/trace", help="folder for what is written")
    parser.add_argument("--layout", default="build/quire.layout.json", help="from `make layout`")
    parser.add_argument("--core", help="convert: written by QEMU's dump-guest-memory")
    parser.add_argument("--text", help="convert: a log with the lines of `trace show`")
    parser.add_argument("--kernel", default="build/quire.elf")
    parser.add_argument("--run", default="trace on; stress mixed 1; trace off", help="what is typed")
    parser.add_argument("--mem", default="256M")
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--append", default="", help="more words for the kernel's command line")
    parser.add_argument("--limit", type=float, default=120, help="seconds that a run may take")
    parser.add_argument("--verbose", action="store_true", help="print what the shell answered")
    o = parser.parse_args(words)
    if o.action == "convert" and bool(o.core) == bool(o.text):
        parser.error("convert what? --core FILE or --text FILE")
    return o


def main(words=None):
    o = options(words)
    try:
        os.makedirs(o.out, exist_ok=True)
        trace = record(o) if o.action == "record" else \
            of_text(o.text) if o.text else of_core(o.layout, o.core)
        write_all(trace, o.out)
        tell(trace, o.out)
    except (SessionError, OSError, ValueError, KeyError) as error:
        sys.exit(f"trace: {error}")


if __name__ == "__main__":
    main()
