// SPDX-License-Identifier: MIT
// layout.js - where the kernel keeps its things: types, symbols and constants, as tools/layout.py
// read them out of the kernel's debug information. Nothing about a structure is typed by hand.

export class Layout {
  constructor(json) {
    this.types = json.types;
    this.structs = new Map();
    for (const type of json.types)
      if ((type.kind === 'struct' || type.kind === 'union') && type.fields?.length) this.structs.set(type.name, type);
    this.enums = json.enums;
    this.symbols = json.symbols;
    this.constants = json.constants;
    this.functions = json.functions;
  }

  constant(name) {
    const value = this.constants[name];
    if (value === undefined) throw new Error(`layout: no constant ${name}`);
    return value;
  }

  symbol(name) {
    const symbol = this.symbols[name];
    if (!symbol) throw new Error(`layout: no symbol ${name}`);
    return symbol;
  }

  addr(name) {
    return this.symbol(name).addr >>> 0;
  }

  struct(name) {
    const type = this.structs.get(name);
    if (!type) throw new Error(`layout: no struct ${name}`);
    return type;
  }

  sizeOf(name) {
    return this.struct(name).size;
  }

  // The type of what a symbol is, or of the elements when it is an array.
  typeOf(symbol) {
    return this.types[this.symbol(symbol).type];
  }

  // Offsets of fields, by name: offsets('zone', 'node', 'vm_stat') -> {node: 4, vm_stat: 9}.
  offsets(name, ...fields) {
    const found = {};
    for (const field of fields) found[field] = this.field(name, field).offset;
    return found;
  }

  field(name, field) {
    return this.fieldOf(this.struct(name), field);
  }

  fieldOf(type, field) {
    const found = type.fields.find((f) => f.name === field);
    if (!found) throw new Error(`layout: struct ${type.name} has no ${field}`);
    return found;
  }

  // How many elements an array field has, outermost first: [4, 3] for lists[4][3].
  dimensions(typeId) {
    const counts = [];
    let type = this.types[typeId];
    for (; type.kind === 'array'; type = this.types[type.of]) counts.push(type.count);
    return { counts, size: type.size, element: type };
  }

  // Names of an enumeration by value: ['ZONE_DMA', ...].
  names(enumeration) {
    const names = [];
    for (const [name, value] of Object.entries(this.enums[enumeration] ?? {}))
      if (value >= 0 && value < 64 && names[value] === undefined) names[value] = name;
    return names;
  }
}
