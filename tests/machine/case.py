# SPDX-License-Identifier: MIT
"""case.py - what a machine test is made of: machines to boot, things to expect, results.

A case is a function with @case; it gets a Test, boots machines through it and says what it
expects. What is expected and does not come fails the case; it never goes unnoticed, because every
case ends with at least one result."""

import contextlib
import os
import re
import shlex
import tempfile

import machine
import mkiso

CASES = []


def case(fn=None, *, name=None, quick=True):
    """Register a function as a case: its module and name make its name, its first line its claim.
    One that is not quick runs only when a pattern names it, not in a plain `make test`."""
    def register(f):
        f.case_name = name or f.__module__ + "." + f.__name__
        f.quick = quick
        CASES.append(f)
        return f
    return register(fn) if fn else register


class Result:
    """One line of the report: how is "pass", "fail" or "skip"."""

    def __init__(self, name, how, message="", log=""):
        self.name, self.how, self.message, self.log = name, how, message, log


class Run:
    """How a machine ended and what it said."""

    def __init__(self, m, typed, how, text, serial="stdio"):
        self.machine, self.typed, self.how, self.text = m, typed, how, text
        self.serial = serial

    def replay(self):
        line = self.machine.command(self.serial)
        if self.typed:
            typed = "".join(t + "\\n" for t in self.typed)
            line = f"printf '{typed}' | {line}"
        return line


class Test:
    """What a case works with."""

    def __init__(self, env, name):
        self.env, self.name = env, name
        self.results = []   # of single tests inside; a case without any is one result by itself
        self.failures = []
        self.runs = []

    # --- machines ---------------------------------------------------------------------------

    def machine(self, mem="128M", build="", iso=None, **kw):
        """A machine with one of our kernels: -kernel unless iso is given."""
        if iso:
            return machine.Machine(mem=mem, iso=iso, **kw)
        return machine.Machine(mem=mem, kernel=self.env.kernel(build), **kw)

    @contextlib.contextmanager
    def iso(self, args="", build="", modules=(), commands=()):
        """A GRUB ISO with our kernel, these arguments and GRUB commands before it."""
        with tempfile.TemporaryDirectory() as tmp:
            path = os.path.join(tmp, "quire.iso")
            mkiso.make_iso(path, self.env.kernel(build), args, modules, commands)
            yield path

    @contextlib.contextmanager
    def file(self, data, suffix=".bin"):
        """A file with these bytes."""
        with tempfile.NamedTemporaryFile(suffix=suffix) as f:
            f.write(data)
            f.flush()
            yield f.name

    def run(self, m, *lines, limit=60, idle=20):
        """Boot m and type the lines, one at each prompt; no lines: its command line does it all."""
        core = os.path.join(self.env.workdir, re.sub(r"[^\w.=-]", "_", self.name) + ".core")
        how, output = machine.run_to_end(m, lines=[line.encode() for line in lines] or None,
                                         limit=min(limit, self.env.longest_run), core=core,
                                         idle=min(idle, self.env.longest_silence))
        r = Run(m, lines, how, machine.text_of(output))
        self.runs.append(r)
        if how == "hang":
            self.fail(f"the machine hung; `make gdb CORE={core}` looks at its memory")
        return r

    def run_exact(self, m, limit=120):
        """Boot m so that it is repeatable to the instruction: not by a socket, whose reader may let
        the guest wait. A machine that has not ended after limit seconds hangs."""
        how, output = machine.run_exact(m, min(limit, self.env.longest_run))
        self.runs.append(Run(m, (), how, machine.text_of(output), "file:/dev/stdout"))
        return self.runs[-1]

    def boot(self, *lines, **kw):
        """Boot a machine made from kw, type the lines and then poweroff: it must end well."""
        r = self.run(self.machine(**kw), *lines, "poweroff")
        self.expect_how(r, "pass")
        return r

    # --- expectations -----------------------------------------------------------------------

    def fail(self, message):
        self.failures.append(message)

    def expect(self, condition, message):
        if not condition:
            self.fail(message)
        return bool(condition)

    def expect_equal(self, found, wanted, what):
        return self.expect(found == wanted, f"{what}: {found!r}, not {wanted!r}")

    def expect_how(self, r, how):
        return self.expect(r.how == how, f"the machine ended with {r.how!r}, not {how!r}")

    def expect_text(self, r, *patterns):
        for p in patterns:
            self.expect(re.search(p, r.text, re.M), f"nothing matches /{p}/")

    def expect_no_text(self, r, *patterns):
        for p in patterns:
            found = re.search(p, r.text, re.M)
            self.expect(not found, f"/{p}/ should not be there: {found and found[0]!r}")

    def log(self):
        return "\n".join(f"$ {r.replay()}\n{r.text}\n[{r.how}]" for r in self.runs)


# --- reading what the kernel prints ----------------------------------------------------------

def zoneinfo(text):
    """{(node, zone): {field: number, "protection": (..)}} from what `cat /proc/zoneinfo` printed."""
    zones = {}
    for part in re.split(r"^(?=Node \d+, zone)", text, flags=re.M)[1:]:
        head = re.match(r"Node (\d+), zone +(\w+)", part)
        fields = {"free": int(re.search(r"pages free +(\d+)", part)[1])}
        for field in ("min", "low", "high", "spanned", "present", "managed"):
            fields[field] = int(re.search(rf"^        {field} +(\d+)", part, re.M)[1])
        fields["protection"] = tuple(
            int(n) for n in re.search(r"protection: \(([\d, ]+)\)", part)[1].split(","))
        start = re.search(r"start_pfn: +(\d+)", part)
        if start:
            fields["start_pfn"] = int(start[1])
        zones[int(head[1]), head[2]] = fields
    return zones


def sanitised_map(text):
    """[(first byte, last byte, type)] that the kernel decided on."""
    part = text[text.index("Sanitised:"):]
    rows = re.findall(r"^e820: \[mem (0x\w+)-(0x\w+)\] (.+)$", part, re.M)
    return [(int(a, 16), int(b, 16), kind) for a, b, kind in rows]


def usable_pages(rows):
    """Page frames that are RAM as a whole."""
    spans = []
    for first, last, kind in rows:
        start, end = (first + 4095) >> 12, (last + 1) >> 12
        if kind == "usable" and start < end:
            spans.append((start, end))
    return spans


def quote(word):
    return shlex.quote(word)
