// SPDX-License-Identifier: MIT
// free.js - the free blocks of each zone by order and migrate type, counted from mem_map.

import { State } from './pages.js';

const SHOWN = 24; // blocks of an order that are named

// Returns: a Map from zone id to {counts: [order][type], blocks: [order] -> [{pfn, type}], states}.
export function summarise(pages, zones, orders, types) {
  const sums = new Map();
  for (const zone of zones) {
    sums.set(zone.id, {
      counts: Array.from({ length: orders }, () => new Array(types).fill(0)),
      blocks: Array.from({ length: orders }, () => []),
      states: new Array(9).fill(0), // pages
    });
  }
  for (let pfn = 0; pfn < pages.count;) {
    const order = pages.order[pfn], state = pages.state[pfn], sum = sums.get(pages.zone[pfn]);
    const next = pages.head[pfn] ? Math.min(pages.count, pfn + (state === State.HOLE ? 1 : 2 ** order)) : pfn + 1;
    if (sum) {
      sum.states[state] += next - pfn;
      if (state === State.FREE && pages.head[pfn] && order < orders) addBlock(sum, pfn, order, pages.type[pfn]);
    }
    pfn = next;
  }
  return sums;
}

function addBlock(sum, pfn, order, type) {
  sum.counts[order][type]++;
  if (sum.blocks[order].length < SHOWN) sum.blocks[order].push({ pfn, type });
}
