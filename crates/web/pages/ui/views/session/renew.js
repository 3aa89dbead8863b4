// Extending the session, with the password once more.

import { h } from '../../element.js';
import { dialog, field, secret } from '../../parts.js';

/** @param {import('../../views.js').Context} context */
export function renew({ api, announce }) {
  const password = secret({ autocomplete: 'current-password', 'data-test': 'renew-password', 'aria-label': 'Password' });
  const body = h('form', { class: 'stack', onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); opened.element.querySelector('[data-test="renew-go"]')?.click(); } },
    h('p', { class: 'quiet' }, 'The session then lasts as long as a new one, within what your profile allows. Grants that were taken away do not come back.'),
    field('Password', password.root));
  const opened = dialog({ title: 'Renew the session', body, actions: [{ label: 'Renew', test: 'renew-go', kind: 'primary', run: go }] });
  password.input.focus();

  async function go() {
    if (!password.input.value) { password.input.focus(); return false; }
    try {
      await api.once('session', 'renew', { password: password.input.value });
      announce('The session is renewed.');
    } finally {
      password.input.value = '';
      password.input.focus();
    }
    return true;
  }
}
