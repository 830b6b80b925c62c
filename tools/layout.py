# SPDX-License-Identifier: MIT
"""layout.py - what lies where in a kernel: `gdb -nx -batch -ex "py out = 'OUT.json'" -x tools/layout.py KERNEL`.

Runs inside GDB, which reads the compiler's own description (DWARF), and writes it as JSON for tools
that look into a machine's memory without GDB: every structure with the offsets of its fields, every
enumerator, every global and file-level variable with address and type, and the macros that say
where things are. So no tool has a layout typed by hand, and none can be older than the kernel.

    types      [{"kind": "int", "name", "size", "signed"}, {"kind": "ptr", "to", "size"},
                {"kind": "struct" or "union", "name", "size", "fields": [{"name", "offset", "type"}]},
                {"kind": "array", "of", "count", "size"}, {"kind": "enum", "name", "size", "values"},
                {"kind": "func"}, {"kind": "void"}]; types name each other by their place here.
               Fields of nameless members are their owner's; a bit field has "bit" and "bits" too.
    structs    {tag: type}; unions too
    typedefs   {name: type}
    enums      {tag: {name: value}}
    symbols    {name: {"addr", "type", "size", "file"}}; where files have variables of one name,
               each is "file.c:name", and the first "name" too
    functions  {name: {"addr", "size", "file", "line"}}
    labels     {name: address} of what the linker script and assembly name
    constants  {name: value}: enumerators, and the macros in MACROS"""

import json
import os
import sys

try:
    import gdb  # only inside GDB
except ImportError:
    sys.exit(__doc__)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import symbols as elf_symbols  # noqa: E402

# Macros by a function in whose file they are known.
MACROS = {
    "kernel_main": """PAGE_OFFSET PAGE_SHIFT PAGE_SIZE LOWMEM_END_VA VMALLOC_START VMALLOC_END
        PERCPU_BASE PERCPU_UNIT_SIZE PERCPU_UNITS PKMAP_BASE LAST_PKMAP FIXADDR_START FIXADDR_TOP
        NR_CPUS MAXMEM PHYS_ADDR_BITS THREAD_SIZE ZERO_SIZE_VA KERNEL_LOAD_PA DEBUG_BUILD
        MAX_NUMNODES MAX_ORDER pageblock_order MAX_DMA_PFN""",
}

CODES = {gdb.TYPE_CODE_INT: "int", gdb.TYPE_CODE_CHAR: "int", gdb.TYPE_CODE_BOOL: "int",
         gdb.TYPE_CODE_PTR: "ptr", gdb.TYPE_CODE_STRUCT: "struct", gdb.TYPE_CODE_UNION: "union",
         gdb.TYPE_CODE_ARRAY: "array", gdb.TYPE_CODE_ENUM: "enum", gdb.TYPE_CODE_FUNC: "func",
         gdb.TYPE_CODE_VOID: "void"}
RECORDS = ("struct", "union")


class Types:
    """The list of types; each is in it once."""

    def __init__(self):
        self.list, self.known = [], {}

    def add(self, gdb_type):
        """Returns: the type's place in the list."""
        t = gdb_type.strip_typedefs().unqualified()
        kind = CODES.get(t.code, "void")
        key = (kind, str(t)) if kind in RECORDS and t.tag is None else (kind, t.tag or str(t))
        if kind in RECORDS and t.tag is None:  # nameless: told apart by their fields
            key += tuple((f.name, f.bitpos, str(f.type)) for f in t.fields())
        if kind == "func":
            key = ("func",)
        if key in self.known:
            at = self.known[key]
            if kind in RECORDS and not self.list[at]["fields"] and t.fields():
                self.list[at].update(size=t.sizeof, fields=self.fields(t))  # was only declared
            return at
        self.known[key] = at = len(self.list)
        self.list.append({"kind": kind})
        self.list[at].update(getattr(self, "describe_" + kind, lambda t: {})(t))
        return at

    def describe_int(self, t):
        return {"name": str(t), "size": t.sizeof,
                "signed": t.is_signed if hasattr(t, "is_signed") else not str(t).startswith("u")}

    def describe_ptr(self, t):
        return {"size": t.sizeof, "to": self.add(t.target())}

    def describe_array(self, t):
        low, high = t.range()
        return {"size": t.sizeof, "of": self.add(t.target()), "count": max(0, high - low + 1)}

    def describe_enum(self, t):
        return {"name": t.tag or "", "size": t.sizeof,
                "values": {f.name: int(f.enumval) for f in t.fields()}}

    def describe_struct(self, t):
        at = self.known[self.key_of(t)] if t.tag else None
        if at is not None:  # a structure may point to itself: its size is known first
            self.list[at].update(name=t.tag, size=t.sizeof, fields=[])
        return {"name": t.tag or "", "size": t.sizeof, "fields": self.fields(t)}

    describe_union = describe_struct

    @staticmethod
    def key_of(t):
        return (CODES[t.code], t.tag)

    def fields(self, t, base=0):
        found = []
        for f in t.fields():
            offset = base + f.bitpos // 8
            if not f.name:
                found += self.fields(f.type.strip_typedefs(), offset)
                continue
            entry = {"name": f.name, "offset": offset, "type": self.add(f.type)}
            if f.bitsize:
                unit = f.type.strip_typedefs().sizeof
                start = f.bitpos // 8 // unit * unit
                entry.update(offset=base + start, bit=f.bitpos - 8 * start, bits=f.bitsize)
            found.append(entry)
        return found


class Collector:
    """Goes through what every compiled file declares."""

    def __init__(self):
        self.types = Types()
        self.structs, self.typedefs, self.enums = {}, {}, {}
        self.symbols, self.functions, self.constants = {}, {}, {}

    def take(self, symbol):
        where = symbol.symtab.filename if symbol.symtab else ""
        if symbol.addr_class == gdb.SYMBOL_LOC_TYPEDEF:
            self.take_type(symbol)
        elif symbol.addr_class == gdb.SYMBOL_LOC_CONST and \
                symbol.type.strip_typedefs().code == gdb.TYPE_CODE_ENUM:
            self.constants[symbol.name] = int(symbol.value())
        elif symbol.addr_class == gdb.SYMBOL_LOC_STATIC and symbol.is_variable:
            self.take_variable(symbol, where)
        elif symbol.addr_class == gdb.SYMBOL_LOC_BLOCK:
            self.take_function(symbol, where)

    def take_type(self, symbol):
        t = symbol.type
        at = self.types.add(t)
        if t.code == gdb.TYPE_CODE_TYPEDEF:
            self.typedefs[symbol.name] = at
        kind = self.types.list[at]["kind"]
        if kind in RECORDS and t.strip_typedefs().tag:
            self.structs[t.strip_typedefs().tag] = at
        elif kind == "enum":
            values = self.types.list[at]["values"]
            self.constants.update(values)
            if t.strip_typedefs().tag:
                self.enums[t.strip_typedefs().tag] = values

    def take_variable(self, symbol, where):
        entry = {"addr": int(symbol.value().address), "type": self.types.add(symbol.type),
                 "size": symbol.type.sizeof, "file": where}
        before = self.symbols.setdefault(symbol.name, entry)
        if before["addr"] != entry["addr"]:
            for e in (before, entry):
                self.symbols[f"{os.path.basename(e['file'])}:{symbol.name}"] = e

    def take_function(self, symbol, where):
        block = gdb.block_for_pc(int(symbol.value().address))
        if block and block.function:
            self.functions.setdefault(symbol.name, {
                "addr": int(symbol.value().address), "size": block.end - block.start,
                "file": where, "line": symbol.line})

    def take_macros(self):
        for function, names in MACROS.items():
            gdb.execute(f"list {function}", to_string=True)
            for name in names.split():
                try:
                    self.constants[name] = int(gdb.parse_and_eval(name))
                except gdb.error as error:
                    raise SystemExit(f"layout.py: macro {name}: {error}") from error

    def labels(self):
        """What only the symbol table of the ELF file knows."""
        path = gdb.current_progspace().filename
        return {s.name: s.value for s in elf_symbols.Elf(path).symbols
                if s.name and s.kind == elf_symbols.NOTYPE and s.value}

    def result(self):
        return {"labels": self.labels(), "types": self.types.list, "structs": self.structs, "typedefs": self.typedefs,
                "enums": self.enums, "symbols": self.symbols, "functions": self.functions,
                "constants": self.constants}


def compiled_names():
    """Names of functions and variables: a file may have only the latter."""
    for kind, end in (("functions", "("), ("variables", "[")):
        for line in gdb.execute(f"info {kind} -q -n .", to_string=True).splitlines():
            name = line.rstrip(";").split(end)[0].split(" ")[-1].lstrip("*")
            if name and line.endswith(";"):
                yield name


def compiled_files():
    """A block of symbols for each file that was compiled: its own ones, then everybody's."""
    seen = set()
    for name in compiled_names():
        for symbol in gdb.lookup_static_symbols(name) + [gdb.lookup_global_symbol(name)]:
            if symbol is None or symbol.symtab is None:
                continue
            for block in (symbol.symtab.static_block(), symbol.symtab.global_block()):
                key = (block.start, block.end, block.is_global, symbol.symtab.filename)
                if key not in seen:
                    seen.add(key)
                    yield block


def collect():
    """The layout of the kernel that GDB has loaded, as one dictionary."""
    found = Collector()
    for block in compiled_files():
        for symbol in block:
            found.take(symbol)
    found.take_macros()
    return found.result()


def main():
    out = globals().get("out") or sys.exit("layout.py: which file to write?")
    with open(out + ".new", "w", encoding="utf-8") as f:
        json.dump(collect(), f, separators=(",", ":"))
    os.replace(out + ".new", out)


if __name__ == "__main__":
    main()
