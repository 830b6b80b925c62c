# SPDX-License-Identifier: MIT
"""help_text.py - what `mm help` says."""

from commands import CommandError, find


def lines(commands, words=()):
    """All commands, a line each; or one of them, whole."""
    if words:
        command, rest = find(commands, words)
        if rest:
            raise CommandError(f"no command '{' '.join(words)}'")
        yield f"mm {command.name} {command.usage}".rstrip()
        yield from command.doc.splitlines()
        if command.aliases:
            yield "Also: " + ", ".join(command.aliases)
        return
    width = max(len(f"{c.name} {c.usage}") for c in commands.values()) + 1
    for name in sorted(commands):
        c = commands[name]
        yield f"  mm {f'{c.name} {c.usage}':{width}} {c.doc.splitlines()[0]}"
