// SPDX-License-Identifier: MIT
// map.js - the page map: each zone in a frame, each 4 MiB of it a tile, redrawn where it changed.

import { State } from '../guest/pages.js';
import { h, $ } from './dom.js';
import { SIDE, TILE, paint, pageAt, rectangle } from './tile.js';
import { ZoneBar } from './zonebar.js';

const GAP = 2, HOT = 14, HEADER = 30, CELLS = [8, 6, 5, 4, 3, 2, 1];

export class PageMap {
  // onPoint(pfn, pinned): the page under the pointer or the cursor; -1: none.
  constructor(kernel, colouring, onPoint) {
    Object.assign(this, { kernel, colouring, onPoint });
    this.box = $('map');
    this.sections = [];
    this.heat = new Uint8Array(0);
    this.hot = new Set();
    this.pinned = -1;
    this.at = -1;
    this.shape = '';
    this.box.addEventListener('keydown', (event) => this.onKey(event));
    new ResizeObserver(() => this.layOut()).observe(this.box);
  }

  // Take what a look found. changed: frames, or null: draw everything.
  update(changed) {
    const { zones, pages } = this.kernel;
    const shape = zones.map((zone) => `${zone.id}:${zone.start}-${zone.end}`).join();
    if (shape !== this.shape || this.heat.length !== pages.count) {
      this.shape = shape;
      this.heat = new Uint8Array(pages.count);
      this.layOut();
    } else if (!changed) this.drawAll();
    else this.warm(changed);
    this.updateBars();
  }

  updateBars() {
    this.kernel.zones.forEach((zone, i) => this.sections[i]?.bar.update(zone));
  }

  warm(changed) {
    for (const pfn of changed) {
      const head = this.kernel.pages.headOf(pfn);
      this.heat[head] = HOT;
      this.hot.add(Math.floor(head / TILE));
      this.hot.add(Math.floor(pfn / TILE));
    }
  }

  // Draw the tiles that changed or still glow. Every frame.
  tick() {
    for (const tile of [...this.hot]) {
      let warm = false;
      const end = Math.min((tile + 1) * TILE, this.heat.length);
      for (let pfn = tile * TILE; pfn < end; pfn++)
        if (this.heat[pfn]) warm = --this.heat[pfn] > 0 || warm;
      this.drawTile(tile);
      if (!warm) this.hot.delete(tile);
    }
  }

  // --- shape -------------------------------------------------------------------------------

  tilesOf(zone) {
    const first = Math.floor(zone.start / TILE), last = Math.floor((zone.end - 1) / TILE), tiles = [];
    for (let tile = first; tile <= last; tile++) if (this.hasPages(zone, tile)) tiles.push(tile);
    return tiles;
  }

  hasPages(zone, tile) {
    const { pages } = this.kernel;
    const end = Math.min((tile + 1) * TILE, zone.end, pages.count);
    for (let pfn = Math.max(tile * TILE, zone.start); pfn < end; pfn++)
      if (pages.zone[pfn] === zone.id) return true;
    return false;
  }

  // The largest cells with which everything fits, nearly. Single dots show little: rather than those,
  // there is some scrolling.
  chooseCell(counts, width, height) {
    for (const cell of CELLS) {
      const columns = Math.floor(width / (SIDE * cell + GAP));
      if (columns < 1) continue;
      const rows = counts.reduce((sum, n) => sum + Math.ceil(n / columns), 0);
      if (rows * (SIDE * cell + GAP) + counts.length * HEADER <= height * (cell === 2 ? 1.7 : 1.12) || cell === 1) return { cell, columns };
    }
    return { cell: 1, columns: 1 };
  }

  layOut() {
    const { zones } = this.kernel;
    if (!zones.length || !this.heat.length) return;
    const tiles = zones.map((zone) => this.tilesOf(zone));
    const { cell, columns } = this.chooseCell(tiles.map((list) => list.length), this.box.clientWidth - 14, this.box.clientHeight - 14);
    this.cell = cell;
    this.columns = columns;
    this.pixels = new ImageData(SIDE * cell, SIDE * cell);
    this.words = new Uint32Array(this.pixels.data.buffer);
    this.sections = zones.map((zone, i) => this.makeSection(zone, tiles[i]));
    this.cursor = h('div', { style: `position:absolute;pointer-events:none;display:none;z-index:2;box-sizing:border-box;
      border:2px solid var(--hover);box-shadow:0 0 0 1px var(--panel)` });
    this.box.replaceChildren(...this.sections.map((section) => section.element));
    this.places = new Map(); // tile -> [{section, x, y}]
    for (const section of this.sections)
      section.tiles.forEach((tile, n) => {
        const place = { section, x: (n % columns) * (SIDE * cell + GAP), y: Math.floor(n / columns) * (SIDE * cell + GAP) };
        this.places.set(tile, [...(this.places.get(tile) ?? []), place]);
      });
    this.drawAll();
    this.updateBars();
    this.showCursor();
  }

  makeSection(zone, tiles) {
    const step = SIDE * this.cell + GAP, used = Math.min(this.columns, tiles.length);
    const canvas = h('canvas', { width: used * step - GAP, height: Math.ceil(tiles.length / this.columns) * step - GAP,
      role: 'img', 'aria-label': `Pages of node ${zone.node}, zone ${zone.name}` });
    const bar = new ZoneBar(zone), wrap = h('div', { style: 'position:relative' }, canvas);
    const section = { zone: zone.id, tiles, canvas, wrap, bar, context: canvas.getContext('2d', { willReadFrequently: true }), // made of pixels, never drawn to
     
      element: h('div', { class: 'zone' }, h('div', { class: 'zonehead' }, bar.head, bar.element), wrap) };
    canvas.addEventListener('pointermove', (event) => this.point(this.pfnAt(section, event), false));
    canvas.addEventListener('pointerleave', () => this.point(this.pinned, false));
    canvas.addEventListener('click', (event) => this.pin(this.pfnAt(section, event)));
    return section;
  }

  // --- drawing -----------------------------------------------------------------------------

  drawAll() {
    for (const tile of this.places?.keys() ?? []) this.drawTile(tile);
  }

  drawTile(tile) {
    for (const place of this.places?.get(tile) ?? []) {
      this.words.fill(this.colouring.palette.ground);
      paint(this.words, this.cell, this.blocks(tile, place.section.zone));
      place.section.context.putImageData(this.pixels, place.x, place.y);
    }
  }

  *blocks(tile, zone) {
    const { pages } = this.kernel, { palette } = this.colouring, first = tile * TILE;
    const end = Math.min(first + TILE, pages.count);
    for (let pfn = first; pfn < end;) {
      const order = this.orderAt(pfn);
      if (pages.zone[pfn] === zone && pages.state[pfn] !== State.HOLE) {
        const plain = this.colouring.of(pfn), heat = this.heat[pfn];
        const colour = heat ? palette.lit(plain, heat / HOT * 0.85) : plain;
        yield [pfn - first, order, colour, palette.edgeOf(colour)];
      }
      pfn += 2 ** order;
    }
  }

  // Of the block at pfn, as far as it is a block.
  orderAt(pfn) {
    const order = this.kernel.pages.order[pfn];
    return order <= 10 && pfn % 2 ** order === 0 && this.kernel.pages.head[pfn] ? order : 0;
  }

  // --- pointing ----------------------------------------------------------------------------

  pfnAt(section, event) {
    const step = SIDE * this.cell + GAP;
    const box = section.canvas.getBoundingClientRect(), scale = section.canvas.width / (box.width - 2);
    const px = (event.clientX - box.left - 1) * scale, py = (event.clientY - box.top - 1) * scale;
    const column = Math.floor(px / step), row = Math.floor(py / step);
    const x = Math.floor((px - column * step) / this.cell), y = Math.floor((py - row * step) / this.cell);
    const tile = section.tiles[row * this.columns + column];
    if (tile === undefined || x < 0 || y < 0 || x >= SIDE || y >= SIDE) return -1;
    const pfn = tile * TILE + pageAt(x, y);
    return pfn < this.kernel.pages.count && this.kernel.pages.zone[pfn] === section.zone ? pfn : -1;
  }

  point(pfn) {
    this.at = pfn;
    this.showCursor();
    this.onPoint(pfn, pfn >= 0 && pfn === this.pinned);
  }

  pin(pfn) {
    this.pinned = pfn === this.pinned ? -1 : pfn;
    this.point(pfn);
    this.cursor.scrollIntoView({ block: 'nearest' });
  }

  showCursor() {
    if (!this.cursor) return;
    const pfn = this.at, place = pfn < 0 ? null : this.places.get(Math.floor(pfn / TILE))
      ?.find((p) => p.section.zone === this.kernel.pages.zone[pfn]);
    this.cursor.style.display = place ? 'block' : 'none';
    if (!place) return;
    const head = this.kernel.pages.headOf(pfn), order = this.orderAt(head);
    const r = rectangle(head % TILE, order), c = this.cell;
    Object.assign(this.cursor.style, { left: `${place.x + r.x * c - 1}px`, top: `${place.y + r.y * c - 1}px`,
      width: `${r.w * c + 4}px`, height: `${r.h * c + 4}px` });
    place.section.wrap.append(this.cursor);
  }

  // Arrows go one page on the curve, with Shift a block; Page Up and Down 4 MiB.
  onKey(event) {
    const { pages } = this.kernel, at = Math.max(this.at, 0), block = 2 ** this.orderAt(pages.headOf(at));
    const head = pages.headOf(at);
    const to = { ArrowRight: event.shiftKey ? at + 1 : head + block, ArrowLeft: event.shiftKey ? at - 1 : pages.headOf(Math.max(0, head - 1)),
      ArrowDown: at + SIDE, ArrowUp: at - SIDE, PageDown: at + TILE, PageUp: at - TILE, Home: 0, End: pages.count - 1 }[event.key];
    if (event.key === 'Enter') this.pin(at);
    else if (event.key === 'Escape') { this.pinned = -1; this.point(-1); }
    else if (to !== undefined) this.point(Math.max(0, Math.min(pages.count - 1, to)));
    else return;
    event.preventDefault();
  }
}
