# SPDX-License-Identifier: MIT
"""qcow2.py - an empty disk image in QEMU's own format, for machines that keep snapshots in one.

Source: QEMU docs/interop/qcow2.txt, version 2. Clusters of 64 KiB: the header, the table of
reference counts, one block of counts, the first-level table."""

import struct

CLUSTER_BITS = 16
CLUSTER = 1 << CLUSTER_BITS
PER_L1 = CLUSTER * (CLUSTER // 8)  # bytes that an entry of the first-level table stands for


def write_empty(path, size=1 << 30):
    """An image of size bytes without any data."""
    l1_entries = -(-size // PER_L1)
    header = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 2, 0, 0, CLUSTER_BITS, size, 0,
                         l1_entries, 3 * CLUSTER, CLUSTER, 1, 0, 0)
    table = struct.pack(">Q", 2 * CLUSTER)
    counts = struct.pack(">4H", 1, 1, 1, 1)
    with open(path, "wb") as f:
        for at, data in enumerate((header, table, counts)):
            f.seek(at * CLUSTER)
            f.write(data)
        f.truncate(4 * CLUSTER)
