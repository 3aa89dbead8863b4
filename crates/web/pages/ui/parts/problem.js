// What went wrong.

import { explain } from '../../core/advice.js';
import { h } from '../element.js';

/** What happened, and what to do. @param {any} error @param {string} [test] @returns {any} */
export function problem(error, test) {
  const { message, advice } = explain(error);
  return h('div', { class: 'problem', role: 'alert', 'data-test': test }, h('strong', {}, message), advice && h('span', {}, advice));
}
