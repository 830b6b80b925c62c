# SPDX-License-Identifier: MIT
"""tour.py - `mm tour NAME`: walks a tour of tools/gdb/tours from stop to stop.

Each stop is a place in the code. There the machine stands still, pictures are drawn of its memory
and compared with those of earlier stops, and a question asks what the next ones will show. Without
a machine a tour starts one of its own; a machine that GDB is connected to already is used as it is,
and what is to be typed into its shell is said."""

import os
import textwrap

import gdb
import tours
from decode.memory import Unreadable
from live import still, tour_machine
from sources import in_gdb
from tours import expressions, snapshots
from tours.pictures import WIDTH

REGISTERS = ("eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp")
MOST_ARGUMENTS = 7


def register_value(name):
    return int(gdb.parse_and_eval("$" + name)) & 0xffffffff


def names_at(place, mem, lets):
    """What expressions can name at a stop: lets of earlier ones, arguments as regparm(3) passes
    them, or the value that a function has returned."""
    names = dict(lets, esp=register_value("esp"))
    if place.is_return:
        names["ret"] = register_value("eax")
    elif not place.marker:
        for i, name in enumerate(("eax", "edx", "ecx"), 1):
            names[f"arg{i}"] = register_value(name)
        for i in range(4, MOST_ARGUMENTS + 1):
            try:
                names[f"arg{i}"] = mem.number(names["esp"] + 4 * (i - 3))
            except Unreadable:
                break
    return names


def value_text(value):
    """A value as prose has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:#x}" if isinstance(value, int) and value >= 1 << 24 else str(value)


class Arrival(gdb.Breakpoint):
    """Stops where a stop of a tour is, if its condition holds there."""

    def __init__(self, address, is_it):
        super().__init__(f"*{address:#x}", gdb.BP_HARDWARE_BREAKPOINT,
                         internal=True)
        self.silent = True
        self.is_it, self.error = is_it, None

    def stop(self):
        try:
            return self.is_it()
        except Exception as error:  # pylint: disable=broad-except
            self.error = error  # GDB would print it and go on
            return True


class Visit:
    """One stop that was reached: what was seen there."""

    def __init__(self, stop, where):
        self.stop, self.where = stop, where
        self.lets, self.snaps, self.frames, self.body = {}, {}, {}, []
        self.verdict, self.predicted = [], None
        self.pc, self.esp = register_value("pc"), register_value("esp")


class Walker:
    """A tour under way."""

    def __init__(self, tour, own):
        self.tour, self.own = tour, own  # own: the tour_machine.OwnMachine, None: somebody else's
        self.visits, self.shown = [], -1
        self.frames = {}  # function: (return address, stack pointer) of the call a stop was at

    # --- going on ---------------------------------------------------------------------------

    def begin(self):
        if self.tour.start == "shell" and not self.has_booted():
            self.run_to(in_gdb.layout().addr("front_end"), lambda: True, "the end of boot")
        if self.tour.start == "boot" and self.has_booted():
            raise gdb.GdbError("this tour begins while the kernel boots, and this one has booted: "
                               f"`kill`, then `mm tour {self.tour.name}` starts a machine")
        yield from self.provoke(self.tour.type, {})
        yield from self.next()

    @staticmethod
    def has_booted():
        mem = in_gdb.kernel().mem
        try:
            return mem.var("initmem_freed")
        except Unreadable:
            return False

    def provoke(self, lines, lets):
        """Type into the kernel's shell, or say what is to be typed."""
        mem = in_gdb.kernel().mem
        for line in lines:
            line = self.fill(line, mem, lets)
            typed = "Typed" if self.type(line) else "Type"
            yield f"{typed} into the kernel's shell: {line}"

    def type(self, line):
        """Returns: could it be typed? By `mm type` where the machine is that of `make gdb`."""
        if self.own:
            self.own.type(line)
            return True
        if line == "^C":
            return False
        try:
            if not gdb.execute("help mm type", False, True).startswith("mm type"):
                return False  # mm itself takes any word
            gdb.execute("mm type " + line, False, True)
        except gdb.error:
            return False
        return True

    def next(self):
        """The next stop: one that was seen before, or the machine runs there."""
        if self.shown + 1 < len(self.visits):
            self.shown += 1
            yield from self.show("seen before; the machine stands at "
                                 f"stop {len(self.visits)} of {len(self.tour.stops)}")
            return
        if len(self.visits) == len(self.tour.stops):
            raise gdb.GdbError("that was the last stop; `mm tour stop` ends the tour")
        last = self.visits[-1] if self.visits else None
        if last:
            yield from self.provoke(last.stop.type, last.lets)
        stop = self.tour.stops[len(self.visits)]
        self.go(stop, last.lets if last else {})
        self.visits.append(self.visit(stop, last))
        self.visits[-1].frames = dict(self.frames)
        self.shown = len(self.visits) - 1
        yield from self.show()

    def go(self, stop, lets):
        """Let the machine run until it is at a stop."""
        def is_it():
            mem = in_gdb.kernel().mem  # of now: what was read at another time is forgotten
            if stop.at.is_return and not 0 < register_value("esp") - self.frames[
                    stop.at.function][1] <= 64:
                return False
            return stop.condition is None or bool(expressions.evaluate(
                stop.condition, mem, names_at(stop.at, mem, lets)))
        if stop.at.is_return and stop.at.function not in self.frames:
            self.run_to(in_gdb.layout().addr(stop.at.function), lambda: True, stop.at.text)
            self.enter(stop.at.function, in_gdb.kernel().mem)
        self.run_to(self.address(stop.at), is_it, stop.at.text)
        if stop.at.is_return:
            del self.frames[stop.at.function]

    def address(self, place):
        """Of a place's instruction."""
        lay = in_gdb.layout()
        if place.is_return:
            return self.frames[place.function][0]
        return marked_address(lay, place) if place.marker else lay.addr(place.function)

    def enter(self, function, mem):
        """Remember the call that the machine has just made, to find its return."""
        esp = register_value("esp")
        self.frames[function] = (mem.number(esp), esp)

    @staticmethod
    def run_to(address, is_it, what):
        arrival = Arrival(address, is_it)
        try:
            gdb.execute("continue", False, True)
        except gdb.error as error:
            raise gdb.GdbError(f"{what} was not reached: {error}") from error
        finally:
            error, arrival = arrival.error, arrival.delete()
        if error:
            raise gdb.GdbError(f"{what}: {error}")
        if register_value("pc") != address:
            raise gdb.GdbError(f"{what} was not reached: the machine stopped elsewhere, `mm tour next` "
                               "goes on")

    # --- looking ----------------------------------------------------------------------------

    def visit(self, stop, last):
        """Take in what is to be seen at a stop."""
        mem = still.memory()
        visit = Visit(stop, self.where(stop.at, mem))
        visit.lets = dict(last.lets if last else {})
        names = names_at(stop.at, mem, visit.lets)
        for name, expression in stop.let:
            names[name] = visit.lets[name] = expressions.evaluate(expression, mem, names)
        visit.snaps = dict(last.snaps if last else {})
        if last:
            visit.verdict = self.judge(last, mem, names)
        visit.body = [*wrap(self.fill(stop.text, mem, names)), ""]
        for name, given in stop.show:
            visit.body += [*self.draw(visit, name, [expressions.evaluate(g, mem, names) for g in given],
                                      mem), ""]
        if stop.ask:
            visit.predicted = expressions.evaluate(stop.answer, mem, names)
            visit.ask = self.fill(stop.ask, mem, names)
            visit.why = self.fill(stop.why, mem, names)
        return visit

    def where(self, place, mem):
        """A line that says where the machine stands; entries are remembered, to return from."""
        esp, lay = register_value("esp"), mem.layout
        file = lay.functions.get(place.function, {}).get("file", "?")
        if place.is_return:
            return f"back from {place.function}() in {lay.site(register_value('pc'))}"
        if place.marker:
            return f"in {place.function}(), {file}, at the line of \"{place.marker}\""
        self.enter(place.function, mem)
        return f"first instruction of {place.function}(), {file}, called by {lay.site(mem.number(esp))}"

    @staticmethod
    def draw(visit, name, values, mem):
        """One picture, compared with the last one of the same thing."""
        picture, key = snapshots.PICTURES[name], (name, *values)
        now = picture.take(mem, *values)
        lines = picture.draw(visit.snaps.get(key), now)
        visit.snaps[key] = now
        return lines

    @staticmethod
    def judge(last, mem, names):
        """Was the answer to the last question right?"""
        found = expressions.evaluate(last.stop.reached, mem, names)
        if found == last.predicted:
            return [*wrap(f"You were asked: {last.ask}"), f"It is: {value_text(found)}"]
        return [*wrap(f"You were asked: {last.ask}"),
                f"The tour expected {value_text(last.predicted)}; it is {value_text(found)}"]

    @staticmethod
    def fill(text, mem, names):
        """Prose with its {expressions} replaced by what they are."""
        return tours.EMBEDDED.sub(
            lambda m: value_text(expressions.evaluate(expressions.parse(m[1]), mem, names)), text)

    # --- saying -----------------------------------------------------------------------------

    def show(self, remark=""):
        visit, number = self.visits[self.shown], self.shown + 1
        if visit.verdict and not remark:
            yield from visit.verdict
            yield ""
        title = f"== {self.tour.name}, stop {number} of {len(self.tour.stops)}: {visit.stop.name} "
        yield title.ljust(WIDTH, "=")
        yield from textwrap.wrap(f"({remark or visit.where})", WIDTH)
        yield from visit.body
        if visit.stop.ask:
            yield from wrap(f"Before you go on: {visit.ask}")
            yield "(mm tour why: the answer. mm tour next: go there and see.)"
        else:
            yield "That was the last stop. (mm tour back; mm tour stop)"

    def why(self):
        visit = self.visits[self.shown]
        if not visit.stop.ask:
            raise gdb.GdbError("the last stop asks nothing")
        yield from wrap(visit.ask)
        yield from wrap(f"{value_text(visit.predicted)}. {visit.why}")

    def back(self):
        """The stop before; the machine goes there too where it can go backwards."""
        if self.shown == 0:
            raise gdb.GdbError("this is the first stop")
        self.shown -= 1
        if self.reverse_to(self.visits[self.shown]):
            del self.visits[self.shown + 1:]
            self.frames = dict(self.visits[self.shown].frames)
            yield from self.show("the machine was run backwards to here")
        else:
            yield from self.show("seen before; the machine stays at "
                                 f"stop {len(self.visits)} of {len(self.tour.stops)}")

    def reverse_to(self, visit):
        """Run backwards to where the machine was at a visit. Returns: is it there?"""
        if self.shown + 2 != len(self.visits) or not can_reverse():
            return False
        arrival = Arrival(visit.pc, lambda: register_value("esp") == visit.esp)
        try:
            gdb.execute("reverse-continue", False, True)
        except gdb.error:
            return False
        finally:
            arrival.delete()
        return (register_value("pc"), register_value("esp")) == (visit.pc, visit.esp)

    def end(self):
        if self.own:
            self.own.end()


def can_reverse():
    """Does GDB record, or does QEMU replay a recording?"""
    try:
        if "Active record target" in gdb.execute("info record", False, True):
            return True
        return "eplay" in in_gdb.monitor("info replay")
    except gdb.error:
        return False


def wrap(text):
    return textwrap.wrap(text, WIDTH - 4, break_on_hyphens=False)


def marked_address(lay, place):
    """The first instruction of the one line of a function's source that has a text."""
    function = lay.functions.get(place.function)
    symbol = gdb.lookup_global_symbol(place.function) or gdb.lookup_static_symbol(place.function)
    if not symbol:
        raise gdb.GdbError(f"no function {place.function}")
    path, first = symbol.symtab.fullname(), symbol.line
    with open(path, encoding="utf-8") as f:
        source = f.read().splitlines()
    last = next((i for i in range(first, len(source)) if source[i] == "}"), len(source))
    lines = [i + 1 for i in range(first - 1, last) if place.marker in source[i]]
    if len(lines) != 1:
        raise gdb.GdbError(f"{len(lines)} lines of {place.function}() have the text "
                           f"\"{place.marker}\", not one")
    _, places = gdb.decode_line(f"{os.path.basename(path)}:{lines[0]}")
    found = [p.pc for p in places or () if p.line == lines[0]]
    if not found:
        raise gdb.GdbError(f"no instruction belongs to \"{place.marker}\" in {place.function}()"
                           + ("" if function else ", which is inlined"))
    return min(found)


class TourCommand(gdb.Command):
    """Guided walks: mm tour (lists them), mm tour NAME, mm tour next, back, why, again, stop.

    Each stop shows pictures of what has changed since the last one, and asks what comes next.
    Without a machine NAME starts its own; see tools/gdb/tours/README.md."""

    walker = None
    VERBS = ("next", "back", "why", "again", "stop")

    def __init__(self):
        super().__init__("mm tour", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE)

    def complete(self, text, word):
        return [w for w in (*self.VERBS, *tours.names()) if w.startswith(word)]

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        words = argument.split()
        if len(words) > 1:
            raise gdb.GdbError("usage: mm tour [NAME | next | back | why | again | stop]")
        self.say(words[0] if words else "")

    def say(self, word):
        try:
            for line in self.lines(word):
                gdb.write(line.rstrip() + "\n")
        except (tours.TourError, expressions.Wrong, in_gdb.CommandError, Unreadable,
                ValueError, KeyError) as error:
            raise gdb.GdbError(f"mm tour: {error}") from error

    def lines(self, word):
        if not word:
            return self.list()
        if word not in self.VERBS:
            return self.start(word)
        if not self.walker:
            raise gdb.GdbError("no tour is under way: `mm tour` lists them")
        walker = self.walker
        if word == "stop":
            TourCommand.walker = None
            walker.end()
            return ["The tour is over."]
        return {"next": walker.next, "back": walker.back, "why": walker.why,
                "again": walker.show}[word]()

    @staticmethod
    def list():
        for name in tours.names():
            tour = tours.load(name)
            yield f"  mm tour {name:12} {tour.title} ({len(tour.stops)} stops)"

    def start(self, name):
        tour = tours.load(name)
        if self.walker:
            self.walker.end()
            TourCommand.walker = None
        own = None
        if not in_gdb.is_live():
            own = tour_machine.OwnMachine(tour)
        walker = Walker(tour, own)
        yield from (tour.title + ".", tour.book + ".")
        machine = f"{tour.mem}" + (f" with: {tour.append}" if tour.append else "")
        yield f"A machine of {machine}, started for it." if own else \
            f"Made for a machine of {machine}; walked on the one that is there."
        yield ""
        yield from walker.begin()
        TourCommand.walker = walker


class ShortCommand(gdb.Command):
    """A word of `mm tour` without the word tour."""

    def __init__(self, tour_command, verb):
        self.__doc__ = f"The same as mm tour {verb}."
        self.tour_command, self.verb = tour_command, verb
        super().__init__("mm " + verb, gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError(f"usage: mm {self.verb}")
        self.tour_command.say(self.verb)


def register():
    tour_command = TourCommand()
    for verb in ("next", "why"):  # Enter repeats them
        ShortCommand(tour_command, verb)
