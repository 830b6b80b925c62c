# SPDX-License-Identifier: MIT
"""help_text.py - what `mm help` says: the commands by subject, a line each; or one of them whole.

A module of commands names its subject with GROUP; without one its commands stand under "More"."""

import sys

from commands import CommandError, find

# others come after these
ORDER = ("Pages and zones", "Conversions", "Objects and mappings", "The kernel around it")
WIDTH = 100
BEGIN = ("Begin with: mm zones | mm buddy | mm page 1024 | mm walk &mem_map | help mm page",
         "In GDB: p *$page(1024)   p $zone(\"Normal\")->managed_pages   p $per_cpu(\"numa_node\", 0)")


def lines(commands, words=()):
    """All commands, a line each; or one of them, whole."""
    if words:
        yield from one(commands, words)
        return
    width = max(len(f"{c.name} {c.usage}") for c in commands.values())
    for group, found in sorted(groups(commands).items(), key=place):
        yield group
        for c in found:
            text = c.doc.splitlines()[0]
            room = WIDTH - width - 6
            text = text if len(text) <= room else text[:room - 3].rsplit(" ", 1)[0] + " ..."
            yield f"  mm {f'{c.name} {c.usage}'.rstrip():{width}} {text}"
    yield from BEGIN


def one(commands, words):
    command, rest = find(commands, words)
    if rest:
        raise CommandError(f"no command '{' '.join(words)}'")
    yield f"mm {command.name} {command.usage}".rstrip()
    yield from command.doc.splitlines()
    if command.aliases:
        yield "Also: " + ", ".join(command.aliases)


def place(item):
    """Where a subject stands."""
    name = item[0]
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def groups(commands):
    """{subject: [Command]}."""
    found = {}
    for name in sorted(commands):
        module = sys.modules[commands[name].run.__module__]
        found.setdefault(getattr(module, "GROUP", "More"), []).append(commands[name])
    return found
