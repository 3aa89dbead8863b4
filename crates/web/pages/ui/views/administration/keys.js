// An account's public keys.

import { fill, h } from '../../element.js';
import { ago, button, confirm, dialog, empty, field } from '../../parts.js';

/** @param {import('../../views.js').Context} context @param {string} name */
export function keys({ api, store }, name) {
  const place = h('div', { class: 'stack tight' });
  const line = h('textarea', { rows: '3', spellcheck: 'false', class: 'mono', 'data-test': 'administration-key' });
  const stop = store.watch('administration/people', (value) => {
    const all = value?.accounts.find((/** @type {any} */ one) => one.name === name)?.keys ?? [];
    fill(place, all.length > 0 ? all.map(shown) : empty('This account has no keys.'));
  });
  const add = async () => {
    await api.once('administration', 'addKey', { name, key: line.value.trim() });
    line.value = '';
    return false;
  };
  dialog({
    title: `Keys of ${name}`, wide: true, cancel: 'Done', closed: stop,
    body: h('div', { class: 'stack' }, place, field('Another key', line, 'A line of OpenSSH’s: type, base64, comment.')),
    actions: [{ label: 'Add the key', test: 'administration-key-add', kind: 'primary', run: add }],
  });

  /** @param {any} key @returns {any} */
  function shown(key) {
    const remove = () => confirm({
      title: 'Remove this key?', text: `${name} cannot sign in with ${key.comment || key.fingerprint} any more.`, action: 'Remove',
      test: 'administration-key-remove-confirm', run: () => api.once('administration', 'removeKey', { name, key: key.fingerprint }),
    });
    return h('div', { class: 'administration-line' },
      h('div', { class: 'grow stack tight' }, h('strong', {}, key.comment || key.algorithm), h('span', { class: 'mono small quiet administration-long' }, key.fingerprint), h('span', { class: 'small quiet' }, 'added ', ago(key.addedAtMs))),
      button({ label: 'Remove', test: 'administration-key-remove', kind: 'small danger', run: remove }));
  }
}
