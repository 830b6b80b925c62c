// SPDX-License-Identifier: MIT
// guide.js - what to try first, and what to look at.

import { h } from './dom.js';

export function guide(app) {
  const run = (line) => h('button', { onclick: () => app.act(() => app.shell.type(line)) }, line);
  const freeIt = h('button', { onclick: () => app.act(() => app.shell.type(...app.held.frees())) }, 'free PFN ORDER');
  const steps = [
    ['Take 16 pages: ', run('alloc 4'), '. The answer names the zone. In ', h('b', {}, 'Events'), ' and ', h('b', {}, 'Lists'),
      ' a larger free block is split: half of it goes back to the list one order down, again and again, until 16 pages are left. They glow in the map.'],
    ['Give them back: ', freeIt, ', then ', run('cat /proc/buddyinfo'), '. The block meets its free half (its buddy), and they merge, up to the order it came from. '
      + 'It waits for that until somebody looks at the lists.'],
    ['Take one page from high memory: ', run('alloc 0 GFP_HIGHUSER'), '. Single pages come from the CPU’s ', h('b', {}, 'pageset'),
      ': an empty one fetches a batch from the lists. The zone’s bar shows who served it.'],
    ['A slab: ', run('kmalloc 100'), ', then look at kmalloc-128 under ', h('b', {}, 'Slab'), '. A slab’s page is orange in the map.'],
    ['Addresses without a row of frames: ', run('vmalloc 1M'), ', then ', h('b', {}, 'Addresses'), '.'],
    ['Misuse: ', run('free 5000 0'), ' (never allocated): the kernel says what is wrong and goes on.'],
    ['Go back: pull the slider at the bottom. The kernel is put back to that moment, and goes on from there.'],
  ];
  return h('div', {}, h('ol', { class: 'guide', style: 'padding-left:20px;margin:0' }, ...steps.map((step) => h('li', {}, ...step))),
    h('p', { class: 'dim' }, 'Keys: ', ...[['P', 'pause'], ['N', 'next event'], ['D', 'dark'], ['M', 'map'], ['T', 'shell'], ['1–5', 'panes']]
      .flatMap(([key, what]) => [h('kbd', {}, key), ` ${what}  `]), '(outside the shell; ', h('kbd', {}, 'Ctrl ↑'), ' leaves it)'));
}
