# SPDX-License-Identifier: MIT
"""tours - guided walks through the kernel, as data: NAME.tour, one a file; README.md has the format.

This reads the files and says what is wrong with them, by file and line. live/tour.py walks."""

import glob
import os
import re

from tours import expressions, snapshots
from tours.expressions import Wrong

HERE = os.path.dirname(os.path.abspath(__file__))
HEAD_WORDS = {"title": True, "book": True, "mem": True, "append": False, "from": False, "type": False}
STOP_WORDS = {"at": True, "if": False, "let": False, "show": True, "text": True, "expect": True,
              "ask": False, "answer": False, "reached": False, "why": False, "type": False}
MANY = ("let", "show", "expect", "type")  # words that may come more than once
QUESTION = ("ask", "answer", "reached", "why")
PLACE = re.compile(r'(?P<back>return )?(?P<function>\w+)(?::"(?P<marker>[^"]+)")?$')
EMBEDDED = re.compile(r"\{([^{}]*)\}")


class TourError(Exception):
    """What is wrong with a tour, and where: "alloc_pages.tour:12: ..."."""


class Place:
    """Where a stop is: a function's first instruction, the line of it that has a text, or the
    return from the call of it at which an earlier stop was, or else from the next call."""

    def __init__(self, text):
        match = PLACE.match(text)
        if not match or match["back"] and match["marker"]:
            raise Wrong(f"'{text}' is none of: FUNCTION; FUNCTION:\"text of a line\"; return FUNCTION")
        self.text, self.function, self.marker = text, match["function"], match["marker"]
        self.is_return = bool(match["back"])


class Stop:
    """One stop. Words that it does not have are None, or empty where there may be many."""

    def __init__(self, name, line):
        self.name, self.line = name, line
        self.at = self.text = self.ask = self.why = None
        self.condition = self.answer = self.reached = None  # expressions
        self.let, self.show, self.expect, self.type = [], [], [], []


class Tour:
    """A tour: title, book, the machine that it wants, stops."""

    def __init__(self, name):
        self.name, self.title, self.book, self.mem, self.append = name, "", "", "64M", ""
        self.start, self.type, self.stops = "shell", [], []


def entries(text):
    """(line number, word, value) of each entry of a file; indented lines belong to the entry above."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            if not found:
                raise Wrong("an indented line belongs to nothing", number)
            found[-1][2] += " " + line.strip()
            continue
        word, colon, value = line.partition(":")
        if not colon or not re.fullmatch(r"[a-z]+", word):
            raise Wrong("a line is `word: value`, or indented", number)
        found.append([number, word, value.strip()])
    return found


def check_prose(text):
    for inside in EMBEDDED.findall(text):
        expressions.parse(inside)
    return text


def fill_stop(stop, word, value):
    """Take one entry into a stop."""
    if word == "at":
        stop.at = Place(value)
    elif word == "if":
        stop.condition = expressions.parse(value)
    elif word == "let":
        name, equals, value = value.partition("=")
        if not equals or not name.strip().isidentifier():
            raise Wrong("a let is `name = expression`")
        stop.let.append((name.strip(), expressions.parse(value)))
    elif word == "show":
        stop.show.append(expressions.parse_picture(value, snapshots.PICTURES))
    elif word == "expect":
        try:
            stop.expect.append(re.compile(value))
        except re.error as error:
            raise Wrong(f"'{value}': {error}") from error
    elif word in ("answer", "reached"):
        setattr(stop, word, expressions.parse(value))
    elif word == "type":
        stop.type.append(check_prose(value))
    else:
        setattr(stop, word, check_prose(value))


def fill_head(tour, word, value):
    if word == "type":
        tour.type.append(value)
    elif word == "from":
        if value not in ("boot", "shell"):
            raise Wrong(f"from is boot or shell, not '{value}'")
        tour.start = value
    elif word == "mem" and not re.fullmatch(r"\d+[MG]", value):
        raise Wrong(f"mem is a number with M or G, not '{value}'")
    else:
        setattr(tour, word, value)


def check_stop(seen, is_last):
    """Does a stop have what it needs? seen: the words it has."""
    missing = [word for word, needed in STOP_WORDS.items() if needed and word not in seen]
    if missing:
        raise Wrong(f"the stop has no {', no '.join(missing)}")
    question = [word for word in QUESTION if word in seen]
    if is_last and question:
        raise Wrong("the last stop asks nothing: no state comes after it")
    if not is_last and len(question) != len(QUESTION):
        missing = [word for word in QUESTION if word not in seen]
        raise Wrong(f"the stop has no {', no '.join(missing)}: what comes next is to be predicted")


class Reader:
    """Turns entries into a Tour."""

    def __init__(self, name):
        self.tour, self.stop, self.seen = Tour(name), None, {}

    def finish_part(self, is_last):
        """The head or a stop is complete."""
        if self.stop:
            check_stop(self.seen, is_last)
        else:
            missing = [w for w, needed in HEAD_WORDS.items() if needed and w not in self.seen]
            if missing:
                raise Wrong(f"the tour has no {', no '.join(missing)} before its first stop")

    def begin_stop(self, name, line):
        if not name:
            raise Wrong("a stop has a name")
        self.finish_part(False)
        self.stop, self.seen = Stop(name, line), {}
        self.tour.stops.append(self.stop)

    def take(self, line, word, value):
        known = STOP_WORDS if self.stop else HEAD_WORDS
        if word not in known:
            raise Wrong(f"'{word}' is none of: stop, {', '.join(known)}")
        if word in self.seen and word not in MANY:
            raise Wrong(f"a second '{word}'; the first is in line {self.seen[word]}")
        if not value:
            raise Wrong(f"'{word}' says nothing")
        self.seen[word] = line
        if self.stop:
            fill_stop(self.stop, word, value)
        else:
            fill_head(self.tour, word, value)


def parse(name, text):
    """A Tour from a file's text. name: for errors. Raises TourError."""
    reader, line = Reader(name), 0
    try:
        for line, word, value in entries(text):
            if word == "stop":
                reader.begin_stop(value, line)
            else:
                reader.take(line, word, value)
        reader.finish_part(True)
        if len(reader.tour.stops) < 2:
            raise Wrong("a tour has at least two stops")
    except Wrong as error:
        raise TourError(f"{name}.tour:{error.line or line}: {error}") from error
    return reader.tour


def names(folder=HERE):
    """Of all tours, sorted."""
    return sorted(os.path.splitext(os.path.basename(path))[0]
                  for path in glob.glob(os.path.join(folder, "*.tour")))


def load(name, folder=HERE):
    """Read a tour by its name, or by the path of its file. Raises TourError."""
    if name.endswith(".tour"):
        folder, name = os.path.dirname(name), os.path.basename(name).removesuffix(".tour")
    if name not in names(folder):
        raise TourError(f"no tour '{name}'; there are: {', '.join(names(folder))}")
    with open(os.path.join(folder, name + ".tour"), encoding="utf-8") as f:
        return parse(name, f.read())
