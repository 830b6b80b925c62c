// SPDX-License-Identifier: MIT
// source.js - the C text of a function.

import { h } from './dom.js';

export class Source {
  constructor(sources) {
    this.sources = sources;
    this.title = h('h2', {}, 'Source');
    this.text = h('pre', { class: 'source', tabindex: 0 });
    this.element = h('div', {}, this.title, this.text);
    this.text.append('Click a function’s name anywhere to read it here.');
  }

  // place: {name, file, line}, as functions.js finds it.
  show(place) {
    const text = this.sources[place.file];
    this.title.textContent = `${place.file}:${place.line}`;
    if (!text) {
      this.text.replaceChildren('This file is not in the page.');
      return;
    }
    const lines = text.split('\n').map((line, i) => h('div', { 'data-n': i + 1, class: i + 1 === place.line ? 'at' : '' }, line || ' '));
    this.text.replaceChildren(...lines);
    lines[Math.max(0, place.line - 6)]?.scrollIntoView({ block: 'start' });
  }
}
