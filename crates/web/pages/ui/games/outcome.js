// What came of the last command, in one line.

import { fill, h } from '../element.js';

/** @param {string} test @returns {any} an element with `say({done, text})` */
export function outcome(test) {
  const root = h('p', { class: 'outcome note', role: 'status', 'data-test': test });
  root.say = (/** @type {{done: boolean, text: string}} */ { done, text }) => {
    root.classList.toggle('refused', !done);
    fill(root, text);
  };
  return root;
}
