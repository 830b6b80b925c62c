# SPDX-License-Identifier: MIT
"""relay.py - a machine's serial line for several: a file, consoles, lines to be typed.

    uart.sock      QEMU's end; a machine that is started anew connects again
    console.sock   `make console`: sees all, and what it sends is typed at once; any number
    type.sock      lines, each typed when the shell asks for the next one (`mm type`)
    serial.log     what the kernel said, of the machine that runs

Nobody can make the machine wait: a console that does not read misses what it was too slow for."""

import os
import selectors
import socket
import threading
import time

import machine

NAMES = ("uart", "console", "type")
PROMPT, SETTLED = machine.Typist.PROMPT, machine.Typist.SETTLED
TAIL = 4096  # what a console that comes late is shown


class Relay(threading.Thread):
    """The relay of one folder, until its program ends."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder = folder
        self.selector = selectors.DefaultSelector()
        self.listeners = {name: self._listen(name) for name in NAMES}
        self.uart, self.consoles = None, []
        self.to_machine, self.lines, self.pending = b"", [], {}
        self.said, self.last, self.typed_at = b"", 0.0, 0
        self.count = 0  # bytes that this machine said
        self.log = open(self.path("serial.log"), "wb", buffering=0)  # pylint: disable=consider-using-with

    def path(self, name):
        return os.path.join(self.folder, name)

    def _listen(self, name):
        path = self.path(name + ".sock")
        if os.path.exists(path):
            os.remove(path)
        s = socket.socket(socket.AF_UNIX)
        s.bind(path)
        s.listen(8)
        self.selector.register(s, selectors.EVENT_READ, (name, None))
        return s

    def run(self):
        while True:
            for key, _ in self.selector.select(SETTLED):
                name, who = key.data
                if who is None:
                    self._arrive(name, key.fileobj.accept()[0])
                else:
                    self._read(name, who)
            self._type_next()
            self._send()

    def close(self):
        for name in NAMES:
            os.remove(self.path(name + ".sock"))

    # --- who comes and goes -----------------------------------------------------------------

    def _arrive(self, name, s):
        s.setblocking(False)
        if name == "uart":
            self._new_machine(s)
        elif name == "console":
            self.consoles.append(s)
            self._show(s, self.said)
        else:
            self.pending[s] = b""
        self.selector.register(s, selectors.EVENT_READ, (name, s))

    def _new_machine(self, s):
        if self.uart:
            self._leave("uart", self.uart)
        self.uart, self.said, self.to_machine = s, b"", b""
        self.count = self.typed_at = 0
        self.log.seek(0)
        self.log.truncate()

    def _leave(self, name, s):
        self.selector.unregister(s)
        s.close()
        if name == "uart" and self.uart is s:
            self.uart = None
        elif name == "console":
            self.consoles.remove(s)
        elif name == "type":
            self.lines += [line for line in [self.pending.pop(s)] if line]

    # --- what is said -----------------------------------------------------------------------

    def _read(self, name, s):
        try:
            data = s.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._leave(name, s)
        elif name == "uart":
            self._machine_says(data)
        elif name == "console":
            self.to_machine += data
        else:
            *whole, self.pending[s] = (self.pending[s] + data).split(b"\n")
            self.lines += whole

    def _machine_says(self, data):
        self.log.write(data)
        self.count += len(data)
        self.said, self.last = (self.said + data)[-TAIL:], time.monotonic()
        for s in self.consoles:
            self._show(s, data)

    @staticmethod
    def _show(s, data):
        try:
            s.send(data)
        except OSError:
            pass  # too slow, or gone: its next read says so

    def _type_next(self):
        """The next line, when the shell waits: a prompt, and silence behind it."""
        if self.lines and self.said.endswith(PROMPT) and self.count > self.typed_at and \
                time.monotonic() - self.last >= SETTLED:
            self.typed_at = self.count
            self.to_machine += self.lines.pop(0) + b"\r"

    def _send(self):
        if self.uart and self.to_machine:
            try:
                self.to_machine = self.to_machine[self.uart.send(self.to_machine):]
            except OSError:
                pass  # its buffer is full: later
