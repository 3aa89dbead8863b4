// A name and a password.

import { h } from '../element.js';
import { button, field, secret } from '../parts.js';

/** @param {{enter: (given: {account: string, password: string}) => Promise<void>}} given */
export function passwordForm({ enter }) {
  const account = h('input', { name: 'account', autocomplete: 'username', autocapitalize: 'off', spellcheck: 'false', 'data-test': 'account', 'aria-describedby': 'gate-note', oninput: ready });
  const password = secret({ name: 'password', autocomplete: 'current-password', 'data-test': 'password', oninput: ready, onkeyup: caps });
  const upper = h('p', { class: 'hint warn', role: 'status', hidden: true }, 'Caps Lock is on.');
  const send = button({ label: 'Sign in', test: 'sign-in', kind: 'primary wide', submit: true, run });
  const off = h('p', { class: 'hint', hidden: true }, 'Passwords are switched off here. Choose one of the ways below.');
  const element = h('form', { class: 'stack', novalidate: true, onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    field('Name', account), field('Password', password.root), upper, send, off);
  return { element, allow, failed, focus };

  async function run() {
    if (!account.value.trim()) { wants(account); return; }
    if (!password.input.value) { wants(password.input); return; }
    await enter({ account: account.value.trim(), password: password.input.value });
  }

  /** @param {any} input */
  function wants(input) {
    input.setAttribute('aria-invalid', 'true');
    input.focus();
  }

  function ready() {
    account.removeAttribute('aria-invalid');
    password.input.removeAttribute('aria-invalid');
  }

  /** @param {KeyboardEvent} event */
  function caps(event) {
    upper.hidden = !event.getModifierState?.('CapsLock');
  }

  /** @param {boolean} is */
  function allow(is) {
    for (const input of [account, password.input]) input.disabled = !is;
    send.button.disabled = !is;
    off.hidden = is;
    if (is && document.activeElement === document.body) focus();
  }

  function failed() {
    password.input.value = '';
    if (element.isConnected) (account.value ? password.input : account).focus();
  }

  function focus() {
    account.focus();
  }
}
