// Whether everything is as it should be.

import { random } from '../../core/api.js';
import { echo, milliseconds, summary } from '../../core/latency.js';
import { fill, h } from '../element.js';
import { ago, badge, button, empty, heading, problem, table, waiting, when } from '../parts.js';
import { raw } from './capset/output.js';
import { probes } from './diagnostics/probes.js';

/** How the node is reached, in words. @type {Record<string, string>} */
const WAYS = {
  inProcess: 'This workspace is a part of the node: nothing is between them.',
  encrypted: 'Over the network, encrypted; the node has proved who it is.',
  plain: 'Over the network within this machine, unencrypted.',
};
/** Measurements in a row. */
const TIMES = 5;

/** @type {import('../views.js').View} */
export const view = {
  name: 'diagnostics',
  title: 'Diagnostics',
  isFed: (store) => Boolean(store.get('diagnostics')),
  mount(root, context) {
    /** @type {(() => void)[]} */
    const stops = [];
    fill(root, heading('Diagnostics'), h('div', { class: 'stack' },
      connection(context, stops), h('section', { class: 'panel stack', 'aria-labelledby': 'probes' }, h('h2', { id: 'probes' }, 'Probes'), probes(context)),
      said(context, stops), calls(context, stops), limits(context, stops)));
    return () => { for (const stop of stops) stop(); };
  },
  palette: ({ go }) => [{ title: 'Run the probes', hint: 'Diagnostics', run: () => go('diagnostics') }],
};

/** @param {string} title @param {...any} body */
function panel(title, ...body) {
  return h('section', { class: 'panel', 'aria-label': title }, h('h2', {}, title), body);
}

/** @param {import('../views.js').Context} context @param {(() => void)[]} stops */
function connection(context, stops) {
  const { store } = context;
  const way = h('dd', {});
  const since = h('dd', {});
  const state = h('dd', { 'data-test': 'stream-state' });
  const latency = h('dd', { 'data-test': 'latency' }, waiting('It is measured…'));
  const page = location.protocol === 'https:' ? 'Encrypted.' : 'Within this machine, unencrypted.';
  stops.push(store.watch('diagnostics', (now) => {
    if (!now) return;
    fill(way, WAYS[now.way] ?? now.way);
    fill(since, when(now.sinceMs), ', ', ago(now.sinceMs));
  }));
  // The shell says on the page whether the stream is there.
  const mark = () => { fill(state, document.documentElement.hasAttribute('data-lost') ? badge('broken off', 'bad') : badge('live', 'good')); };
  const watcher = new MutationObserver(mark);
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ['data-lost'] });
  stops.push(() => watcher.disconnect());
  mark();
  let gone = false;
  stops.push(() => { gone = true; });
  measure().catch((error) => { if (!gone) fill(latency, problem(error)); });
  return panel('Connection', h('dl', {},
    h('dt', {}, 'From this page to the workspace'), h('dd', {}, page), h('dt', {}, 'From the workspace to the node'), way,
    h('dt', {}, 'Since'), since, h('dt', {}, 'Stream of events'), state, h('dt', {}, 'Latency of the stream'), latency),
  h('div', { class: 'row diagnostics-again' }, button({ label: 'Measure again', test: 'latency-measure', kind: 'small', run: measure })));

  async function measure() {
    const times = [];
    for (let at = 0; at < TIMES && !gone; at += 1) times.push(await echo({ api: context.api, store, word: random() }));
    const told = summary(times);
    if (told && !gone) fill(latency, `${milliseconds(told.middle)} from asking to hearing it (${milliseconds(told.least)} to ${milliseconds(told.most)}, ${times.length} times)`);
  }
}

/** What the node says of itself. @param {import('../views.js').Context} context @param {(() => void)[]} stops */
function said({ api }, stops) {
  const body = h('div', {}, waiting());
  let gone = false;
  stops.push(() => { gone = true; });
  api.act('diagnostics', 'facts').then((facts) => {
    if (gone) return;
    const motd = facts.motd ?? null;
    fill(body, h('dl', {},
      h('dt', {}, 'Message of the day'), h('dd', { class: 'said', 'data-test': 'motd' }, motd === null ? quiet('not granted to this session') : motd || quiet('there is none')),
      facts.hostname && [h('dt', {}, 'Name'), h('dd', {}, facts.hostname)],
      facts.commit && [h('dt', {}, 'Built from'), h('dd', {}, h('code', {}, facts.commit))],
      facts.builtAt && [h('dt', {}, 'Built'), h('dd', {}, facts.builtAt)],
      h('dt', {}, 'Workspace'), h('dd', {}, facts.workspace)));
  }, (error) => { if (!gone) fill(body, problem(error)); });
  return panel('What the node says of itself', body);
}

/** @param {string} words */
function quiet(words) {
  return h('span', { class: 'quiet' }, words);
}

/** The last calls of CapSet, with their results as JSON. @param {import('../views.js').Context} context @param {(() => void)[]} stops */
function calls(context, stops) {
  const body = h('div', { 'data-test': 'recent-calls' });
  stops.push(context.store.watch('capset/calls', (now) => {
    const recent = now?.recent ?? [];
    if (recent.length === 0) return fill(body, empty('Nothing was called from CapSet yet.', button({ label: 'Open CapSet', test: 'diagnostics-capset', run: () => context.go('capset') })));
    fill(body, table([
      { title: 'Call', cell: (/** @type {any} */ call) => h('code', {}, call.subject) },
      { title: 'When', cell: (/** @type {any} */ call) => when(call.atMs) },
      { title: 'Took', class: 'number', cell: (/** @type {any} */ call) => milliseconds(call.tookMs) },
      { title: 'Outcome', cell: (/** @type {any} */ call) => h('div', {}, badge(call.outcome, call.outcome === 'ok' ? 'good' : 'bad'), call.message && h('p', { class: 'quiet small' }, call.message)) },
      { title: 'Result', cell: (/** @type {any} */ call) => (call.result ? button({ label: 'JSON', test: 'call-raw', kind: 'small', run: () => raw(context, call.result) }) : quiet(call.outcome === 'ok' ? 'not kept' : '–')) },
    ], recent, { label: 'The last calls' }));
  }));
  return panel('The last calls', body);
}

/** @param {import('../views.js').Context} context @param {(() => void)[]} stops */
function limits({ store }, stops) {
  const list = h('ul', { class: 'diagnostics-limits' });
  stops.push(store.watch('diagnostics', (now) => {
    if (now) fill(list, now.limits.map((/** @type {string} */ one) => h('li', {}, one)));
  }));
  return panel('Limits of the workspace', list);
}
