#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cpio.py - an archive that Linux unpacks as its first root file system (initrd).

Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst ("newc")."""

import stat

FOLDER, FILE, DEVICE = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o755, stat.S_IFCHR | 0o600


def padded(data):
    return data + bytes(-len(data) % 4)


def member(inode, name, mode, data=b"", device=(0, 0)):
    """One file. device: major and minor number."""
    text = name.encode() + b"\0"
    fields = [inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(text), 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields)
    return padded(head + text) + padded(data)


def archive(members):
    """members: [(name, mode, data, (major, minor)), ...], the last two as needed."""
    parts = [member(inode, *m) for inode, m in enumerate(members, 1)]
    return b"".join(parts) + member(0, "TRAILER!!!", 0)
