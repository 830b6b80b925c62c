// SPDX-License-Identifier: MIT
// events.js - splits and merges in words: the text of what the pictures show.

import { State } from '../guest/pages.js';
import { h, hex, pages as pagesText, size } from './dom.js';

const KEPT = 60, TOLD = 3; // lines kept; blocks told one by one in a look

export class Events {
  constructor(kernel, pin) {
    Object.assign(this, { kernel, pin });
    this.list = h('ol', { class: 'log', reversed: true });
    this.element = h('div', {}, h('p', { class: 'dim', style: 'margin:0 0 4px' }, 'Newest first. Try alloc 4 in the shell.'), this.list);
  }

  clear() {
    this.list.replaceChildren();
  }

  add(diff, label) {
    if (label) this.put(h('b', {}, label));
    if (diff.splits.length + diff.merges.length > TOLD * 2) return this.addSum(diff);
    for (const split of diff.splits) this.put(...this.split(split));
    for (const merge of diff.merges) this.put(...this.merge(merge));
    return undefined;
  }

  addSum(diff) {
    const zones = [...new Set([...diff.splits, ...diff.merges].map((event) => this.zoneName(event)))];
    this.put(h('b', {}, zones.join(', ')), `: ${diff.splits.length} blocks split, ${diff.merges.length} merged`);
  }

  put(...parts) {
    this.list.prepend(h('li', {}, ...parts));
    while (this.list.childElementCount > KEPT) this.list.lastChild.remove();
  }

  // An event of the kernel's trace that the machine was stopped at.
  addTraced(event, link) {
    const parts = event.fields.flatMap((field) => [' ', h('span', { class: 'dim' }, `${field.name}=`), this.value(field, link)]);
    this.put(h('b', {}, `#${event.seq} ${event.name}`), ` by ${event.comm}:`, ...parts);
  }

  value(field, link) {
    if (field.kind === 'SITE') return link(field.value) ?? hex(field.value);
    if (field.name === 'pfn') return h('a', { href: '#map', onclick: (event) => { event.preventDefault(); this.pin(field.value); } }, field.value);
    if (field.kind === 'ZONE') return this.kernel.zones.find((zone) => zone.kind === field.value)?.name ?? field.value;
    if (field.name.endsWith('migratetype')) return this.kernel.typeName(field.value);
    return field.kind === 'PTR' || field.kind === 'HEX' || field.kind === 'GFP' ? hex(field.value) : `${field.value}`;
  }

  split(event) {
    const taken = this.taken(event);
    return [h('b', {}, `${this.zoneName(event)}: `), 'split ', this.block(event), taken ? ` to serve ${taken}` : '',
      '; back on the lists: ', this.orders(event.parts)];
  }

  merge(event) {
    return [h('b', {}, `${this.zoneName(event)}: `), 'merged into ', this.block(event), ', from ', this.orders(event.parts), ' and what was freed'];
  }

  // What is not free any more in a block that was split.
  taken(event) {
    const { pages } = this.kernel, words = [];
    const end = event.pfn + 2 ** event.order;
    let sets = 0;
    for (let pfn = event.pfn; pfn < end; pfn += Math.max(1, 2 ** pages.order[pfn])) {
      if (pages.state[pfn] === State.PAGESET) sets += 2 ** pages.order[pfn];
      else if (pages.state[pfn] > State.PAGESET && pages.state[pfn] < State.BAD && words.length < 2)
        words.push(`${pagesText(2 ** pages.order[pfn])} at pfn ${pfn}`);
    }
    if (sets) words.push(`a CPU’s pageset (${pagesText(sets)})`);
    return words.join(', ');
  }

  block(block) {
    return h('a', { href: '#map', onclick: (event) => { event.preventDefault(); this.pin(block.pfn); } },
      `pfn ${block.pfn}, order ${block.order} (${size(4096 * 2 ** block.order)})`);
  }

  orders(parts) {
    const counts = new Map();
    for (const part of parts) counts.set(part.order, (counts.get(part.order) ?? 0) + 1);
    return [...counts].sort((a, b) => b[0] - a[0]).map(([order, n]) => `${n > 1 ? `${n} × ` : ''}order ${order}`).join(', ');
  }

  zoneName(event) {
    const zone = this.kernel.zones.find((z) => z.id === event.zone);
    return zone ? (zone.node ? `node ${zone.node} ${zone.name}` : zone.name) : '?';
  }
}
