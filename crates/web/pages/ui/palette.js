// Everything that the session may do, found by a few letters: `Ctrl K`.

import { find } from '../core/search.js';
import { fill, h } from './element.js';
import { icon } from './icons.js';

const MOST = 60;

/**
 * Opens the palette.
 * @param {() => import('./views.js').Entry[]} entries asked once it opens
 * @returns {{close: () => void}}
 */
export function palette(entries) {
  const all = entries();
  /** @type {import('./views.js').Entry[]} */
  let found = [];
  let at = 0;
  const input = h('input', {
    type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-list', 'aria-autocomplete': 'list', autocomplete: 'off', spellcheck: 'false',
    'aria-label': 'Search everything', placeholder: 'Views, capabilities, methods, services, people…', 'data-test': 'palette-input', oninput: search, onkeydown: key,
  });
  const list = h('ul', { id: 'palette-list', class: 'palette-list', role: 'listbox', 'aria-label': 'What was found' });
  const count = h('p', { class: 'out-of-sight', role: 'status' });
  const none = h('p', { class: 'palette-none quiet', hidden: true }, 'Nothing goes by that name here.');
  const element = h('dialog', { class: 'palette', 'aria-label': 'Search everything', 'data-test': 'palette', onclose: gone, onclick: beside },
    h('div', { class: 'palette-input' }, icon('search'), input, h('kbd', {}, 'Esc')), list, none, count);
  document.body.append(element);
  const close = () => element.close();
  window.addEventListener('workspaceleft', close);
  element.showModal();
  search();
  return { close };

  function search() {
    found = find(input.value, all, MOST);
    at = 0;
    fill(list, found.map((entry, place) => h('li', {
      id: `palette-${place}`, role: 'option', 'data-test': 'palette-option', onclick: () => run(entry), onpointermove: () => mark(place),
    }, h('span', { class: 'cut' }, entry.title), entry.hint && h('span', { class: 'quiet small cut' }, entry.hint))));
    none.hidden = found.length > 0;
    fill(count, found.length === 1 ? 'One result' : `${found.length} results`);
    mark(0);
  }

  /** @param {number} place */
  function mark(place) {
    list.children[at]?.setAttribute('aria-selected', 'false');
    at = place;
    const marked = list.children[at];
    marked?.setAttribute('aria-selected', 'true');
    if (marked) input.setAttribute('aria-activedescendant', marked.id);
    else input.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (event.key === 'Enter' && found[at]) run(found[at]);
    if (event.key === 'Enter' || by) event.preventDefault();
    if (!by || found.length === 0) return;
    const steps = Math.abs(by) === 1 ? (at + by + found.length) % found.length : Math.max(0, Math.min(found.length - 1, at + by));
    mark(steps);
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {import('./views.js').Entry} entry */
  function run(entry) {
    close();
    entry.run();
  }

  function gone() {
    window.removeEventListener('workspaceleft', close);
    element.remove();
  }

  /** @param {MouseEvent} event */
  function beside(event) {
    if (event.target === element) close();
  }
}
