// SPDX-License-Identifier: MIT
// timeline.js - saved moments of the machine, to go back to. The oldest make room for new ones.

const BUDGET = 300 * 2 ** 20; // bytes of saved states
const LEAST_GAP = 3000; // milliseconds between moments that nobody asked for

export class Timeline {
  // machine: save() and restore(); isFree(pfn): whose content need not be kept; about(): what else belongs to a moment, restored by setAbout().
  constructor(machine, isFree, about, setAbout) {
    Object.assign(this, { machine, isFree, about, setAbout });
    this.moments = [];
    this.at = -1; // the moment that the machine is at; -1: it has run on
    this.last = 0;
    this.cost = 0;
  }

  get bytes() {
    return this.moments.reduce((sum, moment) => sum + moment.state.bytes, 0);
  }

  // Is it time to keep a moment by itself?
  due(now) {
    return now - this.last > Math.max(LEAST_GAP, this.cost * 30);
  }

  // The machine is stopped, and was looked at since.
  async keep(label) {
    const begun = performance.now(), about = this.about();
    const state = await this.machine.save(this.isFree);
    this.moments.push({ label, state, about, when: new Date() });
    while (this.moments.length > 2 && this.bytes > BUDGET) this.moments.shift();
    this.last = performance.now();
    this.cost = this.last - begun;
    this.at = this.moments.length - 1;
  }

  // The machine must be stopped.
  async go(index) {
    const moment = this.moments[index];
    await this.machine.restore(moment.state);
    this.setAbout(moment.about);
    this.at = index;
    return moment;
  }

  // The machine runs on from here: what was later did not happen.
  leave() {
    if (this.at >= 0) this.moments.length = this.at + 1;
    this.at = -1;
  }
}
