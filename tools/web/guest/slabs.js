// SPDX-License-Identifier: MIT
// slabs.js - caches, their slabs and which objects of a slab are free (include/mm/slab_def.h).

export class Slabs {
  constructor(layout) {
    this.layout = layout;
    this.cache = layout.offsets('kmem_cache', 'name', 'size', 'num', 'order', 'object_size', 'flags', 'arrays',
      'list', 'node', 'nr_grown', 'nr_reaped', 'object_offset');
    this.node = layout.offsets('kmem_cache_node', 'slabs_partial', 'slabs_full', 'slabs_free', 'nr_slabs',
      'nr_free_slabs', 'free_objects', 'shared');
    this.nodeSize = layout.sizeOf('kmem_cache_node');
    this.slab = layout.offsets('slab', 'list', 'objects', 'inuse', 'free', 'nid');
    this.array = layout.offsets('array_cache', 'top', 'entry', 'cache');
    this.arraySize = layout.sizeOf('array_cache');
    this.sharedAvail = layout.offsets('shared_array', 'avail').avail;
    this.noArrays = layout.enums.slab_flags?.SLAB_NO_ARRAYS ?? 0;
  }

  read(memory) {
    const caches = [];
    for (const va of memory.list(this.layout.addr('slab_caches'), this.cache.list, 256))
      caches.push(this.readCache(memory, va));
    return caches;
  }

  readCache(memory, va) {
    const word = (name) => memory.get32(va + this.cache[name]);
    const cache = {
      va, name: memory.string(word('name')), size: word('size'), objectSize: word('object_size'),
      num: word('num'), order: word('order'), flags: word('flags'), slabs: 0, emptySlabs: 0, freeInSlabs: 0,
      inArrays: 0, grown: word('nr_grown'), reaped: word('nr_reaped'),
    };
    const nodes = memory.symbol('nr_node_ids') || 1;
    for (let nid = 0; nid < nodes; nid++) this.addNode(memory, cache, va + this.cache.node + nid * this.nodeSize);
    this.addArrays(memory, cache, word('arrays'), nodes);
    cache.objects = cache.slabs * cache.num;
    cache.active = cache.objects - cache.freeInSlabs - cache.inArrays;
    cache.pages = cache.slabs * 2 ** cache.order;
    return cache;
  }

  addNode(memory, cache, node) {
    cache.slabs += memory.get32(node + this.node.nr_slabs);
    cache.emptySlabs += memory.get32(node + this.node.nr_free_slabs);
    cache.freeInSlabs += memory.get32(node + this.node.free_objects);
    const shared = memory.get32(node + this.node.shared);
    if (shared) cache.inArrays += memory.get32(shared + this.sharedAvail);
  }

  // Objects in each CPU's arrays: free for the user, taken as far as the slab knows.
  addArrays(memory, cache, link, nodes) {
    if (!link || cache.flags & this.noArrays) return;
    for (let cpu = 0; cpu < memory.symbol('nr_cpu_ids'); cpu++) {
      for (let nid = 0; nid < nodes; nid++) {
        const array = memory.perCpu(link + nid * this.arraySize, cpu);
        if (memory.get32(array + this.array.cache) !== cache.va) continue;
        cache.inArrays += (memory.get32(array + this.array.top) - memory.get32(array + this.array.entry)) >> 2;
      }
    }
  }

  // The slabs of a cache, partial ones first, up to max.
  readSlabs(memory, cache, max = 64) {
    const slabs = [], nodes = memory.symbol('nr_node_ids') || 1;
    for (let nid = 0; nid < nodes; nid++) {
      const node = cache.va + this.cache.node + nid * this.nodeSize;
      for (const list of ['slabs_partial', 'slabs_full', 'slabs_free'])
        for (const va of memory.list(node + this.node[list], this.slab.list, max))
          if (slabs.length < max) slabs.push(this.readSlab(memory, cache, va, list.slice(6)));
    }
    return slabs;
  }

  readSlab(memory, cache, va, list) {
    const free = [];
    for (let k = 0; k < cache.num; k++)
      free.push((memory.get32(va + this.slab.free + (k >> 5) * 4) >>> (k & 31)) & 1);
    return { va, list, objects: memory.get32(va + this.slab.objects), inuse: memory.get16(va + this.slab.inuse), free };
  }
}
