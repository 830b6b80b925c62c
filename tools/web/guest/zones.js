// SPDX-License-Identifier: MIT
// zones.js - the zones and what is counted in them, read from struct zone.

export class Zones {
  constructor(layout) {
    this.layout = layout;
    this.at = layout.offsets('zone', '_watermark', 'watermark_boost', 'lowmem_reserve', 'plenty', 'node',
      'zone_idx', 'pageset', 'pageset_high', 'pageset_batch', 'zone_start_pfn', 'managed_pages',
      'spanned_pages', 'present_pages', 'name', 'free_area', 'nonempty', 'deferred', 'vm_stat');
    this.area = layout.offsets('free_area', 'free_list', 'nr_free');
    this.areaSize = layout.sizeOf('free_area');
    this.orders = layout.dimensions(layout.field('zone', 'free_area').type).counts[0];
    this.types = layout.dimensions(layout.field('free_area', 'free_list').type).counts[0];
    this.cpus = layout.dimensions(layout.field('zone', 'pageset').type).counts[0];
    this.kinds = layout.dimensions(layout.field('zone', 'lowmem_reserve').type).counts[0];
    this.freeItem = layout.constant('NR_FREE_PAGES');
    this.pcp = layout.offsets('per_cpu_pages', 'high', 'batch', 'lists', 'cpu');
    const lists = layout.dimensions(layout.field('per_cpu_pages', 'lists').type);
    [this.pcpOrders, this.pcpTypes] = lists.counts;
    this.listSize = layout.sizeOf('pcp_list');
    this.list = layout.offsets('pcp_list', 'stack', 'base');
    this.stackTop = layout.offsets('pcp_stack', 'top').top;
  }

  // All zones that have pages, node by node, lowest first.
  read(memory) {
    const table = this.layout.symbol('zone_table');
    const zones = [];
    for (let i = 0; i < table.size / 4; i++) {
      const va = memory.get32(table.addr + i * 4);
      if (va && memory.get32(va + this.at.present_pages)) zones.push(this.readZone(memory, va, i));
    }
    return zones;
  }

  readZone(memory, va, id) {
    const at = this.at, word = (offset) => memory.get32(va + offset);
    const start = word(at.zone_start_pfn);
    return {
      va, id, // the node and zone bits of a page's flags
      node: word(at.node),
      kind: word(at.zone_idx),
      name: memory.string(word(at.name)),
      start, end: start + word(at.spanned_pages),
      managed: word(at.managed_pages),
      present: word(at.present_pages),
      free: memory.int32(va + at.vm_stat + this.freeItem * 4),
      marks: [0, 1, 2].map((i) => word(at._watermark + i * 4)),
      boost: word(at.watermark_boost),
      reserve: Array.from({ length: this.kinds }, (_, i) => memory.int32(va + at.lowmem_reserve + i * 4)),
      nrFree: Array.from({ length: this.orders }, (_, k) =>
        word(at.free_area + k * this.areaSize + this.area.nr_free)),
      deferred: word(at.deferred),
      pagesets: this.readPagesets(memory, va),
    };
  }

  // The head of a free list.
  listHead(zone, order, type) {
    return zone.va + this.at.free_area + order * this.areaSize + this.area.free_list + type * 8;
  }

  readPagesets(memory, va) {
    const sets = [];
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      const pcp = memory.get32(va + this.at.pageset + cpu * 4);
      if (pcp) sets.push(this.readPageset(memory, pcp, cpu));
    }
    return sets;
  }

  readPageset(memory, pcp, cpu) {
    const lists = [];
    for (let i = 0; i < this.pcpOrders * this.pcpTypes; i++) {
      const list = pcp + this.pcp.lists + i * this.listSize;
      const stack = memory.get32(list + this.list.stack), base = memory.get32(list + this.list.base);
      const top = stack ? memory.get32(stack + this.stackTop) : 0;
      const entries = [];
      for (let e = base + 4; top && e <= top && entries.length < 1024; e += 4) entries.push(memory.get32(e));
      lists.push({ order: Math.floor(i / this.pcpTypes), type: i % this.pcpTypes, entries });
    }
    return { cpu, high: memory.int32(pcp + this.pcp.high), batch: memory.int32(pcp + this.pcp.batch), lists };
  }
}

export function pagesetPages(set) {
  return set.lists.reduce((sum, list) => sum + list.entries.length * 2 ** list.order, 0);
}
