// What one says. What was typed is kept for each conversation, and whatever was not said stands there again.

import { drafts, whose } from '../../../core/drafts.js';
import { Sent } from '../../../core/reducers/chat.js';
import { fill, h } from '../../element.js';
import { button } from '../../parts.js';

/** What is kept of each session's conversations; gone with the session, but for what was not said yet. @type {WeakMap<object, Map<string, {text: string, sent: Sent}>>} */
const kept = new WeakMap();

/** @param {import('../../../core/store.js').Store} store @param {string} key */
function keptOf(store, key) {
  const all = kept.get(store) ?? new Map();
  kept.set(store, all);
  if (!all.has(key)) all.set(key, { text: drafts.get(whose(store), `chat/${key}`), sent: new Sent() });
  const own = all.get(key);
  return { sent: own.sent, get text() { return own.text; }, set text(text) { own.text = text; drafts.keep(whose(store), `chat/${key}`, text); } };
}

/** @param {import('../../views.js').Context} context @param {import('../../../core/reducers/chat.js').Row} row */
export function composer({ api, store }, row) {
  const own = keptOf(store, `${row.direct}/${row.name}`);
  const input = h('input', {
    class: 'grow', 'data-test': 'chat-input', autocomplete: 'off', maxlength: 2048, 'aria-label': row.direct ? `Say something to ${row.name}` : `Say something in ${row.name}`,
    placeholder: row.direct ? `To ${row.name} alone` : `To everybody in ${row.name}`, value: own.text, onkeydown: key, oninput: () => { own.text = input.value; },
  });
  const send = button({ label: 'Send', test: 'chat-send', kind: 'primary', submit: true, again: true, run: say });
  /** What is said is said in order. */
  let before = Promise.resolve();
  const why = h('p', { class: 'quiet small', 'data-test': 'chat-cannot', hidden: true });
  const element = h('form', { class: 'chat-composer', onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, why, h('div', { class: 'chat-write' }, input, send));
  return { element, focus: () => { if (matchMedia('(min-width: 44rem)').matches) input.focus(); }, can, close: () => { own.text = input.value; } };

  /** @param {boolean} joined @param {boolean} here */
  function can(joined, here) {
    const reason = !here ? 'The chat is away; what you type stays here until it is back.' : joined ? '' : 'You are not in this channel any more.';
    fill(why, reason);
    why.hidden = !reason;
  }

  async function say() {
    const text = input.value.trim();
    if (!text) return input.focus();
    [input.value, own.text] = ['', ''];
    try {
      const said = before.then(() => api.once('chat', 'send', { key: row.key, text }));
      before = said.catch(() => {});
      await said;
      own.sent.add(text);
    } catch (error) {
      if (!input.value) [input.value, own.text] = [text, text];
      throw error;
    } finally {
      if (document.activeElement === send.button || document.activeElement === document.body) input.focus();
    }
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || event.isComposing) return;
    event.preventDefault();
    input.value = own.sent.step(by, input.value);
    own.text = input.value;
  }
}
