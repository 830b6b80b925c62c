// SPDX-License-Identifier: MIT
// slabview.js - caches with how full they are; one of them with its slabs and objects.

import { h, hex, size } from './dom.js';
import { replaceRows } from './freelists.js';

export class SlabView {
  constructor(kernel, pin) {
    Object.assign(this, { kernel, pin });
    this.chosen = 0;
    this.table = h('table');
    this.slabs = h('div');
    this.all = h('input', { type: 'checkbox', onchange: () => this.update() });
    this.element = h('div', {}, h('h2', {}, 'Slab caches '), h('label', { class: 'dim' }, this.all, ' empty ones too'), this.table, this.slabs);
  }

  update() {
    const caches = this.kernel.slabs.read(this.kernel.memory);
    const shown = caches.filter((cache) => cache.slabs || this.all.checked);
    replaceRows(this.table, ['cache', 'size', 'in use', 'in arrays', 'of', 'slabs', ''], shown.map((cache) => this.row(cache)));
    this.showSlabs(caches.find((cache) => cache.va === this.chosen));
  }

  row(cache) {
    const share = (n) => `${(100 * n) / Math.max(1, cache.objects)}%`;
    const choose = () => { this.chosen = this.chosen === cache.va ? 0 : cache.va; this.update(); };
    return h('tr', { class: 'choice', tabindex: 0, 'aria-selected': cache.va === this.chosen, onclick: choose,
      onkeydown: (event) => event.key === 'Enter' && choose() },
    h('td', {}, cache.name), ...[cache.objectSize, cache.active, cache.inArrays, cache.objects, cache.slabs].map((n) => h('td', {}, n)),
    h('td', {}, h('span', { class: 'cachebar' }, h('i', { style: `width:${share(cache.active)}` }),
      h('i', { style: `left:${share(cache.active)};width:${share(cache.inArrays)}` }))));
  }

  showSlabs(cache) {
    if (!cache) {
      this.slabs.replaceChildren(h('p', { class: 'dim' }, 'Choose a cache to see its slabs: a square is an object, hollow when free in its slab. An object in a CPU’s array is taken as far as its slab knows.'));
      this.key = '';
      return;
    }
    const slabs = this.kernel.slabs.readSlabs(this.kernel.memory, cache);
    const key = JSON.stringify(slabs);
    if (key === this.key) return;
    this.key = key;
    this.slabs.replaceChildren(h('h3', { style: 'margin-top:8px' }, `${cache.name}: ${cache.slabs} slabs of ${size(4096 * 2 ** cache.order)}, ${cache.num} objects of ${cache.size} bytes each`),
      ...slabs.map((slab) => this.slab(slab)));
  }

  slab(slab) {
    const pfn = Math.floor(this.kernel.memory.pa(slab.objects) / 4096);
    return h('div', { class: 'slab' },
      h('a', { href: '#map', onclick: (event) => { event.preventDefault(); this.pin(pfn); } }, `pfn ${pfn}`),
      ` ${slab.list}: ${slab.inuse} of ${slab.free.length} taken, objects from ${hex(slab.objects)}`,
      h('div', { class: 'objects', role: 'img', 'aria-label': `${slab.inuse} of ${slab.free.length} objects taken` },
        ...slab.free.map((free) => h('i', { class: free ? 'free' : '' }))));
  }
}
