// One conversation: its lines, who is there, and what one says.

import { spoken } from '../../../core/reducers/chat.js';
import { counted } from '../../../core/words.js';
import { fill, h } from '../../element.js';
import { button, confirm, waiting } from '../../parts.js';
import { composer } from './composer.js';
import { rename } from './join.js';
import { log } from './log.js';
import { members } from './members.js';
import { keepOrder } from './order.js';

/**
 * @param {HTMLElement} root @param {import('../../views.js').Context} context
 * @param {import('../../../core/reducers/chat.js').Row} first @param {any} view
 */
export function talk(root, context, first, view) {
  const { api, store, want, go, announce } = context;
  const { key, direct } = first;
  const topic = `chat/${key}`;
  let row = first;
  const state = { moderates: view.moderates, here: view.state === 'here' };
  const about = h('p', { class: 'quiet small', 'data-test': 'chat-about' });
  const lines = log(context, first, state);
  const present = direct ? null : members(context, first, state);
  const write = composer(context, first);
  const people = h('button', { type: 'button', class: 'button small', 'aria-expanded': 'false', 'data-test': 'chat-members', onclick: () => toggle() });
  const name = button({ label: 'Your name', test: 'chat-rename', kind: 'small', run: () => rename(context, row) });
  const order = button({ label: 'Keep order', test: 'chat-order', kind: 'small', run: () => keepOrder(context, row) });
  const leave = direct
    ? button({ label: 'Close', test: 'chat-close', kind: 'small', run: async () => { await api.act('chat', 'close', { key }); go('chat'); } })
    : button({ label: 'Leave', test: 'chat-leave', kind: 'small', run: depart });
  const out = h('div', { class: 'row' }, button({ label: 'Join again', test: 'chat-again', kind: 'primary', run: () => api.once('chat', 'join', { channel: row.name, handle: row.own }) }),
    button({ label: 'Close', test: 'chat-close', run: async () => { await api.act('chat', 'close', { key }); go('chat'); } }));
  const wait = h('div', {}, waiting());
  fill(root, h('section', { class: 'chat-talk', 'aria-label': direct ? `Talk with ${first.name}` : `Channel ${first.name}` },
    h('header', { class: 'chat-head' }, h('a', { class: 'button small chat-back', href: '#/chat', 'data-test': 'chat-back' }, 'Back'),
      h('div', { class: 'grow' }, h('h2', { class: 'cut' }, first.name), about),
      h('div', { class: 'row' }, !direct && people, !direct && name, !direct && order, leave)),
    h('div', { class: 'chat-body' }, h('div', { class: 'chat-lines' }, wait, lines.element, out, write.element), present?.element)));
  const stops = [want(topic), store.watch(topic, told), watchSight(read)];
  write.focus();
  return { show, close: () => { for (const stop of stops) stop(); lines.close(); write.close(); } };

  /** @param {import('../../../core/reducers/chat.js').Row} next @param {any} whole */
  function show(next, whole) {
    row = next;
    state.here = whole.state === 'here';
    const isOther = state.moderates !== whole.moderates;
    state.moderates = whole.moderates;
    fill(about, direct ? 'Only you two see this, and it is kept nowhere.' : [next.topic || 'No topic', next.own && [' · you are ', h('strong', { 'data-test': 'chat-own' }, next.own)]]);
    order.hidden = !whole.moderates;
    name.hidden = !next.joined;
    leave.hidden = !next.joined;
    out.hidden = next.joined;
    write.can(next.joined, state.here);
    if (isOther) told(store.get(topic));
    read();
  }

  /** @param {any} whole @param {any} [delta] */
  function told(whole, delta) {
    wait.hidden = whole !== undefined;
    if (!whole) return;
    lines.show(whole, delta);
    present?.show(whole.members);
    fill(people, counted(whole.members.length, 'member'));
    if (delta?.kind !== 'told') return;
    const words = spoken(delta.lines, direct ? row.name : '');
    if (words.length > 0) announce(words.join('. '));
  }

  /** What is looked at is read. */
  function read() {
    if (row.unread > 0 && document.visibilityState === 'visible') api.act('chat', 'read', { key }).catch(() => {});
  }

  function toggle() {
    const is = people.getAttribute('aria-expanded') !== 'true';
    people.setAttribute('aria-expanded', String(is));
    root.firstElementChild?.toggleAttribute('data-members', is);
    if (is) api.act('chat', 'members', { key }).catch(() => {});
  }

  async function depart() {
    const run = async () => { await api.act('chat', 'leave', { key }); };
    if (await confirm({ title: `Leave ${row.name}?`, text: 'You hear nothing of it any more, until you join again.', action: 'Leave', kind: 'primary', test: 'chat-leave-confirm', run })) go('chat');
  }
}

/** Calls `look` when the page comes into sight. @param {() => void} look */
function watchSight(look) {
  document.addEventListener('visibilitychange', look);
  return () => document.removeEventListener('visibilitychange', look);
}
