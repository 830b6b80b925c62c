# SPDX-License-Identifier: MIT
"""quire_gdb.py - what GDB loads for Quire: `source tools/gdb/quire_gdb.py`, done by `make gdb`.

Makes each command of commands/ one of GDB's (`mm zones`, `help mm zones`), with its aliases, and
loads the pretty-printers, the convenience functions and what needs a machine that runs (live/)."""

import importlib
import os
import pkgutil
import sys

import gdb

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [p for p in (HERE, os.path.dirname(HERE)) if p not in sys.path]

import commands  # noqa: E402
from sources import in_gdb  # noqa: E402


class Prefix(gdb.Command):
    """Memory management: pages, zones, slabs, areas, page tables. `mm help` lists the commands."""

    def __init__(self):
        super().__init__("mm", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)

    def invoke(self, argument, from_tty):
        gdb.execute("mm help", from_tty)


class PureCommand(gdb.Command):
    """One command of commands/ under a name of GDB's. given: words that stand before the typed ones."""

    def __init__(self, name, command, given=()):
        self.__doc__ = f"{name} {command.usage}".rstrip() + "\n" + command.doc
        super().__init__(name, gdb.COMMAND_DATA, gdb.COMPLETE_SYMBOL,
                         any(other.startswith(command.name + " ") for other in commands.COMMANDS)
                         and name.startswith("mm "))
        self.command, self.given = command, list(given)

    def invoke(self, argument, from_tty):
        try:
            for line in self.command.lines(in_gdb.kernel(), self.given + split(argument)):
                gdb.write(line + "\n")
        except (commands.CommandError, ValueError) as error:
            raise gdb.GdbError(str(error)) from error


def split(argument):
    """Words of a command line; what is in parentheses or quotes stays together."""
    words, depth, quoted = [""], 0, False
    for c in argument.strip():
        quoted ^= c == '"'
        depth += (c in "([") - (c in ")]")
        if c.isspace() and depth <= 0 and not quoted:
            words.append("")
        else:
            words[-1] += c
    return [w for w in words if w]


class AliasCommand(gdb.Command):
    """A command that people know from elsewhere: its first word, options choose what it means."""

    def __init__(self, word, meanings):
        self.meanings = meanings  # {option or "": (Command, words given)}
        self.__doc__ = "\n".join(
            f"{f'{word} {option}'.strip()}: the same as mm {command.name}"
            for option, (command, _) in sorted(meanings.items()))
        super().__init__(word, gdb.COMMAND_DATA, gdb.COMPLETE_SYMBOL)
        self.word = word

    def invoke(self, argument, from_tty):
        words = split(argument)
        option = words[0] if words and words[0] in self.meanings else ""
        if option not in self.meanings:
            raise gdb.GdbError(f"{self.word} takes one of: {', '.join(sorted(self.meanings))}")
        command, given = self.meanings[option]
        try:
            for line in command.lines(in_gdb.kernel(), list(given) + words[bool(option):]):
                gdb.write(line + "\n")
        except (commands.CommandError, ValueError) as error:
            raise gdb.GdbError(str(error)) from error


class Help(gdb.Command):
    """mm help [COMMAND]: the commands, a line each; or one of them."""

    def __init__(self):
        super().__init__("mm help", gdb.COMMAND_SUPPORT)

    def invoke(self, argument, from_tty):
        from commands import help_text  # pylint: disable=import-outside-toplevel
        try:
            for line in help_text.lines(commands.COMMANDS, argument.split()):
                gdb.write(line + "\n")
        except commands.CommandError as error:
            raise gdb.GdbError(str(error)) from error


def aliases():
    """{word: {option: (Command, words given)}}."""
    found = {}
    for command in commands.COMMANDS.values():
        for alias in command.aliases:
            word, _, option = alias.partition(" ")
            found.setdefault(word, {})[option] = (command, ())
    return found


def register():
    """Tell GDB all of it."""
    Prefix()
    commands.load_all()
    for name in sorted(commands.COMMANDS, key=len):  # a prefix before what follows it
        PureCommand("mm " + name, commands.COMMANDS[name])
    for word, meanings in aliases().items():
        AliasCommand(word, meanings)
    Help()
    for folder in ("live", "show"):
        package = importlib.import_module(folder)
        for module in pkgutil.iter_modules(package.__path__):
            loaded = importlib.import_module(f"{folder}.{module.name}")
            if hasattr(loaded, "register"):
                loaded.register()


gdb.execute("set print pretty on")
gdb.execute("set pagination off")
register()
