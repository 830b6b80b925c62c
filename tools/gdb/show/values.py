# SPDX-License-Identifier: MIT
"""values.py - from GDB's values to the decoders and back: what printers and functions share."""

import gdb
from decode.pages import Pages
from sources import in_gdb

WORD = 0xffffffff


def pages():
    """Pages of the machine as it is now."""
    return Pages(in_gdb.kernel().mem)


def number(value):
    """What a value is as a number: pointers and structures by their address."""
    kind = value.type.strip_typedefs().code
    if kind in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_FUNC):
        if value.address is None:
            raise gdb.GdbError("the value has no address")
        value = value.address
    n = int(value)
    return n if n >= 0 else n & WORD


def points_to(value, tag):
    """Is it a struct TAG, or a pointer to one?"""
    t = value.type.strip_typedefs()
    if t.code == gdb.TYPE_CODE_PTR:
        t = t.target().strip_typedefs()
    return t.tag == tag


def pointer(address, type_name):
    """A value of a pointer type."""
    return gdb.Value(address & WORD).cast(gdb.lookup_type(type_name).pointer())


def is_text(value):
    t = value.type.strip_typedefs()
    return t.code == gdb.TYPE_CODE_STRING or t.code in (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_PTR) and \
        t.target().strip_typedefs().sizeof == 1 and t.target().strip_typedefs().code in (
            gdb.TYPE_CODE_INT, gdb.TYPE_CODE_CHAR)


def text(value):
    """The characters of a string in an expression."""
    if not is_text(value):
        raise gdb.GdbError("a name in double quotes is wanted")
    return value.string()
