# SPDX-License-Identifier: MIT
"""chrome.py - Chrome's trace JSON, which Perfetto's page opens.

Rows: one for each CPU with its events as instants; one for each task that went into reclaim, with
slices. Counters, where the zones are known: free pages, pagesets and slabs of each zone."""

import json

from tracing.replay import backwards

CPUS, TASKS, MEMORY = 1, 2, 3  # "processes", by which the page groups rows
BEGIN, END = "mm_vmscan_direct_reclaim_begin", "mm_vmscan_direct_reclaim_end"
COUNTED_EVERY = 200  # microseconds: counters change no more often than that


def name_row(pid, name, tid=None):
    what = "process_name" if tid is None else "thread_name"
    return {"ph": "M", "name": what, "pid": pid, "tid": tid or 0, "args": {"name": name}}


def time_of(trace, e):
    """Microseconds, with the digits below them if the trace has them."""
    return round(e.tsc * 1000 / trace.tsc_khz, 3) if trace.tsc_khz and e.tsc is not None else e.usec


def instant(trace, e):
    return {"ph": "i", "s": "t", "name": e.name, "cat": e.name.split("_")[0], "pid": CPUS, "tid": e.cpu,
            "ts": time_of(trace, e),
            "args": {"task": f"{e.comm}-{e.pid}", "seq": e.seq, **trace.texts(e)}}


def slices(trace):
    """Direct reclaim as B and E on the task's row; an end whose begin was overwritten is left out,
    as is a begin without end."""
    rows, begun = [], {}
    for e in trace.events:
        if e.name == BEGIN:
            begun[e.pid] = e
        elif e.name == END and e.pid in begun:
            first = begun.pop(e.pid)
            rows.append((first, {"ph": "B", "args": trace.texts(first)}))
            rows.append((e, {"ph": "E", "args": trace.texts(e)}))
    return [{"name": "direct reclaim", "cat": "mm", "pid": TASKS, "tid": e.pid,
             "ts": time_of(trace, e), **row} for e, row in rows]


def counters(trace):
    """A counter row of each zone, from the end backwards: the zones are known as they were then."""
    rows, last = [], None
    for e, states in backwards(trace):
        now = time_of(trace, e)
        if last is not None and last - now < COUNTED_EVERY:
            continue
        last = now
        for zone, state in zip(trace.zones, states):
            rows.append({"ph": "C", "name": f"{zone.label} pages", "pid": MEMORY, "tid": 0, "ts": now,
                         "args": {"free": state.free, "pagesets": state.pageset, "slabs": state.slab}})
    return rows[::-1]


def document(trace):
    """The whole as a dictionary."""
    rows = [name_row(CPUS, "CPUs")] + [name_row(CPUS, f"CPU {cpu}", cpu) for cpu in trace.cpus()]
    reclaim = slices(trace)
    if reclaim:
        tasks = {e.pid: e.comm for e in trace.events if e.name in (BEGIN, END)}
        rows += [name_row(TASKS, "tasks")] + [name_row(TASKS, comm, pid) for pid, comm in tasks.items()]
    if trace.zones:
        rows.append(name_row(MEMORY, "memory"))
    rows += [instant(trace, e) for e in trace.events] + reclaim
    rows += counters(trace) if trace.zones else []
    return {"traceEvents": rows, "displayTimeUnit": "ns",
            "otherData": {"kernel": "Quire", "dropped": {str(c): n for c, n in trace.dropped.items()}}}


def write(trace, out):
    json.dump(document(trace), out, separators=(",", ":"))
    out.write("\n")
