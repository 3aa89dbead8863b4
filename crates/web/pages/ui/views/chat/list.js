// Channels and talks, with what nobody has looked at yet.

import { placeOf } from '../../../core/reducers/chat.js';
import { counted } from '../../../core/words.js';
import { each, fill, h } from '../../element.js';
import { arrows, button, field } from '../../parts.js';
import { joining } from './join.js';

/** @param {import('../../views.js').Context} context @param {string} name of the one that is open */
export function list(context, name) {
  const channels = h('ul', { class: 'chat-rows', 'aria-label': 'Channels' });
  const people = h('ul', { class: 'chat-rows', 'aria-label': 'Talks with one other' });
  const none = h('p', { class: 'quiet small' }, 'There is no channel yet. Open the first one.');
  const direct = h('div', { hidden: true }, h('h2', {}, 'People'), people);
  const order = h('div', {});
  const element = h('nav', { class: 'chat-list', 'aria-label': 'Conversations' }, h('h2', {}, 'Channels'), channels, none, direct,
    h('details', { class: 'chat-open' }, h('summary', { 'data-test': 'chat-open' }, 'Open another channel'), joining(context).element), order);
  arrows(element, '.chat-row');
  const [draw, drawPeople] = [channels, people].map((root) => each(root, (/** @type {any} */ row) => row.name, make));
  let moderates = false;
  return { element, show };

  /** @param {any} view */
  function show(view) {
    const of = (/** @type {boolean} */ is) => view.talks.filter((/** @type {any} */ row) => row.direct === is);
    draw(of(false));
    drawPeople(of(true));
    none.hidden = of(false).length > 0 || view.state !== 'here';
    direct.hidden = of(true).length === 0;
    if (view.moderates !== moderates) fill(order, view.moderates && reopening(context));
    moderates = view.moderates;
  }

  /** @param {import('../../../core/reducers/chat.js').Row} first */
  function make(first) {
    const place = placeOf(first);
    const [topic, count, news] = [h('span', { class: 'quiet small cut' }), h('span', { class: 'quiet small' }), h('span', { class: 'badge count', 'data-test': 'chat-unread', 'data-key': first.name })];
    const is = (first.direct ? `@${first.name}` : first.name) === name;
    const link = h('a', { class: 'chat-row', href: `#/${place}`, 'data-test': first.direct ? 'chat-person' : 'chat-channel', 'data-key': first.name, 'aria-current': is && 'page' },
      h('span', { class: 'chat-row-name' }, h('span', { class: 'cut' }, first.name), count, news), topic);
    const update = (/** @type {typeof first} */ row) => {
      fill(topic, row.topic);
      fill(count, row.direct ? '' : row.joined ? [counted(row.members, 'member'), ' · joined'] : counted(row.members, 'member'));
      fill(news, row.unread > 99 ? '99+' : row.unread, h('span', { class: 'out-of-sight' }, ' unread'));
      news.hidden = row.unread === 0;
      link.toggleAttribute('data-joined', row.joined);
    };
    update(first);
    return { element: h('li', {}, link), show: update };
  }
}

/** Closed channels are listed nowhere: who keeps order names one. @param {import('../../views.js').Context} context */
function reopening({ api }) {
  const input = h('input', { 'data-test': 'chat-reopen-channel', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 64 });
  const run = async () => {
    await api.once('chat', 'order', { what: 'reopen', channel: input.value.trim() });
    input.value = '';
  };
  return h('details', { class: 'chat-open' }, h('summary', { 'data-test': 'chat-reopen-open' }, 'Reopen a closed channel'),
    h('form', { class: 'stack tight', onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, field('Channel', input), button({ label: 'Reopen', test: 'chat-reopen', submit: true, run })));
}
