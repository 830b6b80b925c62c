#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench_report.py - the figures for people: two plots, a page, the README's table.

Without --results it works from the figures kept in the tree, so what stands in README.md and doc/ can
be made again without a run. With --results a run's figures come first, and kernels that it left out
are filled in from the tree when the machine had the same memory."""

import argparse
import difflib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench_data  # noqa: E402
import bench_html  # noqa: E402
import bench_rows  # noqa: E402
import bench_svg  # noqa: E402

BEGIN, END = "<!-- bench:begin -->\n", "<!-- bench:end -->\n"
COLUMNS = ("operation", "Quire", "Quire DEBUG=1", "Linux 6.1 lean", "ratio", "Linux 6.1 Debian",
           "ratio", "wall ratio, lean", "target")
RATIOS, BOOT = "bench-ratios.svg", "bench-boot.svg"


# --- the README ------------------------------------------------------------------------------

def table_row(f, row):
    target = f.targets.get(row.name)
    exact = {kernel: bench_svg.short(f.exact[kernel].get(row.name)) for kernel in bench_data.KERNELS}
    ratio = {peer: bench_svg.three_digits(f.ratio(peer, row.name)) for peer in bench_data.PEERS}
    cells = (row.label, exact["quire"], exact["debug"], exact["lean"], ratio["lean"], exact["debian"],
             ratio["debian"], bench_html.wall_words(f.wall["lean"].get(row.name)),
             "–" if target is None else f"≤ {bench_svg.short(target)}")
    return f"| {' | '.join(cells)} |"


def machine_words(f):
    """"mem 1G, QEMU 7.2.17, gcc 12.2.0": a version that says its name need not be named."""
    return ", ".join(words if words.lower().startswith(key.lower()) else f"{key} {words}"
                     for key, words in f.machine.items())


def sentence(f):
    """What the table says and which command printed it."""
    made_by = {"lean": "`make bench LINUX=lean`", "debian": "`make bench LINUX=1`"}
    commands = [command for peer, command in made_by.items() if f.exact[peer]] or ["`make bench`"]
    return (
        "Instructions per operation, exact to the digit; a ratio is Linux's figure to Quire's; the wall "
        "ratio is the median of five boots with the least and the greatest; –: no figure. Printed by "
        f"{' and '.join(commands)} ({machine_words(f)}). {bench_svg.HIGH_ORDERS}")


def plots_for(f):
    """{file: SVG} of the plots that have something to show."""
    found = {}
    if any(f.ratio(peer, row.name) for peer in bench_data.PEERS
           for _, rows in bench_rows.plot_rows() for row in rows):
        found[RATIOS] = bench_svg.ratio_plot(f)
    if any(bench_svg.boot_points(f, kernel) for kernel in bench_data.KERNELS):
        found[BOOT] = bench_svg.boot_plot(f)
    return found


def block(f):
    """Returns: what stands between the markers."""
    plots = plots_for(f)
    told = {RATIOS: "Linux's instructions to Quire's, by operation",
            BOOT: "Instructions to boot, by size of memory"}
    images = [f"![{words}](doc/{name})\n" for name, words in told.items() if name in plots]
    rows = [f"| {' | '.join(COLUMNS)} |", "|:--|" + "--:|" * (len(COLUMNS) - 1)]
    rows += [table_row(f, row) for row in bench_rows.readme_rows()]
    return "\n".join([sentence(f) + "\n", *images, *rows]) + "\n"


def parts_of(readme):
    """Returns: (before, between, after) the markers."""
    with open(readme, encoding="utf-8") as file:
        whole = file.read()
    if whole.count(BEGIN) != 1 or whole.count(END) != 1 or whole.index(BEGIN) > whole.index(END):
        raise ValueError(f"{readme}: it needs one line {BEGIN.strip()} and after it one {END.strip()}")
    before, rest = whole.split(BEGIN)
    between, after = rest.split(END)
    return before, between, after


def write_readme(readme, f):
    before, _, after = parts_of(readme)
    with open(readme, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + block(f) + END + after)


def changed_lines(found, wanted):
    """One line for each that is not as the figures say, without what they have in common."""
    lines = difflib.ndiff(found.splitlines(), wanted.splitlines())
    said = {"- ": "it says", "+ ": "the figures say"}
    return [f"{said[line[:2]]}: {line[2:]}" for line in lines if line[:2] in said]


def complaints(readme, f, svg_folder):
    """What in the README and in the plots is not what the figures say, one line each."""
    found = [f"{readme}: {line}" for line in changed_lines(parts_of(readme)[1], block(f))]
    for name, wanted in plots_for(f).items():
        path = os.path.join(svg_folder, name)
        try:
            with open(path, encoding="utf-8") as file:
                same = file.read() == wanted
        except FileNotFoundError:
            same = False
        if not same:
            found.append(f"{path} is not the plot of these figures")
    return found


# --- all of it -------------------------------------------------------------------------------

def figures_for(results, golden, peers):
    """The figures of the tree, or of a run with the tree's where it has none."""
    tree = bench_data.read_tree(golden, peers)
    if not results:
        return tree
    run = bench_data.read_results(results)
    if run.machine.get("mem") != tree.machine["mem"]:  # figures belong to one size of memory
        return run
    return bench_data.joined(run, tree)


def write_plots(folder, f):
    os.makedirs(folder, exist_ok=True)
    for name, svg in plots_for(f).items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(svg)


def write_page(path, f):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(bench_html.page(f))


def options(words):
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    data = os.path.normpath(os.path.join(here, "tests", "data"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", help="a run's results.json")
    parser.add_argument("--golden", default=os.path.join(data, "bench-golden.txt"))
    parser.add_argument("--peers", default=os.path.join(data, "bench-peer.txt"))
    parser.add_argument("--svg", metavar="FOLDER", help="write the plots there")
    parser.add_argument("--html", metavar="FILE", help="write the page")
    parser.add_argument("--readme", metavar="FILE", help="rewrite its table, and its plots in doc/")
    parser.add_argument("--check-readme", metavar="FILE", help="fail if it is not what the figures say")
    return parser.parse_args(words)


def doc_beside(readme):
    return os.path.join(os.path.dirname(os.path.abspath(readme)), "doc")


def main(words=None):
    o = options(words)
    f = figures_for(o.results, o.golden, o.peers)
    if o.svg:
        write_plots(o.svg, f)
    if o.html:
        write_page(o.html, f)
    if o.readme:
        write_readme(o.readme, f)
        write_plots(doc_beside(o.readme), f)
    found = complaints(o.check_readme, f, doc_beside(o.check_readme)) if o.check_readme else []
    for complaint in found:
        print(f"bench_report: {complaint}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
