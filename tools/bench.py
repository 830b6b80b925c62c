#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench.py - `make bench`: instructions per operation, exact, against the ones kept in the tree.

Runs the kernel under -icount shift=0,sleep=off, where the time stamp counter counts instructions,
prints each figure beside the kept one, the target and Linux's, and fails when one grew by more than
2 % or missed its target. With --linux it also boots Linux with the same loops (lean, debian or both)
and DEBUG=1, counts there, and compares wall time over boots in turn; lean is the gate: nothing may
cost more than there. Everything goes into build/bench/results.json, the page beside it for people.
The kept files are written by this program (--update), never by hand."""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench_config  # noqa: E402
import bench_data  # noqa: E402
import bench_report  # noqa: E402
import bench_rows  # noqa: E402
import bench_run  # noqa: E402
import boot_peers  # noqa: E402
import linux_peer  # noqa: E402

GROWTH = 1.02
CHOICES = {"1": ["debian"], "debian": ["debian"], "lean": ["lean"], "all": ["lean", "debian"]}
# Not the kernel's bookkeeping, or a ratio, or decided by what else is in memory.
NO_GATE = ("data-", "frag-", "events-peak", "events-end", "boot-")
# Which large blocks are left turns on every choice made before: kept to be seen, not to be held.
NO_LIMIT = ("frag-", "events-end")


def complaints(figures, kept):
    """What is wrong with these figures, one line each."""
    found = []
    for name, (figure, target) in kept.items():
        now = figures.get(name)
        if now is None:
            found.append(f"{name} is no longer measured")
        elif now > figure * GROWTH and not name.startswith(NO_LIMIT):
            found.append(f"{name} grew from {figure:g} to {now:g}")
        if now is not None and target is not None and now > target:
            found.append(f"{name} is {now:g}, the target is {target:g}")
    found += [f"{name} is not in the kept file: make bench GOLDEN=1" for name in figures
              if name not in kept]
    return found


def falls(figures, kept):
    """Kept figures that are too high to notice growth by."""
    return [f"{name} fell from {figure:g} to {figures[name]:g}: make bench GOLDEN=1 keeps that"
            for name, (figure, _) in kept.items()
            if figures.get(name, figure) * GROWTH < figure and not name.startswith(NO_LIMIT)]


def losses(figures):
    """Where the lean peer needs no more than we do."""
    ratios = {name: figures.ratio("lean", name) for name in figures.exact["quire"]
              if not name.startswith(NO_GATE)}
    return [f"{name} costs {ratio:.2f} times as much in lean Linux: the gate is 1"
            for name, ratio in ratios.items() if ratio is not None and ratio < 1]


def say(text):
    print("# " + text, flush=True)


# --- measuring -------------------------------------------------------------------------------

def add_exact(results, kernel, boot_peer, mem, sizes=bench_run.BOOT_SIZES):
    """One kernel's exact figures; sizes: of the machines booted. Returns: the line that tells which
    events it replayed."""
    def telling(text):
        say(f"{kernel.name}: {text}")
    figures, events = bench_run.exact(kernel, mem, telling)
    boot, failures = bench_run.boot(boot_peer, telling, sizes)
    results["I"][kernel.name] = {**figures, **boot}
    results["differences"] += failures
    return events


def boot_peer_of(peer):
    return boot_peers.Linux(peer.name, peer.kernel, peer.busybox, peer.vmlinux,
                            append=linux_peer.COMMAND_LINE)


def run_all(o, mem):
    """Returns: results.json as a dictionary."""
    peers = [linux_peer.get(name, os.path.join(o.build, "linux")) for name in CHOICES.get(o.linux, [])]
    results = {"machine": bench_config.versions(mem), "I": {}, "W": {},
               "differences": bench_config.differences(peers)}
    quire = bench_run.Quire("quire", o.kernel)
    events = add_exact(results, quire, boot_peers.Quire(o.kernel), mem)
    if o.debug_kernel:
        add_exact(results, bench_run.Quire("debug", o.debug_kernel),
                  boot_peers.Quire(o.debug_kernel, "debug"), mem)
    for peer in peers:
        if add_exact(results, peer, boot_peer_of(peer), mem, o.sizes.split(",")) != events:
            raise bench_run.RunError(f"{peer.name} replayed another list of events")
    if peers:
        write_results(os.path.join(o.build, "bench", "results.json"), results)
        results["W"] = bench_run.wall([quire, *peers], mem, o.boots, say)
    return results


# --- keeping and printing --------------------------------------------------------------------

def write_kept(path, mem, figures, kept):
    with open(path, "w", encoding="ascii") as f:
        f.write(f"# mem={mem}: name, instructions per operation, target. "
                "Written by `make bench GOLDEN=1`.\n")
        for name, figure in figures.items():
            target = kept.get(name, (0, None))[1]
            f.write(f"{name} {bench_data.text_of(figure)} {bench_data.text_of(target)}\n")


def write_results(path, results):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(results, f, indent=1)
        f.write("\n")


def cell(figure, form="{:.12g}"):
    return "-" if figure is None else form.format(figure)


def ratio_cell(f, peer, name):
    ratio = f.ratio(peer, name) if bench_rows.has_ratio(name) else None
    return cell(ratio, "{:.2f}")


def wall_cell(f, peer, name):
    wall = f.wall[peer].get(name) if bench_rows.has_ratio(name) else None
    return "-" if wall is None else "{:.2f} ({:.2f}-{:.2f})".format(*wall)


def columns_of(f, kept):
    """[(head, width, cell of a name)] of what there are figures for."""
    found = [("now", 11, lambda n: cell(f.exact["quire"].get(n)))]
    if kept:
        found += [("kept", 11, lambda n: cell(kept.get(n, (None,))[0])),
                  ("target", 7, lambda n: cell(kept.get(n, (0, None))[1]))]
    if f.exact["debug"]:
        found.append(("DEBUG=1", 11, lambda n: cell(f.exact["debug"].get(n))))
    for peer in bench_data.PEERS:
        if f.exact[peer]:
            found += [(peer, 11, lambda n, p=peer: cell(f.exact[p].get(n))),
                      ("I", 7, lambda n, p=peer: ratio_cell(f, p, n))]
    return found + [("W " + peer, 20, lambda n, p=peer: wall_cell(f, p, n))
                    for peer in bench_data.PEERS if f.wall[peer]]


def show(f, kept):
    """Every figure, one line each; I: instructions, W: wall time, as ratios to ours."""
    columns = columns_of(f, kept)
    print(" " * 38 + " ".join(f"{head:>{width}}" for head, width, _ in columns))
    for name in f.names():
        cells = [(of(name), width) for _, width, of in columns]
        if any(text != "-" for text, _ in cells):
            print(f"BENCH {name:32}" + " ".join(f"{text:>{width}}" for text, width in cells))


def show_two_cpus(results):
    """What a second CPU adds: each kernel's own ratio, median of the boots."""
    for name in next(iter(results["W"].values()), {}):
        if bench_rows.MORE_IS_BETTER.match(name):
            medians = {k: sorted(w[name])[len(w[name]) // 2] for k, w in results["W"].items()}
            print(f"# {name}: " + ", ".join(f"{k} {m:.2f}" for k, m in medians.items()))


def keep(o, mem, results, kept):
    write_kept(o.golden, mem, results["I"]["quire"], kept)
    if results["W"]:
        bench_data.keep_peers(o.peers, results)
    bench_report.main(["--readme", o.readme])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--debug-kernel")
    parser.add_argument("--golden", required=True)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--readme", default="README.md")
    parser.add_argument("--build", default="build")
    parser.add_argument("--mem")
    parser.add_argument("--linux", choices=sorted(CHOICES))
    parser.add_argument("--sizes", default="1G,4G", help="of the machines that Linux is booted on")
    parser.add_argument("--boots", type=int, default=5)
    parser.add_argument("--variant", help="what is unusual about the build; nothing is compared")
    parser.add_argument("--update", action="store_true")
    return parser.parse_args()


def report(o, results, kept):
    """Print and judge figures that can be compared with the kept ones. Returns: the exit status."""
    figures = bench_data.joined(bench_data.of_results(results), bench_data.read_tree(o.golden, o.peers))
    show(figures, kept)
    show_two_cpus(results)
    print("\n".join("# " + line for line in figures.differences + falls(results["I"]["quire"], kept)))
    found = complaints(results["I"]["quire"], kept) + losses(figures)
    print("\n".join("bench: " + line for line in found) or "bench: nothing grew, every target is met")
    return 1 if found else 0


def bench(o):
    """Measure, keep, print. Returns: the exit status."""
    kept_mem, kept = bench_data.read_kept(o.golden)
    mem = o.mem or kept_mem
    comparable = mem == kept_mem and not o.variant
    if o.update and not comparable:
        raise bench_run.RunError("only figures of the release build with the kept size of memory, "
                                 f"{kept_mem}, can be kept")
    results = run_all(o, mem)
    path = os.path.join(o.build, "bench", "results.json")
    write_results(path, results)
    if o.update:
        keep(o, mem, results, kept)
        kept = bench_data.read_kept(o.golden)[1]
    bench_report.main(["--results", path, "--html", os.path.join(o.build, "bench.html")])
    if comparable:
        return report(o, results, kept)
    show(bench_data.of_results(results), {})
    print(f"(figures of {mem}{' ' + o.variant if o.variant else ''}; the kept ones are of {kept_mem} "
          "and the release build, so nothing is compared)")
    return 0


def main():
    try:
        return bench(arguments())
    except (linux_peer.PeerError, bench_run.RunError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
