# SPDX-License-Identifier: MIT
"""decode - reads a Quire kernel's memory: pages, zones, slabs, areas, tasks.

Nothing here knows GDB, QEMU or a file format. All of it works on a Memory (memory.py), which has
two things: a layout (layout.py, made from the compiler's description of this very kernel) and a
function read(address, length). So one decoder serves GDB, a core file, drgn and the tests."""
