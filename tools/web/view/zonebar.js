// SPDX-License-Identifier: MIT
// zonebar.js - a zone's headline and bar: how much is free, where its watermarks are, how much is kept
// from requests that could have gone to a higher zone.

import { pagesetPages } from '../guest/zones.js';
import { h, size } from './dom.js';

export class ZoneBar {
  constructor(zone) {
    this.text = h('span', { class: 'dim' });
    this.head = h('h3', {}, `Node ${zone.node} · ${zone.name}`, this.text);
    this.free = h('i', { class: 'free' });
    this.pageset = h('i', { class: 'pageset' });
    this.reserve = h('i', { class: 'reserve' });
    this.marks = ['min', 'low', 'high'].map((name) => h('i', { class: 'mark', title: `${name} watermark` }));
    this.element = h('div', { class: 'bar', role: 'img' }, this.free, this.pageset, this.reserve, ...this.marks);
    this.shown = '';
  }

  update(zone) {
    const inSets = zone.pagesets.reduce((sum, set) => sum + pagesetPages(set), 0);
    const key = `${zone.free} ${inSets} ${zone.marks} ${zone.reserve}`;
    if (key === this.shown) return;
    this.shown = key;
    const share = (pages) => `${Math.min(100, (100 * pages) / zone.managed)}%`;
    const kept = Math.max(...zone.reserve);
    this.free.style.cssText = `left:0;width:${share(zone.free)}`;
    this.pageset.style.cssText = `left:${share(zone.free)};width:${share(inSets)}`;
    this.reserve.style.cssText = `left:${share(zone.marks[0])};width:${share(kept)}`;
    this.marks.forEach((mark, i) => { mark.style.left = share(zone.marks[i]); });
    this.text.textContent = `${zone.free} of ${zone.managed} pages free (${size(zone.free * 4096)})`
      + (inSets ? `, ${inSets} in pagesets` : '');
    const words = `${this.text.textContent}; watermarks min ${zone.marks[0]}, low ${zone.marks[1]}, high ${zone.marks[2]}; `
      + `kept from requests that could use a higher zone: up to ${kept}`;
    this.element.title = words;
    this.element.setAttribute('aria-label', words);
  }
}
