// SPDX-License-Identifier: MIT
// main.js - puts the page together: machine, kernel's memory, views; one frame after the other.

import { loadAssets } from './machine/assets.js';
import { App } from './app.js';

const packed = JSON.parse(document.getElementById('assets').textContent);
document.getElementById('assets').remove();

loadAssets(packed).then((assets) => {
  globalThis.quire = new App(assets); // for the console, and for tests
  return globalThis.quire.boot();
}).catch((error) => {
  document.getElementById('status').textContent = `cannot start: ${error.message}`;
  console.error(error);
});
