// SPDX-License-Identifier: MIT
// decode.mjs - the kernel under the emulator in plain node, no browser: it reaches its prompt, and what
// the page's modules read from its memory is what the kernel itself prints.
// usage: node decode.mjs BUILD NODE_MODULES SEABIOS

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Kernel } from '../../tools/web/guest/snapshot.js';
import { State } from '../../tools/web/guest/pages.js';
import { Functions } from '../../tools/web/guest/functions.js';
import { Differ } from '../../tools/web/guest/diff.js';
import { summarise } from '../../tools/web/guest/free.js';
import { walk } from '../../tools/web/guest/walk.js';

const [build, modules, seabios] = process.argv.slice(2);
const { V86 } = await import(pathToFileURL(path.resolve(modules, 'v86/build/libv86.mjs')));
const buffer = (...names) => ({ buffer: new Uint8Array(fs.readFileSync(path.join(...names))).buffer });
const layout = JSON.parse(fs.readFileSync(path.join(build, 'quire.layout.json')));
const PROMPT = 'quire> ', LIMIT = 60000;

// A machine at its prompt: {kernel, type(line), v86, seconds}.
async function boot(megabytes, cmdline) {
  const emulator = fs.readFileSync(path.join(modules, 'v86/build/v86.wasm'));
  const begun = performance.now();
  const v86 = new V86({
    wasm_fn: async (imports) => (await WebAssembly.instantiate(emulator, imports)).instance.exports,
    memory_size: megabytes * 2 ** 20, vga_memory_size: 2 ** 21, bios: buffer(seabios, 'bios.bin'),
    vga_bios: buffer(seabios, 'vgabios-stdvga.bin'), multiboot: buffer(build, 'quire.web.elf'),
    cmdline: `quire ${cmdline}`, disable_keyboard: true, disable_mouse: true, disable_speaker: true, autostart: true,
  });
  let text = '', wake = () => {};
  v86.add_listener('serial0-output-byte', (byte) => {
    text += String.fromCharCode(byte);
    if (text.endsWith(PROMPT)) wake();
  });
  const prompt = async () => {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`no prompt; the kernel said:\n${text}`)), LIMIT).unref());
    if (!text.endsWith(PROMPT)) await Promise.race([new Promise((resolve) => { wake = resolve; }), late]);
    await new Promise((resolve) => setTimeout(resolve, 30)); // what goes on behind the prompt
  };
  await prompt();
  const seconds = (performance.now() - begun) / 1000;
  const kernel = new Kernel(layout, (pa, n) => v86.read_memory(pa, n), megabytes * 2 ** 20);
  const type = async (line) => {
    text = '';
    v86.serial0_send(`${line}\r`);
    await prompt();
    assert(kernel.look(), 'there is an allocator');
    return text.replaceAll('\r', '');
  };
  return { kernel, type, v86, seconds };
}

const numbers = (text) => text.trim().split(/\s+/).map(Number);

// --- what is compared ------------------------------------------------------------------------

async function freeLists({ kernel, type }) {
  const text = await type('cat /proc/buddyinfo');
  const sums = summarise(kernel.pages, kernel.zones, kernel.zoneReader.orders, kernel.zoneReader.types);
  for (const zone of kernel.zones) {
    const row = new RegExp(`Node ${zone.node}, zone +${zone.name} (.*)`).exec(text);
    const sum = sums.get(zone.id);
    assert.deepEqual(zone.nrFree, numbers(row[1]), `${zone.name}: nr_free`);
    assert.deepEqual(sum.counts.map((types) => types.reduce((a, b) => a + b)), zone.nrFree, `${zone.name}: blocks in mem_map`);
    assert.equal(sum.states[State.FREE], zone.free, `${zone.name}: free pages in mem_map`);
    assert.equal(sum.states[State.MOVING], 0, `${zone.name}: pages that nobody knows`);
  }
}

async function zonesAndPagesets({ kernel, type }) {
  const parts = (await type('cat /proc/zoneinfo')).split(/^(?=Node \d+, zone)/m).slice(1);
  for (const zone of kernel.zones) {
    const text = parts.find((part) => part.startsWith(`Node ${zone.node}, zone`) && part.split('\n')[0].trim().endsWith(zone.name));
    const field = (name) => Number(new RegExp(`^ +${name} +(\\d+)`, 'm').exec(text)[1]);
    assert.deepEqual(zone.marks, ['min', 'low', 'high'].map(field), `${zone.name}: watermarks`);
    assert.equal(zone.managed, field('managed'), `${zone.name}: managed`);
    assert.deepEqual(zone.reserve, /protection: \(([\d, ]+)\)/.exec(text)[1].split(',').map(Number), `${zone.name}: protection`);
    const counts = [...text.matchAll(/^ +count: +(\d+)/gm)].map((m) => Number(m[1]));
    const ours = zone.pagesets.map((set) => set.lists.reduce((n, list) => n + list.entries.length * 2 ** list.order, 0));
    assert.deepEqual(ours, counts, `${zone.name}: pages in pagesets`);
  }
}

async function slabs({ kernel, type }) {
  const text = await type('slabinfo');
  const caches = kernel.slabs.read(kernel.memory);
  assert(caches.length > 10);
  for (const cache of caches) {
    const row = new RegExp(`^${cache.name} +(\\d+) +(\\d+) .*slabdata +(\\d+) +(\\d+)`, 'm').exec(text);
    assert.deepEqual([cache.active, cache.objects, cache.slabs], [Number(row[1]), Number(row[2]), Number(row[4])], cache.name);
    const taken = kernel.slabs.readSlabs(kernel.memory, cache, 1e6).reduce((n, slab) => n + slab.inuse, 0);
    assert.equal(taken, cache.active + cache.inArrays, `${cache.name}: objects taken from slabs`);
  }
}

async function onePage({ kernel, type }) {
  const [, pfn] = /ALLOC pfn=(\d+)/.exec(await type('alloc 3'));
  const page = kernel.pages.describe(kernel.memory, Number(pfn) + 5);
  assert.deepEqual([page.state, page.order, page.head, page.refcount], [State.USED, 3, Number(pfn), 1]);
  const site = new Functions(layout.functions).find(page.allocSite);
  assert.equal(site.name, 'run_alloc');
  assert.match(site.file, /^kernel\/shell\/cmd_pages\.c$/);
  await type(`free ${pfn} 3`);
  assert.notEqual(kernel.pages.state[pfn], State.USED);
}

async function addresses({ kernel, type }) {
  const [, va] = /VMALLOC addr=(0x[0-9a-f]+)/.exec(await type('vmalloc 256K'));
  const area = kernel.mappings.readVmalloc(kernel.memory).areas.find((a) => a.start === Number(va));
  assert.deepEqual([area.state, area.kind, area.pages], ['busy', 'vmalloc', 64]);
  for (const address of [va, '0xc0100000', '0xf8000000']) {
    const text = await type(`walk ${address}`), found = walk(kernel.memory, Number(address));
    const told = /pa 0x([0-9a-f]+),/.exec(text);
    assert.equal(found.pa, told ? parseInt(told[1], 16) : -1, `walk ${address}`);
  }
  await type(`vfree ${va}`);
}

// A block that is split and merged again is told as such. Blocks that fit are used up first.
async function splitAndMerge({ kernel, type }) {
  await type('drain; cat /proc/buddyinfo');
  const differ = new Differ(), frees = [];
  differ.compare(kernel.pages);
  let split, zoneName;
  while (!split) {
    assert(frees.length < 40, 'sooner or later a larger block is split');
    const [, pfn, zone] = /ALLOC pfn=(\d+) order=4 zone=(\w+)/.exec(await type('alloc 4'));
    frees.push(`free ${pfn} 4`);
    split = differ.compare(kernel.pages).splits.find((s) => s.pfn <= pfn && pfn < s.pfn + 2 ** s.order);
    zoneName = zone;
  }
  assert(split.order > 4);
  assert.equal(kernel.zones.find((zone) => zone.id === split.zone).name, zoneName);
  for (const free of frees) await type(free);
  await type('cat /proc/buddyinfo');
  const merges = differ.compare(kernel.pages).merges;
  assert(merges.some((m) => m.pfn <= split.pfn && m.order >= split.order), 'and merged again');
}

async function traced({ kernel, type }) {
  await type('trace on');
  await type('alloc 5');
  const { trace, memory } = kernel, event = trace.find(memory, trace.seq(memory));
  await type('trace off');
  assert.equal(event.name, 'mm_page_alloc');
  assert.equal(trace.get(event, 'order'), 5);
}

// --- machines --------------------------------------------------------------------------------

const CHECKS = [freeLists, zonesAndPagesets, slabs, onePage, addresses, splitAndMerge, freeLists, traced];

for (const [megabytes, cmdline] of [[256, 'highmem=128M'], [64, 'highmem=32M numa=fake=2'], [32, 'movable=8M']]) {
  const machine = await boot(megabytes, cmdline);
  console.log(`${megabytes} MiB, ${cmdline}: prompt after ${machine.seconds.toFixed(2)} s`);
  await machine.type('cat /proc/buddyinfo');
  for (const check of CHECKS) {
    await check(machine);
    console.log(`  ok ${check.name}`);
  }
  for (const load of ['stress mixed 1', 'slabmix 5000', 'repeat 20 alloc 0']) await machine.type(load);
  for (const check of [freeLists, zonesAndPagesets, slabs]) await check(machine);
  assert.match(await machine.type('check'), /CHECK ok/);
  console.log('  ok after stress');
  await machine.v86.destroy();
}
console.log('PASS decode');
process.exit(0);
