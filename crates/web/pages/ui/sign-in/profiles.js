// What to sign in as, where that is several things.

import { h } from '../element.js';
import { arrows, button } from '../parts.js';

/** @typedef {{name: string, note?: string}} Profile */

/** @param {Profile[]} all @param {(profile: string) => Promise<void>} choose @returns {{element: any, focus: () => void}} */
export function profiles(all, choose) {
  const choices = all.map(({ name, note }) => button({ label: [h('strong', {}, name), note && h('span', { class: 'small quiet' }, note)], test: 'profile', key: name, kind: 'wide choice', run: () => choose(name) }));
  const element = h('div', { class: 'stack tight', role: 'group', 'aria-label': 'Profiles' }, h('p', { class: 'quiet' }, 'Each has grants of its own. It can be changed later.'), choices);
  arrows(element, 'button');
  return { element, focus: () => choices[0].button.focus() };
}
