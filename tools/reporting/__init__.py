# SPDX-License-Identifier: MIT
"""reporting - what tools/report.py is made of.

    workload.py   the run: what is typed, when it is looked at
    watch.py      what is seen: events, zones, the map of memory
    suite.py      the in-kernel tests and what each of them cost
    svg.py        charts; page.py, parts.py   the page"""
