// SPDX-License-Identifier: MIT
// browser.mjs - opens build/quire.html in a headless Chromium and notes what should never happen: a
// request, an error on the console.
// Environment: QUIRE_HTML, NODE_MODULES, CHROMIUM.

import path from 'node:path';
import { createRequire } from 'node:module';

const modules = path.resolve(process.env.NODE_MODULES ?? 'build/npm/node_modules');
const { chromium } = createRequire(path.join(modules, 'x.js'))('playwright-core');

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

// Returns: {page, browser, errors, requests}, with the kernel at its prompt.
export async function openPage(options = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 1600, height: 900 }, colorScheme: 'light', ...options });
  const errors = [], requests = [];
  const file = `file://${path.resolve(process.env.QUIRE_HTML ?? 'build/quire.html')}`;
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.stack));
  page.on('request', (request) => !/^(file|data|blob):/.test(request.url()) && requests.push(request.url()));
  await page.goto(file);
  await page.waitForFunction(() => globalThis.quire?.kernel && globalThis.quire.shell.atPrompt, null, { timeout: 60000 });
  return { page, browser, errors, requests };
}

// Type a line into the shell and wait for the prompt behind it. Returns: what the kernel printed.
export async function command(page, line) {
  const from = await page.evaluate(() => ({ prompts: quire.shell.prompts }));
  await page.evaluate((text) => { quire.shell.printed = ''; quire.typed(`${text}\r`); }, line);
  await page.waitForFunction((prompts) => quire.shell.prompts > prompts && quire.shell.atPrompt, from.prompts, { timeout: 60000 });
  return page.evaluate(() => { quire.shell.flush(); return quire.shell.printed; });
}

// Until the page has drawn what happened last: its slower parts, too.
export async function settle(page) {
  await page.waitForTimeout(200);
  await page.evaluate(() => new Promise((resolve) => { quire.slowDue = 0; requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
}
