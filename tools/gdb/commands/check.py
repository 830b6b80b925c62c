# SPDX-License-Identifier: MIT
"""check.py - `mm check`: is the whole state of memory management sound?"""

from commands import CommandError, command
from decode import checks
from decode.checks import moment
from decode.memory import Unreadable

GROUP = "Begin here"


@command("check", "[memblock|zones|slabs|areas|kmap|percpu|tables|tasks ...]")
def check(k, *only):
    """The invariants of all of memory management, looked at from outside; like the shell's `check`.

    Independent of the kernel's own checkers, so it finds their faults as well. Says whether the
    machine stands in the middle of a change: then findings may be no faults."""
    unknown = [name for name in only if name not in checks.CHECKERS]
    if unknown:
        raise CommandError(f"no checker '{unknown[0]}'; there are: {', '.join(checks.CHECKERS)}")
    try:
        doing = list(moment.changes(k.mem, getattr(k, "ips", None)))
    except Unreadable as error:
        doing = [f"its locks cannot be read: {error}"]
    report = checks.run(k.mem, only)
    for text in doing:
        yield f"CHECK note: the state may be in the middle of a change: {text}"
    for text in report.findings:
        yield f"CHECK bad: {text}"
    if report.left_out:
        yield f"CHECK bad: {report.left_out} more findings are not listed"
    looked = ", ".join(f"{n} {what}" for what, n in report.looked.items())
    yield f"CHECK {'ok' if not report.findings else f'{len(report.findings) + report.left_out} findings'}" \
          f" ({looked})"
