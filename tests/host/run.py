#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py - runs the host test programs, a few at a time, and believes nothing that does not add up.

A program prints TAP on standard output: a version line, the plan, comments, one line a case. Its
verdict counts only when the plan, each number from 1 on in order, names of its own that come once,
and the exit status (0: no failure, 1: a failure) all agree. Cases that have no result have failed;
so has a program that says anything else, dies, or takes too long.

    run.py [--seed N] [--pattern GLOB] [--junit FILE] PROGRAM...

SEED and T come from the environment too, and are handed on. Output: KTAP, each program one test
with its cases as subtests. The last line is "N passed, N failed"; known bugs (TODO) are neither.
First come the runner's own cases: programs that lie, none of which may pass."""

import argparse
import fnmatch
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "machine")]
import junit  # noqa: E402

VERSION = re.compile(r"^(TAP version 1[34]|KTAP version 1)$")
PLAN = re.compile(r"^1\.\.(\d+)(?: # SKIP.*)?$")
RESULT = re.compile(r"^(ok|not ok) (\d+) (?:- )?(\S+)(?: # (.*))?$")
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error:")

# how: pass, fail, skip or known (a bug that a TODO case shows)
Result = namedtuple("Result", "name how message log")
Outcome = namedtuple("Outcome", "results seconds")
STDERR_KEPT, PROBLEMS_KEPT = 12000, 10

LIVE = set()  # processes that run now


def as_comment(text):
    return "\n".join(line if line.startswith("#") else "# " + line for line in text.splitlines())


class Judge:
    """Reads what one program prints, line by line, and collects results and problems.
    may_be_empty: a pattern was given, so a plan of 0 is no problem."""

    def __init__(self, program, may_be_empty):
        self.program, self.may_be_empty, self.plan = program, may_be_empty, None
        self.results, self.problems, self.comments = [], [], []
        self.lines, self.bailed = 0, False

    def read(self, line):
        """One line of standard output."""
        self.lines += 1
        result = RESULT.match(line)
        if self.lines == 1 and VERSION.match(line):
            return
        if self.plan is None:
            self.read_plan(line)
        elif line.startswith("#"):
            self.read_comment(line)
        elif line.startswith("Bail out!") and not self.bailed:
            self.bailed = True
            self.problems.append(line)
        elif result and not self.bailed:
            self.read_result(result)
        else:
            self.problems.append(f"unexpected line: {line}")

    def read_plan(self, line):
        plan = PLAN.match(line)
        if not plan:
            self.problems.append(f"a plan was due, not: {line}")
        self.plan = int(plan[1]) if plan else 0
        if plan and not self.plan and not self.may_be_empty:
            self.problems.append("it has no case at all")

    def read_comment(self, line):
        """Comments come before their case's result; how to replay it, behind."""
        last = self.results[-1] if self.results else None
        if line.startswith("# replay:") and last and last.how == "fail" and not self.comments:
            self.results[-1] = last._replace(log=f"{last.log}\n{line}".strip())
        else:
            self.comments.append(line)

    def read_result(self, match):
        name, note = match[3], match[4] or ""
        if int(match[2]) != len(self.results) + 1 or len(self.results) == self.plan:
            self.problems.append(f"result {match[2]} ({name}) where {len(self.results) + 1} of "
                                 f"{self.plan} was due")
            return
        if name.split(".")[0] not in (self.program, self.program.removeprefix("test_")) or \
                any(name == r.name for r in self.results):
            self.problems.append(f"{name} is not the name of a case of its own")
        how = "pass" if match[1] == "ok" else "known" if note.startswith("TODO") else "fail"
        if note.startswith("SKIP"):
            how = "skip"
        if how == "pass" and note.startswith("TODO"):
            self.comments.append(f"# {name} passes: the bug is gone, take its TODO away")
        said = note if how in ("skip", "known") else self.first_comment() if how == "fail" else ""
        self.results.append(Result(name, how, said, "\n".join(self.comments)))
        self.comments = []

    def first_comment(self):
        return next((c.lstrip("# ") for c in self.comments if c.strip("# ")), "failed")

    def end(self, status, stderr):
        """The program is gone. status: as subprocess says, None when it had to be killed."""
        failed = any(r.how == "fail" for r in self.results)
        if self.plan is None:
            self.problems.append("no plan: the tests never began")
        if status is None:
            self.problems.append("it took too long and was killed")
        elif status != (1 if failed else 0):
            self.problems.append(f"it ended with {status_name(status)}, and "
                                 f"{'a case' if failed else 'no case'} had failed")
        if SANITIZER.search(stderr):
            self.problems.append("a sanitizer stopped it")
        log = "\n".join(self.comments + as_comment(stderr).splitlines())
        for k in range(len(self.results) + 1, (self.plan or 0) + 1):
            why = "it ran when the program ended" if log else "no result"
            self.results.append(Result(f"{self.program}.case_{k}_of_{self.plan}", "fail", why, log))
            log = ""
        if self.problems:
            self.results.append(Result(f"{self.program}.runs_to_its_end", "fail",
                                       "; ".join(self.problems[:PROBLEMS_KEPT]), log))


def status_name(status):
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def kill_group(process):
    """The program, which leads a process group, with whatever it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def start_program(command, env):
    return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, start_new_session=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            errors="replace")


def follow(process, judge, limit, told):
    """Read the program's output to its end. Returns: (status or None when killed, stderr)."""
    stderr, killed = [], threading.Event()
    reader = threading.Thread(target=lambda: stderr.append(process.stderr.read()))
    timer = threading.Timer(limit, lambda: (killed.set(), kill_group(process)))
    for thread in (reader, timer):
        thread.start()
    for line in process.stdout:
        judge.read(line.rstrip("\n"))
        told()
    status = process.wait()
    timer.cancel()
    kill_group(process)  # nothing that it started outlives it
    reader.join()
    return None if killed.is_set() else status, "".join(stderr)[:STDERR_KEPT]


def run_program(name, command, limit, env=None, progress=lambda *_: None, may_be_empty=True):
    """Run one program to its end or its limit in seconds. Returns: its Outcome."""
    judge, start = Judge(name, may_be_empty), time.monotonic()
    try:
        process = start_program(command, env)
    except OSError as e:
        judge.problems.append(f"it cannot be started: {e}")
        judge.end(0, "")
        return Outcome(judge.results, 0)
    LIVE.add(process)
    judge.end(*follow(process, judge, limit,
                      lambda: progress(name, len(judge.results), judge.plan)))
    LIVE.discard(process)
    return Outcome(judge.results, time.monotonic() - start)


# --- the runner's own cases ------------------------------------------------------------------

HEAD = "TAP version 13\n1..2\n"
GOOD = HEAD + "ok 1 - p.a # 1 ms\n# why\nok 2 - p.b # 1 ms\n"

# name: (standard output, what the shell does then, part of what must be said; None: it passes)
LIES = {
    "believes_a_sound_program": (GOOD, "exit 0", None),
    "counts_a_known_bug_as_no_failure":
        (GOOD.replace("ok 2 - p.b # 1 ms", "not ok 2 - p.b # TODO soon"), "exit 0", None),
    "sees_a_failed_case": (GOOD.replace("ok 2", "not ok 2"), "exit 1", "why"),
    "sees_a_failure_that_the_exit_status_hides":
        (GOOD.replace("ok 2", "not ok 2"), "exit 0", "a case had failed"),
    "sees_an_exit_status_without_a_failure": (GOOD, "exit 1", "no case had failed"),
    "sees_a_strange_exit_status": (GOOD, "exit 99", "exit status 99"),
    "sees_a_crash_after_the_last_case": (GOOD, "kill -SEGV $$", "SIGSEGV"),
    "sees_a_crash_between_cases": (HEAD + "ok 1 - p.a\n", "kill -ABRT $$", "SIGABRT"),
    "sees_a_missing_result": (HEAD + "ok 1 - p.a\n", "exit 0", "no result"),
    "sees_a_result_too_many": (GOOD + "ok 3 - p.c\n", "exit 0", "result 3"),
    "sees_a_number_out_of_order": (HEAD + "ok 2 - p.b\nok 1 - p.a\n", "exit 0", "result 2"),
    "sees_a_case_that_comes_twice": (GOOD.replace("p.b", "p.a"), "exit 0", "of its own"),
    "sees_a_case_of_another_program": (GOOD.replace("p.b", "q.b"), "exit 0", "of its own"),
    "sees_a_missing_plan": (GOOD.replace("1..2\n", ""), "exit 0", "a plan was due"),
    "sees_a_plan_of_nothing": ("TAP version 13\n1..0\n", "exit 0", "no case at all"),
    "sees_a_second_plan": (GOOD + "1..2\n", "exit 0", "unexpected line"),
    "sees_silence": ("", "exit 0", "never began"),
    "sees_a_line_that_is_neither_comment_nor_result":
        (GOOD + "2 passed, 0 failed\n", "exit 0", "unexpected line"),
    "sees_a_bail_out": (HEAD + "not ok 1 - p.a\nBail out! the world is broken\n", "exit 1",
                        "the world is broken"),
    "sees_a_sanitizer_that_went_on":
        (GOOD, "echo 'x.c:1:2: runtime error: shift of a bool' >&2; exit 0", "sanitizer"),
    "sees_a_program_that_is_not_there": (None, "", "cannot be started"),
    "sees_a_program_that_hangs": (HEAD + "ok 1 - p.a\n", "sleep 100", "too long"),
}


def prove(text, ending, must_say):
    """Run a program that lies. Returns: what was wrong with the judgement, "" when nothing was."""
    command = ["/bin/sh", "-c", f'printf %s "$0"; {ending}', text] if text is not None else \
        ["/no/such/program"]
    outcome = run_program("p", command, 0.3 if "sleep" in ending else 30, may_be_empty=False)
    failed = [r for r in outcome.results if r.how == "fail"]
    said = "\n".join(f"{r.name} {r.message} {r.log}" for r in failed)
    if must_say is None:
        return f"a sound program was refused: {said}" if failed else ""
    if not failed:
        return "it was believed"
    return "" if must_say in said else f"'{must_say}' is not in: {said}"


def prove_runner(pattern):
    """The runner's own cases that match. Returns: their Outcome."""
    start, results = time.monotonic(), []
    for name, lie in LIES.items():
        name = "runner." + name
        if pattern not in name and not fnmatch.fnmatchcase(name, pattern):
            continue
        wrong = prove(*lie)
        results.append(Result(name, "fail" if wrong else "pass", wrong, as_comment(wrong)))
    return Outcome(results, time.monotonic() - start)


# --- output ----------------------------------------------------------------------------------

class Screen:
    """The KTAP stream: whole programs, in the order in which they end. On a terminal, also how far
    each one is."""

    def __init__(self, programs):
        self.lock, self.number, self.status = threading.Lock(), 0, {}
        self.live = sys.stderr.isatty()
        print(f"KTAP version 1\n1..{programs}", flush=True)

    def clear(self):
        if self.live:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def progress(self, name, done, plan):
        if not self.live:
            return
        with self.lock:
            self.status[name] = f"{name} {done}/{plan}"
            print("\r\033[K" + "  ".join(self.status.values())[:100], end="", file=sys.stderr,
                  flush=True)

    def show(self, name, outcome):
        failed = any(r.how == "fail" for r in outcome.results)
        note = f"{outcome.seconds:.1f} s" if outcome.results else "SKIP no case matches"
        with self.lock:
            self.clear()
            self.status.pop(name, None)
            self.number += 1
            if outcome.results:
                print(f"  KTAP version 1\n  1..{len(outcome.results)}")
            for k, r in enumerate(outcome.results, 1):
                show_case(k, r)
            print(f"{'not ok' if failed else 'ok'} {self.number} {name} # {note}", flush=True)


def show_case(number, r):
    if r.how in ("fail", "known"):
        for line in r.log.splitlines():
            print("  " + line)
    if r.how == "fail" and r.message not in r.log:
        print(f"  # {r.message}")
    note = f" # {r.message}" if r.how in ("skip", "known") else ""
    print(f"  {'ok' if r.how in ('pass', 'skip') else 'not ok'} {number} {r.name}{note}")


def show_failed(names, most=20):
    more = f" and {len(names) - most} more" if len(names) > most else ""
    print(f"# failed: {', '.join(names[:most])}{more}")


def summary(o, outcomes):
    """Comments and the last line. Returns: the exit status."""
    every = [r for outcome in outcomes.values() for r in outcome.results]
    count = {how: sum(r.how == how for r in every) for how in ("pass", "fail", "skip", "known")}
    if not every:
        print(f"# no host case matches '{o.pattern}'")
    for r in every:
        if r.how == "pass" and "take its TODO away" in r.log:
            print(r.log.splitlines()[-1])
    if count["known"]:
        print(f"# {count['known']} known bugs: " +
              ", ".join(r.name for r in every if r.how == "known"))
    if count["skip"]:
        print(f"# {count['skip']} skipped")
    if count["fail"]:
        show_failed([r.name for r in every if r.how == "fail"])
        print("# replay: make test-host" + (f" SEED={o.seed}" if o.seed else "") + " T=NAME")
    print(f"{count['pass']} passed, {count['fail']} failed")
    return 1 if count["fail"] else 0


def write_junit(path, outcomes):
    """A known bug is skipped there: CI servers know no other word."""
    suites = {f"host.{name}": ([r._replace(how="skip") if r.how == "known" else r
                                for r in outcome.results], outcome.seconds)
              for name, outcome in outcomes.items() if outcome.results}
    junit.write(path, suites)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", default=os.environ.get("SEED", ""), help="of random cases")
    parser.add_argument("--pattern", default=os.environ.get("T") or "*",
                        help="glob over program.case, or a part of it")
    parser.add_argument("--junit", metavar="FILE")
    parser.add_argument("--limit", type=float, default=200, help="seconds for one program")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    return parser.parse_args()


def environment(o):
    """Of the programs. Leaks are the kernel checkers' business, and looking for them needs ptrace,
    which containers forbid."""
    env = dict(os.environ, SEED=o.seed, T="" if o.pattern == "*" else o.pattern)
    env.setdefault("ASAN_OPTIONS", "detect_leaks=0")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    return env


def main():
    o = parse_args()
    screen = Screen(len(o.programs) + 1)
    env, outcomes = environment(o), {"runner": prove_runner(o.pattern)}
    screen.show("runner", outcomes["runner"])

    def run(path):
        name = os.path.basename(path)
        outcomes[name] = run_program(name, [path], o.limit, env, screen.progress, o.pattern != "*")
        screen.show(name, outcomes[name])

    with ThreadPoolExecutor(o.jobs) as pool:
        waiting = [pool.submit(run, path) for path in o.programs]
        try:
            for done in waiting:
                done.result()
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(LIVE):
                kill_group(process)
            raise
    if o.junit:
        write_junit(o.junit, outcomes)
    return summary(o, outcomes)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
