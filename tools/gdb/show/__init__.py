# SPDX-License-Identifier: MIT
"""show - how GDB prints Quire's types, and functions for its expressions ($pfn(), $page(), ...)."""
