# SPDX-License-Identifier: MIT
"""sources - where memory comes from: GDB, a core file. Each gives commands.Kernel its Memory."""
