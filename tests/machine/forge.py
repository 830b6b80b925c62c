# SPDX-License-Identifier: MIT
"""forge.py - builds multiboot2 blocks and ACPI tables byte by byte, sound or not.

Source: Multiboot2 Specification 2.0, "Boot information format"; ACPI specification 6.x, 5.2."""

import struct

RAM, RESERVED, ACPI, NVS, UNUSABLE = 1, 2, 3, 4, 5
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

# What a PC with 128 MiB says.
PC_MAP = [
    (0x0, 0x9fc00, RAM),
    (0x9fc00, 0x400, RESERVED),
    (0xf0000, 0x10000, RESERVED),
    (0x100000, 127 * MIB - 0x20000, RAM),
    (128 * MIB - 0x20000, 0x20000, RESERVED),
    (0xfffc0000, 0x40000, RESERVED),
]


def tag(kind, payload=b"", size=None):
    """One tag, padded to 8 bytes. size: what its header claims, the truth by default."""
    claimed = 8 + len(payload) if size is None else size
    data = struct.pack("<II", kind, claimed) + payload
    return data + bytes(-len(data) % 8)


END = tag(0)


def cmdline(text):
    return tag(1, text.encode() + b"\0")


def module(start, end, text=b"module\0"):
    return tag(3, struct.pack("<II", start, end) + text)


def meminfo(lower, upper):
    return tag(4, struct.pack("<II", lower, upper))


def mmap(entries, stride=24, claimed_stride=None, tail=b""):
    """The memory map. entries: (base, length, type); stride: bytes from one to the next."""
    body = b"".join(struct.pack("<QQII", base, length, kind, 0).ljust(stride, b"\0")[:stride]
                    for base, length, kind in entries)
    head = struct.pack("<II", stride if claimed_stride is None else claimed_stride, 0)
    return tag(6, head + body + tail)


def block(*tags, end=END, total=None):
    """The whole block. total: what its header claims, the truth by default."""
    body = b"".join(tags) + end
    return struct.pack("<II", 8 + len(body) if total is None else total, 0) + body


# --- ACPI -----------------------------------------------------------------------------------

def checksummed(data, at, wrong=False):
    """data with the byte at `at` chosen so that all bytes add up to 0 (or, wrong, to 1)."""
    data = bytearray(data)
    data[at] = 0
    data[at] = (-sum(data) + (1 if wrong else 0)) & 0xff
    return bytes(data)


def acpi_table(signature, body, wrong=False, length=None):
    size = 36 + len(body) if length is None else length
    head = struct.pack("<4sIBB6s8sIII", signature, size, 1, 0, b"QUIRE ", b"FORGED  ", 1, 0, 1)
    return checksummed(head + body, 9, wrong)


def rsdt(pointers, **how):
    return acpi_table(b"RSDT", b"".join(struct.pack("<I", p) for p in pointers), **how)


def xsdt(pointers, **how):
    return acpi_table(b"XSDT", b"".join(struct.pack("<Q", p) for p in pointers), **how)


def rsdp(rsdt_at=0, xsdt_at=0, revision=0, wrong=False):
    old = checksummed(struct.pack("<8sB6sBI", b"RSD PTR ", 0, b"QUIRE ", revision, rsdt_at), 8, wrong)
    if revision < 2:
        return old
    return checksummed(old + struct.pack("<IQB3x", 36, xsdt_at, 0), 32)


def rsdp_tag(data):
    return tag(14 if len(data) == 20 else 15, data)


def srat_memory(domain, base, length, enabled=1, size=40):
    return struct.pack("<BBI2xQQ4xI8x", 1, size, domain, base, length, enabled)


def srat_cpu(domain, apic_id):
    return struct.pack("<BBBBI8x", 0, 16, domain, apic_id, 1)


def srat(entries, **how):
    return acpi_table(b"SRAT", struct.pack("<I8x", 1) + b"".join(entries), **how)


def madt_cpu(apic_id, flags=1):
    return struct.pack("<BBBBI", 0, 8, apic_id, apic_id, flags)


def madt(entries, local_apic=0xfee00000, **how):
    return acpi_table(b"APIC", struct.pack("<II", local_apic, 1) + b"".join(entries), **how)


def slit(rows, **how):
    return acpi_table(b"SLIT", struct.pack("<Q", len(rows)) + bytes(d for row in rows for d in row),
                      **how)
