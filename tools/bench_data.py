# SPDX-License-Identifier: MIT
"""bench_data.py - the figures of the benchmarks: read, kept, compared.

They come from a run (build/bench/results.json) or from two files kept in the tree:
  tests/data/bench-golden.txt  Quire: name, figure, target
  tests/data/bench-peer.txt    the peers and DEBUG=1: name, exact figures, wall ratios
In both a "-" stands for a figure that is missing: never measured, or a kernel that cannot do it. A
missing figure is absent from every dictionary here; nothing turns it into a nought.

Exact figures (I) are instructions per operation, or bytes, counts, indices: what the name says. Wall
figures (W) are compared within one boot each, because boots differ more than kernels do: the ratio
of boot i is the peer's i-th figure to Quire's i-th, and of these ratios the median, the least and
the greatest are kept."""

import json
import re
import statistics

KERNELS = ("quire", "debug", "lean", "debian")
PEERS = ("lean", "debian")
COLUMNS = ("debug", "lean", "debian")  # exact figures in a line of the peers' file
PEER_HEAD = """\
# Figures of the peers and of Quire's DEBUG=1, for the tables and plots. Written by the benchmark,
# never by hand. Each line: name; exact figures of DEBUG=1, lean, Debian; ratio of wall time to
# Quire's of lean (median low high), then of Debian (median low high). "-": no figure.
"""


class Figures:
    """What is known about all kernels."""

    def __init__(self):
        self.machine = {}                       # {"mem": "1G", "qemu": ..}
        self.exact = {k: {} for k in KERNELS}   # {kernel: {name: figure}}
        self.wall = {k: {} for k in PEERS}      # {peer: {name: (median, low, high)}}
        self.targets = {}                       # {name: the most that Quire may need}
        self.differences = []                   # of the configurations, one line each
        self.from_file = set()                  # kernels whose figures are not of this run

    def names(self):
        """Every name that some kernel has a figure for, in the order of the runs."""
        parts = [*self.exact.values(), *self.wall.values()]
        return list(dict.fromkeys(name for part in parts for name in part))

    def ratio(self, peer, name):
        """The peer's figure to Quire's, or None: one is missing, or there is nothing to divide by."""
        ours, theirs = self.exact["quire"].get(name), self.exact[peer].get(name)
        return theirs / ours if ours and theirs is not None else None


def wall_ratio(quire, peer):
    """Returns: (median, low, high) of the ratios of each boot, or None without boots. Four digits,
    here and in the file: more than their spread deserves, and a table is the same from both."""
    ratios = [theirs / ours for ours, theirs in zip(quire, peer) if ours]
    if not ratios:
        return None
    return tuple(float(f"{r:.4g}") for r in (statistics.median(ratios), min(ratios), max(ratios)))


def of_results(results):
    """The figures of one run's results.json, as a dictionary."""
    f = Figures()
    f.machine = dict(results.get("machine", {}))
    f.differences = list(results.get("differences", []))
    for kernel in KERNELS:
        f.exact[kernel] = dict(results.get("I", {}).get(kernel, {}))
    walls = results.get("W", {})
    for peer in PEERS:
        for name, boots in walls.get(peer, {}).items():
            ratio = wall_ratio(walls.get("quire", {}).get(name, []), boots)
            if ratio:
                f.wall[peer][name] = ratio
    return f


def read_results(path):
    with open(path, encoding="utf-8") as f:
        return of_results(json.load(f))


def joined(new, old):
    """The new figures, and for each kernel that they say nothing about the old ones."""
    f = Figures()
    f.machine = {**old.machine, **new.machine}
    f.differences = new.differences or old.differences
    f.targets = {**old.targets, **new.targets}
    f.from_file = set(new.from_file)
    for kernel in KERNELS:
        f.exact[kernel] = new.exact[kernel] or old.exact[kernel]
        if old.exact[kernel] and not new.exact[kernel]:
            f.from_file.add(kernel)
    for peer in PEERS:
        f.wall[peer] = new.wall[peer] or old.wall[peer]
    return f


# --- the files in the tree -------------------------------------------------------------------

def text_of(figure):
    """As short as it can be without losing a digit that was printed; "-" for None."""
    return "-" if figure is None else f"{figure:.12g}"


def number_of(word):
    return None if word == "-" else float(word)


def rows_of(path):
    """The words of each line that is neither empty nor a remark."""
    with open(path, encoding="utf-8") as f:
        return [line.split() for line in f if line.strip() and not line.startswith("#")]


def read_kept(path):
    """Quire's file. Returns: (memory size, {name: (figure, target or None)})."""
    with open(path, encoding="utf-8") as f:
        mem = re.match(r"# mem=(\w+)", f.readline())[1]
    return mem, {name: (float(figure), number_of(target)) for name, figure, target in rows_of(path)}


def read_golden(path):
    """Quire's file, as figures."""
    f = Figures()
    mem, kept = read_kept(path)
    f.machine["mem"] = mem
    f.exact["quire"] = {name: figure for name, (figure, _) in kept.items()}
    f.targets = {name: target for name, (_, target) in kept.items() if target is not None}
    return f


def take_row(f, name, numbers):
    for kernel, figure in zip(COLUMNS, numbers):
        if figure is not None:
            f.exact[kernel][name] = figure
    for peer, ratio in zip(PEERS, (numbers[3:6], numbers[6:9])):
        if None not in ratio:
            f.wall[peer][name] = tuple(ratio)


def read_peers(path):
    """The peers' file, as figures; no file, no figures."""
    f = Figures()
    try:
        with open(path, encoding="utf-8") as file:
            remarks = re.findall(r"^# (machine (\w+)|difference): (.+)$", file.read(), re.M)
        rows = rows_of(path)
    except FileNotFoundError:
        return f
    f.machine = {key: text for _, key, text in remarks if key}
    f.differences = [text for _, key, text in remarks if not key]
    for name, *words in rows:
        numbers = [number_of(word) for word in words]
        if len(numbers) != 9:
            raise ValueError(f"{path}: {name} has {len(numbers)} figures, not 9")
        take_row(f, name, numbers)
    return f


def peer_line(f, name):
    numbers = [f.exact[kernel].get(name) for kernel in COLUMNS]
    for peer in PEERS:
        numbers += f.wall[peer].get(name, [None] * 3)
    return None if numbers == [None] * 9 else " ".join([name, *map(text_of, numbers)])


def write_peers(path, figures):
    """Keep the figures of the peers and of DEBUG=1, with the machine they were counted on."""
    lines = [f"# machine {key}: {text}" for key, text in figures.machine.items()]
    lines += [f"# difference: {text}" for text in figures.differences]
    lines += filter(None, (peer_line(figures, name) for name in figures.names()))
    with open(path, "w", encoding="utf-8") as f:
        f.write(PEER_HEAD + "".join(line + "\n" for line in lines))


def keep_peers(path, results):
    """Keep what a run (results.json as a dictionary) measured; kernels it left out stay as they are."""
    write_peers(path, joined(of_results(results), read_peers(path)))


def read_tree(golden, peers):
    """What the tree keeps, without any run. Figures of two sizes of memory do not go together."""
    ours, theirs = read_golden(golden), read_peers(peers)
    mem = ours.machine["mem"]
    if theirs.machine.get("mem", mem) != mem:
        raise ValueError(f"{peers} is of {theirs.machine['mem']}, {golden} of {mem}")
    f = joined(ours, theirs)
    f.from_file = set()
    return f
