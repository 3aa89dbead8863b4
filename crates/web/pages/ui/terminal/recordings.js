// Recordings of terminals, to be played or removed.

import { fill, h } from '../element.js';
import { ago, badge, button, confirm, empty, heading, problem, table, waiting } from '../parts.js';
import { amount, clock, outcome } from '../../core/terminal/clock.js';
import { titleOf } from '../../core/terminal/words.js';

/**
 * A list of recordings: its topic, its address, and whether it is everybody's, who looks at which may not remove one.
 * @typedef {{topic: string, address: string, everybodys: boolean}} Shelf
 */

/** @type {Shelf} */
export const OWN = { topic: 'recordings', address: 'terminals/recordings', everybodys: false };

/** @param {HTMLElement} root @param {import('../views.js').Context} context @returns {() => void} */
export function recordings(root, context) {
  const back = context.store.get('terminals') && button({ label: 'Terminals', test: 'recordings-back', kind: 'plain', icon: 'back', run: () => context.go('terminals') });
  const below = h('div', { class: 'stack' });
  fill(root, h('div', { class: 'terminal-recordings' }, heading('Recordings', back), below));
  return shelf(below, context, OWN);
}

/** @param {HTMLElement} root @param {import('../views.js').Context} context @param {Shelf} shelf @returns {() => void} */
export function shelf(root, context, { topic, address, everybodys }) {
  const { api, store } = context;
  const unwant = context.want(topic);
  const trouble = h('div', { hidden: true });
  const body = h('div', { class: 'stack' });
  let drawn = '';
  const refresh = everybodys && button({ label: 'Refresh', test: 'recordings-refresh', kind: 'small', run: () => api.act('recordings', 'refresh', { everybodys }) });
  fill(root, refresh && h('div', { class: 'row' }, refresh), trouble, body);
  const unwatch = store.watch(topic, show);
  return () => { unwatch(); unwant(); };

  /** @param {any} list */
  function show(list) {
    if (!list && !drawn) fill(body, waiting('Looking for recordings…'));
    if (!list) return;
    trouble.hidden = !list.trouble;
    fill(trouble, list.trouble && problem(list.trouble));
    // What a person is about to press stays where it is while nothing has changed.
    const now = JSON.stringify(list);
    if (now === drawn) return;
    drawn = now;
    if (!list.recordings.length) {
      const none = 'Nothing was recorded. Where this node records terminals, what they showed is kept here, to be looked at again.';
      return fill(body, list.known || list.trouble ? empty(none, !everybodys && store.get('terminals') && button({ label: 'Open a terminal', test: 'recordings-open-terminal', kind: 'primary', run: () => context.go('terminals/new') })) : waiting('Looking for recordings…'));
    }
    const owners = everybodys || list.recordings.some((/** @type {any} */ one) => one.owner);
    /** @type {{title: string, cell: (one: any) => any, hidden?: boolean}[]} */
    const columns = [
      { title: 'What', cell: (one) => h('span', { class: 'mono' }, titleOf(one)) },
      { title: 'Whose', cell: (one) => one.owner },
      { title: 'When', cell: (one) => ago(one.startedAtMs) },
      { title: 'Length', cell: (one) => clock(one.durationMs) },
      { title: 'State', cell: (one) => badge(outcome(one).text, outcome(one).kind) },
      { title: 'Takes', cell: (one) => amount(one.bytes) },
      { title: 'Do', hidden: true, cell: (one) => h('div', { class: 'row' }, play(one), !everybodys && remove(one)) },
    ];
    fill(body, h('div', { class: 'panel' }, table(columns.filter((column) => column.title !== 'Whose' || owners), list.recordings, { label: 'Recordings', key: (one) => one.key, test: 'recording' })),
    list.more && button({ label: 'Show older ones', test: 'recordings-more', run: () => api.act('recordings', 'more', { everybodys }) }));
  }

  /** @param {any} one */
  function play(one) {
    return button({ label: 'Play', test: 'recording-play', key: one.key, kind: 'small', icon: 'play', run: () => context.go(`${address}/${one.key}`) });
  }

  /** @param {any} one */
  function remove(one) {
    const run = () => confirm({
      title: 'Remove this recording?', text: `What “${titleOf(one)}” showed is gone for good then.`, action: 'Remove it', test: 'recording-remove-now',
      run: () => api.act('recordings', 'remove', { recording: one.key }),
    });
    return button({ label: 'Remove', test: 'recording-remove', key: one.key, kind: 'small danger', disabled: one.state === 'running' && 'It is still being made.', run });
  }
}
