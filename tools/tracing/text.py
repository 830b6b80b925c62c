# SPDX-License-Identifier: MIT
"""text.py - the lines of `trace show`, which are ftrace's without its column of interrupt flags."""

import re

from tracing.events import Event, EventType, Field, Trace

LINE = re.compile(r"^ *(?P<comm>\S.*?|)-(?P<pid>\d+) +\[(?P<cpu>\d+)\] +(?P<s>\d+)\.(?P<us>\d{6}): "
                  r"(?P<name>\w+):(?P<fields>(?: \w+=.*)?) seq=(?P<seq>\d+)$")
FIELD = re.compile(r" (\w+)=")
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)$")


def line(trace, e):
    """An event as the kernel's trace_format() writes it."""
    fields = "".join(f" {name}={text}" for name, text in trace.texts(e).items())
    seconds, usec = divmod(e.usec, 1000000)
    return (f"{e.comm:>15}-{e.pid:<5} [{e.cpu:03}] {seconds:5}.{usec:06}: {e.name}:{fields} "
            f"seq={e.seq}")


def write(trace, out):
    for e in trace.events:
        out.write(line(trace, e) + "\n")


def event_of(text):
    """The Event in a line, or None: it is none."""
    m = LINE.match(text.rstrip("\r\n"))
    if not m:
        return None
    parts = FIELD.split(m["fields"])[1:]
    texts = dict(zip(parts[::2], parts[1::2]))
    values = {name: int(t) if NUMBER.match(t) else t for name, t in texts.items()}
    return Event(int(m["seq"]), int(m["cpu"]), int(m["pid"]), m["comm"],
                 int(m["s"]) * 1000000 + int(m["us"]), m["name"], values, texts)


def types_of(events):
    """What the fields are, as far as lines tell: numbers or text. PTR and the like are text."""
    types = {}
    for e in events:
        kinds = types.setdefault(e.name, {name: "SDEC" for name in e.values})
        for name, value in e.values.items():
            if isinstance(value, str):
                kinds[name] = "TEXT"
    return {name: EventType(name, [Field(f, kind, signed=True) for f, kind in kinds.items()])
            for name, kinds in types.items()}


def read(lines):
    """The Trace in what a serial line said; lines that are no events are passed over."""
    events = sorted((e for e in map(event_of, lines) if e), key=lambda e: e.seq)
    types = types_of(events)
    for e in events:
        for f in types[e.name].fields:
            if f.kind == "TEXT":
                e.values[f.name] = e.texts[f.name]
    return Trace(events, types)
