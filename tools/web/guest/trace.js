// SPDX-License-Identifier: MIT
// trace.js - the kernel's own record of events (include/trace.h): what event N was, in words.

export class Trace {
  constructor(layout) {
    this.layout = layout;
    this.ring = layout.offsets('trace_ring', 'records', 'nr_records', 'head');
    this.ringSize = layout.sizeOf('trace_ring');
    this.record = layout.offsets('trace_record', 'id', 'cpu', 'seq', 'comm', 'pid', 'data');
    this.recordSize = layout.sizeOf('trace_record');
    this.type = layout.offsets('trace_event_type', 'name', 'fields', 'nr_fields');
    this.typeSize = layout.sizeOf('trace_event_type');
    this.field = layout.offsets('trace_field', 'name', 'offset', 'size', 'is_signed', 'kind');
    this.fieldSize = layout.sizeOf('trace_field');
    this.kinds = layout.names('trace_kind').map((name) => name.replace('TRACE_KIND_', ''));
  }

  isOn(memory) {
    return memory.symbol('trace_on') !== 0;
  }

  seq(memory) {
    return memory.symbol('trace_seq');
  }

  // Where an event's number has to be written for debug_stop() to be called after it.
  stopAddress(memory) {
    return memory.pa(this.layout.addr('trace_stop'));
  }

  // Event seq: {seq, name, comm, fields: [{name, kind, value}]}; null: it was overwritten.
  find(memory, seq) {
    const rings = this.layout.symbol('trace_rings');
    for (let at = rings.addr; at < rings.addr + rings.size; at += this.ringSize) {
      const records = memory.get32(at + this.ring.records), size = memory.get32(at + this.ring.nr_records);
      const head = memory.get32(at + this.ring.head);
      for (let k = head - 1; records && k >= 0 && k >= head - size; k--) {
        const va = records + (k & (size - 1)) * this.recordSize, found = memory.get32(va + this.record.seq);
        if (found === seq) return this.read(memory, va);
        if (found < seq) break;
      }
    }
    return null;
  }

  read(memory, va) {
    const type = this.layout.addr('trace_event_types') + memory.get16(va + this.record.id) * this.typeSize;
    const fields = memory.get32(type + this.type.fields), list = [];
    for (let i = 0; i < memory.get32(type + this.type.nr_fields); i++)
      list.push(this.readField(memory, fields + i * this.fieldSize, va + this.record.data));
    return {
      seq: memory.get32(va + this.record.seq), name: memory.string(memory.get32(type + this.type.name)),
      comm: memory.string(va + this.record.comm, 12), fields: list,
    };
  }

  readField(memory, field, data) {
    const kind = this.kinds[memory.get8(field + this.field.kind)], size = memory.get8(field + this.field.size);
    const at = data + memory.get8(field + this.field.offset);
    let value = kind === 'STR' ? memory.string(at, size) : 0;
    if (kind !== 'STR') for (let i = size - 1; i >= 0; i--) value = value * 256 + memory.get8(at + i);
    if (memory.get8(field + this.field.is_signed) && value >= 2 ** (size * 8 - 1)) value -= 2 ** (size * 8);
    return { name: memory.string(memory.get32(field + this.field.name)), kind, value };
  }

  get(event, name) {
    return event.fields.find((field) => field.name === name)?.value;
  }
}
