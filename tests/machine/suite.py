# SPDX-License-Identifier: MIT
"""suite.py - the whole in-kernel suite on every machine of the matrix."""

import ktap
from case import Result, case

# name: what Test.machine() takes
MATRIX = {
    "8M": dict(mem="8M"),
    "17M": dict(mem="17M"),
    "32M": dict(mem="32M"),
    "37M": dict(mem="37M"),
    "64M": dict(mem="64M"),
    "64M,highmem=32M": dict(mem="64M", append="highmem=32M"),
    "64M,highmem=32M,numa=fake=2": dict(mem="64M", append="highmem=32M numa=fake=2"),
    "128M,movable=48M": dict(mem="128M", append="movable=48M"),
    "1G": dict(mem="1G"),
    "4G": dict(mem="4G"),
    "8G,2nodes": dict(mem="8G", nodes=2, cpus=2),
}
SMP = {
    "256M,2cpus": dict(mem="256M", cpus=2),
    "512M,highmem=64M,4cpus": dict(mem="512M", cpus=4, append="highmem=64M"),
    "3000M,4nodes,8cpus": dict(mem="3000M", nodes=4, cpus=8),
    "64M,highmem=32M,numa=fake=2,2cpus": dict(mem="64M", cpus=2,
                                             append="highmem=32M numa=fake=2"),
    "debug,512M,2nodes,4cpus": dict(mem="512M", build="debug", nodes=2, cpus=4),
    "pentium3,256M,2cpus": dict(mem="256M", cpus=2, cpu="pentium3"),
}
# Instructions are counted, so that each run is the same; one at a time, so that it takes longer.
# More of them, with several CPUs: make schedules; icount_runs_are_equal_to_the_byte has the whole suite twice.
ICOUNT = ["8M"]
LEFT_OUT = { # two seconds of waiting, which are billions of instructions under -icount
    "512M,4cpus,one left out": dict(mem="512M", cpus=4, append="fail=cpu_start:2"),
}
NODES = {
    "1200M,boot CPU on node 1": dict(nodes=[("600M", [1]), ("600M", [0])], cpus=2),
    "1200M,node 0 without memory": dict(nodes=[(None, [0, 1]), ("1200M", [])], cpus=2),
    "1200M,node 1 without memory": dict(nodes=[("1200M", [0]), (None, [1])], cpus=2),
    "64M,node 0 of 2M": dict(nodes=[("2M", [0]), ("62M", [])]),
    "64M,node 1 of 2M": dict(nodes=[("62M", [0]), ("2M", [])]),
    "512M,8nodes": dict(nodes=[("64M", [n]) for n in range(8)], cpus=8),
}
BUILDS = {
    "debug,256M": dict(mem="256M", build="debug"),
    "2G/2G,og,3G": dict(mem="3G", build="2G-og"),
    "1G/3G,stack4k,4G": dict(mem="4G", build="1G-stack4k"),
}
OPTIONS = {
    "page_owner": dict(mem="256M", append="page_owner=on"),
    "page_poison": dict(mem="256M", append="page_poison=on"),
    "debug_pagealloc": dict(mem="64M", append="debug_pagealloc=on"),
    "debug_pagealloc,page_poison": dict(mem="64M", append="debug_pagealloc=on page_poison=on highmem=32M"),
    "guard pages": dict(mem="64M", append="debug_guardpage_minorder=1"),
    "guard pages,everything,8 fake nodes": dict(
        mem="64M", append="debug_guardpage_minorder=5 page_owner=on page_poison=on numa=fake=8"),
}
CPUS = {
    "pentium2": dict(mem="128M", cpu="pentium2"),
    "n270": dict(mem="256M", cpu="n270"),
}


def run_suite(t, pattern="*", append="", iso=False, **kw):
    """Run the suite on one machine; every case of it becomes a result of ours."""
    append = f"{append} test={pattern} seed={t.env.seed} nonce={t.env.nonce}".strip()
    if iso:
        with t.iso(append) as path:
            r = t.run(t.machine(iso=path, **kw), limit=240, idle=60)
    else:
        r = t.run(t.machine(append=append, **kw), limit=240, idle=60)
    results, problems = ktap.judge(r.text, r.how, t.env.nonce)
    for one in results:
        t.results.append(Result(f"{t.name}: {one.name}", one.how, one.message))
    for problem in problems:
        t.fail(problem)


def add(name, how):
    @case(name="suite." + name)
    def run(t):
        run_suite(t, pattern=t.env.pattern, **how)


for _name, _how in {**MATRIX, **SMP, **LEFT_OUT, **NODES, **BUILDS, **OPTIONS, **CPUS}.items():
    add(_name, _how)
for _name in ICOUNT:
    add(_name + ",icount", dict({**MATRIX, **SMP}[_name], icount=True))
add("GRUB,128M", dict(mem="128M", iso=True))


@case
def icount_runs_are_equal_to_the_byte(t):
    """The same seed under -icount gives the same log, instruction counts included."""
    texts = []
    for _ in range(2):
        r = t.run_exact(t.machine(mem="64M", icount=True,
                                  append=f"test=* seed=7 nonce={t.env.nonce}"))
        t.expect_how(r, "pass")
        texts.append(r.text)
    for n, (a, b) in enumerate(zip(texts[0].splitlines(), texts[1].splitlines())):
        if not t.expect_equal(b, a, f"line {n} of the second run"):
            break


@case
def another_seed_is_another_order(t):
    """seed= shuffles the cases, and repeat= runs them again in another order."""
    def names(append):
        r = t.run(t.machine(append=append + f" test=lib.* nonce={t.env.nonce}"))
        results, problems = ktap.judge(r.text, r.how, t.env.nonce)
        t.expect(not problems, f"{append}: {problems}")
        return [one.name for one in results]
    first, second, twice = names("seed=1"), names("seed=2"), names("seed=1 repeat=2")
    t.expect(first != second and sorted(first) == sorted(second), "seeds 1 and 2 give one order")
    t.expect(twice[:len(first)] == first, "repeat=2 does not begin with the order of the seed")
    t.expect(twice[len(first):] == second, "round two is not the order of the next seed")
