// SPDX-License-Identifier: MIT
// stepper.js - lets the machine run up to the next event of the kernel's trace and no instruction
// further.
//
// The kernel calls debug_stop() after the event that trace_stop names; the function does nothing. The
// stepper plants code there that halts the CPU with interrupts off, as a debugger plants a breakpoint:
// the function's one byte and the filling behind it become pushf, cli, hlt, popf, ret.

const HALT = [0x9c, 0xfa, 0xf4, 0x9d, 0xc3], AFTER_HLT = 3;

export class Stepper {
  constructor(machine, kernel, trace) {
    Object.assign(this, { machine, kernel, trace, armed: false });
    const place = kernel.layout.functions.debug_stop;
    this.at = place.addr >>> 0;
    this.possible = this.at % 16 === 0 && place.size <= HALT.length; // functions begin at multiples of 16
  }

  // Stop after the next event.
  arm() {
    const memory = this.kernel.memory;
    memory.begin();
    this.machine.write(memory.pa(this.at), HALT);
    this.machine.write32(this.trace.stopAddress(memory), this.trace.seq(memory) + 1);
    this.armed = true;
    this.release();
  }

  disarm() {
    this.machine.write32(this.trace.stopAddress(this.kernel.memory), 0);
    this.armed = false;
    this.release();
  }

  // Is the CPU halted where it was to?
  get stopped() {
    const cpu = this.machine.v86.v86.cpu;
    return cpu.in_hlt[0] === 1 && cpu.instruction_pointer[0] >>> 0 === this.at + AFTER_HLT;
  }

  release() {
    if (this.stopped) this.machine.v86.v86.cpu.in_hlt[0] = 0;
  }
}
