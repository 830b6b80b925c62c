// SPDX-License-Identifier: MIT
// addresses.js - kernel addresses: the page-table walk of one of them, vmalloc areas, kmap windows.

import { entryBits, walk } from '../guest/walk.js';
import { h, hex, size } from './dom.js';
import { replaceRows } from './freelists.js';

export class Addresses {
  // link(address): a function to click, or null.
  constructor(kernel, link, pin) {
    Object.assign(this, { kernel, link, pin });
    this.va = null;
    this.input = h('input', { value: '', placeholder: 'page under the pointer', 'aria-label': 'Kernel address', size: 22, oninput: () => this.typed() });
    this.tree = h('div');
    this.vmalloc = h('div');
    this.windows = h('div');
    this.pkmap = h('table');
    this.element = h('div', {}, h('h2', {}, 'Page tables ', this.input), this.tree,
      h('h2', { style: 'margin-top:10px' }, 'vmalloc areas'), this.vmalloc,
      h('h2', { style: 'margin-top:10px' }, 'kmap windows of CPU 0'), this.windows,
      h('h2', { style: 'margin-top:10px' }, 'kmap(): entries in use'), this.pkmap);
  }

  // Follow the page under the pointer, unless an address was typed.
  point(pfn) {
    if (this.input.value) return;
    const low = pfn >= 0 && pfn * 4096 < this.kernel.memory.lowEnd;
    this.va = low ? this.kernel.memory.offset + pfn * 4096 : this.highAddress(pfn);
    this.showTree(pfn);
  }

  // An address of a high page, if kmap() or a window gave it one.
  highAddress(pfn) {
    if (pfn < 0) return null;
    return this.kernel.mappings.readPkmap(this.kernel.memory, this.kernel.pages).find((e) => e.pfn === pfn)?.va ?? null;
  }

  typed() {
    const text = this.input.value.trim();
    this.va = text ? Number(text.startsWith('0x') ? text : `0x${text}`) : null;
    if (Number.isNaN(this.va)) this.va = null;
    this.showTree(-1);
  }

  update() {
    this.showTree(-1);
    this.showVmalloc();
    this.showWindows();
    this.showPkmap();
  }

  showTree(pfn) {
    if (this.va === null) {
      this.tree.replaceChildren(h('p', { class: 'dim' }, pfn >= 0 ? `pfn ${pfn} is high memory: no kernel address leads to it now.`
        : 'Point at a page, or type a kernel address, as 0xf8800000.'));
      this.key = '';
      return;
    }
    const found = walk(this.kernel.memory, this.va), key = JSON.stringify(found);
    if (key === this.key) return;
    this.key = key;
    let box = h('p', { style: 'margin:2px 0' }, found.pa < 0 ? 'not mapped' : `physical ${hex(found.pa, 9)}, pfn ${Math.floor(found.pa / 4096)}, a page of ${size(found.size)}`);
    for (const entry of [...found.entries].reverse()) box = this.level(entry, box);
    this.tree.replaceChildren(h('div', { class: 'mono' }, hex(found.va)), box);
  }

  level(entry, inner) {
    const value = `${(entry.high >>> 0).toString(16).padStart(8, '0')}${(entry.low >>> 0).toString(16).padStart(8, '0')}`;
    return h('div', { class: 'level' }, h('div', {}, h('b', {}, `${entry.level}[${entry.index}]`), ' ', h('code', {}, value), h('span', { class: 'dim' }, ` at ${hex(entry.at)}`)),
      h('div', { class: 'bits' }, ...entryBits(entry).map((bit) => h('span', { class: bit.set ? 'set' : '', title: `${bit.meaning}: ${bit.set ? 'yes' : 'no'}` }, bit.name))), inner);
  }

  showVmalloc() {
    const window = this.kernel.mappings.readVmalloc(this.kernel.memory), key = JSON.stringify(window);
    if (key === this.vmallocKey) return;
    this.vmallocKey = key;
    const top = Math.max(window.start + 2 ** 22, ...window.areas.map((a) => a.end)), span = top - window.start;
    const strip = h('div', { class: 'strip', role: 'img', 'aria-label': `${window.areas.length} areas` }, ...window.areas.map((a) => h('i', {
      class: `${a.kind === 'vmap' ? 'map' : a.kind} ${a.state === 'busy' || a.state === 'new' ? '' : 'freed'}`,
      title: `${hex(a.start)} ${a.kind} ${a.state}`, onclick: () => { this.input.value = hex(a.start); this.typed(); },
      style: `left:${(100 * (a.start - window.start)) / span}%;width:${(100 * (a.end - a.start)) / span}%` })));
    const table = h('table');
    replaceRows(table, ['address', 'size', 'state', 'pages', 'by'], window.areas.slice(0, 40).map((a) => h('tr', {}, h('td', {},
      h('a', { href: '#walk', onclick: (event) => { event.preventDefault(); this.input.value = hex(a.start); this.typed(); } }, hex(a.start))),
    h('td', {}, size(a.end - a.start)), h('td', {}, `${a.kind}, ${a.state}`), h('td', {}, a.pages), h('td', {}, this.link(a.caller) ?? ''))));
    this.vmalloc.replaceChildren(h('div', { class: 'dim' }, `${hex(window.start)} to ${hex(top)} of ${hex(window.end)}; each area ends in a guard page`), strip,
      window.areas.length ? table : h('p', { class: 'dim' }, 'None. Try vmalloc 1M.'));
  }

  showWindows() {
    const windows = this.kernel.mappings.readWindows(this.kernel.memory, 0);
    const key = windows.map((w) => `${w.present}${w.used}${w.pfn}`).join();
    if (key === this.windowKey) return;
    this.windowKey = key;
    const open = windows.filter((w) => w.present).length, used = windows.filter((w) => w.used).length;
    this.windows.replaceChildren(h('div', { class: 'windows', role: 'img', 'aria-label': `${open} mapped` }, ...windows.map((w) => h('i', {
      class: w.present ? 'on' : w.used ? 'once' : '', title: w.used ? `slot ${w.slot}: pfn ${w.pfn}${w.present ? '' : ', given back'}` : `slot ${w.slot}: never used` }))),
    h('div', { class: 'dim' }, `${windows.length} windows: ${open} mapped now, ${used} used since boot`));
  }

  showPkmap() {
    const used = this.kernel.mappings.readPkmap(this.kernel.memory, this.kernel.pages);
    replaceRows(this.pkmap, ['address', 'pfn', 'users', 'by'], used.slice(0, 32).map((e) => h('tr', {}, h('td', {}, hex(e.va)),
      h('td', {}, h('a', { href: '#map', onclick: (event) => { event.preventDefault(); this.pin(e.pfn); } }, e.pfn)), h('td', {}, e.users), h('td', {}, this.link(e.mappedBy) ?? ''))));
  }
}
