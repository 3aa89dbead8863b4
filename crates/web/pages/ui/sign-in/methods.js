// The other ways to sign in: those that work here as buttons, the rest named and marked.

import { h } from '../element.js';
import { button } from '../parts.js';

/** @typedef {{kind: string, label: string, enabled: boolean, profiles: string[]}} Method */

/** Ways that need nothing but a press. @type {Record<string, string>} */
const PRESSED = { guest: 'Continue as a guest', anonymous: 'Continue anonymously' };

/** @param {Method[]} methods @param {(method: string) => Promise<void>} enter @returns {any} */
export function otherWays(methods, enter) {
  const others = methods.filter(({ kind }) => kind !== 'password');
  const open = others.filter(({ kind, enabled }) => enabled && kind in PRESSED);
  const elsewhere = others.filter(({ kind, enabled }) => enabled && !(kind in PRESSED));
  const off = others.filter(({ enabled }) => !enabled);
  return [
    open.length > 0 && h('div', { class: 'ways' }, open.map(({ kind }) => button({ label: PRESSED[kind], test: `sign-in-${kind}`, kind: 'wide', icon: 'guest', run: () => enter(kind) }))),
    h('details', { class: 'ways-rest' }, h('summary', { 'data-test': 'ways' }, 'All ways to sign in'),
      h('ul', { class: 'ways-list' },
        elsewhere.map((method) => way(method, 'on the command line')),
        off.map((method) => way(method, 'off')))),
  ];
}

/** @param {Method} method @param {string} mark @returns {any} */
function way({ kind, label }, mark) {
  return h('li', { 'data-test': `way-${kind}` }, h('span', { class: 'cut' }, label), h('span', { class: 'badge' }, mark));
}
