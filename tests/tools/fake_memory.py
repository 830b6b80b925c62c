# SPDX-License-Identifier: MIT
"""fake_memory.py - a machine's memory made by hand, laid out as the built kernel's: what the decoders
of tools/gdb are tested with.

Only what was written to exists; anything else is Unreadable, as in a machine. The layout is that of
build/quire.layout.json (`make layout`), or of the file that LAYOUT names."""

import os
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tools", "gdb"))
from decode.layout import Layout  # noqa: E402
from decode.memory import Memory, Unreadable  # noqa: E402

PATH = os.environ.get("LAYOUT") or os.path.join(TOP, "build", "quire.layout.json")
_layouts = {}
PAGE = 4096


def layout():
    if PATH not in _layouts:
        _layouts[PATH] = Layout.load(PATH)
    return _layouts[PATH]


class FakeMemory:
    """mem: the decode.memory.Memory over it."""

    def __init__(self):
        self.layout, self.pages = layout(), {}
        self.mem = Memory(self.layout, self.read)
        self.next_string = 0xc0e00000
        for name in self.layout.symbols:  # the kernel's variables are there, and 0
            self.write(self.layout.symbols[name]["addr"], bytes(self.layout.symbols[name]["size"]))

    def read(self, address, length):
        data = b""
        while len(data) < length:
            at = address + len(data)
            if at // PAGE not in self.pages:
                raise Unreadable(address, length)
            data += self.pages[at // PAGE][at % PAGE:][:length - len(data)]
        return bytes(data)

    def write(self, address, data):
        while data:
            page, offset = divmod(address, PAGE)
            piece = data[:PAGE - offset]
            self.pages.setdefault(page, bytearray(PAGE))[offset:offset + len(piece)] = piece
            address, data = address + len(piece), data[len(piece):]

    def word(self, address, value, size=4):
        self.write(address, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))

    def string(self, text):
        """A C string somewhere. Returns: its address."""
        at, data = self.next_string, text.encode() + b"\0"
        self.write(at, data)
        self.next_string += len(data)
        return at

    def strings(self, name, texts):
        """An array variable of pointers to strings."""
        for i, text in enumerate(texts):
            self.word(self.layout.addr(name) + 4 * i, self.string(text))

    def var(self, name, value, file=""):
        """Set a variable that is a number or a pointer."""
        symbol = self.layout.in_file(name, file)
        self.word(symbol["addr"], value, symbol["size"])

    def field(self, type_name, address, path, value):
        """Set a field of a structure; path as Layout.offset() takes it."""
        at = self.layout.type(type_name)
        for part in path.replace("[", ".[").split("."):
            t = self.layout.types[at]
            at = t["of"] if part.startswith("[") else self.layout.fields(at)[part]["type"]
        self.word(address + self.layout.offset(type_name, path), value, self.layout.types[at]["size"])

    def fields(self, type_name, address, **values):
        for path, value in values.items():
            self.field(type_name, address, path, value)

    def empty_list(self, head):
        self.word(head, head)
        self.word(head + 4, head)

    def add(self, head, links):
        """Put links at the end of a list."""
        last = self.mem.number(head + 4)
        self.word(last, links)
        self.word(links, head)
        self.word(links + 4, last)
        self.word(head + 4, links)
