// SPDX-License-Identifier: MIT
// walk.js - a PAE page-table walk: directory pointers, directory, table.
// Source: Intel SDM vol. 3, "PAE Paging". An entry has 64 bits: two words here.

const PRESENT = 1, LARGE = 0x80;

function entry(memory, level, table, index) {
  const at = table + index * 8;
  const low = memory.phys32(at), high = memory.phys32(at + 4);
  return { level, index, at, low, high, present: (low & PRESENT) !== 0, large: false };
}

// The frame's address in an entry: bits 12 to 51.
function frame(e) {
  return (e.high & 0xfffff) * 2 ** 32 + ((e.low & ~0xfff) >>> 0);
}

// memory: phys32() and pgd, the physical address of the four directory pointers.
// Returns: the entries that were looked at, and the physical address (-1: not mapped).
export function walk(memory, va) {
  va >>>= 0;
  const entries = [entry(memory, 'PDPT', memory.pgd, va >>> 30)];
  if (!entries[0].present) return { va, entries, pa: -1, size: 0 };
  const pd = entry(memory, 'PD', frame(entries[0]), (va >>> 21) & 511);
  entries.push(pd);
  if (!pd.present) return { va, entries, pa: -1, size: 0 };
  if (pd.low & LARGE) {
    pd.large = true;
    const base = frame(pd) - (frame(pd) % 2 ** 21);
    return { va, entries, pa: base + (va & 0x1fffff), size: 2 ** 21 };
  }
  const pt = entry(memory, 'PT', frame(pd), (va >>> 12) & 511);
  entries.push(pt);
  return { va, entries, pa: pt.present ? frame(pt) + (va & 0xfff) : -1, size: 4096 };
}

export { frame };

const BITS = [
  [1, 'RW', 'writable'], [2, 'US', 'user'], [3, 'PWT', 'write-through'], [4, 'PCD', 'not cached'],
  [5, 'A', 'accessed'], [6, 'D', 'dirty'], [8, 'G', 'global'],
];

// An entry's bits: [{name, meaning, set}], present first, no-execute last.
export function entryBits(e) {
  const bits = [{ name: 'P', meaning: 'present', set: e.present }];
  for (const [bit, name, meaning] of BITS)
    if (e.level !== 'PDPT' || bit === 3 || bit === 4)
      bits.push({ name, meaning, set: (e.low & (1 << bit)) !== 0 });
  if (e.level === 'PD') bits.push({ name: 'PS', meaning: '2 MiB page', set: e.large });
  if (e.level !== 'PDPT') bits.push({ name: 'NX', meaning: 'not executable', set: e.high < 0 || e.high >>> 31 === 1 });
  return bits;
}
