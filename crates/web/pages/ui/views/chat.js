// Chat: channels, talks with one other, and what is said there.

import { named, placeOf, unread } from '../../core/reducers/chat.js';
import { fill, h } from '../element.js';
import { button, empty, heading, problem, waiting } from '../parts.js';
import { joining } from './chat/join.js';
import { list } from './chat/list.js';
import { talk } from './chat/talk.js';

/** @type {import('../views.js').View} */
export const view = {
  name: 'chat',
  title: 'Chat',
  isFed: (store) => store.get('chat') !== undefined,
  badge: (store) => unread(store.get('chat')),
  mount: (root, context, rest) => mount(root, context, rest[0] ?? ''),
  palette: ({ store, go }) => (store.get('chat')?.talks ?? []).map((/** @type {any} */ row) => ({
    title: row.direct ? `Talk with ${row.name}` : `Channel ${row.name}`, hint: row.topic || 'Chat', run: () => go(placeOf(row)),
  })),
};

/** @param {HTMLElement} root @param {import('../views.js').Context} context @param {string} name */
function mount(root, context, name) {
  const { api, store, want } = context;
  const trouble = h('div', { 'data-test': 'chat-state' });
  const side = list(context, name);
  const place = h('div', { class: 'chat-place' });
  const frame = h('div', { class: 'chat', 'data-at': name ? 'talk' : 'list' }, side.element, place);
  fill(root, h('div', { class: 'chat-top' }, heading('Chat')), trouble, frame);
  /** @type {{close: () => void, show?: (row: any, view: any) => void}} */
  let open = { close: () => {} };
  let is = '';
  const stops = [want('chat/list'), store.watch('chat', show)];
  return () => { for (const stop of stops) stop(); open.close(); };

  function show() {
    const view = store.get('chat');
    if (!view) return fill(place, waiting());
    fill(trouble, state(view));
    side.show(view);
    const row = named(view.talks, name);
    const next = !name ? `none-${view.talks[0]?.name}` : row?.key ?? 'out';
    if (next !== is) {
      open.close();
      open = choose(row, view);
      is = next;
    }
    open.show?.(row, view);
  }

  /** @param {import('../../core/reducers/chat.js').Row | undefined} row @param {any} view */
  function choose(row, view) {
    if (row?.key) return talk(place, context, row, view);
    if (!name) {
      const first = view.talks[0];
      fill(place, empty('Choose a channel, or open one of your own.', first && h('a', { class: 'button', href: `#/${placeOf(first)}`, 'data-test': 'chat-first' }, `Go to ${first.name}`)));
      return { close: () => {} };
    }
    if (name.startsWith('@')) {
      const handle = name.slice(1);
      fill(place, empty(`No talk with ${handle} is open.`, button({ label: 'Begin one', test: 'chat-begin', kind: 'primary', run: () => api.act('chat', 'talk', { handle }) })));
      return { close: () => {} };
    }
    const title = h('h2', {});
    const topic = h('p', { class: 'quiet', 'data-test': 'chat-topic-out' });
    fill(place, h('div', { class: 'panel stack' }, title, topic, joining(context, name).element));
    // What is being typed stays when more is learned of the channel.
    const tell = (/** @type {any} */ known) => {
      fill(title, known ? `You are not in ${name}` : `There is no channel ${name} yet`);
      fill(topic, known?.topic || (known ? 'Join it to read what is said there, and to say something.' : 'Join it to open it.'));
    };
    return { close: () => {}, show: tell };
  }

  /** @param {any} view */
  function state(view) {
    if (view.state === 'coming') return waiting('Taking a seat in the chat…');
    if (view.state === 'idle') return h('div', { class: 'chat-idle' }, empty('This session has given its seat in the chat back.', button({ label: 'Take a seat', test: 'chat-sit', run: () => api.act('chat', 'listen') })));
    if (!view.problem) return null;
    const label = view.state === 'taken' ? 'Take it over' : 'Try again';
    const again = view.state !== 'away' && button({ label, test: 'chat-listen', run: () => api.act('chat', 'listen') });
    return h('div', { class: 'stack tight' }, problem(view.problem), again);
  }
}
