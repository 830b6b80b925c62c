// SPDX-License-Identifier: MIT
// assets.js - what lies in the page compressed: the kernel, the emulator, the firmware, the sources.

function bytesOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function unpack(base64) {
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Returns: {kernel, emulator, bios, vgaBios} as bytes, {layout, sources} as objects.
export async function loadAssets(packed) {
  const names = Object.keys(packed);
  const unpacked = await Promise.all(names.map((name) => unpack(packed[name])));
  const assets = Object.fromEntries(names.map((name, i) => [name, unpacked[i]]));
  for (const name of ['layout', 'sources'])
    assets[name] = JSON.parse(new TextDecoder().decode(assets[name]));
  return assets;
}
