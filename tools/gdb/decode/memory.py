# SPDX-License-Identifier: MIT
"""memory.py - typed views of a machine's memory.

    mem = Memory(layout, read)
    mem.var("max_pfn")                        a number
    zone = mem.struct("zone", address)        fields by name: zone.free_area[3].nr_free
    zone.zone_pgdat                           a Pointer: a number, .target is what it points to
    mem.per_cpu("numa_node", 1)               a CPU's copy

A structure is read once, whole, when it is first looked at: what was got from it belongs together,
and what is read later may be newer. An address that cannot be read raises Unreadable."""

import struct

# What reading by a layout ends in where the memory holds nonsense: counts and pointers out of range.
DAMAGED = (IndexError, KeyError, OverflowError, TypeError, struct.error)


class Unreadable(Exception):
    """There is no memory at an address, or it is not mapped."""

    def __init__(self, address, length=1):
        super().__init__(f"cannot read {length} bytes at {address:#010x}")
        self.address, self.length = address, length


class Pointer(int):
    """An address that knows what it points to."""

    def __new__(cls, value, mem, to):
        self = super().__new__(cls, value)
        self.mem, self.to = mem, to
        return self

    @property
    def target(self):
        """What is there: a number, a Struct, an Array, a Pointer."""
        return self.mem.value(self.to, int(self))

    def __getattr__(self, name):  # p.field is p->field
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.target, name)

    def __getitem__(self, i):
        return self.mem.value(self.to, int(self) + i * self.mem.layout.types[self.to]["size"])

    @property
    def string(self):
        return self.mem.string(int(self))


class Struct:
    """A structure at an address. Fields are attributes; field() takes those whose names are taken
    here (size, address, bytes)."""

    def __init__(self, mem, at, address, data=None):
        self._mem, self._at, self._address, self._data = mem, at, address, data

    def __getattr__(self, name):
        return self.field(name)

    def field(self, name):
        """The field of a name."""
        try:
            field = self._mem.layout.fields(self._at)[name]
        except KeyError:
            raise AttributeError(f"struct {self.type_name} has no {name}") from None
        return self._mem.take(field["type"], self.bytes, field["offset"], self._address, field)

    @property
    def type_name(self):
        return self._mem.layout.types[self._at]["name"]

    @property
    def address(self):
        return self._address

    @property
    def size(self):
        return self._mem.layout.types[self._at]["size"]

    @property
    def bytes(self):
        if self._data is None:
            self._data = self._mem.read(self._address, self.size)
        return self._data

    def address_of(self, path):
        return self._address + self._mem.layout.offset(self._at, path)

    def again(self):
        """The same structure as it is now."""
        return Struct(self._mem, self._at, self._address)


class Array:
    """Elements at an address."""

    def __init__(self, mem, at, address, data=None):
        self._mem, self._address, self._data = mem, address, data
        self.count, self._of = mem.layout.types[at]["count"], mem.layout.types[at]["of"]
        self._size = mem.layout.types[self._of]["size"]

    address = property(lambda self: self._address)

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        if not 0 <= i < self.count:
            raise IndexError(i)
        if self._data is None:
            return self._mem.value(self._of, self._address + i * self._size)
        return self._mem.take(self._of, self._data, i * self._size, self._address)

    def __iter__(self):
        return (self[i] for i in range(self.count))


class Memory:
    """read(address, length): bytes at a virtual address, or Unreadable. read_physical: the same by
    physical address (None: the direct map will do). cr3: number, or a function that tells it."""

    def __init__(self, layout, read, read_physical=None, cr3=None):
        self.layout, self.read = layout, read
        self._read_physical, self._cr3 = read_physical, cr3

    # --- raw --------------------------------------------------------------------------------

    def number(self, address, size=4, signed=False):
        return int.from_bytes(self.read(address, size), "little", signed=signed)

    def string(self, address, limit=256):
        """The C string there; read in pieces that end at pages, for the next may not be there."""
        text = b""
        while address and len(text) < limit:
            piece = self.read(address, min(64, 4096 - address % 4096))
            text += piece.split(b"\0")[0]
            if b"\0" in piece:
                break
            address += len(piece)
        return text[:limit].decode("utf-8", "replace")

    def read_physical(self, pa, length):
        offset = self.layout["PAGE_OFFSET"]
        if self._read_physical:
            return self._read_physical(pa, length)
        if pa + length > self.layout["MAXMEM"]:
            raise Unreadable(pa, length)
        return self.read(pa + offset, length)

    @property
    def cr3(self):
        """The page tables in use; those of the kernel where nobody tells."""
        cr3 = self._cr3() if callable(self._cr3) else self._cr3
        return cr3 if cr3 is not None else self.layout.addr("swapper_pg_dir") - self.layout["PAGE_OFFSET"]

    # --- typed ------------------------------------------------------------------------------

    def take(self, at, data, offset, base, field=None):
        """A value of a type out of bytes that were read at base."""
        t = self.layout.types[at]
        kind, size = t["kind"], t.get("size", 0)
        if kind in ("struct", "union"):
            return Struct(self, at, base + offset, data[offset:offset + size])
        if kind == "array":
            inside = size and offset + size <= len(data)
            return Array(self, at, base + offset, data[offset:offset + size] if inside else None)
        raw = data[offset:offset + size]
        if kind == "ptr":
            return Pointer(int.from_bytes(raw, "little"), self, t["to"])
        value = int.from_bytes(raw, "little", signed=t.get("signed", False))
        if field and "bits" in field:
            value = value >> field["bit"] & (1 << field["bits"]) - 1
        return value

    def value(self, at, address):
        """The value of a type at an address; structures are read when they are looked at."""
        t = self.layout.types[at]
        if t["kind"] in ("struct", "union"):
            return Struct(self, at, address)
        if t["kind"] == "array":
            return Array(self, at, address)
        return self.take(at, self.read(address, t.get("size", 0)), 0, address)

    def struct(self, name, address):
        return Struct(self, self.layout.type(name), int(address))

    def structs(self, name, address, count):
        """Neighbours in an array, read at once."""
        at, size = self.layout.type(name), self.layout.size(name)
        data = self.read(int(address), size * count)
        return [Struct(self, at, int(address) + i * size, data[i * size:(i + 1) * size])
                for i in range(count)]

    def var(self, name):
        """A variable's value; structures and arrays as views."""
        symbol = self.layout.symbols[name]
        return self.value(symbol["type"], symbol["addr"])

    def static(self, name, file):
        """The value of a variable that is known in one file only ("buddy.c")."""
        symbol = self.layout.in_file(name, file)
        return self.value(symbol["type"], symbol["addr"])

    def per_cpu_address(self, link_address, cpu):
        """Where CPU's copy of what &variable or alloc_percpu() names is."""
        return int(link_address) + (cpu + 1) * self.layout["PERCPU_UNIT_SIZE"]

    def per_cpu(self, name, cpu):
        symbol = self.layout.symbols[name]
        return self.value(symbol["type"], self.per_cpu_address(symbol["addr"], cpu))

    def container(self, address, name, member):
        """The structure that has a member at an address: container_of()."""
        return self.struct(name, int(address) - self.layout.offset(name, member))

    def list(self, head, name, member="list", limit=1 << 20):
        """Structures on a struct list_head whose head is at an address (or is a Struct). Stops with
        ValueError where the links do not fit: a neighbour does not point back, or no end."""
        head = head.address if isinstance(head, Struct) else int(head)
        before, at = head, self.number(head)
        for _ in range(limit):
            if self.number(at + 4) != before:
                raise ValueError(f"list at {head:#010x}: {at:#010x} does not point back to "
                                 f"{before:#010x}")
            if at == head:
                return
            yield self.container(at, name, member)
            before, at = at, self.number(at)
        raise ValueError(f"list at {head:#010x} has no end after {limit} entries")
