# SPDX-License-Identifier: MIT
"""tasks.py - the list of tasks, the run queues, who runs: each task where its words say."""

from decode import cpus
from decode.checks import links


def look(report, state):
    offset, tasks = state.layout.offset("task_struct", "all_list"), {}
    for at in links(report, state, state.layout.addr("tasks"), offset, "list of tasks"):
        task = state.mem.struct("task_struct", at)
        tasks[at] = task
        report.count("tasks")
    by_pid = {}
    for at, task in tasks.items():
        if task.pid in by_pid:
            report.bad(name(task), f"has the pid of the task at {by_pid[task.pid]:#010x}")
        by_pid[task.pid] = at
    queued = {}
    for cpu in cpus.possible(state.mem):
        rq = state.mem.per_cpu("runqueue", cpu)
        if rq.started:
            queue(report, state, rq, cpu, queued)
    for at, task in tasks.items():
        if task.on_rq and at not in queued:
            report.bad(name(task), "is said to be queued or running, and is neither")


def name(task):
    return f"task {task.pid} ({text(task)}) at {task.address:#010x}"


def text(task):
    return "".join(chr(c & 127) for c in task.comm).split("\0")[0]


def queue(report, state, rq, cpu, queued):
    where, offset, n = f"run queue of CPU {cpu} at {rq.address:#010x}", \
        state.layout.offset("task_struct", "run_list"), 0
    for prio in range(state.layout["NR_PRIOS"]):
        found = 0
        for at in links(report, state, rq.address_of(f"queue[{prio}]"), offset, f"{where}, list {prio}"):
            task, found = state.mem.struct("task_struct", at), found + 1
            queued[at] = cpu
            report.equal(name(task), "priority, by its list", prio, task.prio)
            report.equal(name(task), "CPU, by its queue", cpu, task.cpu)
            report.equal(name(task), "on_rq, of a queued task", 1, task.on_rq)
            if at in (int(rq.curr), int(rq.idle)):
                report.bad(name(task), f"runs on CPU {cpu} and waits in its queue")
        report.equal(where, f"ready bit of list {prio}", int(found > 0), rq.ready >> prio & 1)
        n += found
    queued[int(rq.curr)] = queued[int(rq.idle)] = cpu
    report.equal(where, "nr_running", n + (int(rq.curr) != int(rq.idle)), rq.nr_running)
    report.equal(where, "CPU of the running task", cpu, rq.curr.cpu)
    report.equal(where, "on_cpu of the running task", 1, rq.curr.on_cpu)
    report.equal(where, "current_task", int(rq.curr), int(state.mem.per_cpu("current_task", cpu)))
    report.count("run queues")
