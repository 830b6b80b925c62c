// SPDX-License-Identifier: MIT
// pace.js - shares the browser's one thread between the emulator and the pictures.
//
// The emulator works in slices of about a millisecond and asks to be called again. It is, until its
// share of the frame is used up; then the browser draws, and the next frame begins. Before the first
// prompt its share is everything. A smaller share is slow motion.

export const FULL = 11; // milliseconds of a frame: full speed
const USUAL = 20, MOST = 60; // a frame that took longer than usual: half of what is beyond is added
const HIDDEN = 250; // milliseconds without a frame: the page is hidden, so slices go on without it

export class Pace {
  // core: v86's inner object, which calls yield(milliseconds, tick) and wants yield_callback(tick).
  constructor(core) {
    this.share = Infinity; // milliseconds of a frame; 0: one slice
    this.every = 1; // frames for one share
    this.frames = 0;
    this.end = Infinity;
    this.waiting = null;
    this.posted = false;
    this.channel = new MessageChannel();
    this.channel.port1.onmessage = () => this.go();
    this.lastFrame = performance.now();
    core.yield = (delay, tick) => this.plan(delay, () => core.yield_callback(tick));
    this.timer = setInterval(() => performance.now() - this.lastFrame > HIDDEN && this.post(), HIDDEN);
  }

  plan(delay, slice) {
    this.waiting = slice;
    if (delay >= 1) setTimeout(() => this.waiting === slice && this.next(), delay);
    else this.next();
  }

  next() {
    if (performance.now() < this.end) this.post();
  }

  post() {
    if (this.posted || !this.waiting) return;
    this.posted = true;
    this.channel.port2.postMessage(0);
  }

  go() {
    this.posted = false;
    const slice = this.waiting;
    this.waiting = null;
    slice?.();
  }

  // A frame begins.
  frame() {
    const now = performance.now(), took = now - this.lastFrame;
    this.lastFrame = now;
    if (++this.frames % this.every) return;
    this.end = now + this.share + (this.share >= FULL ? Math.max(0, Math.min(took, MOST) - USUAL) / 2 : 0);
    this.post();
  }

  close() {
    clearInterval(this.timer);
    this.channel.port1.close();
  }
}
