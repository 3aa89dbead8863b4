// What a listener hears, as it comes.

import { asText, fromBase64 } from '../../../core/capset/bytes.js';
import { counted } from '../../../core/words.js';
import { each, fill, h } from '../../element.js';
import { empty, when } from '../../parts.js';
import { tree } from './tree.js';

/** @param {HTMLElement} root @param {import('../capset.js').Given} given @param {string} key @returns {() => void} */
export function heard(root, given, key) {
  const topic = `capset/heard/${key}`;
  const told = h('p', { class: 'quiet small', role: 'status' });
  const silent = h('p', { class: 'note warn', role: 'status', 'data-test': 'heard-silent', hidden: true }, h('strong', {}, 'Nothing more is heard. '), 'Whatever this listener was given to has let go of it, or has ended. To hear on, give it to a method again.');
  const list = h('ol', { class: 'capset-heard', 'aria-label': 'Calls', tabindex: '0' });
  const nothing = empty('Nothing was heard yet. Calls are shown here as they come.');
  const poured = h('pre', { class: 'capset-dump', 'aria-label': 'What was poured in', tabindex: '0', hidden: true });
  fill(root, h('section', { class: 'panel stack', 'data-test': 'heard' }, h('h2', {}, 'Heard'), silent, told, nothing, poured, list));
  const show = each(list, (call) => String(call.number), (call) => h('li', { 'data-test': 'heard-call' },
    h('div', { class: 'row small' }, h('span', { class: 'mono' }, call.method), h('span', { class: 'quiet' }, when(call.atMs))), tree(given, call.arguments)));
  const stop = given.store.watch(topic, (now) => {
    const calls = now?.calls ?? [];
    silent.hidden = !now?.silent;
    nothing.hidden = calls.length > 0 || !silent.hidden;
    fill(told, now ? [counted(now.total, 'call'), now.missed > 0 && `, ${now.missed.toLocaleString('en')} of which came too fast to be shown`] : '');
    const low = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    show(calls);
    pour(calls);
    if (low) list.scrollTop = list.scrollHeight;
  });
  const end = given.want(topic);
  return () => { stop(); end(); };

  /** Pieces of a stream, one after the other. @param {any[]} calls */
  function pour(calls) {
    const pieces = calls.map((call) => call.arguments.members?.[0]?.value).filter((value) => value?.kind === 'bytes');
    const all = pieces.length > 1 && pieces.length === calls.length;
    poured.hidden = !all;
    if (all) fill(poured, pieces.map((piece) => asText(fromBase64(piece.base64)) ?? '·').join(''));
  }
}
