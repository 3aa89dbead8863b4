// Joining a channel, under a name of one's own.

import { placeOf } from '../../../core/reducers/chat.js';
import { h } from '../../element.js';
import { button, dialog, field } from '../../parts.js';

/** @param {import('../../views.js').Context} context @param {string} [channel] the one to join; else it is asked for */
export function joining({ api, go }, channel) {
  const where = channel === undefined && h('input', { 'data-test': 'chat-open-channel', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 64, placeholder: 'lobby' });
  const test = channel === undefined ? 'chat-open' : 'chat-join';
  const handle = h('input', { 'data-test': `${test}-handle`, autocomplete: 'off', spellcheck: 'false', maxlength: 64 });
  const send = button({ label: 'Join', test: channel === undefined ? 'chat-open-join' : 'chat-join', kind: 'primary', submit: true, run: join });
  const element = h('form', { class: 'stack tight chat-join', onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    where && field('Channel', where, 'Small letters, digits and . _ -'),
    field('Your name there', handle, 'Left empty, the chat gives you one.'), send);
  return { element };

  async function join() {
    const name = channel ?? (where ? where.value.trim() : '');
    if (!name) {
      if (where) where.focus();
      throw new Error('A channel has a name.');
    }
    await api.once('chat', 'join', { channel: name, handle: handle.value.trim() });
    go(placeOf({ name, direct: false }));
  }
}

/** Takes another name in a channel. @param {import('../../views.js').Context} context @param {import('../../../core/reducers/chat.js').Row} row */
export function rename({ api }, row) {
  const input = h('input', { 'data-test': 'chat-rename-name', value: row.own, autocomplete: 'off', spellcheck: 'false', maxlength: 64 });
  const run = () => api.once('chat', 'join', { channel: row.name, handle: input.value.trim() });
  dialog({ title: `Your name in ${row.name}`, body: field('Name', input), actions: [{ label: 'Take it', test: 'chat-rename-take', kind: 'primary', run }] });
  input.select();
}
