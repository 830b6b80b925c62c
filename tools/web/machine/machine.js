// SPDX-License-Identifier: MIT
// machine.js - the emulated computer: v86 with the kernel in it, its serial line, run and stop.

import { V86 } from 'v86';
import { Pace } from './pace.js';
import { States } from './states.js';

export class Machine {
  // assets: kernel, emulator, bios, vgaBios as Uint8Array. options: {megabytes, cmdline}.
  constructor(assets, options) {
    this.bytes = options.megabytes * 2 ** 20;
    this.onOutput = () => {};
    this.started = performance.now();
    this.v86 = new V86({
      wasm_fn: async (imports) => (await WebAssembly.instantiate(assets.emulator, imports)).instance.exports,
      memory_size: this.bytes,
      vga_memory_size: 2 ** 21,
      bios: { buffer: assets.bios.slice().buffer },
      vga_bios: { buffer: assets.vgaBios.slice().buffer },
      multiboot: { buffer: assets.kernel.slice().buffer },
      cmdline: `quire ${options.cmdline}`, // the first word is the file's name
      disable_keyboard: true, disable_mouse: true, disable_speaker: true,
      autostart: false,
    });
    this.v86.add_listener('serial0-output-byte', (byte) => this.onOutput(byte));
    this.ready = new Promise((resolve) => this.v86.add_listener('emulator-ready', resolve)).then(() => {
      this.pace = new Pace(this.v86.v86);
      this.states = new States(this.v86);
    });
  }

  read(pa, length) {
    return this.v86.read_memory(pa, length);
  }

  write(pa, bytes) {
    this.v86.write_memory(bytes, pa);
  }

  write32(pa, value) {
    this.write(pa, [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]);
  }

  get running() {
    return this.v86.is_running();
  }

  async run() {
    await this.ready;
    if (!this.running) await this.v86.run();
  }

  async stop() {
    if (this.running) await this.v86.stop();
  }

  send(text) {
    this.v86.serial0_send(text);
  }

  instructions() {
    return this.v86.get_instruction_counter();
  }

  // isFree(pfn): whose content need not be kept.
  save(isFree) {
    this.states.isFree = isFree;
    return this.states.save();
  }

  restore(state) {
    return this.states.restore(state);
  }

  async destroy() {
    await this.stop();
    await this.v86.destroy();
    this.pace.close();
  }
}
