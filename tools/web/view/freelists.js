// SPDX-License-Identifier: MIT
// freelists.js - a zone's free lists, largest blocks on top; a split flies down, a merge up.

import { pagesetPages } from '../guest/zones.js';
import { h, size } from './dom.js';

const FLIGHTS = 16; // at a time: more cannot be followed by eye

export class FreeLists {
  // pin(pfn): a block was chosen.
  constructor(kernel, palette, pin) {
    Object.assign(this, { kernel, palette, pin });
    this.choice = 0;
    this.follow = true;
    this.nav = h('div', { role: 'radiogroup', 'aria-label': 'Zone' });
    this.rows = h('div', { class: 'orders' });
    this.sets = h('table');
    this.marks = h('table');
    this.element = h('div', {}, h('h2', {}, 'Free lists ', this.nav),
      h('p', { class: 'dim', style: 'margin:0 0 4px' }, 'A box is a free block. A request takes the smallest that fits; what is too large is split, halves that are free again merge.'),
      this.rows, h('h2', { style: 'margin-top:10px' }, 'Pagesets: each CPU’s own store'), this.sets,
      h('h2', { style: 'margin-top:10px' }, 'Zones in numbers'), this.marks);
    this.cells = [];
    this.boxes = new Map();
  }

  update(sums, diff) {
    const { zones } = this.kernel;
    if (this.nav.childElementCount !== zones.length) this.makeNav();
    if (this.follow && diff) this.followEvents(diff);
    const zone = zones[this.choice] ?? zones[0];
    if (!this.cells.length) this.makeRows();
    [...this.nav.children].forEach((b, i) => b.setAttribute('aria-pressed', zones[i] === zone));
    const flights = diff ? this.flights(zone, diff) : [];
    const from = flights.length ? this.positions() : null;
    this.fillRows(zone, sums.get(zone.id));
    if (from) this.animate(flights, from);
    this.fillSets(zones);
    this.fillMarks(zones);
  }

  // Show the zone where something was split or merged.
  followEvents(diff) {
    const event = [...diff.splits, ...diff.merges][0];
    const index = event ? this.kernel.zones.findIndex((zone) => zone.id === event.zone) : -1;
    if (index >= 0) this.choice = index;
  }

  makeNav() {
    this.nav.style.cssText = 'display:inline-flex;gap:4px;margin-left:6px';
    this.nav.replaceChildren(...this.kernel.zones.map((zone, i) => h('button', {
      onclick: () => { this.choice = i; this.follow = false; this.redraw(); },
      ondblclick: () => { this.follow = true; }, title: 'Double click: follow what happens again',
    }, this.kernel.zones.some((z) => z.node !== zone.node) ? `${zone.node} ${zone.name}` : zone.name)));
  }

  redraw() {
    this.onRedraw?.();
  }

  makeRows() {
    const orders = this.kernel.zoneReader.orders;
    for (let order = orders - 1; order >= 0; order--) {
      const count = h('span', { class: 'count' }), boxes = h('div', { class: 'boxes' }), types = h('span', { class: 'dim' });
      const row = h('div', { class: 'order' }, h('span', { title: `blocks of ${2 ** order} pages` }, `${order}: ${size(4096 * 2 ** order)}`), count, boxes, types);
      this.cells[order] = { row, count, boxes, types, shown: '' };
      this.rows.append(row);
    }
  }

  fillRows(zone, sum) {
    const names = ['U', 'M', 'R', 'H', 'I'];
    this.cells.forEach((cell, order) => {
      const key = `${zone.id} ${zone.nrFree[order]} ${sum.blocks[order].map((b) => `${b.pfn},${b.type}`)}`;
      if (key === cell.shown) return;
      cell.shown = key;
      cell.count.textContent = zone.nrFree[order];
      cell.types.textContent = sum.counts[order].map((n, i) => (n ? `${names[i]} ${n}` : '')).filter(Boolean).join(' ');
      cell.boxes.replaceChildren(...sum.blocks[order].map((block) => this.box(block, order)));
      const more = zone.nrFree[order] - sum.blocks[order].length;
      if (more > 0) cell.boxes.append(h('span', { class: 'dim' }, `+${more}`));
    });
  }

  box(block, order) {
    const width = 5 + order * 1.6, type = this.kernel.typeName(block.type);
    const title = `pfn ${block.pfn}, ${2 ** order} pages, ${type}`;
    const element = h('button', { class: 'box', title, 'aria-label': title, tabindex: -1,
      style: `width:${width}px;background:${this.palette.css(this.palette.mixed(this.palette.cycle[block.type]))}`,
      onclick: () => this.pin(block.pfn) });
    element.dataset.block = `${block.pfn}/${order}`;
    return element;
  }

  // --- flights -----------------------------------------------------------------------------

  positions() {
    const base = this.rows.getBoundingClientRect(), found = new Map();
    if (!base.width) return found;
    for (const box of this.rows.querySelectorAll('.box')) {
      const r = box.getBoundingClientRect();
      found.set(box.dataset.block, { x: r.left - base.left, y: r.top - base.top, w: r.width });
    }
    return found;
  }

  place(positions, block) {
    const seen = positions.get(`${block.pfn}/${block.order}`);
    const cell = this.cells[block.order];
    return seen ?? { x: 120, y: cell.row.offsetTop + 4, w: 5 + block.order * 1.6 };
  }

  // What goes from where to where: [{from, to}] of blocks. None when it is too much to follow.
  flights(zone, diff) {
    const mine = (event) => event.zone === zone.id;
    const found = [...diff.splits.filter(mine).flatMap((event) => event.parts.map((part) => ({ from: event, to: part }))),
      ...diff.merges.filter(mine).flatMap((event) => event.parts.map((part) => ({ from: part, to: event })))];
    return found.length > FLIGHTS ? [] : found;
  }

  animate(flights, from) {
    if (!from.size) return;
    const to = this.positions();
    for (const flight of flights) this.fly(this.place(from, flight.from), this.place(to, flight.to), flight.to.order);
  }

  fly(from, to, order) {
    const ghost = h('div', { class: 'ghost', style: `left:${from.x}px;top:${from.y}px;width:${from.w}px` });
    this.rows.append(ghost);
    const row = this.cells[order].row;
    row.classList.add('hit');
    ghost.animate([{ transform: 'none', width: `${from.w}px` },
      { transform: `translate(${to.x - from.x}px, ${to.y - from.y}px)`, width: `${to.w}px` }],
    { duration: 800, easing: 'ease-in-out' }).finished.finally(() => {
      ghost.remove();
      setTimeout(() => row.classList.remove('hit'), 300);
    });
  }

  // --- tables ------------------------------------------------------------------------------

  fillSets(zones) {
    const rows = zones.flatMap((zone) => zone.pagesets.map((set) => h('tr', {}, h('td', {}, `${zone.name}, CPU ${set.cpu}`),
      ...[0, 1, 2, 3].map((order) => h('td', {}, set.lists.filter((l) => l.order === order).reduce((n, l) => n + l.entries.length, 0))),
      h('td', {}, pagesetPages(set)), h('td', {}, set.high), h('td', {}, set.batch))));
    replaceRows(this.sets, ['zone', 'order 0', '1', '2', '3', 'pages', 'high', 'batch'], rows);
  }

  fillMarks(zones) {
    const rows = zones.map((zone) => h('tr', {}, h('td', {}, zone.node ? `${zone.node} ${zone.name}` : zone.name), ...[zone.free, zone.managed, zone.present,
      ...zone.marks].map((n) => h('td', {}, n)), h('td', {}, Math.max(...zone.reserve))));
    replaceRows(this.marks, ['zone', 'free', 'managed', 'present', 'min', 'low', 'high', 'kept'], rows);
  }
}

// A table's rows, if they are not what is there.
export function replaceRows(table, heads, rows) {
  const key = rows.map((row) => row.textContent + (row.getAttribute('aria-selected') ?? '')).join('|');
  if (table.dataset.key === key) return;
  table.dataset.key = key;
  table.replaceChildren(h('tr', {}, ...heads.map((head) => h('th', {}, head))), ...rows);
}
