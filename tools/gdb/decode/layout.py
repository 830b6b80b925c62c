# SPDX-License-Identifier: MIT
"""layout.py - types, symbols and constants of one kernel, as tools/layout.py wrote them."""

import bisect
import json


class Layout:
    """What lies where. Types are the dictionaries that tools/layout.py describes."""

    def __init__(self, data):
        self.data = data
        self.types, self.structs = data["types"], data["structs"]
        self.symbols, self.functions = data["symbols"], data["functions"]
        self.constants, self.enums = data["constants"], data["enums"]
        self._fields = {}  # by the place of a structure in the list of types
        self._code = sorted((f["addr"], f["addr"] + f["size"], name)
                            for name, f in self.functions.items())
        self._code_starts = [start for start, _, _ in self._code]
        self._data = sorted((s["addr"], s["addr"] + s["size"], name)
                            for name, s in self.symbols.items() if s["size"])
        self._data_starts = [start for start, _, _ in self._data]

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as f:
            return cls(json.load(f))

    # --- types ------------------------------------------------------------------------------

    def type(self, name):
        """The place of "struct page" (or "page"), "int", a typedef, in the list of types."""
        name = name.removeprefix("struct ").removeprefix("union ")
        if name in self.structs:
            return self.structs[name]
        if name in self.data["typedefs"]:
            return self.data["typedefs"][name]
        for at, t in enumerate(self.types):
            if t["kind"] == "int" and t["name"] == name:
                return at
        raise KeyError(f"no type {name}")

    def fields(self, at):
        """{name: field} of a structure by its place."""
        if at not in self._fields:
            self._fields[at] = {f["name"]: f for f in self.types[at]["fields"]}
        return self._fields[at]

    def size(self, name):
        return self.types[self.type(name)]["size"]

    def offset(self, name, path):
        """Bytes from the start of a structure to a field; path: "a", "a.b", "a[2].b"."""
        at, offset = self.type(name), 0
        for part in path.replace("[", ".[").split("."):
            if part.startswith("["):
                at = self.types[at]["of"]
                offset += int(part[1:-1]) * self.types[at]["size"]
            else:
                field = self.fields(at)[part]
                at, offset = field["type"], offset + field["offset"]
        return offset

    def is_struct(self, at):
        return self.types[at]["kind"] in ("struct", "union")

    # --- names ------------------------------------------------------------------------------

    def __getitem__(self, constant):
        return self.constants[constant]

    def addr(self, name):
        """The address of a variable, a function or a label."""
        found = self.symbols.get(name) or self.functions.get(name)
        if found:
            return found["addr"]
        if name not in self.data["labels"]:
            raise KeyError(f"no symbol {name}")
        return self.data["labels"][name]

    def has(self, name):
        return name in self.symbols

    def in_file(self, name, file):
        """The symbol of a file-level variable; other files may have one of that name."""
        return self.symbols.get(f"{file}:{name}") or self.symbols[name]

    def enum_names(self, enum):
        """{value: name} of an enumeration; the first name of each value."""
        names = {}
        for name, value in self.enums[enum].items():
            names.setdefault(value, name)
        return names

    def _around(self, table, starts, va):
        i = bisect.bisect_right(starts, va) - 1
        return table[i] if i >= 0 and va < table[i][1] else None

    def function_at(self, pc):
        """(name, offset) of the function that has this address, or None."""
        found = self._around(self._code, self._code_starts, pc)
        return found and (found[2], pc - found[0])

    def variable_at(self, va):
        """(name, offset) of the variable that has this address, or None."""
        found = self._around(self._data, self._data_starts, va)
        return found and (found[2], va - found[0])

    def site(self, pc):
        """A place in the code as reports write it: function+0x12; "?" for none."""
        found = self.function_at(pc)
        if found:
            return f"{found[0]}+{found[1]:#x}"
        return "?" if not pc else f"{pc:#010x}"

    def return_site(self, pc):
        """The same for an address that a call returns to: the call may be the function's last
        instruction. "?" for what is not in the code."""
        found = self.function_at(pc - 1)
        return f"{found[0]}+{found[1] + 1:#x}" if found else "?"
