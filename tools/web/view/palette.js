// SPDX-License-Identifier: MIT
// palette.js - the colours of the page map, as words of an ImageData, from the style sheet.

const STATES = ['hole', 'reserved', 'free', 'pageset', 'slab', 'vmalloc', 'used', 'bad', 'flash'];
// Okabe and Ito's eight without black, then their lighter halves: for owners and zones.
const CYCLE = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#7f7f7f'];

function word(colour) {
  const n = parseInt(colour.trim().slice(1), 16);
  return (0xff000000 | ((n & 0xff) << 16) | (n & 0xff00) | (n >>> 16)) >>> 0;
}

function mix(a, b, share) {
  const part = (shift) => Math.round(((a >>> shift) & 255) * (1 - share) + ((b >>> shift) & 255) * share) << shift;
  return (0xff000000 | part(16) | part(8) | part(0)) >>> 0;
}

export class Palette {
  constructor() {
    this.refresh();
  }

  refresh() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => word(style.getPropertyValue(`--${name}`));
    this.states = STATES.map(read);
    this.edge = read('edge');
    this.flash = read('flash');
    this.hover = read('hover');
    this.ground = read('panel');
    this.cycle = CYCLE.map(word);
    const from = this.states[2], to = read('used');
    this.orders = Array.from({ length: 11 }, (_, k) => mix(word('#f0e442'), k < 5 ? word('#009e73') : to, k < 5 ? k / 5 : (k - 5) / 5 * 0.6 + 0.4));
    this.dim = this.states.map((c) => mix(c, this.ground, 0.72));
    this.free = from;
  }

  edgeOf(colour) {
    return mix(colour, this.edge, 0.6);
  }

  lit(colour, share) {
    return mix(colour, this.flash, share);
  }

  // The paler colour of what is free.
  mixed(colour) {
    return mix(colour, this.ground, 0.68);
  }

  css(colour) {
    return `rgb(${colour & 255} ${(colour >>> 8) & 255} ${(colour >>> 16) & 255})`;
  }
}
