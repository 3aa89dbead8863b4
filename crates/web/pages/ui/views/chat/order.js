// Keeping order, for those who hold the grant for it.

import { fill, h } from '../../element.js';
import { button, dialog, field } from '../../parts.js';

/** @type {[string, number][]} */
const TIMES = [['10 minutes', 600], ['1 hour', 3600], ['1 day', 86400], ['30 days', 2592000]];

/** One member. @param {import('../../views.js').Context} context @param {import('../../../core/reducers/chat.js').Row} row @param {string} handle */
export function restrain({ api, announce }, { key, name }, handle) {
  const time = h('select', { 'data-test': 'chat-order-time' }, TIMES.map(([words, seconds]) => h('option', { value: seconds }, words)), h('option', { value: 0 }, 'until pardoned (bans only)'));
  const reason = h('input', { 'data-test': 'chat-order-reason', maxlength: 256, autocomplete: 'off' });
  const done = h('p', { role: 'status', 'data-test': 'chat-order-done' });
  const order = (/** @type {string} */ what, /** @type {object} */ given, /** @type {string} */ words) => async () => {
    fill(done);
    await api.once('chat', 'order', { what, key, handle, ...given });
    fill(done, words);
    announce(words);
  };
  const seconds = () => Number(time.value);
  const mute = async () => {
    if (seconds() === 0) throw new Error('Choose for how long.');
    await order('mute', { seconds: seconds() }, `${handle} says nothing for now.`)();
  };
  dialog({
    title: `${handle} in ${name}`, cancel: 'Close',
    body: h('div', { class: 'stack' }, field('For how long', time), field('Why', reason, 'Everybody there sees it.'), h('div', { class: 'row' },
      button({ label: 'Mute', test: 'chat-mute', run: mute }),
      button({ label: 'Unmute', test: 'chat-unmute', run: order('mute', { seconds: 0 }, `${handle} may speak.`) }),
      button({ label: 'Remove', test: 'chat-remove', kind: 'danger', run: () => order('remove', { reason: reason.value.trim() }, `${handle} was sent out.`)() }),
      button({ label: 'Ban', test: 'chat-ban', kind: 'danger', run: () => order('ban', { reason: reason.value.trim(), seconds: seconds() }, `${handle} was sent out and is not let in.`)() })), done),
  });
}

/** A whole channel. @param {import('../../views.js').Context} context @param {import('../../../core/reducers/chat.js').Row} row */
export function keepOrder({ api, announce }, row) {
  const { key, name } = row;
  const topic = h('input', { 'data-test': 'chat-topic', value: row.topic, maxlength: 256, autocomplete: 'off' });
  const handle = h('input', { 'data-test': 'chat-pardon-handle', maxlength: 64, autocomplete: 'off' });
  const reason = h('input', { 'data-test': 'chat-shut-reason', maxlength: 256, autocomplete: 'off' });
  const done = h('p', { role: 'status', 'data-test': 'chat-order-done' });
  const order = async (/** @type {object} */ given, /** @type {string} */ words) => {
    fill(done);
    await api.once('chat', 'order', given);
    fill(done, words);
    announce(words);
  };
  dialog({
    title: `Keep order in ${name}`, cancel: 'Close',
    body: h('div', { class: 'stack' },
      h('div', { class: 'row chat-order-row' }, field('Topic', topic), button({ label: 'Set', test: 'chat-topic-set', run: () => order({ what: 'topic', key, topic: topic.value.trim() }, 'The topic is set.') })),
      h('div', { class: 'row chat-order-row' }, field('Let in again', handle, 'The name of whoever was banned.'), button({ label: 'Pardon', test: 'chat-pardon', run: () => order({ what: 'pardon', channel: name, handle: handle.value.trim() }, 'The ban is over.') })),
      h('div', { class: 'row chat-order-row' }, field('Close the channel', reason, 'Why; everybody is sent out.'), button({ label: 'Close it', test: 'chat-shut', kind: 'danger', run: () => order({ what: 'close', key, reason: reason.value.trim() }, 'The channel is closed.') })),
      done),
  });
}
