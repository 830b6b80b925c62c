#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdbstub.py - the few words of GDB's remote protocol that stop a QEMU machine at an address.

Source: the GDB manual, appendix "GDB Remote Serial Protocol"; QEMU's numbers of the registers:
its target/i386/gdbstub.c."""

import socket

# By the width of a register: qemu-system-x86_64 always speaks of 64 bits.
NUMBERS = {8: {"esp": 7, "eip": 16}, 4: {"esp": 4, "eip": 8}}
PATIENCE = 30  # seconds for an answer, on a machine that has much else to do


class Ended(Exception):
    """The machine is gone."""


class Stub:
    """A machine that stands still (-S). near: our end of the socket that its gdbstub has."""

    def __init__(self, near):
        self.near, self.waiting = near, b""
        near.settimeout(PATIENCE)
        self.ask("qXfer:features:read:target.xml:0,ff")  # without it QEMU has no p
        self.width = len(self.ask("p0")) // 2

    # --- packets ----------------------------------------------------------------------------

    def _send(self, data):
        try:
            self.near.sendall(data)
        except (BrokenPipeError, ConnectionError) as error:
            raise Ended from error

    def _more(self):
        try:
            data = self.near.recv(65536)
        except ConnectionError as error:
            raise Ended from error
        if not data:
            raise Ended
        self.waiting += data

    def _tell(self, text):
        self._send(f"${text}#{sum(text.encode()) & 255:02x}".encode())

    def _hear(self):
        """The next packet: $text#checksum, with acknowledgements between packets."""
        while not 0 <= (end := self.waiting.find(b"#")) <= len(self.waiting) - 3:
            self._more()
        text = self.waiting[self.waiting.index(b"$") + 1:end].decode("latin-1")
        self.waiting = self.waiting[end + 3:]
        self._send(b"+")
        return text

    def ask(self, text):
        self._tell(text)
        reply = self._hear()
        if reply.startswith("E"):
            raise ValueError(f"the gdbstub refuses {text}: {reply}")
        return reply

    # --- registers and memory, as the CPU sees it now -----------------------------------------

    def get(self, register):
        reply = bytes.fromhex(self.ask(f"p{NUMBERS[self.width][register]:x}"))
        return int.from_bytes(reply, "little") & 0xffffffff

    def read(self, address, count):
        return bytes.fromhex(self.ask(f"m{address:x},{count:x}"))

    def read_word(self, address):
        return int.from_bytes(self.read(address, 4), "little")

    # --- running ------------------------------------------------------------------------------

    def run_to(self, address, seconds):
        """Returns: whether the CPU has come to the linear address in that time."""
        self.ask(f"Z1,{address:x},1")
        self._tell("c")
        try:
            self.near.settimeout(seconds)
            reply = self._hear()
        except socket.timeout:
            return False
        self.near.settimeout(PATIENCE)
        if reply[:1] not in "TS":
            raise Ended
        return self.get("eip") == address
