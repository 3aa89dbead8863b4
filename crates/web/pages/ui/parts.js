// The elements that views are made of.

import { h, fill } from './element.js';
import { icon } from './icons.js';

export { each } from './element.js';
export { icon } from './icons.js';
export { button, copy } from './parts/button.js';
export { dialog, confirm } from './parts/dialog.js';
export { problem } from './parts/problem.js';
export { table } from './parts/table.js';
export { ago, until, moment, when } from './parts/time.js';

/** What stands where nothing is yet, with what to do next. @param {string} text @param {...any} actions @returns {any} */
export function empty(text, ...actions) {
  return h('div', { class: 'empty' }, h('p', {}, text), actions.length > 0 && h('div', { class: 'row' }, actions));
}

/** That something is under way; it shows after a moment only. @param {string} [text] @returns {any} */
export function waiting(text = 'A moment…') {
  return h('p', { class: 'waiting', role: 'status' }, text);
}

/** @param {string | number} text @param {'good' | 'bad' | 'warn' | ''} [kind] @returns {any} */
export function badge(text, kind = '') {
  return h('span', { class: `badge ${kind}` }, text);
}

/** A view's title, with what can be done beside it. @param {string} title @param {...any} actions @returns {any} */
export function heading(title, ...actions) {
  return h('div', { class: 'toolbar' }, h('h1', { tabindex: '-1' }, title), actions);
}

let fields = 0;

/**
 * An input with its label, and what helps to fill it in.
 * @param {string} label @param {any} input @param {any} [hint] @returns {any}
 */
export function field(label, input, hint) {
  const control = input.matches('input, select, textarea') ? input : input.querySelector('input, select, textarea');
  const id = control?.id || `field-${fields += 1}`;
  if (control) control.id = id;
  if (control && hint) control.setAttribute('aria-describedby', `${id}-hint`);
  return h('div', { class: 'field' }, h('label', { for: id }, label), input, hint && h('div', { class: 'hint', id: `${id}-hint` }, hint));
}

/** A switch with its label behind it. @param {string} label @param {any} input a checkbox @returns {any} */
export function toggle(label, input) {
  input.classList.add('switch');
  input.setAttribute('role', 'switch');
  return h('label', { class: 'row' }, input, h('span', {}, label));
}

/**
 * Tabs. What is returned stays the same while another one is chosen with `mark`.
 * @param {{label: string, items: {name: string, title: any, key?: string}[], chosen?: string, choose: (name: string) => void, test: string}} given
 * @returns {any} an element with `mark(name)`
 */
export function tabs({ label, items, chosen, choose, test }) {
  const each = items.map(({ name, title, key }) => h('button', {
    type: 'button', role: 'tab', 'data-name': name, 'data-key': key, 'data-test': `${test}-${key ? 'tab' : name}`,
    onclick: () => { mark(name); choose(name); },
  }, title));
  const root = h('div', { class: 'tabs', role: 'tablist', 'aria-label': label, onkeydown: step }, each);
  root.mark = mark;
  mark(chosen ?? items[0]?.name);
  return root;

  /** @param {string | undefined} name */
  function mark(name) {
    for (const tab of each) {
      const is = tab.dataset.name === name;
      tab.setAttribute('aria-selected', String(is));
      tab.tabIndex = is ? 0 : -1;
    }
  }

  /** @param {KeyboardEvent} event */
  function step(event) {
    const at = each.indexOf(/** @type {any} */ (document.activeElement));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    const next = each.at(to % each.length);
    next.focus();
    next.click();
  }
}

/**
 * Moves among the elements of a list with the arrows. @param {HTMLElement} root @param {string} selector
 */
export function arrows(root, selector) {
  root.addEventListener('keydown', (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = [...root.querySelectorAll(selector)];
    const at = all.indexOf(/** @type {Element} */ (document.activeElement));
    if (!by || at < 0) return;
    event.preventDefault();
    /** @type {any} */ (all[at + by] ?? all[at]).focus();
  });
}

/** A password's input that can be looked at. @param {Record<string, any>} properties @returns {{root: any, input: any}} */
export function secret(properties) {
  const input = h('input', { type: 'password', spellcheck: 'false', autocapitalize: 'off', ...properties });
  const show = h('button', { type: 'button', class: 'button bare', 'data-test': `${properties['data-test']}-show`, onclick: flip });
  const tell = () => {
    const is = input.type === 'text';
    show.setAttribute('aria-label', is ? 'Hide the password' : 'Show the password');
    fill(show, icon(is ? 'hidden' : 'eye'));
  };
  tell();
  return { root: h('div', { class: 'secret' }, input, show), input };

  function flip() {
    input.type = input.type === 'password' ? 'text' : 'password';
    tell();
    input.focus();
  }
}
