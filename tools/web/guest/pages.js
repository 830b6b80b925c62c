// SPDX-License-Identifier: MIT
// pages.js - mem_map: what every frame is, found as the kernel finds it (include/mm/page.h).
//
// A block of 2^k pages has its state in its first page, the others may hold anything old. So the
// array is gone through from block to block. Which pages are in a pageset only the pageset knows,
// and which block waits to be merged only its zone. What none of them knows is just being taken or
// given back: it is on its way.

export const State = { HOLE: 0, RESERVED: 1, FREE: 2, PAGESET: 3, SLAB: 4, VMALLOC: 5, USED: 6, BAD: 7, MOVING: 8 };
export const STATE_NAMES = ['hole', 'reserved', 'free', 'in a pageset', 'slab', 'vmalloc', 'allocated',
  'out of use', 'on its way'];

const TILE = 1024; // entries of one piece of mem_map: 4 MiB of memory

export class Pages {
  constructor(layout) {
    const c = (name) => layout.constant(name), bit = (name) => 2 ** c(name);
    this.layout = layout;
    this.words = layout.sizeOf('page') / 4;
    this.at = layout.offsets('page', 'flags', '_refcount', '_mapcount', 'alloc_site', 'free_site', 'slab_cache',
      'slab', 'lru', 'private', 'mapping');
    this.buddy = bit('PG_buddy');
    this.slab = bit('PG_slab');
    this.reserved = bit('PG_reserved');
    this.bad = bit('PG_hwpoison') | bit('PG_guard');
    this.orderShift = c('PAGE_ORDER_SHIFT');
    this.typeShift = c('PAGE_MT_SHIFT');
    this.zoneShift = c('PAGE_ZONE_SHIFT');
    this.orderMask = 2 ** (this.typeShift - this.orderShift) - 1;
    this.typeMask = 2 ** (this.zoneShift - this.typeShift) - 1;
    this.vmallocMark = c('PAGE_MAPCOUNT_VMALLOC');
    // The last name of the enumeration is their number, where the other fields begin.
    this.flagNames = layout.names('pageflags').map((name) => name.startsWith('PG_') ? name.slice(3) : '');
    this.maxOrder = c('MAX_ORDER') - 1;
    this.count = 0;
  }

  resize(count) {
    this.count = count;
    this.state = new Uint8Array(count);
    this.order = new Uint8Array(count); // of the block that the page lies in
    this.type = new Uint8Array(count); // its migrate type
    this.zone = new Uint8Array(count); // node and zone bits
    this.head = new Uint8Array(count); // 1: the first page of its block
  }

  pfnOf(page) {
    return (page - this.map) / (this.words * 4);
  }

  // Look at all of mem_map. zones: as Zones.read() gave them.
  read(memory, zones) {
    const max = memory.symbol('max_pfn');
    this.map = memory.symbol('mem_map');
    if (max !== this.count) this.resize(max);
    const known = this.markKnown(memory, zones);
    const piece = TILE * this.words * 4;
    for (let pfn = 0; pfn < max; pfn += TILE) {
      const pa = memory.pa((this.map + (pfn / TILE) * piece) >>> 0);
      if (pa < 0) this.fill(pfn, Math.min(pfn + TILE, max), State.HOLE, 0, 0, 255);
      else this.readPiece(memory.u32, pa >>> 2, pfn, Math.min(pfn + TILE, max), known);
    }
    return this;
  }

  // Pages in pagesets, and blocks that wait to be merged.
  markKnown(memory, zones) {
    const known = new Map();
    for (const zone of zones) {
      if (zone.deferred) known.set(this.pfnOf(zone.deferred), State.FREE);
      for (const set of zone.pagesets)
        for (const list of set.lists)
          for (const page of list.entries) known.set(this.pfnOf(page), State.PAGESET);
    }
    return known;
  }

  readPiece(u32, base, start, end, known) {
    const words = this.words, flagsAt = this.at.flags >> 2, countAt = this.at._refcount >> 2;
    for (let pfn = start; pfn < end;) {
      const at = base + (pfn - start) * words;
      const flags = u32[at + flagsAt], count = u32[at + countAt] | 0;
      const order = (flags >>> this.orderShift) & this.orderMask;
      let state = this.stateOf(flags, count, u32[at + (this.at._mapcount >> 2)] | 0);
      if (state < 0) state = known.get(pfn) ?? State.MOVING;
      const alone = state === State.RESERVED || (count === 0 && !(flags & this.buddy) && !known.has(pfn));
      const next = Math.min(end, pfn + (alone ? 1 : 2 ** order));
      this.fill(pfn, next, state, alone ? 0 : order, (flags >>> this.typeShift) & this.typeMask,
        flags >>> this.zoneShift);
      pfn = next;
    }
  }

  // Returns: -1: the page alone does not tell.
  stateOf(flags, count, mapcount) {
    if (flags & this.reserved) return State.RESERVED;
    if (flags & this.bad) return State.BAD;
    if (count === 0) return flags & this.buddy ? State.FREE : -1;
    if (flags & this.slab) return State.SLAB;
    return mapcount === this.vmallocMark ? State.VMALLOC : State.USED;
  }

  fill(from, to, state, order, type, zone) {
    this.state.fill(state, from, to);
    this.order.fill(order, from, to);
    this.type.fill(type, from, to);
    this.zone.fill(zone, from, to);
    this.head.fill(0, from, to);
    this.head[from] = 1;
  }

  // The first page of the block that pfn lies in.
  headOf(pfn) {
    while (pfn > 0 && !this.head[pfn]) pfn--;
    return pfn;
  }

  va(pfn) {
    return (this.map + pfn * this.words * 4) >>> 0;
  }

  // Everything that the struct pages say about a frame and its block.
  describe(memory, pfn) {
    const head = this.headOf(pfn), va = this.va(head), word = (name) => memory.get32(va + this.at[name]);
    const state = this.state[pfn];
    if (state === State.HOLE) return { pfn, head, state };
    const flags = word('flags');
    return {
      pfn, head, state, flags, va,
      order: this.order[pfn], type: this.type[pfn], zone: this.zone[pfn],
      flagNames: this.flagNames.filter((name, i) => name && (flags >>> i) & 1),
      refcount: word('_refcount') | 0, mapcount: (word('_mapcount') | 0) + 1,
      allocSite: state >= State.SLAB && state <= State.USED ? word('alloc_site') : 0,
      freeSite: state === State.FREE || state === State.PAGESET ? word('free_site') : 0,
      lastAlloc: word('alloc_site'),
      cache: state === State.SLAB ? word('slab_cache') : 0,
    };
  }
}
