// SPDX-License-Identifier: MIT
// snapshot.js - one look at the kernel's memory: everything the pictures show.

import { Layout } from './layout.js';
import { Memory } from './memory.js';
import { Pages } from './pages.js';
import { Zones } from './zones.js';
import { Slabs } from './slabs.js';
import { Mappings } from './mappings.js';
import { Trace } from './trace.js';

export class Kernel {
  // read(pa, length): physical memory; bytes: how much of it there is.
  constructor(layoutJson, read, bytes) {
    this.layout = new Layout(layoutJson);
    this.memory = new Memory(this.layout, read, bytes);
    this.zoneReader = new Zones(this.layout);
    this.pages = new Pages(this.layout);
    this.slabs = new Slabs(this.layout);
    this.mappings = new Mappings(this.layout);
    this.trace = new Trace(this.layout);
    this.zones = [];
  }

  // Is there an allocator yet?
  ready() {
    const map = this.memory.symbol('mem_map'), offset = this.memory.offset;
    return map >= offset && this.memory.symbol('max_pfn') > 0 && this.memory.symbol('slab_caches') !== 0;
  }

  // Look at zones and pages anew. Returns: false: too early, there is nothing to see.
  look() {
    this.memory.begin();
    if (!this.ready()) return false;
    this.zones = this.zoneReader.read(this.memory);
    if (!this.zones.length) return false;
    this.pages.read(this.memory, this.zones);
    return true;
  }

  typeName(type) {
    const names = this.layout.symbol('migratetype_names');
    return type * 4 < names.size ? this.memory.string(this.memory.get32(names.addr + type * 4)) : '?';
  }

  zoneOf(pfn) {
    return this.zones.find((zone) => zone.id === this.pages.zone[pfn]);
  }
}
