// Lists that stay where they are while what they show changes.

import { each, fill, h } from '../../element.js';

/**
 * A list of panels. One is drawn anew only where its item is another; what had the focus in it has it again.
 * @template T
 * @param {string} label @param {(item: T) => string} keyOf @param {(item: T) => any} draw @param {string} test
 * @returns {{element: any, show: (items: T[]) => void}}
 */
export function list(label, keyOf, draw, test) {
  const element = h('ul', { class: 'administration-list', 'aria-label': label });
  const show = each(element, keyOf, (/** @type {T} */ item) => {
    const one = h('li', { class: 'panel', 'data-test': test, 'data-key': keyOf(item) });
    let before = '';
    const again = (/** @type {T} */ next) => {
      const text = JSON.stringify(next);
      if (text === before) return;
      before = text;
      const focused = one.contains(document.activeElement) ? document.activeElement?.getAttribute('data-test') : null;
      fill(one, draw(next));
      if (focused) one.querySelector(`[data-test="${CSS.escape(focused)}"]`)?.focus();
    };
    again(item);
    return { element: one, show: again };
  });
  return { element, show };
}

/** What stands in a row: words on the left, buttons on the right. @param {any} words @param {any} actions @returns {any} */
export function line(words, actions) {
  return h('div', { class: 'administration-line' }, h('div', { class: 'grow stack tight' }, words), h('div', { class: 'row' }, actions));
}

/** A question for a reason, before something is done that cannot be undone. @returns {any} an input */
export function reason() {
  return h('input', { maxlength: '200', autocomplete: 'off', 'data-test': 'administration-reason' });
}
