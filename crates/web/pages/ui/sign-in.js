// Signing in.

import { h, fill } from './element.js';

/** @param {HTMLElement} root @param {{api: import('../core/api.js').Api, why?: any, signedIn: (token: string) => void}} given @returns {() => void} */
export function signIn(root, { api, why, signedIn }) {
  const problem = h('p', { role: 'alert', 'data-test': 'problem' }, why ? `${why.message} ${why.advice ?? ''}` : '');
  const account = h('input', { name: 'account', autocomplete: 'username', 'data-test': 'account' });
  const password = h('input', { name: 'password', type: 'password', autocomplete: 'current-password', 'data-test': 'password' });
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      const entry = await api.post('/api/sign-in', { method: 'password', account: account.value, password: password.value });
      signedIn(entry.token);
    } catch (error) {
      password.value = '';
      fill(problem, error.message);
    }
  };
  fill(root, h('main', {}, h('h1', {}, 'Sign in'), h('form', { onsubmit: send },
    h('label', {}, 'Name ', account), h('label', {}, 'Password ', password), h('button', { 'data-test': 'sign-in' }, 'Sign in')), problem));
  account.focus();
  return () => fill(root);
}
