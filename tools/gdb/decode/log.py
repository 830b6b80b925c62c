# SPDX-License-Identifier: MIT
"""log.py - the kernel's log: a ring of text, the oldest overwritten first."""


def text(mem):
    """What is in the ring, as text. A line whose beginning was overwritten is left out."""
    ring, end = mem.static("log_ring", "printk.c"), mem.static("log_end", "printk.c")
    data = mem.read(ring.address, len(ring))
    if end > len(data):
        data = data[end % len(data):] + data[:end % len(data)]
        data = data[data.find(b"\n") + 1:]
    else:
        data = data[:end]
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
