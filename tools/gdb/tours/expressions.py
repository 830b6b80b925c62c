# SPDX-License-Identifier: MIT
"""expressions.py - the small language of tour files: numbers, names, comparisons, questions.

Python's grammar, cut down to what cannot change anything: literals, names, arithmetic,
comparisons, and/or/not, X if C else Y, calls of the functions that are named here."""

import ast
import operator

from decode import walk
from decode.pages import gfp_names
from tours import snapshots

BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
          ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.BitAnd: operator.and_,
          ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.LShift: operator.lshift,
          ast.RShift: operator.rshift}
COMPARE = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
           ast.Gt: operator.gt, ast.GtE: operator.ge}
LEAVES = (ast.Constant, ast.Name)


class Wrong(Exception):
    """What is wrong with a piece of a tour. line: where, if that is known better here."""

    def __init__(self, message, line=None):
        super().__init__(message)
        self.line = line


# --- what can be asked about a machine ----------------------------------------------------------

def zone_free(mem, name):
    return snapshots.zone(mem, name)["free"]


def zone_mark(mem, name, which):
    return snapshots.zone(mem, name)[which]


def first_order(mem, name, order, mt):
    """The smallest order from `order` on of which the zone has a free block of that type."""
    lists = snapshots.buddy(mem, name)["lists"]
    letter = snapshots.TYPE_LETTERS[mt]
    return next((k for k in range(order, len(lists)) if any(t == letter for t, _ in lists[k])), -1)


def first_block(mem, name, order, mt):
    """pfn of the block that a request for an order and type would be cut out of."""
    found, letter = first_order(mem, name, order, mt), snapshots.TYPE_LETTERS[mt]
    blocks = snapshots.buddy(mem, name)["lists"][found] if found >= 0 else []
    return next((pfn for its, pfn in blocks if its == letter), -1)


def block_order(mem, name, pfn):
    """Order of the free block in the lists that has a frame; -1: it is in none."""
    for order, blocks in enumerate(snapshots.buddy(mem, name)["lists"]):
        if any(first <= pfn < first + (1 << order) for _, first in blocks):
            return order
    return -1


def merged_order(mem, name, pfn, order):
    """What a block would become if it were put into the lists now."""
    lists = snapshots.buddy(mem, name)["lists"]
    while order < len(lists) - 1 and any(first == pfn ^ 1 << order for _, first in lists[order]):
        pfn, order = pfn & ~(1 << order), order + 1
    return order


def put_aside(mem, name):
    """pfn of zone->deferred; -1: none."""
    deferred = snapshots.buddy(mem, name)["deferred"]
    return deferred[0] if deferred else -1


def lowest_hole(mem, size):
    """The lowest address of the vmalloc window with `size` free bytes."""
    window = snapshots.vmalloc(mem)
    at = window["start"]
    for start, end, *_ in window["areas"]:
        if start - at >= size:
            break
        at = end
    return at


def frame(mem, va):
    """The frame behind an address; -1: none."""
    pa = walk.translate(mem, va)
    return -1 if pa is None else pa >> 12


def rights_of(mem, va):
    """Letters of the last entry on the way of an address; "none": there is no entry for it."""
    entries = walk.walk(mem, va).entries
    return walk.rights(entries[-1]) if entries and entries[-1].value else "none"


FUNCTIONS = {  # name: function of memory and values
    "zone": lambda mem, at: mem.struct("zone", at).name.string,
    "free": zone_free,
    "mark": zone_mark,
    "present": lambda mem, name: snapshots.zone(mem, name)["present"],
    "nr_free_blocks": lambda mem, name: sum(map(len, snapshots.buddy(mem, name)["lists"])),
    "first_order": first_order,
    "first_block": first_block,
    "block_order": block_order,
    "merged_order": merged_order,
    "put_aside": put_aside,
    "pageset_count": lambda mem, name, order, mt: len(snapshots.pageset(mem, name, order, mt)["stack"]),
    "pageset_top": lambda mem, name, order, mt: snapshots.pageset(mem, name, order, mt)["stack"][-1],
    "pfn": lambda mem, at: snapshots.pfn_of(mem, at),
    "page_of": lambda mem, pfn: int(mem.var("mem_map")) + pfn * mem.layout.size("page"),
    "refcount": lambda mem, pfn: snapshots.page(mem, pfn)["refcount"],
    "page_state": lambda mem, pfn: snapshots.page(mem, pfn)["state"],
    "cache": lambda mem, at: mem.struct("kmem_cache", at).name.string,
    "array_count": lambda mem, name: len(snapshots.slab(mem, name)["array"]),
    "taken": lambda mem, name: sum(cells.count("o") + cells.count("c")
                                   for _, cells in snapshots.slab(mem, name)["slabs"]),
    "nr_slabs": lambda mem, name: snapshots.slab(mem, name)["nr_slabs"],
    "objects": lambda mem, name: snapshots.slab(mem, name)["num"],
    "cookie": lambda mem, va: mem.number(va),
    "area": lambda mem, va: snapshots.area_state(mem, va),
    "nr_areas": lambda mem: len(snapshots.vmalloc(mem)["areas"]),
    "hole": lowest_hole,
    "frame": frame,
    "rights": rights_of,
    "executable": lambda mem, va: "X" in rights_of(mem, va),
    "mapped": lambda mem, va: walk.translate(mem, va) is not None,
    "kmap_count": lambda mem, pfn: snapshots.kmap_count(mem, pfn),
    "memory": lambda mem: snapshots.memory(mem)["bytes"],
    "reserved": lambda mem: snapshots.memory(mem)["reserved_bytes"],
    "var": lambda mem, name: int(mem.var(name)),
    "constant": lambda mem, name: mem.layout[name],
    "field": lambda mem, at, name, field: int(mem.struct(name, at).field(field)),
    "address": lambda mem, name: mem.layout.addr(name),
    "word": lambda mem, at: mem.number(at),
    "gfp": lambda mem, bits: gfp_names(mem.layout, bits),
    "hex": lambda mem, n: f"{n:#x}",
    "site": lambda mem, at: mem.layout.site(at),
    "min": lambda mem, *values: min(values),
    "max": lambda mem, *values: max(values),
}


# --- reading and evaluating ----------------------------------------------------------------------

def check(node):
    """Refuse what the language does not have."""
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
            raise Wrong(f"no function '{ast.unparse(node.func)}'; there are: {', '.join(FUNCTIONS)}")
        parts = node.args
    elif isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        parts = [node.left, node.right]
    elif isinstance(node, ast.Compare) and all(type(op) in COMPARE for op in node.ops):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.BoolOp):
        parts = node.values
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        parts = [node.operand]
    elif isinstance(node, ast.IfExp):
        parts = [node.test, node.body, node.orelse]
    elif isinstance(node, LEAVES):
        parts = []
    else:
        raise Wrong(f"'{ast.unparse(node)}' is not in the language of tours")
    for part in parts:
        check(part)
    return node


def tree(text):
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise Wrong(f"'{text.strip()}' is no expression") from error


def parse(text):
    """Read an expression. Raises Wrong."""
    return check(tree(text))


def parse_picture(text, pictures):
    """`NAME` or `NAME(expression, ...)`. pictures: {name: Picture}. Returns: (name, expressions)."""
    node = tree(text)
    name, given = node, []
    if isinstance(node, ast.Call) and not node.keywords:
        name, given = node.func, node.args
    if not isinstance(name, ast.Name) or name.id not in pictures:
        raise Wrong(f"no picture '{ast.unparse(name)}'; there are: {', '.join(pictures)}")
    wanted = pictures[name.id].arguments
    if len(given) != len(wanted):
        raise Wrong(f"the picture is {name.id}({', '.join(wanted)})")
    return name.id, [check(part) for part in given]


def evaluate(node, mem, names):
    """The value of an expression. names: {name: value} of args and lets."""
    def value(part):
        return evaluate(part, mem, names)

    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in names:
            raise Wrong(f"no '{node.id}' here; there are: {', '.join(sorted(names))}")
        return names[node.id]
    if isinstance(node, ast.Call):
        return FUNCTIONS[node.func.id](mem, *map(value, node.args))
    if isinstance(node, ast.BinOp):
        return BINARY[type(node.op)](value(node.left), value(node.right))
    if isinstance(node, ast.UnaryOp):
        return not value(node.operand) if isinstance(node.op, ast.Not) else -value(node.operand)
    if isinstance(node, ast.IfExp):
        return value(node.body) if value(node.test) else value(node.orelse)
    if isinstance(node, ast.BoolOp):
        return logical(node, value)
    left = value(node.left)
    for op, part in zip(node.ops, node.comparators):
        right = value(part)
        if not COMPARE[type(op)](left, right):
            return False
        left = right
    return True


def logical(node, value):
    result = None
    for part in node.values:
        result = value(part)
        if bool(result) == isinstance(node.op, ast.Or):
            break
    return result
