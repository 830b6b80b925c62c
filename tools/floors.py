#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""floors.py NM FLOORS BUILD OBJECT... - proves that calls only go down, and in no circle.

FLOORS lists the floors, lowest first (tools/floors.txt). What an object defines and uses is read
by nm, so inline functions and macros count. Files may be exempted from the circle rule by a line
"circle A B ...: reason" in FLOORS; each exemption must be needed."""

import fnmatch
import re
import subprocess
import sys


def symbols(nm, obj):
    """(defined, used) symbol names of one object file."""
    defined, used = set(), set()
    out = subprocess.run([nm, "-P", "-g", obj], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        name, kind = line.split()[:2]
        (used if kind in "Uw" else defined).add(name)
    return defined, used


def read_floors(path):
    """Returns: ([(name, [pattern])], [set of objects that may form a circle])."""
    floors, allowed = [], []
    with open(path, encoding="utf-8") as f:
        for line in f:
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "circle":
                allowed.append({w.rstrip(":") for w in line.split(":")[0].split()[1:]})
            else:
                floors.append((words[0], words[1:]))
    return floors, allowed


def floor_of(name, floors):
    """An object's floor: where it is named in full, else by the first pattern that matches."""
    for level, (_, patterns) in enumerate(floors):
        if name in patterns:
            return level
    for level, (_, patterns) in enumerate(floors):
        if any(fnmatch.fnmatchcase(name, p) for p in patterns):
            return level
    return None


def circles(graph):
    """Strongly connected groups of more than one object (Tarjan 1972)."""
    index, low, stack, found = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in graph[v]:
            if w not in index:
                visit(w)
            if w in stack:
                low[v] = min(low[v], low[w])
        if low[v] == index[v]:
            group = stack[stack.index(v):]
            del stack[stack.index(v):]
            if len(group) > 1:
                found.append(sorted(group))

    for v in graph:
        if v not in index:
            visit(v)
    return found


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    nm, path, build, *objects = sys.argv[1:]
    floors, allowed = read_floors(path)
    names = {o: re.sub(r"\.o$", "", o.removeprefix(build + "/")) for o in objects}
    level = {names[o]: floor_of(names[o], floors) for o in objects}
    table = {names[o]: symbols(nm, o) for o in objects}
    owner = {s: o for o, (defined, _) in table.items() for s in defined}
    wrong = [f"{o}: on no floor" for o in level if level[o] is None]
    graph = {}
    for o, (_, used) in table.items():
        graph[o] = sorted({owner[s] for s in used if s in owner and owner[s] != o})
        for s in sorted(used):
            to = owner.get(s)
            if to and None not in (level[o], level[to]) and level[to] > level[o]:
                wrong.append(f"{o} ({floors[level[o]][0]}) uses {s} of {to} ({floors[level[to]][0]})")
    groups = circles(graph)
    wrong += ["circle: " + " <-> ".join(g) for g in groups if set(g) not in allowed]
    wrong += ["no such circle any more: " + " ".join(sorted(a)) for a in allowed
              if a not in [set(g) for g in groups]]
    print("\n".join(wrong) or f"floors: {len(objects)} objects on {len(floors)} floors, no call goes up")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
