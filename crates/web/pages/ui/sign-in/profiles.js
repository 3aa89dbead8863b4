// What to sign in as, where that is several things.

import { h } from '../element.js';
import { arrows, badge, button } from '../parts.js';

/** @typedef {{name: string, note: string, isDefault: boolean}} Profile */

/** @param {Profile[]} all @param {(profile: string) => Promise<void>} choose @returns {{element: any, focus: () => void}} */
export function profiles(all, choose) {
  const choices = all.map(({ name, note, isDefault }) => button({ label: [h('span', { class: 'row' }, h('strong', {}, name), isDefault && badge('default')), note && h('span', { class: 'small quiet' }, note)], test: 'profile', key: name, kind: 'wide choice', run: () => choose(name) }));
  const element = h('div', { class: 'stack tight', role: 'group', 'aria-label': 'Profiles' }, h('p', { class: 'quiet' }, 'You may be more than one thing here. Each has grants of its own.'), choices);
  arrows(element, 'button');
  return { element, focus: () => choices[0].button.focus() };
}
