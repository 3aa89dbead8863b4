// The lines of a conversation. Whatever somebody says stays a text.

import { goesOn } from '../../../core/reducers/chat.js';
import { counted } from '../../../core/words.js';
import { fill, h } from '../../element.js';
import { button, confirm } from '../../parts.js';

/** Letters of a message that are shown at once. */
const LONG = 600;
/** How near to its end, in pixels, a list is to stay there. */
const NEAR = 48;

/**
 * @param {import('../../views.js').Context} context @param {import('../../../core/reducers/chat.js').Row} row
 * @param {{moderates: boolean}} state
 */
export function log({ api }, row, state) {
  const { key } = row;
  const list = h('ol', { class: 'chat-log-lines' });
  const earlier = button({ label: 'Load earlier messages', test: 'chat-earlier', kind: 'small', run: () => api.act('chat', 'earlier', { key }) });
  const none = h('p', { class: 'quiet chat-none' }, row.direct ? 'Say the first word.' : 'Nobody has said anything here yet. Say the first word.');
  const scroll = h('div', { class: 'chat-log', role: 'region', 'aria-label': 'Messages', tabindex: '0', 'data-test': 'chat-log', onscroll: seen }, earlier, none, list);
  const news = button({ label: 'New messages below', test: 'chat-newest', kind: 'small primary', icon: 'down', run: end });
  const element = h('div', { class: 'chat-log-frame' }, scroll, h('div', { class: 'chat-newest' }, news));
  news.hidden = true;
  let moderates = state.moderates;
  let begun = false;
  let atEnd = true;
  // Where the window gets lower, whoever was at the end stays there.
  const sizes = new ResizeObserver(() => { if (atEnd) end(); });
  sizes.observe(scroll);
  return { element, show, close: () => sizes.disconnect() };

  /** @param {import('../../../core/reducers/chat.js').Talk} whole @param {any} [delta] */
  function show(whole, delta) {
    const wasAtEnd = !begun || isAtEnd();
    const before = scroll.scrollHeight - scroll.scrollTop;
    earlier.hidden = !whole.more;
    none.hidden = whole.lines.length > 0;
    if (delta?.kind === 'told' && begun && moderates === state.moderates) append(whole.lines, delta.lines);
    else if (delta?.kind !== 'present' || !begun) fill(list, whole.lines.map((line, at) => item(line, whole.lines[at - 1])));
    moderates = state.moderates;
    begun = true;
    if (delta?.kind === 'earlier') scroll.scrollTop = scroll.scrollHeight - before;
    else if (wasAtEnd) end();
    else if (delta?.kind === 'told') news.hidden = false;
  }

  /** @param {import('../../../core/reducers/chat.js').Line[]} all @param {import('../../../core/reducers/chat.js').Line[]} fresh */
  function append(all, fresh) {
    const from = all.length - fresh.length;
    if (from < 0) return fill(list, all.map((line, at) => item(line, all[at - 1])));
    list.append(...fresh.map((line, at) => item(line, all[from + at - 1])));
    while (list.childElementCount > all.length) list.firstElementChild?.remove();
  }

  /** @param {import('../../../core/reducers/chat.js').Line} line @param {import('../../../core/reducers/chat.js').Line | undefined} before */
  function item(line, before) {
    if (line.kind === 'message' || line.kind === 'before') return message(line, goesOn(before, line));
    const words = told(line);
    return h('li', { class: 'chat-note', 'data-test': `chat-${line.kind}` }, clock(line.atMs), h('span', {}, words),
      line.kind === 'gap' && !row.direct && button({ label: 'Load them', test: 'chat-fill', kind: 'small', run: () => api.act('chat', 'fill', { key }) }));
  }

  /** @param {import('../../../core/reducers/chat.js').Line} line @param {boolean} isMore */
  function message(line, isMore) {
    const who = line.own ? (line.sender || 'You') : line.sender || row.name;
    const name = h('span', { class: isMore ? 'out-of-sight' : 'chat-who' }, who, h('span', { class: 'out-of-sight' }, ': '));
    return h('li', { class: 'chat-message', 'data-own': line.own, 'data-more': isMore, 'data-test': 'chat-message', 'data-number': line.number },
      h('div', { class: 'chat-message-head' }, name, clock(line.atMs)),
      h('div', { class: 'chat-words' }, h('span', { dir: 'auto', 'data-test': 'chat-text' }, words(line.text)),
        state.moderates && line.number && !row.direct && button({ label: `Erase what ${who} said`, test: 'chat-erase', bare: true, icon: 'close', run: () => erase(line, who) })));
  }

  /** @param {import('../../../core/reducers/chat.js').Line} line @param {string} who */
  function erase(line, who) {
    return confirm({
      title: 'Erase this message?', text: `“${line.text.slice(0, 200)}” by ${who} is taken out of the history for good.`, action: 'Erase', test: 'chat-erase-confirm',
      run: () => api.once('chat', 'order', { what: 'erase', key, number: line.number }),
    });
  }

  function isAtEnd() {
    return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  }

  function seen() {
    atEnd = isAtEnd();
    if (atEnd) news.hidden = true;
  }

  function end() {
    scroll.scrollTop = scroll.scrollHeight;
    atEnd = true;
    news.hidden = true;
  }
}

/** A long text is folded. @param {string} text */
function words(text) {
  if (text.length <= LONG) return text;
  const place = h('span', {}, `${text.slice(0, LONG)}… `);
  const more = button({ label: `Show all ${counted(text.length, 'letter')}`, test: 'chat-unfold', kind: 'small', run: () => fill(place, text) });
  place.append(more);
  return place;
}

/** @param {import('../../../core/reducers/chat.js').Line} line */
function told({ kind, sender, text, missed }) {
  const why = text ? `: ${text}` : '';
  if (kind === 'joined') return `${sender} is here${why}`;
  if (kind === 'left') return `${sender} has gone${why}`;
  if (kind === 'gap') return `${counted(missed, 'event was', 'events were')} missed here.`;
  if (kind === 'erased') return 'A moderator has erased this message.';
  return text;
}

/** @param {number} atMs */
function clock(atMs) {
  const date = new Date(atMs);
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const words = date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
  return h('time', { class: 'quiet small', datetime: date.toISOString(), title: date.toLocaleString() }, words);
}
