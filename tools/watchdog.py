#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""watchdog.py - ends a QEMU that replays and has stopped getting on: `watchdog.py PIDFILE`.

A replay can come to wait for an event that never comes; then neither GDB's Ctrl-C nor QEMU's monitor
is answered. GDB tells by lines on standard input when the machine goes on ("run") and when it stands
("stop"). One that should run and uses no CPU time at all for some seconds is killed by its number, and
so is one that is busy for far longer than a recording takes."""

import argparse
import os
import select
import signal
import time

PERIOD = 0.5


def cpu_time(pid):
    """Clock ticks that a process has used, all threads; None: it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[11]) + int(fields[12])


class Watchdog:
    """The watch over one process. stall, longest: seconds without CPU time, of one command."""

    def __init__(self, pid, stall, longest):
        self.pid, self.stall, self.longest = pid, stall, longest
        self.running = False
        self.start()

    def start(self):
        self.begun = self.last = time.monotonic()
        self.ticks = cpu_time(self.pid)

    def told(self, line):
        running = line == "run"
        if running and not self.running:
            self.start()
        self.running = running

    def verdict(self):
        """Why it must end, or "" for not yet."""
        now, ticks = time.monotonic(), cpu_time(self.pid)
        if ticks != self.ticks:
            self.ticks, self.last = ticks, now
        if self.running and now - self.last > self.stall:
            return f"has done nothing for {self.stall:g} s"
        if self.running and now - self.begun > self.longest:
            return f"is busy with one command for {self.longest:g} s"
        return ""


def watch(dog):
    """Until the process or GDB is gone."""
    pending = ""
    while cpu_time(dog.pid) is not None:
        if select.select([0], [], [], PERIOD)[0]:
            data = os.read(0, 4096).decode("ascii", "replace")
            if not data:
                return
            *lines, pending = (pending + data).split("\n")
            for line in lines:
                dog.told(line)
        why = dog.verdict()
        if why:
            print(f"\nwatchdog: the replay (process {dog.pid}) {why}: it hangs, I end it; "
                  "`mm replay` starts it over", flush=True)
            os.kill(dog.pid, signal.SIGKILL)
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pidfile")
    parser.add_argument("--stall", type=float, default=8)
    parser.add_argument("--longest", type=float, default=300)
    o = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is GDB's
    try:
        with open(o.pidfile, encoding="ascii") as f:
            pid = int(f.read())
    except (OSError, ValueError):
        return  # it has ended already and took the file with it
    watch(Watchdog(pid, o.stall, o.longest))


if __name__ == "__main__":
    main()
