// SPDX-License-Identifier: MIT
// app.js - the page as a whole: owns the machine and what was read from it, and says who draws when.

import { Machine } from './machine/machine.js';
import { FULL } from './machine/pace.js';
import { Timeline } from './machine/timeline.js';
import { Stepper } from './machine/stepper.js';
import { State } from './guest/pages.js';
import { Kernel } from './guest/snapshot.js';
import { Functions } from './guest/functions.js';
import { Differ } from './guest/diff.js';
import { summarise } from './guest/free.js';
import { $, h, tabs } from './view/dom.js';
import { Palette } from './view/palette.js';
import { Colouring, MODES } from './view/colouring.js';
import { PageMap } from './view/map.js';
import { FreeLists } from './view/freelists.js';
import { SlabView } from './view/slabview.js';
import { Addresses } from './view/addresses.js';
import { Source } from './view/source.js';
import { Detail } from './view/detail.js';
import { Events } from './view/events.js';
import { Shell } from './view/terminal.js';
import { Held, makeButtons } from './view/buttons.js';
import { guide } from './view/guide.js';

const SIZES = [[32, '16M'], [64, '32M'], [128, '64M'], [256, '128M'], [512, '256M'], [1024, '512M']];
const SLOW = 120; // milliseconds between the tables' updates
// Milliseconds of a frame that are the emulator's, and how many frames for one share.
const SPEEDS = [['full', FULL, 1], ['1/4', 3, 1], ['1/10', 0, 1], ['1/100', 0, 10]];

export class App {
  constructor(assets) {
    this.assets = assets;
    this.megabytes = 256;
    this.looks = []; // when, within the last second
    this.lookCount = 0;
    this.slowDue = 0;
    this.paused = false;
    this.busy = false;
    this.speed = SPEEDS[0];
    this.held = new Held();
    this.functions = new Functions(assets.layout.functions);
    this.palette = new Palette();
    this.shell = new Shell($('terminal'), (text) => this.typed(text));
    this.makeKernel();
    this.makeControls();
    this.makeViews();
    requestAnimationFrame(() => this.frame());
  }

  // --- construction ------------------------------------------------------------------------

  makeKernel() {
    this.machine = new Machine(this.assets, { megabytes: this.megabytes, cmdline: `highmem=${SIZES.find(([m]) => m === this.megabytes)[1]}` });
    this.kernel = this.stepper = null;
    this.differ = new Differ();
    this.machine.onOutput = (byte) => this.shell.receive(byte);
    this.timeline = new Timeline(this.machine, (pfn) => this.kernel.pages.state[pfn] === State.FREE,
      () => ({ shell: this.shell.save(), held: this.held.copy() }),
      (about) => { this.shell.restore(about.shell); this.held = about.held.copy(); });
  }

  makeViews() {
    const stub = { zones: [], pages: { count: 0 } };
    this.events = new Events(stub, (pfn) => this.pin(pfn));
    this.showTalk = tabs($('talk'), [{ name: 'guide', title: 'Try this', element: guide(this) }, { name: 'events', title: 'Events', element: this.events.element }]);
    makeButtons($('buttons'), this);
    this.shell.onLine = (line) => this.held.read(line);
    this.shell.onPrompt = () => this.prompted();
  }

  // The views of a kernel that has an allocator.
  attach() {
    const pin = (pfn) => this.pin(pfn), { kernel, functions } = this;
    this.source = new Source(this.assets.sources);
    this.detail = new Detail($('detail'), kernel, functions, (place) => { this.source.show(place); this.showTab('source'); });
    this.colouring = new Colouring(kernel, functions, this.palette);
    this.colouring.mode = $('maptools').dataset.mode ?? 'state';
    $('map').replaceWith($('map').cloneNode(false));
    this.map = new PageMap(kernel, this.colouring, (pfn, pinned) => this.pointed(pfn, pinned));
    this.lists = new FreeLists(kernel, this.palette, pin);
    this.lists.onRedraw = () => this.lists.update(this.sums, null);
    this.slabs = new SlabView(kernel, pin);
    this.addresses = new Addresses(kernel, (address) => this.detail.link(address, true), pin);
    this.colouring.onRanked = () => this.map.drawAll();
    this.events.kernel = kernel;
    this.stepper = new Stepper(this.machine, kernel, kernel.trace);
    const shown = $('right').dataset.shown;
    $('right').replaceChildren();
    this.showTab = tabs($('right'), [
      { name: 'lists', title: '1 Lists', element: this.lists.element },
      { name: 'slab', title: '2 Slab', element: this.slabs.element },
      { name: 'addresses', title: '3 Addresses', element: this.addresses.element },
      { name: 'numbers', title: '4 Text', element: (this.numbers = h('div')) },
      { name: 'source', title: '5 Source', element: this.source.element },
    ]);
    if (shown) this.showTab(shown);
  }

  makeControls() {
    $('memory').append(...SIZES.map(([m, high]) => h('option', { value: m, selected: m === this.megabytes }, `${m} MiB, high from ${high}`)));
    $('memory').onchange = () => this.reboot(Number($('memory').value));
    $('restart').onclick = () => this.reboot(this.megabytes);
    $('theme').onclick = () => this.setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
    $('pause').onclick = () => this.setPaused(!this.paused);
    $('step').onclick = () => this.step();
    $('speed').append(...SPEEDS.map(([name], i) => h('option', { value: i }, name)));
    $('speed').onchange = () => this.setSpeed(SPEEDS[$('speed').value]);
    $('time').oninput = () => this.goTo(Number($('time').value));
    $('maptools').append('Colour by ', ...MODES.map(([mode, title]) => h('button', { 'data-mode': mode, onclick: () => this.setMode(mode) }, title)),
      (this.legend = h('div', { class: 'legend' })));
    addEventListener('keydown', (event) => this.onKey(event), true); // before the terminal takes them
    this.setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    this.setMode('state');
  }

  onKey(event) {
    if (event.ctrlKey && event.key === 'ArrowUp') {
      $('buttons').querySelector('button').focus();
      event.stopPropagation();
      return;
    }
    if (event.target.closest('#terminal, input, select') || event.ctrlKey || event.altKey || event.metaKey) return;
    const names = ['lists', 'slab', 'addresses', 'numbers', 'source'];
    const key = event.key.toLowerCase();
    const actions = { p: () => this.setPaused(!this.paused), n: () => this.step(), d: () => $('theme').click(),
      m: () => $('map').focus(), t: () => this.shell.terminal.focus() };
    if (actions[key]) actions[key]();
    else if (names[key - 1]) this.showTab?.(names[key - 1]);
    else return;
    event.preventDefault();
  }

  // --- running -----------------------------------------------------------------------------

  async boot() {
    this.bootTime = 0;
    this.status('booting …');
    await this.machine.run();
  }

  async reboot(megabytes) {
    if (this.busy) return;
    await this.exclusively(async () => {
      await this.machine.destroy();
      this.megabytes = megabytes;
      this.held = new Held();
      Object.assign(this.shell, { queue: [], pending: '', log: '', line: '' });
      this.shell.terminal.reset();
      this.events.clear();
      this.makeKernel();
      this.setPausedLook(false);
      this.showMoments();
    });
    await this.boot();
  }

  setSpeed(speed) {
    this.speed = speed;
    const pace = this.machine.pace;
    if (this.bootTime) [, pace.share, pace.every] = speed;
  }

  prompted() {
    if (!this.bootTime) {
      this.bootTime = performance.now() - this.machine.started;
      this.setSpeed(this.speed);
      this.machineText = `${this.megabytes} MiB, prompt after ${(this.bootTime / 1000).toFixed(2)} s`;
      this.status(this.machineText);
    }
    if (!this.shell.queue.length && this.queued) {
      const then = this.queued;
      this.queued = null;
      setTimeout(then, 0);
    }
  }

  // Do something when the lines that are being typed have ended.
  afterQueue(fn) {
    this.queued = fn;
  }

  status(text) {
    $('status').textContent = text;
  }

  async exclusively(fn) {
    if (this.busy) return;
    this.busy = true;
    try {
      await fn();
    } finally {
      this.busy = false;
    }
  }

  async setPaused(paused) {
    await this.exclusively(async () => {
      if (paused) {
        await this.machine.stop();
        this.look(true);
        await this.timeline.keep('paused');
      } else {
        this.timeline.leave();
        this.stepper?.disarm();
        this.status(this.machineText);
        await this.machine.run();
      }
      this.showMoments();
      this.setPausedLook(paused);
    });
  }

  setPausedLook(paused) {
    this.paused = paused;
    $('pause').textContent = paused ? 'Run' : 'Pause';
    $('pause').setAttribute('aria-pressed', paused);
  }

  // Run to the next event of the kernel's trace, which the first step switches on.
  async step() {
    if (!this.kernel || this.busy || !this.stepper.possible) return;
    this.timeline.leave();
    if (!this.kernel.trace.isOn(this.kernel.memory)) {
      if (!this.shell.atPrompt) return this.status('the trace is off, and the shell is busy: try again at its prompt');
      this.shell.type('trace on');
      this.afterQueue(() => this.step());
      return this.exclusively(() => this.machine.run());
    }
    await this.exclusively(async () => {
      this.stepper.arm();
      this.setPausedLook(false);
      this.status(this.shell.atPrompt ? 'waiting for an event: type a command or press a button' : 'running to the next event');
      await this.machine.run();
    });
    return undefined;
  }

  // The CPU has halted behind an event.
  async stopped() {
    await this.exclusively(async () => {
      await this.machine.stop();
      this.stepper.armed = false;
      this.setPausedLook(true);
      this.look(true);
      const { trace, memory } = this.kernel, event = trace.find(memory, trace.seq(memory));
      if (event) this.showEvent(event);
      await this.timeline.keep(event ? `event ${event.seq}` : 'event');
      this.showMoments();
    });
  }

  showEvent(event) {
    this.events.addTraced(event, (address) => this.detail.link(address));
    this.showTalk('events');
    this.status(`stopped after event ${event.seq}: ${event.name}`);
    const pfn = this.kernel.trace.get(event, 'pfn');
    if (pfn !== undefined) this.map.point(pfn);
  }

  typed(text) {
    if (this.paused && !this.busy) this.setPaused(false);
    this.machine.send(text);
  }

  // Save the moment, then let a button do something.
  async act(fn) {
    if (this.paused) await this.setPaused(false);
    if (this.kernel && this.shell.atPrompt) await this.exclusively(() => this.keepMoment('before a command'));
    fn();
  }

  // --- time --------------------------------------------------------------------------------

  async keepMoment(label) {
    const running = this.machine.running;
    await this.machine.stop();
    this.look(false);
    await this.timeline.keep(label);
    this.timeline.at = -1;
    if (running) await this.machine.run();
    this.showMoments();
  }

  async goTo(index) {
    await this.exclusively(async () => {
      await this.machine.stop();
      const moment = await this.timeline.go(index);
      this.setPausedLook(true);
      this.look(true);
      $('moment').textContent = `${moment.label}, ${moment.when.toLocaleTimeString()}`;
    });
  }

  showMoments() {
    const { moments, at } = this.timeline, last = Math.max(0, moments.length - 1);
    Object.assign($('time'), { max: last, value: at < 0 ? last : at, disabled: !moments.length });
    $('moment').textContent = at < 0 ? 'now' : `${moments[at].label}, ${moments[at].when.toLocaleTimeString()}`;
  }

  // --- looking -----------------------------------------------------------------------------

  frame() {
    this.shell.flush();
    if (this.machine.running && !this.busy) this.look(false);
    this.map?.tick();
    this.slow();
    this.machine.pace?.frame();
    if (this.stepper?.armed && this.stepper.stopped && !this.busy) this.stopped();
    requestAnimationFrame(() => this.frame());
  }

  // Read the kernel's memory. Returns: whether anything has changed in it.
  look(redraw) {
    if (!this.kernel) {
      const kernel = new Kernel(this.assets.layout, (pa, n) => this.machine.read(pa, n), this.machine.bytes);
      if (!this.shell.prompts && !this.bootTime) return false;
      if (!kernel.look()) return false;
      this.kernel = kernel;
      this.attach();
      this.fresh = true;
    } else if (!this.kernel.look()) return false;
    return this.digest(redraw);
  }

  digest(redraw) {
    const { kernel } = this, diff = this.differ.compare(kernel.pages);
    const counts = kernel.zones.map((zone) => `${zone.free} ${zone.pagesets.map((set) => set.lists.map((l) => l.entries.length))}`).join();
    const changed = counts !== this.counts || (diff?.changed.length ?? 0) > 0;
    this.counts = counts;
    this.looks.push(performance.now());
    this.lookCount++;
    if (!diff) this.map.update(null);
    else if (changed || redraw) {
      this.map.update(diff.changed);
      this.events.add(diff);
      this.pendingDiff = merged(this.pendingDiff, diff);
      this.touched = true;
    }
    return changed;
  }

  // What need not be drawn in every frame.
  slow() {
    const now = performance.now();
    if (now < this.slowDue || !this.kernel) return;
    this.slowDue = now + SLOW;
    this.looks = this.looks.filter((t) => t > now - 1000);
    $('meter').textContent = this.machine.running ? `${this.looks.length} looks/s` : 'stopped';
    if (this.touched || this.fresh) {
      this.sums = summarise(this.kernel.pages, this.kernel.zones, this.kernel.zoneReader.orders, this.kernel.zoneReader.types);
      this.lists.update(this.sums, this.pendingDiff ?? null);
      this.pendingDiff = null;
      this.showLegend();
      if (this.map.at >= 0) this.pointed(this.map.at, this.map.at === this.map.pinned);
    }
    const shown = $('right').dataset.shown;
    if (shown === 'slab') this.slabs.update();
    if (shown === 'addresses') this.addresses.update();
    if (this.touched && this.machine.running && this.timeline.due(now) && !this.busy) this.exclusively(() => this.keepMoment('running'));
    this.touched = this.fresh = false;
  }

  showLegend() {
    const rows = this.colouring.legend();
    this.legend.replaceChildren(...rows.slice(0, 9).map((row) => h('span', {}, h('i', { class: 'swatch', style: `background:${this.palette.css(row.colour)}` }), `${row.name} ${row.pages}`)));
    this.numbers.replaceChildren(h('h2', {}, 'The map in numbers'), h('table', {}, h('tr', {}, h('th', {}, 'what'), h('th', {}, 'pages'), h('th', {}, 'KiB')),
      ...rows.map((row) => h('tr', {}, h('td', {}, row.name), h('td', {}, row.pages), h('td', {}, row.pages * 4)))));
  }

  // --- choices -----------------------------------------------------------------------------

  pointed(pfn, pinned) {
    this.detail.show(pfn, pinned);
    this.addresses.point(pfn);
  }

  pin(pfn) {
    this.map.pinned = pfn;
    this.map.point(pfn);
  }

  setMode(mode) {
    $('maptools').dataset.mode = mode;
    for (const button of $('maptools').querySelectorAll('button')) button.setAttribute('aria-pressed', button.dataset.mode === mode);
    if (!this.map) return;
    this.colouring.mode = mode;
    this.map.drawAll();
    this.showLegend();
  }

  setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    this.palette.refresh();
    this.map?.drawAll();
    this.fresh = true;
  }
}

function merged(a, b) {
  return a ? { changed: b.changed, splits: [...a.splits, ...b.splits].slice(-40), merges: [...a.merges, ...b.merges].slice(-40) } : b;
}
