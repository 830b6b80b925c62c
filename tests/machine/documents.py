# SPDX-License-Identifier: MIT
"""documents.py - the sessions printed in the documents are what the kernel prints.

A block that begins with ```console holds a session: the line `$ make run ...` starts a machine, what
stands behind `quire>` is typed, the rest was printed; `...` stands for lines left out. Numbers differ
from build to build, so they are compared by their places only, and a number that a document copies
from an answer into a command (the pfn of a page) is taken from the real answer."""

import glob
import re
import shlex

from case import case
from misuse import predict

NUMBER = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,16}\b|\d+")
PROMPT = "quire> "


def paths():
    """The documents."""
    return ["README.md", *sorted(glob.glob("*/README.md")), *sorted(glob.glob("doc/*.md"))]


def sessions(path, begins="make run"):
    """[(make arguments, [line])] of each machine in the document whose command begins so."""
    found = []
    with open(path, encoding="utf-8") as f:
        blocks = re.findall(r"^```console\n(.*?)^```", f.read(), re.M | re.S)
    for line in "".join(blocks).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line.rstrip())
    return [(command, lines) for command, lines in found if command.startswith(begins)]


def shape(line):
    """The line without its numbers and without the width of its columns."""
    return re.sub(r"\s+", " ", NUMBER.sub("N", line)).strip()


def follow(document, printed):
    """Walk along what was printed. Returns: the first line of the document that is not there (None:
    all are), and {number in the document: number printed}."""
    numbers, at, anywhere = {}, 0, True
    for line in document:
        if line == "...":
            anywhere = True
            continue
        reach = range(at, len(printed) if anywhere or line.startswith(PROMPT) else at + 1)
        here = next((i for i in reach if i < len(printed) and shape(printed[i]) == shape(line)), None)
        if here is None:
            return line, numbers
        if not line.startswith(PROMPT):  # a number is what it is where it is printed first
            for told, real in zip(NUMBER.findall(line), NUMBER.findall(printed[here])):
                if len(told) >= 4:  # orders and counts stay as they are
                    numbers.setdefault(told, real)
        at, anywhere = here + 1, False
    return None, numbers


def machine_of(command):
    """The machine that `make run MEM=.. CPUS=.. NODES=.. APPEND=..` starts."""
    words = dict(w.split("=", 1) for w in shlex.split(command) if "=" in w)
    return {"mem": words.get("MEM", "1G"), "append": words.get("APPEND", ""),
            "cpus": int(words.get("CPUS", 1)), "nodes": int(words.get("NODES", 1))}


def typed(document, numbers=()):
    """What is typed, with the document's numbers replaced by the machine's. poweroff is Test.boot's."""
    known = dict(numbers)
    lines = [line[len(PROMPT):] for line in document if line.startswith(PROMPT)]
    return [NUMBER.sub(lambda m: known.get(m[0], m[0]), line) for line in lines if line != "poweroff"]


def printed_lines(text):
    return [line.rstrip() for line in text.replace("\r", "").splitlines()]


@case
def sessions_in_the_documents_are_real(t):
    """Each session is typed again and prints what the document says."""
    count = 0
    for path in paths():
        for command, document in sessions(path):
            kw = machine_of(command)
            _, numbers = follow(document, printed_lines(predict(t, *typed(document), **kw)))
            r = t.boot(*typed(document, numbers), **kw)
            missing, _ = follow(document, printed_lines(r.text))
            t.expect(missing is None, f"{path}: not printed: {missing}")
            count += 1
    t.expect(count >= 1, "no session found")
