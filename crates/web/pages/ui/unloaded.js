// What stands where a part of the page could not be fetched from the node.

import { fill, h } from './element.js';
import { button, problem } from './parts.js';

/** @param {HTMLElement} root @returns {() => void} takes it away */
export function unloaded(root) {
  const again = button({ label: 'Load it again', test: 'load-again', kind: 'primary wide', run: () => location.reload() });
  fill(root, h('div', { class: 'gate' }, h('main', { class: 'gate-main' }, h('section', { class: 'gate-card' },
    h('h1', {}, 'The workspace is not here yet'),
    problem({ message: 'The node did not send all of it.', advice: 'You are signed in: load it again once the node answers.' }),
    again))));
  return () => fill(root);
}
