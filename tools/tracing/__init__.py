# SPDX-License-Identifier: MIT
"""tracing - the kernel's event trace outside the kernel: read, counted, written for other programs.

    rings.py    records out of a machine's memory, by the kernel's own table of events
    text.py     the lines that `trace show` prints, written and read
    chrome.py, ctf.py, folded.py   formats of other programs
    replay.py   free memory over time, from the events alone
    sites.py    who allocated how much, and still has it
    session.py  a machine to type into

Everything works on a Trace (events.py), whichever way it came."""
