// SPDX-License-Identifier: MIT
// detail.js - everything about the page under the pointer, in words.

import { State, STATE_NAMES } from '../guest/pages.js';
import { h, hex, pages as pagesText, size } from './dom.js';

export class Detail {
  // openSource(place): show a function's source.
  constructor(box, kernel, functions, openSource) {
    Object.assign(this, { box, kernel, functions, openSource });
    this.shown = '';
    this.clear();
  }

  clear() {
    this.shown = '';
    this.box.replaceChildren(h('p', { class: 'dim', style: 'margin:0' },
      'Point at a page to read its struct page; click to pin it. A tile is 4 MiB: the largest block. Inside, a block of 2ᵏ pages is a square or half of one, so a split cuts its picture in half.'));
  }

  show(pfn, pinned) {
    if (pfn < 0 || pfn >= this.kernel.pages.count) return this.clear();
    const page = this.kernel.pages.describe(this.kernel.memory, pfn);
    const key = JSON.stringify([page, pinned]);
    if (key === this.shown) return undefined;
    this.shown = key;
    this.box.replaceChildren(...(page.state === State.HOLE ? [h('b', {}, `pfn ${pfn}: a hole, no memory`)] : this.lines(page, pinned)));
    return undefined;
  }

  lines(page, pinned) {
    const zone = this.kernel.zoneOf(page.pfn), low = page.pfn * 4096 < this.kernel.memory.lowEnd;
    const va = low ? hex(this.kernel.memory.offset + page.pfn * 4096) : 'none: high memory has no address of its own';
    const block = page.order ? `, in a block of ${pagesText(2 ** page.order)} (order ${page.order}, ${size(4096 * 2 ** page.order)}) from ${page.head}` : '';
    const facts = [
      ['zone', `${zone ? `node ${zone.node} ${zone.name}` : 'none'}, type ${this.kernel.typeName(page.type)}`],
      ['physical', `${hex(page.pfn * 4096, 9)}; kernel address ${va}`],
      ['struct page', `${hex(page.va)}, flags ${hex(page.flags)} ${page.flagNames.join(' ') || 'none'}, refcount ${page.refcount}, mapcount ${page.mapcount}`],
    ];
    if (page.cache) facts.push(['cache', this.kernel.memory.string(this.kernel.memory.get32(page.cache + this.kernel.slabs.cache.name))]);
    facts.push(...this.sites(page));
    return [h('b', {}, `pfn ${page.pfn}: ${STATE_NAMES[page.state]}${block}`), pinned ? ' (pinned)' : '',
      h('dl', {}, ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))];
  }

  sites(page) {
    const rows = [];
    const alloc = this.link(page.allocSite), free = this.link(page.freeSite);
    if (alloc) rows.push(['allocated by', alloc]);
    if (free) rows.push(['freed by', free]);
    return rows;
  }

  // A function as something to click; null: the address is in none.
  link(address, short = false) {
    const place = address ? this.functions.find(address) : null;
    if (!place) return null;
    return h('a', { href: '#source', title: `${place.file}:${place.line}`, onclick: (event) => { event.preventDefault(); this.openSource(place); } },
      short ? `${place.name}()` : `${place.name}()+${hex(place.offset, 1)}  ${place.file}:${place.line}`);
  }
}
