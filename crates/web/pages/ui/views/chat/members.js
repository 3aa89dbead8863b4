// Who is in a channel.

import { placeOf } from '../../../core/reducers/chat.js';
import { each, fill, h } from '../../element.js';
import { badge, button, until } from '../../parts.js';
import { restrain } from './order.js';

/** @param {import('../../views.js').Context} context @param {import('../../../core/reducers/chat.js').Row} row @param {{moderates: boolean}} state */
export function members(context, row, state) {
  const { api, store, go } = context;
  const list = h('ul', { class: 'chat-people' });
  const draw = each(list, (/** @type {any} */ one) => `${one.handle}/${one.moderates}/${one.own}`, make);
  const element = h('aside', { class: 'chat-members', 'aria-label': `Members of ${row.name}` }, h('h3', {}, 'Members'), list);
  return { element, show };

  /** @param {import('../../../core/reducers/chat.js').Member[]} all */
  function show(all) {
    const own = store.get('chat')?.talks.find((/** @type {any} */ one) => one.key === row.key)?.own;
    draw(all.map((one) => ({ ...one, own: one.handle === own, moderates: state.moderates })));
  }

  /** @param {any} first */
  function make(first) {
    const { handle, own } = first;
    const muted = h('span', {});
    const update = (/** @type {any} */ one) => fill(muted, one.mutedUntilMs && badge('silent', 'warn'), one.mutedUntilMs && h('span', { class: 'quiet small' }, until(one.mutedUntilMs)));
    update(first);
    const root = h('li', {}, h('span', { class: 'grow cut', title: handle }, handle, own && h('span', { class: 'quiet' }, ' (you)')), muted,
      !own && button({ label: `Talk with ${handle} alone`, test: 'chat-direct', key: handle, bare: true, icon: 'chat', run: () => begin(handle) }),
      !own && first.moderates && button({ label: `Keep order with ${handle}`, test: 'chat-restrain', key: handle, bare: true, icon: 'more', run: () => restrain(context, row, handle) }));
    return { element: root, show: update };
  }

  /** @param {string} handle */
  async function begin(handle) {
    await api.act('chat', 'talk', { handle, channel: row.name });
    go(placeOf({ name: handle, direct: true }));
  }
}
