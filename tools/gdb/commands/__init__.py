# SPDX-License-Identifier: MIT
"""commands - what can be typed behind `mm`, each a function from a Kernel and words to lines.

    @command("walk", "ADDR [CR3]")
    def walk(k, addr, cr3=None):
        \"\"\"The way of an address through the page tables. ...\"\"\"
        yield "a line"

The first line of the function's description is its help; k is a Kernel: memory, layout, and
number(), which reads what was typed. No command knows where the memory is: GDB, a core file
(tools/mm.py), drgn and the tests run the same ones. What needs a machine that can go on or back is
in tools/gdb/live/."""

import importlib
import inspect
import pkgutil

from decode.memory import DAMAGED, Unreadable

COMMANDS = {}


class CommandError(Exception):
    """A sentence for the person who typed."""


class Command:
    """name: words behind `mm`. usage: its arguments."""

    def __init__(self, name, usage, run, aliases):
        self.name, self.usage, self.run, self.aliases = name, usage, run, aliases
        self.doc = inspect.getdoc(run)
        parameters = list(inspect.signature(run).parameters.values())[1:]
        self.least = sum(p.default is p.empty and p.kind is not p.VAR_POSITIONAL for p in parameters)
        self.most = None if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(parameters)

    def lines(self, k, words):
        """Run it. Errors come as CommandError with a sentence."""
        if len(words) < self.least or self.most is not None and len(words) > self.most:
            raise CommandError(f"usage: mm {self.name} {self.usage}".rstrip())
        try:
            yield from self.run(k, *words)
        except Unreadable as error:
            raise CommandError(f"mm {self.name}: {error}") from error
        except DAMAGED as error:
            raise CommandError(f"mm {self.name}: what is there makes no sense: "
                               f"{type(error).__name__}: {error}") from error


def command(name, usage="", aliases=()):
    """Register a function as the command `mm NAME`. aliases: whole command lines that mean it, such
    as "vtop" or "kmem -i"."""
    def register(run):
        COMMANDS[name] = Command(name, usage, run, aliases)
        return run
    return register


class Kernel:
    """What commands work with."""

    def __init__(self, mem, evaluate=None):
        self.mem, self.layout = mem, mem.layout
        self._evaluate = evaluate

    def _is_object(self, name):
        """Is it a structure or an array, which stands for its address?"""
        kind = self.layout.types[self.layout.symbols[name]["type"]]["kind"]
        return kind in ("struct", "union", "array")

    def number(self, text):
        """A number, a symbol, or whatever the place where it was typed can evaluate."""
        try:
            return int(text, 0)
        except ValueError:
            pass
        name = text.removeprefix("&")
        if name in self.layout.symbols or name in self.layout.functions:
            if name != text or name in self.layout.functions or self._is_object(name):
                return self.layout.addr(name)
        if self._evaluate:
            return self._evaluate(text)
        if name in self.layout.symbols:
            return int(self.mem.var(name))
        raise CommandError(f"'{text}' is no number and no symbol")


def load_all():
    """Import every module of commands. Returns: {name: Command}."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"commands.{module.name}")
    return COMMANDS


def find(commands, words):
    """The command that words begin with, and the other words; the longest name wins."""
    for n in range(len(words), 0, -1):
        found = commands.get(" ".join(words[:n]))
        if found:
            return found, list(words[n:])
    known = ", ".join(sorted(commands))
    raise CommandError(f"no command '{words[0]}'; there are: {known}")
