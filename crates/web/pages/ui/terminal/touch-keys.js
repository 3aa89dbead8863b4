// Keys that keyboards on a screen do not have, below a terminal. The style sheet shows them where a finger points.

import { h } from '../element.js';
import { HELD } from '../../core/terminal/held.js';

/** How long a key is held before it repeats, and how often it does, in milliseconds. */
const HOLD = 400;
const REPEAT = 70;

/** What a key says, what it is called, and what it types: a name of a key, or a letter. @type {[string, string, string][]} */
const KEYS = [
  ['Esc', 'Escape', 'Escape'], ['Tab', 'Tab', 'Tab'], ['←', 'Left', 'ArrowLeft'], ['↑', 'Up', 'ArrowUp'], ['↓', 'Down', 'ArrowDown'], ['→', 'Right', 'ArrowRight'],
];
/** @type {[string, string, string][]} */
const MORE = [
  ['Home', 'Home', 'Home'], ['End', 'End', 'End'], ['PgUp', 'Page up', 'PageUp'], ['PgDn', 'Page down', 'PageDown'], ['Del', 'Delete', 'Delete'],
  ['|', 'Bar', '|'], ['/', 'Slash', '/'], ['~', 'Tilde', '~'], ['-', 'Hyphen', '-'],
];

/**
 * @param {{held: import('../../core/terminal/held.js').Held, press: (key: string) => void, focus: () => void, done: () => void}} given
 * `press` types a key, with those that are held; `focus` brings the keyboard, and `done` has it go
 * @returns {any} an element
 */
export function touchKeys({ held, press, focus, done }) {
  const holds = HELD.map((name) => key(name, name === 'Ctrl' ? 'Control' : name, name, { 'aria-pressed': 'false', onclick: () => { held.flip(name); focus(); } }));
  const more = h('div', { class: 'terminal-touch-row', id: `terminal-touch-${Math.random().toString(36).slice(2)}`, hidden: true }, MORE.map(typed),
    key('Done', 'Hide the keyboard', 'Done', { onclick: done }));
  const flip = key('⋯', 'More keys', 'More', { 'aria-expanded': 'false', 'aria-controls': more.id, onclick: () => {
    more.hidden = !more.hidden;
    flip.setAttribute('aria-expanded', String(!more.hidden));
  } });
  const [escape, tab, ...arrows] = KEYS.map(typed);
  held.watch(() => { for (const one of holds) one.setAttribute('aria-pressed', String(held.has(one.dataset.key))); });
  // A press takes the focus from nothing: the keyboard stays as it is.
  return h('div', { class: 'terminal-touch', role: 'toolbar', 'aria-label': 'Keys', onmousedown: (/** @type {Event} */ event) => event.preventDefault() },
    more, h('div', { class: 'terminal-touch-row' }, escape, tab, holds, arrows, flip));

  /** @param {[string, string, string]} given */
  function typed([label, name, types]) {
    let timer = 0;
    let isRepeated = false;
    const again = () => { isRepeated = true; press(types); timer = window.setTimeout(again, REPEAT); };
    const stop = () => clearTimeout(timer);
    return key(label, name, types, {
      onpointerdown: () => { isRepeated = false; stop(); timer = window.setTimeout(again, HOLD); },
      onpointerup: stop, onpointercancel: stop, onpointerleave: stop,
      oncontextmenu: (/** @type {Event} */ event) => event.preventDefault(),
      onclick: () => { stop(); if (!isRepeated) press(types); isRepeated = false; },
    });
  }
}

/** @param {string} label @param {string} name @param {string} key @param {Record<string, any>} more @returns {any} */
function key(label, name, key, more) {
  // A sign needs a name; a short word is one, and says more when it is pointed at.
  return h('button', { type: 'button', class: 'terminal-key', [/^[a-z]+$/i.test(label) ? 'title' : 'aria-label']: name, 'data-test': 'terminal-key', 'data-key': key, ...more }, label);
}
