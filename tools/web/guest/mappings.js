// SPDX-License-Identifier: MIT
// mappings.js - addresses that are given to pages for a while: vmalloc areas, pkmap entries, and
// each CPU's kmap windows.

import { frame } from './walk.js';

export class Mappings {
  constructor(layout) {
    this.layout = layout;
    this.space = layout.offsets('vmap_space', 'start', 'end', 'list', 'nr_areas', 'used');
    this.area = layout.offsets('vmap_area', 'va_start', 'va_end', 'list', 'state', 'freed_by', 'vm');
    this.vm = layout.offsets('vm_struct', 'size', 'flags', 'nr_pages', 'nr_large', 'caller', 'phys_addr');
    this.states = layout.names('vmap_state').map((name) => name.replace('VMAP_', '').toLowerCase());
    this.entrySize = layout.sizeOf('pkmap_entry');
    this.entry = layout.offsets('pkmap_entry', 'page', 'count', 'mapped_by');
    const table = layout.typeOf('pkmap');
    this.entries = layout.addr('pkmap') + layout.fieldOf(table, 'entry').offset;
    this.nrEntries = layout.constant('LAST_PKMAP');
  }

  readVmalloc(memory) {
    const space = this.layout.addr('vmalloc_space'), areas = [];
    for (const va of memory.list(space + this.space.list, this.area.list, 4096))
      areas.push(this.readArea(memory, va));
    return { start: memory.get32(space + this.space.start), end: memory.get32(space + this.space.end), areas };
  }

  readArea(memory, va) {
    const word = (name) => memory.get32(va + this.area[name]);
    const vm = (name) => memory.get32(va + this.area.vm + this.vm[name]);
    return {
      start: word('va_start'), end: word('va_end'), state: this.states[word('state')] ?? '?',
      kind: this.kindOf(vm('flags')), pages: vm('nr_pages'), large: vm('nr_large'), caller: vm('caller'),
      freedBy: word('freed_by'), phys: vm('phys_addr'),
    };
  }

  kindOf(flags) {
    const bits = this.layout.enums.vm_flags;
    if (flags & bits.VM_IOREMAP) return 'ioremap';
    return flags & bits.VM_MAP ? 'vmap' : 'vmalloc';
  }

  // The 512 entries of kmap(): {index, va, pfn, users, mappedBy}, those with a page only.
  readPkmap(memory, pages) {
    const base = this.layout.constant('PKMAP_BASE'), table = this.layout.addr('pkmap_pte'), used = [];
    for (let i = 0; i < this.nrEntries; i++) {
      if (!(memory.get32(table + i * 8) & 1)) continue;
      const at = this.entries + i * this.entrySize;
      used.push({
        index: i, va: (base + i * 4096) >>> 0, pfn: pages.pfnOf(memory.get32(at + this.entry.page)),
        users: memory.int32(at + this.entry.count), mappedBy: memory.get32(at + this.entry.mapped_by),
      });
    }
    return used;
  }

  // The windows of a CPU: {slot, present, pfn, mappedBy}. A window that was used and given back
  // keeps its frame number, not present.
  readWindows(memory, cpu) {
    const slots = this.layout.constant('KMAP_SLOTS_PER_CPU'), first = cpu * slots, windows = [];
    const table = this.layout.addr('fixmap_pte'), sites = this.layout.addr('kmap_sites');
    for (let slot = 0; slot < slots; slot++) {
      const at = table + (first + slot) * 8;
      const low = memory.get32(at), high = memory.get32(at + 4);
      windows.push({
        slot, present: (low & 1) === 1, used: (low | high) !== 0, pfn: Math.floor(frame({ low, high }) / 4096),
        mappedBy: memory.get32(sites + (first + slot) * 8),
      });
    }
    return windows;
  }
}
