#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tree.py BUILD FILE... - what a reader would trip over in the tree.

Every C and assembly file is in some object list; every file has its licence line and says what it
is; nothing is left for later; no function is longer than a screen and a half, no file than 700
lines; every kind of report has its paragraph; links in the documents lead somewhere."""

import glob
import os
import re
import sys

MAX_FUNCTION, MAX_FILE = 60, 700
FOR_LINUX = "bench/linux"  # its Kbuild lists what Linux compiles
FOLDERS = ("boot", "arch", "kernel", "bench", "mm", "tests/kernel")
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented", re.I)


def sources():
    for top in FOLDERS:
        for folder, _, names in os.walk(top):
            for name in names:
                if folder != FOR_LINUX and name.endswith((".c", ".asm")):
                    yield os.path.join(folder, name)


def long_functions(path, lines):
    """Functions in this layout begin at a '{' and end at a '}' in the first column."""
    start = None
    for n, line in enumerate(lines, 1):
        if line == "{":
            start = n
        elif line == "}" and start:
            if n - start + 1 > MAX_FUNCTION:
                yield f"{path}:{start}: a function of {n - start + 1} lines"
            start = None


def look_at(path):
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    if "SPDX-License-Identifier: MIT" not in lines[0]:
        yield f"{path}: no licence line"
    if os.path.basename(path) not in lines[1]:
        yield f"{path}: its second line does not say what it is"
    if len(lines) > MAX_FILE:
        yield f"{path}: {len(lines)} lines"
    for n, line in enumerate(lines, 1):
        if LEFT_OVER.search(line):
            yield f"{path}:{n}: left for later: {line.strip()}"
    yield from long_functions(path, lines)


def undocumented_reports():
    with open("include/report.h", encoding="utf-8") as f:
        kinds = re.findall(r"^\tX\((\w+),", f.read(), re.M)
    with open("doc/reports.md", encoding="utf-8") as f:
        told = re.findall(r"^## (\w+)$", f.read(), re.M)
    for kind in sorted(set(kinds) ^ set(told)):
        yield f"doc/reports.md: {kind}: a kind without a paragraph, or the other way round"


def dead_links():
    for path in glob.glob("*.md") + glob.glob("*/*.md") + glob.glob("*/*/*.md"):
        with open(path, encoding="utf-8") as f:
            for link in re.findall(r"\]\(([^)#:]+)\)", f.read()):
                if not os.path.exists(os.path.join(os.path.dirname(path), link)):
                    yield f"{path}: link to {link}, which is not there"


def main():
    build, *listed = sys.argv[1:]
    wrong = []
    for path in sources():
        base = os.path.splitext(path)[0]
        if not os.path.exists(os.path.join(build, base + ".o")):
            wrong.append(f"{path}: in no object list")
    for path in listed:
        wrong += look_at(path)
    wrong += [*undocumented_reports(), *dead_links()]
    print("\n".join(wrong) or f"tree: {len(listed)} files, nothing to trip over")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
