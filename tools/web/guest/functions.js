// SPDX-License-Identifier: MIT
// functions.js - from an address in the kernel's code to its function and line.

export class Functions {
  // table: {name: {addr, size, file, line}}, as tools/layout.py writes it.
  constructor(table) {
    this.rows = Object.entries(table).map(([name, place]) => ({ name, ...place })).sort((a, b) => a.addr - b.addr);
  }

  // Returns: {name, offset, file, line}, or null when va is in no function.
  find(va) {
    va >>>= 0;
    let low = 0, high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].addr <= va) low = middle + 1;
      else high = middle;
    }
    const row = this.rows[low - 1];
    if (!row || va >= row.addr + row.size) return null;
    return { name: row.name, offset: va - row.addr, file: row.file ?? '', line: row.line ?? 0 };
  }
}
