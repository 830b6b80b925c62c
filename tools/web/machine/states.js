// SPDX-License-Identifier: MIT
// states.js - saved states of the machine, without what nobody needs.
//
// What is in a free page is nobody's: it is neither saved nor put back. That keeps a state of a
// machine of 256 MiB at a few MiB, and saves looking through all of its memory. (The kernel must not
// look into free pages either: page_poison=on does.)
// v86 saves the pages that is_memory_zeroed() denies; before it puts them back it clears everything
// with zero_memory(). Both are replaced.

const PAGE = 4096;

export class States {
  // v86: the emulator, ready. isFree(pfn): is it a page that nobody has?
  constructor(v86) {
    this.v86 = v86;
    this.cpu = v86.v86.cpu;
    this.isFree = () => false;
    this.zero = []; // pages of the state at hand that are not free and all zero
    const looksZero = this.cpu.is_memory_zeroed;
    this.cpu.is_memory_zeroed = (at, length) => this.skip(at / PAGE) || this.note(at, looksZero(at, length));
    this.cpu.zero_memory = () => this.clear();
  }

  skip(pfn) {
    return this.isFree(pfn) ? 1 : 0;
  }

  note(at, isZero) {
    if (isZero) this.zero.push(at);
    return isZero;
  }

  clear() {
    for (const at of this.zero) this.cpu.mem8.fill(0, at, at + PAGE);
  }

  // Returns: {data, zero, bytes}.
  async save() {
    this.zero = [];
    const data = await this.v86.save_state();
    return { data, zero: this.zero, bytes: data.byteLength + this.zero.length * 8 };
  }

  async restore(state) {
    this.zero = state.zero;
    await this.v86.restore_state(state.data);
  }
}
