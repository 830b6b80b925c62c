# SPDX-License-Identifier: MIT
"""bench_figures.py - plots, page and tables say what was measured, and only that. No machine runs."""

import json
import os
import re
import tempfile
import xml.etree.ElementTree as ET

import bench_data
import bench_html
import bench_report
import bench_rows
import bench_svg
from case import case

TREE = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
GOLDEN = os.path.join(TREE, "tests", "data", "bench-golden.txt")
PEERS = os.path.join(TREE, "tests", "data", "bench-peer.txt")
SVG = "{http://www.w3.org/2000/svg}"
README = "# T\n" + bench_report.BEGIN + bench_report.END + "the rest\n"


def example():
    """A run in which Debian knows half of the operations and cannot boot with 16 GiB."""
    rows = [row.name for row in bench_rows.SHOWN] + ["boot-4G-allocator", "frag-75-unusable"]
    quire = {name: 20.0 + i for i, name in enumerate(rows)}
    lean = {name: 10 * n for name, n in quire.items()}
    debian = {name: 20 * n for name, n in list(quire.items())[::2] if name != "boot-16G-allocator"}
    wall = {"quire": {"alloc_page-pair": [40, 20, 10, 10, 10]},
            "lean": {"alloc_page-pair": [120, 140, 10, 20, 40]}}
    return {"machine": {"mem": "1G", "qemu": "QEMU 7.2.1"}, "W": wall, "differences": ["HZ <100> & 250"],
            "I": {"quire": quire, "debug": {"kmap-pair": 99.25}, "lean": lean, "debian": debian}}


def drawn(svg):
    """What the plot holds: {class of mark: how many} and [text]."""
    root = ET.fromstring(svg)
    marks = [e.get("class").split()[1] for e in root.iter() if (e.get("class") or "").startswith("mark ")]
    return ({kernel: marks.count(kernel) for kernel in set(marks)},
            [e.text for e in root.iter(SVG + "text")])


def kept_files(folder):
    """The example kept as a tree keeps it. Returns: (Quire's file, the peers' file)."""
    golden, peers = os.path.join(folder, "golden.txt"), os.path.join(folder, "peer.txt")
    results = example()
    with open(golden, "w", encoding="utf-8") as f:
        f.write("# mem=1G: example\n")
        f.writelines(f"{name} {n:g} {n + 1:g}\n" for name, n in results["I"]["quire"].items())
    bench_data.keep_peers(peers, results)
    return golden, peers


@case
def ratios_are_of_the_same_boot(t):
    """The peer's figure to ours, by boot; the median, the least and the greatest of them."""
    f = bench_data.of_results(example())
    t.expect_equal(f.wall["lean"]["alloc_page-pair"], (3, 1, 7), "wall ratio")
    t.expect_equal(f.ratio("lean", "alloc_page-pair"), 10, "ratio")
    t.expect_equal(bench_html.wall_words((3, 1, 5)), "3.00 (1.00–5.00)", "in words")
    t.expect_equal(bench_data.wall_ratio([], []), None, "no boots")
    t.expect_equal(bench_data.wall_ratio([0, 2], [5, 5]), (2.5, 2.5, 2.5), "a boot without a figure")


@case
def every_row_is_plotted(t):
    """Each operation has its label and its marks, in a drawing that is well-formed."""
    f = bench_data.of_results(example())
    marks, words = drawn(bench_svg.ratio_plot(f))
    rows = [row for _, members in bench_rows.plot_rows() for row in members]
    t.expect(all(row.label in words for row in rows), "a row without its label")
    # One mark more than rows: the legend's.
    t.expect_equal(marks["lean"], len(rows) + 1, "lean's marks")
    t.expect_equal(marks["debian"], sum(row.name in f.exact["debian"] for row in rows) + 1, "Debian's marks")
    t.expect_equal(words.count("10.0"), len(rows), "ratios in figures")
    t.expect(max(len(row.label) for row in rows) <= 32, "a label that reaches into the plot")


@case
def marks_lie_where_the_ratio_is(t):
    """The axis is logarithmic, holds every ratio, and 1 lies where the line is."""
    f = bench_data.of_results(example())
    f.exact["lean"]["kmap-pair"] = f.exact["quire"]["kmap-pair"] / 8
    scale = bench_svg.ratio_scale(f)
    t.expect(scale.low <= 1 / 8 and scale.high >= 20, f"axis {scale.low} to {scale.high}")
    t.expect(abs(scale.at(scale.low) - bench_svg.PLOT_LEFT) < 1e-6, "left end")
    t.expect(abs(scale.at(scale.high) - bench_svg.PLOT_RIGHT) < 1e-6, "right end")
    t.expect(abs(scale.at(10) - 2 * scale.at(1) + scale.at(0.1)) < 1e-6, "equal ratios, equal steps")
    row = next(row for row in bench_rows.SHOWN if row.name == "kmap-pair")
    drawing = "".join(bench_svg.ratio_row(f, scale, row, 50))
    t.expect(f'cx="{scale.at(1 / 8):.1f}"' in drawing, f"mark is elsewhere: {drawing}")


@case
def missing_is_not_nought(t):
    """A kernel without a figure has a dash and no mark, in the plots, the page and the table."""
    results = example()
    results["I"]["lean"], results["I"]["debian"] = {}, {}
    f = bench_data.of_results(results)
    marks, words = drawn(bench_svg.ratio_plot(f))
    rows = sum(len(members) for _, members in bench_rows.plot_rows())
    t.expect_equal(marks, {"lean": 1, "debian": 1}, "marks (the legend's)")
    t.expect_equal((words.count("no figure"), words.count("–")), (rows, 2 * rows), "dashes")
    line = bench_report.table_row(f, bench_rows.SHOWN[1])
    t.expect(re.search(r"\| 21 \| – \| – \| – \| – \| – \| – \| – \|$", line), line)
    page = bench_html.row(f, "kmalloc-const-8-pair")
    t.expect_equal(page.count('<td class="soft">–</td>'), 8, "dashes of the page")
    t.expect(bench_report.RATIOS not in bench_report.plots_for(f), "an empty plot is shown")


@case
def a_kernel_that_does_not_boot_has_no_point(t):
    """Debian has points at 1 and 4 GiB only, Quire at three sizes, DEBUG=1 nowhere."""
    f = bench_data.of_results(example())
    f.exact["debian"].update({"boot-1G-allocator": 7e6, "boot-4G-allocator": 3e7})
    marks, words = drawn(bench_svg.boot_plot(f))
    t.expect_equal(marks, {"quire": 4, "debug": 1, "lean": 4, "debian": 3}, "marks with the legend's")
    t.expect_equal(words.count("–"), 1 + 4 + 1 + 2, "dashes")
    t.expect("30.0 M" in words, "a figure below the axis")


@case
def the_page_has_everything_and_needs_nothing(t):
    """Every name, both plots, differences; well-formed; no address to fetch from."""
    f = bench_data.of_results(example())
    page = bench_html.page(f)
    root = ET.fromstring(page.split("\n", 1)[1])
    cells = {e.text for e in root.iter("td")}
    t.expect(set(f.names()) <= cells, f"missing: {set(f.names()) - cells}")
    t.expect_equal(len(list(root.iter(SVG + "svg"))), 2, "plots")
    t.expect("HZ <100> & 250" in [e.text for e in root.iter("li")], "differences")
    t.expect_equal(re.findall(r"(?:https?:|src=|href=|@import|url\()\S*", page.replace(SVG[1:-1], "")), [],
                   "addresses")


@case
def kept_figures_come_back(t):
    """What is written is read again, to the digit; kernels that a run leaves out stay."""
    results = example()
    results["I"]["lean"]["boot-16G-shell"] = 12345678901
    results["I"]["lean"]["kmap-pair"] = 1234567.75
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "peer.txt")
        bench_data.keep_peers(path, results)
        first, wanted = bench_data.read_peers(path), bench_data.of_results(results)
        for kernel in bench_data.COLUMNS:
            t.expect_equal(first.exact[kernel], wanted.exact[kernel], kernel)
        t.expect_equal((first.wall, first.machine, first.differences),
                       (wanted.wall, wanted.machine, wanted.differences), "the rest")
        bench_data.keep_peers(path, {"machine": {}, "I": {"debian": {"kmap-pair": 1}}})
        second = bench_data.read_peers(path)
    t.expect_equal(second.exact["debian"], {"kmap-pair": 1}, "Debian")
    t.expect_equal((second.exact["lean"], second.wall), (first.exact["lean"], first.wall), "lean")


@case
def figures_of_two_sizes_are_not_mixed(t):
    """Peers of another memory size are refused; a run of one is shown alone."""
    with tempfile.TemporaryDirectory() as folder:
        golden, peers = kept_files(folder)
        path = os.path.join(folder, "results.json")
        for mem, kept in (("1G", {"lean", "debian", "debug"}), ("4G", set())):
            with open(path, "w", encoding="utf-8") as f:
                json.dump({"machine": {"mem": mem}, "I": {"quire": {"kmap-pair": 7}}}, f)
            f = bench_report.figures_for(path, golden, peers)
            t.expect_equal((f.from_file, f.exact["quire"]), (kept, {"kmap-pair": 7}), mem)
        with open(golden, "w", encoding="utf-8") as f:
            f.write("# mem=2G\nkmap-pair 1 -\n")
        try:
            bench_data.read_tree(golden, peers)
            t.fail("2G and 1G were put side by side")
        except ValueError:
            pass


@case
def one_changed_digit_is_noticed(t):
    """The README's table and the plots are compared with the figures, kept or of a run."""
    with tempfile.TemporaryDirectory() as folder:
        golden, peers = kept_files(folder)
        readme = os.path.join(folder, "README.md")
        with open(readme, "w", encoding="utf-8") as f:
            f.write(README)
        bench_report.main(["--golden", golden, "--peers", peers, "--readme", readme])
        kept = bench_report.figures_for(None, golden, peers)
        found = bench_report.complaints(readme, kept, os.path.join(folder, "doc"))
        t.expect_equal(found, [], "complaints")
        with open(readme, encoding="utf-8") as f:
            whole = f.read()
        t.expect(whole.startswith("# T\n") and whole.endswith("the rest\n"), "what is outside has changed")
        n = int(example()["I"]["quire"]["kmap-pair"])
        has_debian = "kmap-pair" in example()["I"]["debian"]
        before = (f"| kmap + kunmap, same page | {n} | 99.25 | {10 * n} | 10.0 | "
                  f"{f'{20 * n} | 20.0' if has_debian else '– | –'} | – | ≤ {n + 1} |")
        t.expect(before in whole, "the row of kmap")
        with open(readme, "w", encoding="utf-8") as f:
            f.write(whole.replace(before, before.replace(f"{10 * n}", f"{10 * n + 1}")))
        found = bench_report.complaints(readme, kept, os.path.join(folder, "doc"))
        t.expect(found and all("kmap + kunmap, same page" in line for line in found), f"complaints {found}")
        kept.exact["lean"]["kmap-pair"] += 200
        found = bench_report.complaints(readme, kept, os.path.join(folder, "doc"))
        t.expect(any(bench_report.RATIOS in line for line in found), f"the plot is old: {found}")


@case
def the_tree_agrees_with_itself(t):
    """README.md and doc/ are what the kept figures say; every operation shown is one that is measured."""
    f = bench_report.figures_for(None, GOLDEN, PEERS)
    found = bench_report.complaints(os.path.join(TREE, "README.md"), f, os.path.join(TREE, "doc"))
    t.expect(not found, "\n".join([*found, "mend it: tools/bench_report.py --readme README.md"]))
    names = {row.name for row in bench_rows.SHOWN if not re.match(r"boot-\d", row.name)}
    t.expect_equal(names - set(f.exact["quire"]), set(), "shown and not measured")
