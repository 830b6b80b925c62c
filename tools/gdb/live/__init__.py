# SPDX-License-Identifier: MIT
"""live - commands that need GDB and a machine that goes on or back: watching, rewinding, tours.

Each module has register(), which makes its gdb.Command classes known."""
