# SPDX-License-Identifier: MIT
"""calls.py - from the addresses of executed instructions to who called whom and what it cost.

Calls and returns are told from the machine code, so that functions jumped to at the end of others,
exceptions and interrupts find their place: whatever is entered is below who was left for it."""

PREFIXES = bytes.fromhex("2636 2e3e 6465 6667 f0f2f3")
LONGEST = 15  # bytes of an instruction

CALL, RETURN, JUMP, OTHER = "call", "return", "jump", "other"


def kind_of(code):
    """What the instruction at the beginning of these bytes does to the flow of control."""
    code = code.lstrip(PREFIXES)
    first, second = code[0], code[1] if len(code) > 1 else 0
    if first in (0xE8, 0x9A) or (first == 0xFF and second >> 3 & 7 in (2, 3)):
        return CALL
    if first in (0xC2, 0xC3, 0xCA, 0xCB, 0xCF):
        return RETURN
    if first in (0xE9, 0xEA, 0xEB) or 0x70 <= first < 0x80 or 0xE0 <= first < 0xE4:
        return JUMP
    if (first == 0xFF and second >> 3 & 7 in (4, 5)) or (first == 0x0F and second >> 4 == 8):
        return JUMP
    return OTHER


class Node:
    """A function as called along one path. insns: its own instructions, without those it called."""

    def __init__(self, name):
        self.name, self.insns, self.calls, self.below = name, 0, 0, {}

    def whole(self):
        return self.insns + sum(node.whole() for node in self.below.values())

    def walk(self, depth=0):
        """(depth, node) of all below this one, the costliest first."""
        for node in sorted(self.below.values(), key=lambda n: -n.whole()):
            yield depth, node
            yield from node.walk(depth + 1)


class Calls:
    """Follows the instructions one by one. stack: the functions under way, outermost first, each
    with whether it was jumped to: then it returns together with the one before it. Those that are
    under way at the beginning were called before it."""

    def __init__(self, name_of, kind_at, under_way=()):
        self.name_of, self.kind_at = name_of, kind_at
        self.root = Node("")
        self.stack = []
        self.last = None
        for name in under_way:
            self.push(name)
            self.stack[-1][0].calls = 0

    def push(self, name, jumped=False):
        above = self.stack[-1][0] if self.stack else self.root
        node = above.below.setdefault(name, Node(name))
        node.calls += 1
        self.stack.append((node, jumped))

    def pop(self):
        while self.stack and self.stack.pop()[1]:
            pass

    def jump(self, name):
        """Into another function: back to one that was jumped from (out of its cold part, say), or
        on to a new one."""
        for depth in range(len(self.stack) - 1, -1, -1):
            node, jumped = self.stack[depth]
            if node.name == name:
                del self.stack[depth + 1:]
                return
            if not jumped:
                break
        self.push(name, jumped=True)

    def back_in(self, name):
        """A return led to this function: to the caller, unless an interrupt came in between or the
        caller was under way before we looked."""
        while self.stack and self.stack[-1][0].name != name:
            self.stack.pop()
        if not self.stack:
            self.push(name)

    def step(self, pc):
        self.move(self.name_of(pc), pc)
        self.stack[-1][0].insns += 1
        self.last = pc

    def move(self, name, pc):
        if self.last is None:
            if not self.stack or self.stack[-1][0].name != name:
                self.push(name)
            return
        kind = self.kind_at(self.last)
        if kind == CALL:
            self.push(name)
        elif kind == RETURN:
            self.pop()
            self.back_in(name)
        elif kind == OTHER and not 0 <= pc - self.last <= LONGEST:
            self.push(name)  # an exception or an interrupt
        elif self.stack[-1][0].name != name:
            self.jump(name)

    def follow(self, pcs):
        for pc in pcs:
            self.step(pc)
        return self

    def by_function(self):
        """{name: (own instructions, calls)}"""
        found = {}
        for _, node in self.root.walk():
            insns, calls = found.get(node.name, (0, 0))
            found[node.name] = insns + node.insns, calls + node.calls
        return found
