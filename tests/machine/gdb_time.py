# SPDX-License-Identifier: MIT
"""gdb_time.py - GDB forwards and backwards: `make gdb`, watching, going back in three ways, cores.

Going back is judged by state: registers, mem_map, zones and the CPU's own lists, as a digest."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import gdb_session
import machine
from case import Result, case

ROOT = os.path.abspath(os.path.join(gdb_session.TOOLS, ".."))
LAUNCHER = os.path.join(ROOT, "tools", "gdb_run.py")
RUN = 'highmem=32M run="alloc 3; alloc 3; poweroff"'

# Prints "STATE registers memory": digests.
STATE = """import hashlib, re
import gdb
from sources import in_gdb
k = in_gdb.kernel()
mem, c = k.mem, k.layout
pieces = [(int(mem.var("mem_map")), mem.var("max_pfn") * c.size("page")),
          (c["PERCPU_BASE"] + c["PERCPU_UNIT_SIZE"], c.addr("__per_cpu_end") - c.addr("__per_cpu_start"))]
pieces += [(int(node), c.size("pglist_data")) for node in mem.var("node_data") if node]
memory = hashlib.sha256(b"".join(mem.read(at, size) for at, size in pieces)).hexdigest()[:16]
registers = [hex(int(gdb.parse_and_eval("(unsigned)$" + r))) for r in
             "eip esp ebp eax ebx ecx edx esi edi eflags cr3".split()]
print("STATE", ",".join(registers), memory)
"""


def state_file(folder):
    path = os.path.join(folder, "state.py")
    with open(path, "w", encoding="utf-8") as f:
        f.write(STATE)
    return path


def states(text):
    """[(registers, memory)] that STATE printed."""
    return re.findall(r"^STATE (\S+) (\S+)$", text, re.M)


def launch(t, folder, commands, *args, kernel=None, limit=60, environment=()):
    """tools/gdb_run.py with commands on its standard input. Returns: what it printed."""
    done = subprocess.run(
        ["timeout", "-s", "KILL", str(limit), sys.executable, LAUNCHER, "--folder", folder,
         "--kernel", kernel or t.env.kernel(""), "--build", t.env.build, "--mem", "64M", *args],
        input="".join(c + "\n" for c in commands), capture_output=True, text=True, check=False,
        env=dict(os.environ, **dict(environment)))
    text = done.stdout + done.stderr
    t.expect(done.returncode != 137, f"it does not end: {text[-600:]}")
    t.expect("Traceback" not in text, f"a traceback: {text[-900:]}")
    return text


def expect_in(t, text, *patterns):
    for p in patterns:
        t.expect(re.search(p, text, re.M), f"nothing matches /{p}/ in\n{text[-1500:]}")


def back_and_equal(t, found, what):
    """before, after, before again."""
    if t.expect(len(found) == 3, f"{what}: {len(found)} states, not 3"):
        t.expect_equal(found[2], found[0], f"{what}: the earlier state")
        t.expect(found[1][1] != found[0][1], f"{what}: nothing happened in between")


@case
def a_piped_session_sees_and_types(t):
    """`make gdb` with commands from a pipe: stops where asked, types, shows what was printed."""
    with tempfile.TemporaryDirectory() as folder:
        text = launch(t, folder, [f"shell cat {folder}/qemu.pid", "mm buddy", "mm type alloc 3",
                                  "tbreak run_alloc", "continue", "finish", "mm serial", "nonsense"], "--at", "front_end",
                      "--append=highmem=32M")
    expect_in(t, text, r"^#0 +front_end", r"^  mm help ", r"^Node 0, zone  HighMem", r"run_alloc \(argc=2",
              r"^quire> alloc 3$", r'^Undefined command: "nonsense"')
    pid = re.search(r"^\d+$", text, re.M)
    t.expect(pid and not os.path.exists(f"/proc/{pid[0]}"), "the machine outlives GDB")


@case
def a_console_is_on_the_same_line(t):
    """`make console` sees what was said before it came, and types while GDB lets the machine run."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--folder", folder, "--kernel", t.env.kernel(""), "--mem", "64M"]
        with subprocess.Popen(["timeout", "-s", "KILL", "60", sys.executable, LAUNCHER, *arguments],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as gdb:
            gdb.stdin.write("tbreak run_alloc\ncontinue\nbacktrace 1\n")
            gdb.stdin.close()
            until = time.monotonic() + 30
            log = os.path.join(folder, "serial.log")
            while time.monotonic() < until and not (os.path.exists(log) and open(log, "rb").read()
                                                    .endswith(machine.Typist.PROMPT)):
                time.sleep(0.1)
            console = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "console.py"), "--folder",
                                      folder], input="alloc 3\n", capture_output=True, text=True,
                                     timeout=30, check=False)
            text = gdb.stdout.read()
    expect_in(t, text, r"^#0 +run_alloc")
    expect_in(t, console.stdout, r"Freeing boot-time memory", r"quire> alloc 3")


@case
def what_cannot_be_is_said_in_a_sentence(t):
    """Sizes, functions and files that are none; a kernel without what a command needs."""
    with tempfile.TemporaryDirectory() as folder:
        for args, said in ((["--mem", "64G"], "63G is the most"), (["--at", "nowhere"], "no such function"),
                           (["--core", LAUNCHER], "is no core file"), (["--replay"], "nothing is recorded"),
                           (["--record", "--cpus", "2"], "one CPU only"),
                           (["--record", "--seconds", "-1"], "more than 0")):
            text = launch(t, folder, [], *args)
            t.expect(said in text, f"{args}: {text!r}")
    with gdb_session.Session(t, connect=False) as s:
        t.expect("not started by" in s.error("mm start"), "mm start without a session")
        t.expect("no machine" in s.error("mm rewind on"), "mm rewind without a machine")
        t.expect("no machine" in s.error("mm buddy"), "mm buddy without a machine")


@case
def damage_and_early_boot_are_answered(t):
    """Counts that are nonsense, a checker that there is not, an event that never comes, rights before they are set."""
    with gdb_session.Session(t, append="trace=on", at="kernel_main") as s:
        t.expect("CHECK bad" not in s.run("mm check tables")[0], "rights are expected before they are set")
    with gdb_session.Session(t, append="trace=on", at="front_end") as s:
        t.expect("no checker 'zone'" in s.error("mm check zone"), "mm check zone")
        s.run("set var trace_rings[0].nr_records = 0x80000000")
        t.expect("cannot read" in s.error("mm trace"), "mm trace of a ring without bounds")
        s.run("set var max_pfn = 1")
        t.expect("CHECK bad" in s.run("mm check")[0], "mm check with one frame")
    with tempfile.TemporaryDirectory() as folder:
        text = launch(t, folder, ["mm goto 999999999"], "--mem", "64M")
        t.expect("waits at its prompt after event" in text, f"mm goto beyond the last event: {text}")


@case
def a_watch_stops_when_a_page_or_zone_changes(t):
    """`mm watch zone`, `mm watch page`: old and new state, and who did it; `delete` ends it."""
    with gdb_session.Session(t, append=RUN, at="front_end") as s:
        before = int(re.search(r"(\d+) free pages", s.run("mm watch zone Normal")[0])[1])
        said, = s.run("continue")
        found = re.search(r"free pages (\d+) -> (\d+) \(([+-]\d+)\)\n  by (\w+)", said)
        if t.expect(found, f"no change: {said}"):
            t.expect_equal(int(found[1]), before, "the old count")
            t.expect_equal(int(found[2]), before + int(found[3]), "the new count")
            t.expect_equal(found[4], "rmqueue_locked", "who")
        s.run("delete", "tbreak run_alloc", "continue", "finish")
        pfn = int(re.search(r"ALLOC pfn=(\d+)", s.serial())[1])
        t.expect("there is no page" in s.error("mm watch page 99999999"), "a page that is none")
        t.expect("no zone Nowhere" in s.error("mm watch zone Nowhere"), "a zone that is none")
    append = f'highmem=32M run="alloc 3; free {pfn} 3; poweroff"'
    with gdb_session.Session(t, append=append, at="run_alloc") as s:
        said = s.run("finish", f"mm watch page {pfn}", "continue", "delete", "info breakpoints")
        t.expect("refcount 1" in said[1], f"the page's state: {said[1]}")
        t.expect(re.search(rf"^page {pfn}: .* refcount 1 -> .* refcount 0\n  by .*free", said[2], re.M),
                 f"what changed: {said[2]}")
        t.expect_equal(said[4], "No breakpoints or watchpoints.", "after delete")


@case
def built_for_stepping_every_argument_can_be_read(t):
    """OPT=g: the same commands; arguments of a function that is entered are never optimised away."""
    with gdb_session.Session(t, append=RUN, build="2G-og", at="__alloc_pages") as s:
        s.run("set print frame-arguments all")
        said = s.run("info args", "mm buddy", "mm walk 0xc0100000", "mm watch zone Normal", "continue",
                     "frame function rmqueue")
        for one in said:
            t.expect("optimized out" not in one, one)
        t.expect(re.search("rmqueue .*order=", said[5]), said[5])


@case
def recorded_by_gdb_alloc_pages_is_undone(t):
    """`mm rewind on`, a whole __alloc_pages, back to its start: the same registers and memory."""
    with gdb_session.Session(t, append=RUN, at="run_alloc") as s:
        s.run("tbreak *&__alloc_pages", "continue")
        source = "source " + state_file(s.folder.name)
        t.expect("nothing was recorded" in s.error("mm back"), "mm back without a past")
        said = s.run(source, "mm rewind on", "finish", source, "mm back", "mm rewind start", source)
        back_and_equal(t, states("\n".join(said)), "record full")
        said = s.run("stepi 20", "reverse-stepi 20", "print $pc == __alloc_pages")
        t.expect_equal(said[2], "$2 = 1", "20 instructions forth and back")
        s.run("mm rewind off", "tbreak run_alloc", "continue")


@case
def an_event_is_reached_again_and_again(t):
    """`mm goto`: N, N - 1, N: another state, then the same one."""
    with tempfile.TemporaryDirectory() as folder:
        source = "source " + state_file(folder)
        text = launch(t, folder, ["mm goto 150", source, "mm goto -1", source, "mm goto +1", source,
                                  "print trace_seq", "mm goto 99999999", "mm goto x"],
                      "--at", "-", "--append=" + RUN)
    if "this kernel has no trace" in text:
        t.results.append(Result(t.name, "skip", "this kernel has no trace"))
        return
    back_and_equal(t, states(text), "goto")
    expect_in(t, text, r"^event 149$", r"= 150$", "ended before event 99999999", "usage: mm goto N")


@case
def replayed_by_qemu_alloc_pages_is_undone(t):
    """Recorded to a function, replayed, back over __alloc_pages: the same registers and memory."""
    with tempfile.TemporaryDirectory() as folder:
        text = launch(t, folder, [], "--record", "--end", "run_alloc", "--append=" + RUN)
        expect_in(t, text, "^recorded until the function")
        source = "source " + state_file(folder)
        count = "python print('COUNT', live.replaying.count())"
        text = launch(t, folder, ["python import live.replaying", count, source, "finish", source,
                                  "mm last &mem_map[0].flags", "mm last &max_pfn"],
                      "--replay", "--at", "__alloc_pages")
        expect_in(t, text, r"^0x\w+ was changed last at instruction \d+ \(of \d+\)\n  by \w+")
        at = re.search(r"^COUNT (\d+)$", text, re.M)[1]
        found = states(text)
        back = launch(t, folder, ["stepi", f"mm replay @{at}", source, "print $pc == __alloc_pages"],
                      "--replay", "--at", "__alloc_pages")
        expect_in(t, back, r"= 1$")
        found += states(back)
        # QEMU's own way back; it may hang, then the watchdog says so
        text = launch(t, folder, ["finish", "reverse-stepi", "print $pc", source], "--replay", "--at",
                      "__alloc_pages")
        t.expect("watchdog:" in text or "__alloc_pages" in text, f"reverse-stepi: {text[-300:]}")
    back_and_equal(t, found, "replay")


@case
def a_replay_that_hangs_is_ended(t):
    """The watchdog kills a machine that should run and does nothing; GDB lives on and says so."""
    with tempfile.TemporaryDirectory() as folder:
        launch(t, folder, [], "--record", "--end", "front_end", "--append=" + RUN)
        stop = "shell kill -STOP $(cat %s)" % os.path.join(folder, "qemu.pid")
        start = time.monotonic()
        text = launch(t, folder, [stop, "stepi", "mm replay kernel_main"], "--replay",
                      environment={"QUIRE_WATCHDOG": "--stall 1"}.items())
        t.expect(time.monotonic() - start < 40, "it took too long")
    expect_in(t, text, "watchdog: the replay .* hangs, I end it", r"^#0 +kernel_main")


def dump(t, path, board="pc", **kw):
    """A core of a machine at its prompt. Returns: (the same machine's /proc/buddyinfo, registers)."""
    m = t.machine(append="highmem=32M", **kw)
    m.board = board
    running = machine.Running(m, 60)
    try:
        until = time.monotonic() + 30
        while not running.output.endswith(b"quire> ") and time.monotonic() < until:
            running.read(0.2)
        running.send(b"cat /proc/buddyinfo\r")
        while running.output.count(b"quire> ") < 2 and time.monotonic() < until:
            running.read(0.2)
        replies = running.qmp(("stop", {}), ("human-monitor-command", {"command-line": "info registers -a"}),
                              ("dump-guest-memory", {"paging": False, "protocol": "file:" + path}))
        return machine.text_of(running.output), replies[1]["return"]
    finally:
        running.kill()
        running.finish()


def mm(t, *args):
    """tools/mm.py. Returns: what it printed."""
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "mm.py"), "--build", t.env.build,
                           *args], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def rows(text):
    return [line.split() for line in re.findall(r"^Node \d+, zone .*$", text, re.M)]


@case
def a_core_is_read_by_gdb_and_without(t):
    """Figures, page tables and each CPU's registers of a core are the machine's; another is refused."""
    with tempfile.TemporaryDirectory() as folder:
        core = os.path.join(folder, "machine.core")
        said, registers = dump(t, core, mem="64M", cpus=2)
        t.expect_equal(rows(mm(t, "--core", core, "buddy")), rows(said), "tools/mm.py: buddy")
        text = launch(t, folder, ["mm buddy", "info threads", "print/x $esp", "thread 2", "print/x $esp",
                                  "mm walk 0xc0100000", "bt 2"], "--core", core)
        t.expect_equal(rows(text), rows(said), "GDB: buddy")
        esp = [int(n, 16) for n in re.findall(r"\bESP=(\w+)", registers)]
        t.expect_equal([int(n, 16) for n in re.findall(r"^\$\d+ = (0x\w+)$", text, re.M)], esp, "ESP")
        cr3 = re.search(r"CR3=(\w+)", registers)[1]
        expect_in(t, text, f"cr3=0x{cr3}:", r"-> pa 0x000100000", r"^#1 ")
        other = mm(t, "--core", core, "--kernel", t.env.kernel("debug"), "buddy")
        t.expect("is not of" in other, f"another build's kernel: {other}")
        with gdb_session.Session(t, build="debug", connect=False) as s:
            t.expect("this core is not of" in s.error("mm core " + core), "another build's kernel in GDB")
        with open(core, "rb") as f:
            whole = f.read()
        for size in (52, 64, 100, len(whole) // 2):
            with open(core + ".cut", "wb") as f:
                f.write(whole[:size])
            said_of_cut = mm(t, "--core", core + ".cut", "buddy")
            t.expect(re.search("cut off|no core file", said_of_cut), f"{size} bytes of a core: {said_of_cut}")
        drgn(t, core, said)


def drgn(t, core, said):
    """The same under drgn, where it is installed."""
    python = next((p for p in (sys.executable, "/usr/bin/python3") if os.path.exists(p) and subprocess.run(
        [p, "-c", "import drgn"], capture_output=True, check=False).returncode == 0), None)
    if not python or not shutil.which("drgn"):
        t.results.append(Result(t.name + ".drgn", "skip", "drgn is not installed"))
        if not t.failures:
            t.results.append(Result(t.name, "pass"))
        return
    done = subprocess.run([python, os.path.join(ROOT, "tools", "gdb", "drgn_mm.py"), "--core", core,
                           "--build", t.env.build, "buddy"], capture_output=True, text=True, check=False,
                          timeout=60)
    t.expect_equal(rows(done.stdout), rows(said), f"drgn: buddy: {done.stderr[-500:]}")


@case
def a_core_beyond_4_gib_is_read(t):
    """Half of the memory lies above 4 GiB, as with 6 GiB of it."""
    with tempfile.TemporaryDirectory() as folder:
        core = os.path.join(folder, "machine.core")
        said, _ = dump(t, core, mem="64M", board="pc,max-ram-below-4g=32M")
        t.expect(re.search(r"mem 0x0000000100000000-\S+ usable", said), "no memory there")
        t.expect_equal(rows(mm(t, "--core", core, "buddy")), rows(said), "tools/mm.py: buddy")
        t.expect_equal(rows(launch(t, folder, ["mm buddy"], "--core", core)), rows(said), "GDB: buddy")
