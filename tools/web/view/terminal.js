// SPDX-License-Identifier: MIT
// terminal.js - the serial line: a terminal, and the lines that buttons type, one at each prompt.

import { Terminal } from '@xterm/xterm';
import { FitAddon } from '@xterm/addon-fit';

export const PROMPT = 'quire> ';
const KEPT = 40000; // characters

export class Shell {
  // send(text): to the kernel's serial line.
  constructor(box, send) {
    this.send = send;
    this.queue = [];
    this.log = '';
    this.printed = ''; // since whoever asks emptied it
    this.prompts = 0;
    this.line = '';
    this.onLine = () => {};
    this.onPrompt = () => {};
    this.terminal = new Terminal({ convertEol: true, fontSize: 12, scrollback: 5000, screenReaderMode: false,
      theme: { background: '#10151d', foreground: '#dfe6ee' } });
    this.fit = new FitAddon();
    this.terminal.loadAddon(this.fit);
    this.terminal.open(box);
    this.terminal.onData((data) => this.send(data));
    new ResizeObserver(() => this.fit.fit()).observe(box);
    this.pending = '';
  }

  // A byte from the kernel. Written to the screen by flush(), once a frame.
  receive(byte) {
    const c = String.fromCharCode(byte);
    this.pending += c;
    if (c === '\n') {
      this.onLine(this.line);
      this.line = '';
    } else if (c !== '\r') this.line += c;
    if (this.line === PROMPT) this.prompted();
  }

  prompted() {
    this.prompts++;
    this.onPrompt();
    const next = this.queue.shift();
    if (next !== undefined) this.send(`${next}\r`);
  }

  flush() {
    if (!this.pending) return;
    this.log = (this.log + this.pending).slice(-KEPT);
    this.printed = (this.printed + this.pending).slice(-KEPT);
    this.terminal.write(this.pending);
    this.pending = '';
  }

  get atPrompt() {
    return this.line === PROMPT;
  }

  // Type these lines, each when the one before has ended.
  type(...lines) {
    this.queue.push(...lines);
    if (this.atPrompt) this.send(`${this.queue.shift()}\r`);
  }

  interrupt() {
    this.queue = [];
    this.send('\x03');
  }

  // What a saved moment needs, and going back to it.
  save() {
    this.flush();
    return { log: this.log, line: this.line, prompts: this.prompts };
  }

  restore(saved) {
    Object.assign(this, saved, { queue: [], pending: '' });
    this.terminal.reset();
    this.terminal.write(saved.log);
  }
}
