# SPDX-License-Identifier: MIT
"""gdb_documents.py - the GDB sessions printed in the documents are what GDB prints.

A block that begins with ```console and a line `$ make gdb ...` is such a session: MEM=, CPUS=, NODES=,
APPEND=, AT= and DEBUG= mean what they mean to make; what stands behind `(gdb)` is typed, the rest was
printed; `...` stands for lines left out. Numbers are compared by their places only (documents.py), and a
number that a document copies from an answer into a command is taken from the real answer. The example
in tools/gdb/tours/README.md is walked, too."""

import os
import re
import shlex

import documents
import gdb_session
from case import case

PROMPT = "(gdb) "
WORTHLESS = re.compile(r"^$|^0x[0-9a-f]+ in \?\? \(\)$|: Terminated via GDBstub$")


def commands_of(document, first):
    """[(command, [lines that it printed])]. first: what stands for lines before the first prompt."""
    found = []
    for line in document:
        if not found and not line.startswith(PROMPT):
            found.append((first, []))
        if line.startswith(PROMPT):
            found.append((line[len(PROMPT):], []))
        else:
            found[-1][1].append(line)
    return found


def session_of(t, command, words):
    """The session that `make gdb MEM=.. APPEND=.. AT=..` begins."""
    kw = documents.machine_of(command)
    return gdb_session.Session(t, build="debug" if words.get("DEBUG") == "1" else "", limit=120,
                               at=words.get("AT"), connect="TOUR" not in words,
                               **dict(kw, mem=words.get("MEM", "128M")))


def retype(t, where, command, document):
    """Type one session again."""
    numbers, words = {}, dict(w.split("=", 1) for w in shlex.split(command) if "=" in w)
    with session_of(t, command, words) as s:
        for typed, lines in commands_of(document, f"mm tour {words.get('TOUR')}"):
            now = documents.NUMBER.sub(lambda m: numbers.get(m[0], m[0]), typed)
            said, = s.run(now)
            printed = [line for line in documents.printed_lines(said) if not WORTHLESS.search(line)]
            wanted = [line for line in lines if not WORTHLESS.search(line)]
            missing, found = documents.follow(wanted, printed)
            t.expect(missing is None, f"{said}\n{where}: after '{typed}', not printed: {missing}")
            for told, real in found.items():
                numbers.setdefault(told, real)


@case
def sessions_in_the_documents_are_real(t):
    """Each GDB session is typed again and prints what the document says."""
    count = 0
    for path in documents.paths():
        for command, document in documents.sessions(path, "make gdb"):
            retype(t, path, command, document)
            count += 1
    t.expect(count >= 5, f"only {count} sessions found")


@case
def the_example_of_a_tour_is_one(t):
    """The tour in tools/gdb/tours/README.md is walked from the page it stands on."""
    import gdb_tours  # pylint: disable=import-outside-toplevel
    import tours  # pylint: disable=import-outside-toplevel
    with open(os.path.join(tours.HERE, "README.md"), encoding="utf-8") as f:
        text = re.search(r"^```\n(title: .*?)^```", f.read(), re.M | re.S)[1]
    tour = tours.parse("zero", text)
    with gdb_session.Session(t, connect=False) as s:
        path = s.path("zero.tour")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        said, = s.run("mm tour " + path)
        gdb_tours.check_stop(t, tour, 0, said)
        said, = s.run("mm tour next")
        gdb_tours.check_stop(t, tour, 1, said)
        s.run("mm tour stop")
