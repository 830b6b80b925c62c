# SPDX-License-Identifier: MIT
"""gdb_tours.py - every tour of tools/gdb/tours, from stop to stop, in GDB.

A stop is sound when it is reached, its pictures show what the tour says they show (`expect`), and
the question of the stop before has been answered rightly by the state that was really reached."""

import os
import re
import sys

import gdb_session
from case import case

sys.path.insert(0, os.path.dirname(gdb_session.QUIRE_GDB))
import tours  # noqa: E402

WRONG_ANSWER = re.compile(r"^The tour expected .*", re.M)


def check_stop(t, tour, number, said):
    """What GDB printed at a stop, against what its tour promises."""
    stop, name = tour.stops[number], f"{tour.name}, stop {number + 1} ({tour.stops[number].name})"
    t.expect(f"stop {number + 1} of {len(tour.stops)}: {stop.name}" in said, f"{said}\n{name}: not reached")
    for pattern in stop.expect:
        t.expect(re.search(pattern.pattern, said, re.M),
                 f"{said}\n{name}: nothing matches /{pattern.pattern}/")
    wrong = WRONG_ANSWER.search(said)
    t.expect(not wrong, f"{name}: {wrong and wrong[0]}")
    t.expect(number == 0 or "It is: " in said, f"{name}: the question before it is not answered")
    t.expect("Type into" not in said, f"{name}: nobody typed")
    wide = [line for line in said.splitlines() if len(line) > tours.snapshots.pictures.WIDTH]
    t.expect(not wide, f"{name}: too wide: {wide[:1]}")


def walk(t, s, name):
    """One tour, all of it; at its end a step back and forth."""
    tour, last = tours.load(name), len(tours.load(name).stops) - 1
    said, = s.run("mm tour " + name)
    for number in range(last + 1):
        check_stop(t, tour, number, said)
        if number < last:
            why, said = s.run("mm tour why", "mm tour next")
            t.expect(re.sub(r"\W", "", tour.stops[number].ask[:20].split("{")[0]) in
                     re.sub(r"\W", "", why), f"{name}: why says {why}")
    back, forth = s.run("mm tour back", "mm tour next")
    t.expect(f"stop {last} of" in back and "seen before" in back, f"{name}: back says {back}")
    t.expect(f"stop {last + 1} of" in forth, f"{name}: next after back says {forth}")
    t.expect("last stop" in s.error("mm tour next"), f"{name}: it goes on beyond its end")
    s.run("mm tour stop")


def walk_all(t, build):
    with gdb_session.Session(t, build=build, connect=False, limit=180) as s:
        for name in tours.names():
            walk(t, s, name)


@case
def every_tour_in_the_production_build(t):
    """Each stop is reached, shows what it claims, and its question is answered rightly."""
    t.expect(len(tours.names()) >= 7, "fewer than seven tours")
    walk_all(t, "")


@case
def every_tour_in_the_checking_build(t):
    """The same with page owners, slab debugging and without the fast paths."""
    walk_all(t, "debug")


@case
def tours_on_a_machine_that_is_there(t):
    """A machine that GDB is connected to is used: what it runs by itself is enough; what is to be
    typed is said; a tour that begins at boot is refused after it."""
    with gdb_session.Session(t, append='highmem=32M run="drain; alloc 0; poweroff"', at="front_end") as s:
        listed, said = s.run("mm tour", "mm tour alloc_pages")
        t.expect(all(name in listed for name in tours.names()), f"the list says {listed}")
        t.expect("Type into the kernel's shell: alloc 0" in said, f"it does not say what to type: {said}")
        t.expect("stop 1 of" in said, f"the first stop is not reached: {said}")
        s.run("mm next", "mm why", "mm tour back", "mm next")
        t.expect("has booted" in s.error("mm tour boot_map"), "a tour of boot begins after it")
        t.expect("there are: alloc_pages" in s.error("mm tour nonsense"), "no list of tours")
        t.expect("no tour is under way" in s.error("mm tour next"), "a tour goes on after its end")


@case
def a_stop_that_is_not_reached_is_told(t):
    """The machine ends before the second stop: the tour says so, and of which stop."""
    with gdb_session.Session(t, append='highmem=32M run="drain; alloc 0; poweroff"', at="front_end") as s:
        s.run("mm tour free_pages")
        t.expect("return __free_pages_any was not reached" in s.error("mm tour next"),
                 "it does not say which stop")
