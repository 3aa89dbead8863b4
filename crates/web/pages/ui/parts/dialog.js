// Dialogs: over everything, left with Escape.

import { h } from '../element.js';
import { button } from './button.js';

let dialogs = 0;

/**
 * Opens a dialog. An action's `run` that ends well closes it, unless it gives `false`.
 * @param {{title: string, body: any, actions?: any[], wide?: boolean, cancel?: string | false, closed?: () => void}} given
 * `actions` are as for `button`, or elements
 * @returns {{element: any, close: () => void}}
 */
export function dialog({ title, body, actions = [], wide, cancel = 'Cancel', closed }) {
  const id = `dialog-${dialogs += 1}`;
  const close = () => element.close();
  const made = actions.map((action) => (action instanceof Node ? action : button({
    ...action,
    run: async (/** @type {Event} */ event) => { if (await action.run(event) !== false) close(); },
  })));
  const leave = cancel && button({ label: cancel, test: 'dialog-cancel', kind: 'plain', run: close });
  const inside = h('div', { class: 'dialog' }, h('h2', { id }, title), body, h('div', { class: 'actions' }, leave, made));
  const element = h('dialog', { class: wide && 'wide', 'aria-labelledby': id, onclose: gone, onclick: beside }, inside);
  document.body.append(element);
  element.showModal();
  const away = () => close();
  window.addEventListener('workspaceleft', away);
  return { element, close };

  function gone() {
    window.removeEventListener('workspaceleft', away);
    element.remove();
    closed?.();
  }

  /** @param {MouseEvent} event */
  function beside(event) {
    if (event.target === element) close();
  }
}

/**
 * Asks before something that cannot be taken back. Gives whether it was done.
 * @param {{title: string, text: any, action: string, kind?: string, test?: string, run?: () => any}} given @returns {Promise<boolean>}
 */
export function confirm({ title, text, action, kind = 'danger', test = 'dialog-confirm', run }) {
  return new Promise((resolve) => {
    let is = false;
    const go = async () => { await run?.(); is = true; };
    dialog({ title, body: h('p', {}, text), actions: [{ label: action, kind, test, run: go }], closed: () => resolve(is) });
  });
}
