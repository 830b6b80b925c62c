# SPDX-License-Identifier: MIT
"""machine.py - `mm log`, `mm ps`, `mm trace`, `mm list`, `mm symbol`: the kernel around the memory."""

from commands import CommandError, command
from decode import log as ring
from decode import tasks
from decode.addresses import address_class
from decode.memory import Unreadable
from decode.trace import Trace

GROUP = "The kernel around it"


@command("log", "[LINES]", aliases=("lx-dmesg", "dmesg"))
def log(k, lines=None):
    """The kernel's log, or its last lines."""
    found = ring.text(k.mem).splitlines()
    yield from found[-max(1, k.number(lines)):] if lines else found


@command("ps", "[-v]", aliases=("lx-ps",))
def ps(k, *words):
    """Tasks: state, priority, stack use, where they wait.

    Stack: the most that was ever used. -v: the callers of what does not run. R+ runs, R wants to, S
    and D sleep (D: until what it waits for is there), N new, X dead."""
    if set(words) - {"-v"}:
        raise CommandError("usage: mm ps [-v]")
    yield "  PID CPU  STATE PRIO   STACK/OF        TICKS SWITCHES  NAME             WAITS IN"
    for t in tasks.all_tasks(k.mem):
        s = t.stack
        waits = k.layout.return_site(t.waits_at()) if t.waits_at() else ""
        yield f"{t.pid:5} {t.cpu:3}  {t.state:<5} {t.prio:4} {t.stack_used():6}/" \
              f"{s.top - s.bottom:<6} {t.struct.ticks:8} {t.struct.switches:8}  " \
              f"{t.comm:<16} {waits}".rstrip()
        if "-v" in words:
            for pc in t.frames():
                yield f"          {pc:#010x} {k.layout.return_site(pc)}"
    for cpu, s in tasks.irq_stacks(k.mem):
        yield f"    - {cpu:3}  -        - {tasks.high_water(k.mem, s):6}/{s.top - s.bottom:<6}" \
              f"        -        -  [{s.name.string}]"


@command("trace", "[N]")
def trace(k, count=None):
    """The last N events (20) of the kernel's event trace.

    What the allocators did, in order. The kernel records nothing until it is told to: `trace on` in
    its shell or trace=on on its command line."""
    t = Trace(k.mem)
    if not t.there:
        raise CommandError("this kernel has no event trace")
    if not t.rings():
        raise CommandError("the kernel has no trace buffers: nothing was ever recorded. Boot with "
                           "trace=on, or type `trace on` into its shell")
    records = t.records()
    for r in records[-(k.number(count) if count else 20):]:
        yield t.line(r)
    if not records:
        yield "no events are recorded"
    if t.dropped():
        yield f"({t.dropped()} older events were overwritten)"


@command("list", "HEAD TYPE MEMBER")
def show_list(k, head, *words):
    """The structures on a list.

    HEAD is the struct list_head, MEMBER the links in TYPE: mm list slab_caches kmem_cache list; mm
    list &tasks task_struct all_list. Ends where a link does not point back, and says so."""
    words = [w for w in words if w != "struct"]
    if len(words) != 2:
        raise CommandError("usage: mm list HEAD TYPE MEMBER")
    type_name, member = words
    try:
        k.layout.offset(type_name, member)
    except KeyError as error:
        raise CommandError(f"no {type_name}.{member}: {error.args[0]}") from error
    count, address = 0, k.number(head)
    try:
        for struct in k.mem.list(address, type_name, member):
            yield f"  {struct.address:#010x} {caption(struct)}".rstrip()
            count += 1
    except (ValueError, Unreadable) as error:
        yield f"  BROKEN: {error}"
    yield f"{count} entries"


def caption(struct):
    """What a structure calls itself, where it has a name."""
    for field in ("name", "comm"):
        try:
            value = getattr(struct, field)
            return value.string if hasattr(value, "string") else \
                struct.bytes[struct._mem.layout.offset(struct.type_name, field):].split(b"\0")[0].decode()
        except (AttributeError, Unreadable, UnicodeDecodeError):
            continue
    return ""


@command("symbol", "ADDR")
def symbol(k, addr):
    """The function or variable that an address lies in, and the area."""
    va = k.number(addr)
    area = address_class(k.mem, va)
    found = k.layout.function_at(va) or k.layout.variable_at(va)
    if not found:
        yield f"{va:#010x} is in no function and no variable ({area})"
        return
    name, offset = found
    where = k.layout.functions.get(name) or k.layout.symbols.get(name, {})
    line = f" line {where['line']}" if "line" in where else ""
    yield f"{va:#010x} is {name}+{offset:#x} ({area}), {where.get('file', '?')}{line}"
