// SPDX-License-Identifier: MIT
// memory.js - the guest's memory, by physical and by kernel address. Reads only.
// Low memory is mapped at PAGE_OFFSET; every other address goes through the page tables.

import { walk } from './walk.js';

export class Memory {
  // read(pa, length): a view of physical memory, valid until the machine runs on.
  constructor(layout, read, bytes) {
    this.layout = layout;
    this.read = read;
    this.bytes = bytes;
    this.offset = layout.constant('PAGE_OFFSET') >>> 0;
    this.pgd = (layout.addr('swapper_pg_dir') - this.offset) >>> 0;
    this.lowEnd = 0;
    this.begin();
  }

  // Take new views: before each look, as the emulator may have moved its memory.
  begin() {
    const all = this.read(0, this.bytes);
    this.u8 = all;
    this.u32 = new Uint32Array(all.buffer, all.byteOffset, this.bytes >>> 2);
    this.lowEnd = 0;
    const maxLow = this.symbol('max_low_pfn') * 4096;
    this.lowEnd = Math.min(maxLow, this.bytes);
    this.pages = new Map();
  }

  // The physical address behind a kernel address; -1: none that this machine has.
  pa(va) {
    const low = (va >>> 0) - this.offset;
    if (low >= 0 && low < this.lowEnd) return low;
    const page = va >>> 12;
    let base = this.pages?.get(page);
    if (base === undefined) {
      base = walk(this, va & ~0xfff).pa;
      if (base >= this.bytes) base = -1;
      this.pages?.set(page, base);
    }
    return base < 0 ? -1 : base + (va & 0xfff);
  }

  phys32(pa) {
    return pa >= 0 && pa < this.bytes ? this.u32[pa >>> 2] : 0;
  }

  get32(va) {
    return this.phys32(this.pa(va));
  }

  int32(va) {
    return this.get32(va) | 0;
  }

  get16(va) {
    return (this.get32(va & ~3) >>> ((va & 2) * 8)) & 0xffff;
  }

  get8(va) {
    const pa = this.pa(va);
    return pa < 0 ? 0 : this.u8[pa];
  }

  string(va, max = 64) {
    let text = '';
    for (let c; text.length < max && (c = this.get8(va)); va++) text += String.fromCharCode(c);
    return text;
  }

  // A variable of one word.
  symbol(name) {
    const va = this.layout.addr(name);
    return this.lowEnd ? this.get32(va) : this.phys32(va - this.offset);
  }

  // CPU cpu's copy of what is linked at a per-CPU address.
  perCpu(va, cpu) {
    return (va + (cpu + 1) * this.layout.constant('PERCPU_UNIT_SIZE')) >>> 0;
  }

  // Addresses of the structures on a list_head; link: the offset of their list_head.
  *list(head, link, max = 100000) {
    let at = this.get32(head);
    for (let n = 0; at && at !== head >>> 0 && n < max; n++) {
      yield (at - link) >>> 0;
      at = this.get32(at);
    }
  }
}
