// SPDX-License-Identifier: MIT
// buttons.js - buttons that type shell commands, and what was allocated by hand so far.

import { h } from './dom.js';

const PER_LINE = 12; // `free` commands in a line of the shell

// What the shell allocated and nobody has freed yet, learnt from what it printed.
export class Held {
  constructor() {
    this.blocks = new Map(); // pfn -> order
    this.objects = new Set();
    this.areas = new Set();
  }

  // A line from the kernel or of what was typed.
  read(line) {
    let m = /^ALLOC pfn=(\d+) order=(\d+)/.exec(line);
    if (m) this.blocks.set(m[1], m[2]);
    if ((m = /^KMALLOC addr=(0x[0-9a-f]+)/.exec(line))) this.objects.add(m[1]);
    if ((m = /^VMALLOC addr=(0x[0-9a-f]+)/.exec(line))) this.areas.add(m[1]);
    if (!line.startsWith('quire> ')) return;
    for (const [, pfn] of line.matchAll(/\bfree (\d+) \d+/g)) this.blocks.delete(pfn);
    for (const [, va] of line.matchAll(/\bkfree (0x[0-9a-f]+)/g)) this.objects.delete(va);
    for (const [, va] of line.matchAll(/\bvfree (0x[0-9a-f]+)/g)) this.areas.delete(va);
  }

  // Commands that free it all, or every second block.
  frees(everySecond = false) {
    const blocks = [...this.blocks].sort((a, b) => a[0] - b[0]).filter((_, i) => !everySecond || i % 2);
    const commands = blocks.map(([pfn, order]) => `free ${pfn} ${order}`);
    if (!everySecond) commands.push(...[...this.objects].map((va) => `kfree ${va}`), ...[...this.areas].map((va) => `vfree ${va}`));
    const lines = [];
    for (let i = 0; i < commands.length; i += PER_LINE) lines.push(commands.slice(i, i + PER_LINE).join('; '));
    return lines;
  }

  copy() {
    const other = new Held();
    other.blocks = new Map(this.blocks);
    other.objects = new Set(this.objects);
    other.areas = new Set(this.areas);
    return other;
  }
}

// app: {shell, held, act()}: act() is called before a button types, to save the moment.
export function makeButtons(box, app) {
  const type = (...lines) => app.act(() => app.shell.type(...lines));
  const list = [
    ['Fill', 'Take half of high memory in large blocks', () => type('repeat 12 alloc 10 GFP_HIGHUSER')],
    ['Fragment', 'Take 300 single pages, give every second one back', () => fragment(app, type)],
    ['Free', 'Give everything back that was allocated here', () => type(...app.held.frees(), 'drain', 'vmpurge')],
    ['Stress', 'Threads on every allocator for 3 seconds', () => type('stress mixed 3')],
    ['Exhaust', 'Allocate until nothing is left', () => type(...exhaust())],
    ['kmalloc storm', '40000 mixed kmalloc and kfree', () => type('slabmix 40000')],
    ['kmap storm', 'Map high pages for 3 seconds', () => type('stress kmap 3')],
    ['vmalloc', 'An area of 1 MiB', () => type('vmalloc 1M')],
    ['Stop', 'Ctrl-C', () => app.shell.interrupt()],
  ];
  box.append(...list.map(([name, title, onclick]) => h('button', { title, onclick }, name)));
}

function fragment(app, type) {
  type('repeat 300 alloc 0 GFP_HIGHUSER');
  app.afterQueue(() => type(...app.held.frees(true), 'drain'));
}

function exhaust() {
  return [[10, 300], [7, 40], [4, 60], [2, 60], [0, 60]].map(([order, n]) => `repeat ${n} alloc ${order} GFP_HIGHUSER|__GFP_NOWARN`);
}
