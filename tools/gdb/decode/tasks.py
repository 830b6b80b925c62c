# SPDX-License-Identifier: MIT
"""tasks.py - tasks: what they do, where they wait, how deep their stacks went."""

from decode.memory import Unreadable

STATES = {0: "R", 1: "S", 2: "D", 4: "N"}  # task_state_name(); any other is dead
SAVED_EBP, RETURN = 12, 16  # what __switch_to pushes: edi, esi, ebx, ebp, the way back


class Task:
    """One struct task_struct."""

    def __init__(self, mem, struct):
        self.mem, self.struct = mem, struct
        self.pid, self.cpu, self.prio = struct.pid, struct.cpu, struct.prio
        self.comm = mem.string(struct.address_of("comm"), mem.layout["TASK_COMM_LEN"])

    @property
    def state(self):
        return "R+" if self.struct.on_cpu else STATES.get(self.struct.state, "X")

    @property
    def stack(self):
        return self.struct.stack

    def stack_used(self):
        """Bytes that were ever used; 0: the stack is not known."""
        return high_water(self.mem, self.stack) if self.stack.top else 0

    def frames(self, most=16):
        """Where it goes on once it runs, innermost first; empty while it runs. By frame pointers."""
        if self.struct.on_cpu or not self.stack.top:
            return []
        found = [self.mem.number(self.struct.sp + RETURN)]
        ebp = self.mem.number(self.struct.sp + SAVED_EBP)
        while self.stack.bottom <= ebp <= self.stack.top - 8 and len(found) < most:
            found.append(self.mem.number(ebp + 4))
            after = self.mem.number(ebp)
            if after <= ebp:
                break
            ebp = after
        return [pc for pc in found if self.mem.layout.function_at(pc - 1)]

    def waits_at(self):
        """The address of the call that put it to sleep, or 0: it sleeps not."""
        return self.struct.wait_site if self.state in "SD" else 0


def high_water(mem, stack):
    """Bytes of a struct kernel_stack that were ever used; it was filled when it was made."""
    try:
        words = memoryview(mem.read(stack.bottom, stack.top - stack.bottom)).cast("I")
    except Unreadable:
        return 0
    fill = mem.layout["STACK_FILL"]
    first = next((i for i, w in enumerate(words) if w != fill), len(words))
    return 4 * (len(words) - first)


def all_tasks(mem):
    """Every Task, in the order in which they were made."""
    head = mem.layout.in_file("tasks", "task.c")["addr"]
    if not mem.number(head):
        return []
    return [Task(mem, struct) for struct in mem.list(head, "task_struct", "all_list")]


def irq_stacks(mem):
    """(cpu, struct kernel_stack) of the interrupt stacks that there are."""
    return [(cpu, stack) for cpu, stack in enumerate(mem.static("irq_stacks", "kthread.c")) if stack.top]
