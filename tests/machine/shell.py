# SPDX-License-Identifier: MIT
"""shell.py - the shell as a person or a pipe uses it: keys, nonsense, interruptions, long input."""

import random
import re
import time

import machine
from case import case


class Terminal:
    """A running machine and somebody at its keyboard."""

    def __init__(self, t, **kw):
        self.t = t
        self.running = machine.Running(t.machine(**kw), 60)
        self.wait("quire> ")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.running.kill()
        self.status = self.running.finish()

    def text(self):
        return machine.text_of(self.running.output)

    def wait(self, words, seconds=15):
        """Read until the words have come since the last wait."""
        start = getattr(self, "seen", 0)
        until = time.monotonic() + seconds
        while words.encode() not in self.running.output[start:] and time.monotonic() < until:
            if self.running.read(0.1) is None:
                break
        at = self.running.output.find(words.encode(), start)
        if not self.t.expect(at >= 0, f"{words!r} did not come: {self.running.output[start:][-400:]!r}"):
            at = len(self.running.output)
        said = self.running.output[start:at]
        self.seen = at + len(words)
        return said.decode("latin-1").replace("\r\n", "\n").rstrip("\r")

    def type(self, keys):
        self.running.send(keys if isinstance(keys, bytes) else keys.encode())

    def command(self, keys):
        """Type keys and Return; returns what was said until the next prompt."""
        self.type(keys)
        self.type("\r")
        return self.wait("\nquire> ")

    def poweroff(self):
        self.type("poweroff\r")
        self.wait("Power off.")
        self.running.process.wait(10)
        self.t.expect_equal(self.running.process.returncode, 33, "status")


# keys: what the shell must have executed
EDITING = {
    "echo onx\x7fe": "one",                      # backspace
    "echo onx\be": "one",
    "echo one two\x17three": "one three",        # Ctrl-W
    "nonsense\x15echo one": "one",               # Ctrl-U
    "cho one\x01e": "one",                       # Ctrl-A
    "cho one\x01e\x05 two": "one two",           # Ctrl-E
    "echo one two\x1b[D\x1b[D\x1b[D\x0b": "one",  # arrows, Ctrl-K
    "echo oe\x1b[Dn": "one",
    "echo axb\x1b[D\x1b[D\x1b[3~": "ab",         # Delete
    "echo one\x1b[H\x1b[F two": "one two",       # Home, End
    "echo one\x1b[5~\x1b[Z\x1bOP two": "one two",  # keys that mean nothing
    "ec\tone": "one",                            # Tab
    "echo \x00\x01\x05one": "one",
}


@case
def keys_edit_the_line(t):
    """Backspace, cursor keys, Ctrl-A E K U W, Delete, Tab, and keys that mean nothing."""
    with Terminal(t) as term:
        for keys, wanted in EDITING.items():
            said = term.command(keys).rstrip("\n").split("\n")
            t.expect_equal(said[-1], wanted, f"{keys!r}")
        term.poweroff()


@case
def history_comes_back(t):
    """Up, Down, Ctrl-P and Ctrl-N walk through the lines typed before."""
    with Terminal(t) as term:
        for word in ("one", "two", "three"):
            term.command("echo " + word)
        for keys, wanted in (("\x1b[A", "three"), ("\x1b[A\x1b[A\x1b[A\x1b[B", "two"),
                             ("\x10\x10", "three"), ("\x1b[A\x1b[A\x1b[A\x1b[B\x1b[B\x1b[B\x1b[Becho new", "new"),
                             ("\x10\x10\x0e\x0e\x0eecho n", "n")):
            said = term.command(keys).rstrip("\n").split("\n")
            t.expect_equal(said[-1], wanted, f"{keys!r}")
        t.expect("echo two" in term.command("history"), "history does not list it")
        term.poweroff()


@case
def tab_completes_commands_files_and_tunables(t):
    """One candidate is filled in, several are listed."""
    with Terminal(t) as term:
        t.expect("pages free" in term.command("cat /proc/zon\t"), "no zoneinfo")
        t.expect("min_free_kbytes" in term.command("sysctl vm.min\t"), "no tunable")
        term.type("p\t")
        t.expect("page" in term.wait("poweroff"), "candidates are not listed")
        term.type("\x15\t")
        term.wait("check")
        term.type("\x15")
        term.poweroff()


@case
def nonsense_is_refused_before_anything_is_done(t):
    """Too many words, too long lines, arguments where there are none, addresses without a page."""
    r = t.boot("echo " + "x " * 16, "echo " + "y" * 255, "check now", "map x", "ls /nope", "panic later",
               "test nosuch*", "test gfp* repeat=0", "test gfp* seed=x", "page 0xf9000000",
               "page 0x100000000", "page pa:0x100000000000", "fail nosuch 1", "alloc 0 GFP_KERNEL|",
               "echo x >", "sysctl vm.mems_allowed=2", "repeat 1 " * 6 + "echo deep")
    t.expect_no_text(r, "^[xy ]+$", "^CHECK", "^KTAP", "^ALLOC", "^deep", "^page 0xc")
    t.expect_text(r, "^echo: more than 15 words, not run", "^the line is longer than 255 characters",
                  "^usage: check$", "^usage: map$", "^usage: ls$", "^usage: panic$",
                  r"^test: no test matches 'nosuch\*'", r"^usage: test \[PATTERN\]",
                  r"^page: 0xf9000000 \(vmalloc\) is not mapped", "^usage: page ",
                  "^fail: 'nosuch:1' is not SITE NTH", "is no GFP flag", "^usage: echo ",
                  "invalid value '2', nothing changed", "^commands inside commands: not more than 4")


@case
def ctrl_c_ends_repeats_inside_repeats(t):
    """One Ctrl-C ends all of them."""
    with Terminal(t) as term:
        term.type("repeat 100000 repeat 3 repeat 100000 cat /proc/buddyinfo\r")
        term.wait("Node 0")
        term.type("\x03")
        term.wait("\nquire> ")
        term.poweroff()


@case
def ctrl_c_ends_what_runs_and_nothing_else(t):
    """repeat, test and bench stop at a safe place: the allocator is sound afterwards."""
    with Terminal(t, mem="256M") as term:
        for command, started in (("repeat 100000000 cat /proc/buddyinfo", "Node 0"),
                                 ("test * repeat=1000", "ok 20 "), ("bench", "BENCH")):
            term.type(command + "\r")
            term.wait(started)
            term.type("\x03")
            term.wait("\nquire> ", 30)
            t.expect("CHECK ok" in term.command("check"), f"not sound after {command}")
        term.type("echo lost\x03")
        term.wait("^C\r\nquire> ")
        t.expect_equal(term.command("echo kept").rstrip().split("\n")[-1], "kept", "after Ctrl-C")
        term.poweroff()


@case
def lines_typed_ahead_are_not_lost(t):
    """Two hundred commands in one go, while the first ones run: flow control, no loss."""
    with Terminal(t) as term:
        lines = [f"echo number {n}" for n in range(200)]
        term.type("".join(line + "\r" for line in lines))
        term.wait("number 199\r\nquire> ", 60)
        answers = re.findall(r"^number (\d+)$", term.text(), re.M)
        t.expect_equal(answers, [str(n) for n in range(200)], "answers")
        term.poweroff()


@case
def a_line_longer_than_the_buffer_is_cut(t):
    """5000 characters, then a normal command."""
    with Terminal(t) as term:
        term.command("echo " + "x" * 5000)
        t.expect("CHECK ok" in term.command("check"), "not sound after a long line")
        term.command("echo " + "a " * 300)
        t.expect("CHECK ok" in term.command("check"), "not sound after many words")
        term.poweroff()


@case
def nonsense_is_answered_and_survived(t):
    """Bad numbers, wrong words, quotes left open: a usage line or a message each."""
    lines = ["alloc", "alloc x", "alloc -1", "alloc 99999999999", "alloc 3 GFP_NONSENSE", "alloc 0 GFP_KERNEL node=x",
             "alloc 0 GFP_KERNEL node=-1", "free 1", "free x y", "free 99999999999999999999 0", "page", "page zz",
             "page 0xffffffff", "page pa:0xffffffffffff", "page 4294967296", "cat", "cat /nowhere", "echo x > /proc/zoneinfo",
             "echo x >", "echo banana > /proc/sys/vm/min_free_kbytes", "sysctl vm.nothing", "sysctl vm.min_free_kbytes=-5",
             "sysctl vm.min_free_kbytes=99999999999", "walk", "walk q", "test no.such", "bench no-such", "repeat", "repeat x free",
             "fail", "fail nowhere 1", "fail alloc_pages x", "help no_such", "ls too many words", ";;;", ";", "\"", "\"\"",
             "# comment", "'", "\\", "a" * 120, "free extra words here", "gdt 1", "map 1", "check 1"]
    r = t.boot(*lines, "sysctl vm.min_free_kbytes", "check")
    t.expect_text(r, "^CHECK ok")
    t.expect_no_text(r, "^ALLOC pfn", "kernel_fault", "Oops")
    for n, line in enumerate(lines):
        if line.strip("; #'\"") and not line.startswith("#") and line != "fail":
            said = r.text.split("quire> ")[n + 1].split("\n", 1)[1]
            t.expect(said.strip(), f"{line!r} is answered with silence")


@case
def random_bytes_do_no_harm(t):
    """Keyboard noise; it may not contain the words that end the machine."""
    rnd = random.Random(t.env.seed)
    with Terminal(t) as term:
        for _ in range(30):
            term.type(bytes(rnd.randrange(256) for _ in range(200)))
        term.type("\x03\r")
        time.sleep(0.5)
        term.type("\x15\recho settled\r")
        term.wait("\nsettled")
        term.type("check\r")
        term.wait("\nCHECK ok\r\nquire> ")
        term.poweroff()


@case
def every_command_has_help(t):
    """help lists all, help COMMAND explains one, help boot the command line's words."""
    r = t.boot("help", "help alloc", "help boot")
    for word in ("alloc", "bench", "cat", "check", "free", "gdt", "map", "page", "poweroff", "reboot", "sysctl", "test"):
        t.expect_text(r, rf"^  {word}\b")
    for word in ("mem", "highmem", "movable", "numa", "run", "test", "seed", "fail"):
        t.expect_text(r, rf"^  {word}=")


@case
def reboot_and_panic_end_as_they_should(t):
    """reboot resets; panic ends with its own status."""
    t.expect_how(t.run(t.machine(), "reboot"), "reset")
    r = t.run(t.machine(), "panic")
    t.expect_how(r, "panic")
    t.expect_text(r, "^Kernel panic: ", r"^Call trace:$")


@case
def files_have_linux_lines(t):
    """The column layout that scripts for Linux expect."""
    r = t.boot("cat /proc/buddyinfo", "cat /proc/pagetypeinfo", "cat /proc/meminfo", "cat /proc/vmstat",
               "cat /proc/iomem", "cat /proc/cmdline", mem="1G", append="movable=64M")
    t.expect_text(r, r"^Node 0, zone      DMA( +\d+){11} $", r"^Node 0, zone  HighMem( +\d+){11} $",
                  r"^Page block order: 9$", r"^Node    0, zone   Normal, type    Unmovable( +\d+){11} $",
                  r"^MemTotal:       +\d+ kB$", r"^HighTotal:      +\d+ kB$", r"^nr_free_pages \d+$",
                  r"^pgalloc_normal \d+$", r"^00100000-3ffdffff : System RAM$", r"^  00\w{6}-00\w{6} : Kernel code$",
                  r"^movable=64M$")


@case
def poweroff_through_a_pipe_flushes_everything(t):
    """The last line before poweroff arrives whole."""
    r = t.boot("cat /proc/meminfo", "echo the very last words")
    t.expect_text(r, r"^the very last words$", r"^Power off\.$")
