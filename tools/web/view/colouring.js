// SPDX-License-Identifier: MIT
// colouring.js - the ways to colour the page map, each with its legend.

import { State, STATE_NAMES } from '../guest/pages.js';
import { size } from './dom.js';

export const MODES = [['state', 'State'], ['order', 'Free order'], ['type', 'Migrate type'], ['owner', 'Owner'],
  ['zone', 'Zone']];

export class Colouring {
  constructor(kernel, functions, palette) {
    Object.assign(this, { kernel, functions, palette, mode: 'state' });
    this.owners = new Map(); // name -> index in the cycle of colours
    this.sites = new Map(); // address -> name
    this.onRanked = () => {};
  }

  // The colour of the block that begins at pfn.
  of(pfn) {
    const { pages } = this.kernel, { palette } = this, state = pages.state[pfn];
    if (this.mode === 'state' || state === State.HOLE) return palette.states[state];
    if (this.mode === 'order') return state === State.FREE ? palette.orders[pages.order[pfn]] : palette.dim[state];
    if (state === State.RESERVED) return palette.states[state];
    const free = state === State.FREE || state === State.PAGESET;
    if (this.mode === 'owner') return free ? palette.free : this.ownerColour(this.ownerOf(pfn));
    const index = this.mode === 'type' ? pages.type[pfn] : pages.zone[pfn] & 7;
    const colour = palette.cycle[index % palette.cycle.length];
    return free ? palette.mixed(colour) : colour;
  }

  // A slab's cache, or the function that allocated.
  ownerOf(pfn) {
    const { pages, memory } = this.kernel, state = pages.state[pfn];
    const va = pages.va(pfn), slab = state === State.SLAB;
    const word = memory.get32(va + (slab ? pages.at.slab_cache : pages.at.alloc_site));
    let name = this.sites.get(word);
    if (name === undefined) {
      name = slab ? memory.string(memory.get32(word + this.kernel.slabs.cache.name)) : this.functions.find(word)?.name;
      name = name ? (slab ? `slab ${name}` : `${name}()`) : 'not known';
      this.sites.set(word, name);
    }
    return name;
  }

  ownerColour(name) {
    const cycle = this.palette.cycle;
    return cycle[Math.min(this.owners.get(name) ?? cycle.length, cycle.length - 1)];
  }

  // Give the colours to those who have most; the last colour is everybody else's. An owner keeps its
  // colour as long as it is among them. Returns: whether a colour has changed hands.
  rankOwners(names) {
    const places = this.palette.cycle.length - 1, top = names.slice(0, places);
    if (top.every((name) => this.owners.has(name))) return false;
    for (const name of this.owners.keys()) if (!top.includes(name)) this.owners.delete(name);
    const taken = new Set(this.owners.values());
    for (const name of top) {
      if (this.owners.has(name)) continue;
      const free = [...Array(places).keys()].find((place) => !taken.has(place));
      this.owners.set(name, free);
      taken.add(free);
    }
    return true;
  }

  // [{name, colour, pages}] of what there is now.
  legend() {
    const { pages } = this.kernel, rows = new Map();
    for (let pfn = 0; pfn < pages.count;) {
      const state = pages.state[pfn];
      const next = state === State.HOLE ? pfn + 1 : Math.min(pages.count, pfn + 2 ** pages.order[pfn]);
      if (state !== State.HOLE) {
        const name = this.nameOf(pfn, state);
        const row = rows.get(name) ?? { name, colour: this.of(pfn), pages: 0 };
        row.pages += next - pfn;
        rows.set(name, row);
      }
      pfn = next;
    }
    const sorted = [...rows.values()].sort((a, b) => b.pages - a.pages);
    if (this.mode === 'owner') this.rerank(sorted);
    return sorted;
  }

  rerank(rows) {
    const owners = rows.filter((row) => row.name !== 'free' && row.name !== 'reserved');
    if (!this.rankOwners(owners.map((row) => row.name))) return;
    for (const row of owners) row.colour = this.ownerColour(row.name);
    this.onRanked();
  }

  nameOf(pfn, state) {
    const { pages } = this.kernel;
    if (this.mode === 'state' || state === State.RESERVED) return STATE_NAMES[state];
    if (this.mode === 'order')
      return state === State.FREE ? `order ${pages.order[pfn]} (${size(4096 * 2 ** pages.order[pfn])})` : STATE_NAMES[state];
    const free = state === State.FREE || state === State.PAGESET;
    if (this.mode === 'owner') return free ? 'free' : this.ownerOf(pfn);
    const what = this.mode === 'type' ? this.kernel.typeName(pages.type[pfn])
      : this.zoneName(pfn);
    return free ? `${what}, free` : what;
  }

  zoneName(pfn) {
    const zone = this.kernel.zoneOf(pfn);
    return zone ? `node ${zone.node} ${zone.name}` : 'no zone';
  }
}
