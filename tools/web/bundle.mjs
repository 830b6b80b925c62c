// SPDX-License-Identifier: MIT
// bundle.mjs - puts everything into one file: `node bundle.mjs NODE_MODULES KERNEL LAYOUT SEABIOS
// OUT`. The scripts are bundled by esbuild; the kernel, the emulator, the firmware and the
// kernel's sources lie in the file compressed, as base64, and are unpacked by the browser.

import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const [modules, kernel, layout, seabios, out] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(path.resolve(modules, 'x.js'))('esbuild');

const pack = (bytes) => zlib.gzipSync(bytes, { level: 9 }).toString('base64');
const packFile = (file) => pack(fs.readFileSync(file));

// A script or a style sheet as one text.
async function bundled(entry) {
  const result = await esbuild.build({
    entryPoints: [path.join(here, entry)], bundle: true, write: false, minify: true, format: 'iife',
    target: ['chrome110', 'firefox115', 'safari16.4'], nodePaths: [modules], legalComments: 'inline',
    logLevel: 'error', external: ['node:*', 'crypto', 'fs', 'perf_hooks'], // those: v86 outside a browser
  });
  return result.outputFiles[0].text;
}

// The kernel's sources by path, for the functions that the pictures name.
function sources(functions) {
  const texts = {};
  for (const file of new Set(Object.values(functions).map((place) => place.file)))
    if (file && !file.startsWith('..') && fs.existsSync(file)) texts[file] = fs.readFileSync(file, 'utf8');
  return JSON.stringify(texts);
}

const assets = {
  kernel: packFile(kernel),
  layout: packFile(layout),
  sources: pack(sources(JSON.parse(fs.readFileSync(layout)).functions)),
  emulator: packFile(path.join(modules, 'v86/build/v86.wasm')),
  bios: packFile(path.join(seabios, 'bios.bin')),
  vgaBios: packFile(path.join(seabios, 'vgabios-stdvga.bin')),
};
const script = (await bundled('main.js')).replaceAll('</script', '<\\/script');
const style = await bundled('page.css');
const page = fs.readFileSync(path.join(here, 'page.html'), 'utf8')
  .replace('/* style */', () => style)
  .replace('{"assets":1}', () => JSON.stringify(assets))
  .replace('/* script */', () => script);
fs.writeFileSync(out, page);
console.log(`  ${out}: ${(page.length / 2 ** 20).toFixed(2)} MiB`);
