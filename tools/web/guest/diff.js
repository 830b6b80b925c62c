// SPDX-License-Identifier: MIT
// diff.js - what happened between two looks at mem_map: which frames changed, which free blocks were
// split, which were merged.

import { State } from './pages.js';

// A block's first page as one number.
function keyOf(pages, pfn) {
  return pages.head[pfn] ? pages.state[pfn] | (pages.order[pfn] << 4) | 256 : pages.state[pfn];
}

const isFree = (key) => (key & 15) === State.FREE && (key & 256) !== 0;
const orderOf = (key) => (key >>> 4) & 15;

export class Differ {
  constructor() {
    this.keys = new Uint16Array(0);
  }

  // Returns: {changed: [pfn], splits, merges: [{pfn, order, zone, parts: [{pfn, order}]}]}; null the
  // first time.
  compare(pages) {
    const before = this.keys, first = before.length !== pages.count;
    if (first) this.keys = new Uint16Array(pages.count);
    const changed = [], gone = [], come = [];
    for (let pfn = 0; pfn < pages.count; pfn++) {
      const key = keyOf(pages, pfn);
      if (!first && key !== before[pfn]) {
        changed.push(pfn);
        if (isFree(before[pfn])) gone.push({ pfn, order: orderOf(before[pfn]), zone: pages.zone[pfn] });
        if (isFree(key)) come.push({ pfn, order: orderOf(key), zone: pages.zone[pfn] });
      }
      this.keys[pfn] = key;
    }
    if (first) return null;
    return { changed, splits: nested(gone, come), merges: nested(come, gone) };
  }
}

// Blocks that contain smaller ones of the other list. Both lists are in order of pfn.
function nested(outer, inner) {
  const found = [];
  let at = 0;
  for (const block of outer) {
    const end = block.pfn + 2 ** block.order, parts = [];
    while (at < inner.length && inner[at].pfn < block.pfn) at++;
    for (let i = at; i < inner.length && inner[i].pfn < end; i++)
      if (inner[i].order < block.order) parts.push(inner[i]);
    if (parts.length) found.push({ ...block, parts });
  }
  return found;
}
