// SPDX-License-Identifier: MIT
// dom.js - making elements, and numbers in words.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') element.style.cssText = value;
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const $ = (id) => document.getElementById(id);

export const hex = (n, digits = 8) => `0x${Math.floor(n).toString(16).padStart(digits, '0')}`;

export function size(bytes) {
  if (bytes >= 2 ** 20) return `${trim(bytes / 2 ** 20)} MiB`;
  return bytes >= 1024 ? `${trim(bytes / 1024)} KiB` : `${bytes} B`;
}

const trim = (n) => (n >= 100 || Number.isInteger(n) ? n.toFixed(0) : n.toFixed(1));

export const pages = (n) => `${n} page${n === 1 ? '' : 's'}`;

// Tabs: [{name, title, element}] into a box. Returns: show(name).
export function tabs(box, list) {
  const nav = h('nav', { role: 'tablist' });
  const show = (name) => {
    for (const tab of list) {
      tab.element.hidden = tab.name !== name;
      tab.button.setAttribute('aria-selected', tab.name === name);
      tab.button.tabIndex = tab.name === name ? 0 : -1;
    }
    box.dataset.shown = name;
  };
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = list.findIndex((tab) => tab.name === box.dataset.shown);
    const next = list[(at + step + list.length) % list.length];
    show(next.name);
    next.button.focus();
  };
  for (const tab of list) {
    tab.button = h('button', { role: 'tab', onclick: () => show(tab.name), onkeydown: move }, tab.title);
    tab.element.classList.add('pane');
    tab.element.setAttribute('role', 'tabpanel');
    nav.append(tab.button);
  }
  box.append(nav, ...list.map((tab) => tab.element));
  show(list[0].name);
  return show;
}
